//! Data sets: versions of frozen conversations, with parts that nothing moves between.
//!
//! Row-level security says who sees one; who may change it is asked here, so each change begins as
//! the person and goes on as the system.

mod alike;
mod compare;
mod create;
mod notices;
mod rows;
mod sets;
mod tidy;
mod versions;

pub use rows::version_in_files;

use crate::{
    domain::{data_sets::MOST_DATA_SETS, organizations::OrganizationRole},
    server::{
        accounts::rows::stored,
        conversations::ConversationService,
        foundation::{context::RequestContext, error::ServiceError},
        notifications::NotificationService,
        postgres::{Database, Transaction, go_on_as_system},
        preferences::PreferenceService,
    },
};
use uuid::Uuid;

const NOT_FOUND: ServiceError = ServiceError::NotFound("This data set");
const NO_VERSION: ServiceError = ServiceError::NotFound("This version");

/// The service for data sets. Cheap to clone.
#[derive(Clone)]
pub struct DataSetService {
    db: Database,
    preferences: PreferenceService,
    conversations: ConversationService,
    notifications: NotificationService,
}

/// A data set, locked, and what the caller is to it.
struct Standing {
    id: Uuid,
    name: String,
    author: Option<Uuid>,
    organization: Option<Uuid>,
    salt: Uuid,
    /// Whether the caller manages the organization that has it.
    manages: bool,
}

/// Where the caller belongs; it stays so until the end of the transaction.
struct Belongs {
    organization: Uuid,
    role: OrganizationRole,
}

impl DataSetService {
    pub fn new(
        db: Database,
        preferences: PreferenceService,
        conversations: ConversationService,
        notifications: NotificationService,
    ) -> Self {
        Self { db, preferences, conversations, notifications }
    }

    /// A transaction of the system on a data set that the person sees, locked.
    async fn begin_on(
        &self,
        request: &RequestContext,
        person: Uuid,
        id: Uuid,
    ) -> Result<(Transaction, Standing), ServiceError> {
        let mut transaction = self.db.as_person(request).await?;
        workspace_of(&mut transaction, id).await?;
        go_on_as_system(&mut transaction).await?;
        let standing = Standing::lock(&mut transaction, person, id).await?;
        Ok((transaction, standing))
    }
}

/// Whose conversations a data set has that the caller sees.
async fn workspace_of(transaction: &mut Transaction, id: Uuid) -> Result<Uuid, ServiceError> {
    sqlx::query_scalar!(r#"SELECT workspace_id AS "workspace!" FROM data_sets WHERE id = $1"#, id)
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(NOT_FOUND)
}

impl Standing {
    /// As the system. Again who sees it: they may have left, or it may be gone, before it was
    /// locked.
    async fn lock(
        transaction: &mut Transaction,
        person: Uuid,
        id: Uuid,
    ) -> Result<Self, ServiceError> {
        let belongs = belongs(transaction, person).await?;
        let row = sqlx::query!(
            "SELECT name, created_by, organization_id, salt FROM data_sets
             WHERE id = $1 FOR UPDATE",
            id
        )
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(NOT_FOUND)?;
        let manages = match row.organization_id {
            None if row.created_by != Some(person) => return Err(NOT_FOUND),
            None => false,
            Some(organization) => {
                let theirs = belongs.filter(|own| own.organization == organization);
                theirs.ok_or(NOT_FOUND)?.role.manages()
            }
        };
        Ok(Self {
            id,
            name: row.name,
            author: row.created_by,
            organization: row.organization_id,
            salt: row.salt,
            manages,
        })
    }

    fn may_change(&self, person: Uuid) -> bool {
        self.manages || self.author == Some(person)
    }

    fn check_change(&self, person: Uuid) -> Result<(), ServiceError> {
        if self.may_change(person) {
            return Ok(());
        }
        Err(ServiceError::Forbidden(
            "Only its author and owners and admins of the organization change this data set.",
        ))
    }
}

/// Refuses one data set too many. Counted by one after the other: each sees those of the others.
async fn make_room(transaction: &mut Transaction, workspace: Uuid) -> Result<(), ServiceError> {
    transaction.one_by_one(&format!("data-sets:{workspace}")).await?;
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM data_sets WHERE workspace_id = $1"#,
        workspace
    )
    .fetch_one(&mut **transaction)
    .await?;
    if count < MOST_DATA_SETS {
        return Ok(());
    }
    let sentence =
        format!("There are {MOST_DATA_SETS} data sets already. Remove one that is not used.");
    Err(ServiceError::field("", sentence))
}

/// What a name that is there already means to the person.
fn name_is_taken(error: sqlx::Error) -> ServiceError {
    match error.as_database_error().and_then(|error| error.constraint()) {
        Some("data_sets_name_idx") => {
            ServiceError::field("name", "A data set with this name exists already.")
        }
        _ => error.into(),
    }
}

/// Keeps the membership as it is until the end of the transaction.
async fn belongs(
    transaction: &mut Transaction,
    person: Uuid,
) -> Result<Option<Belongs>, ServiceError> {
    let row = sqlx::query!(
        "SELECT organization_id, role FROM organization_members WHERE user_id = $1 FOR SHARE",
        person
    )
    .fetch_optional(&mut **transaction)
    .await?;
    row.map(|row| Ok(Belongs { organization: row.organization_id, role: stored(&row.role)? }))
        .transpose()
}
