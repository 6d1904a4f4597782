//! Saved views of the table of conversations.
//!
//! Row-level security says who sees a view; who may change it is asked here, so each change begins
//! as the person and goes on as the system.

mod change;

use crate::{
    domain::{
        accounts::Scope,
        organizations::OrganizationRole,
        saved_views::{MOST_VIEWS, SavedView},
    },
    server::{
        accounts::rows::stored,
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Database, Transaction, go_on_as_system},
    },
};
use uuid::Uuid;

const NOT_FOUND: ServiceError = ServiceError::NotFound("This view");

/// The service for saved views. Cheap to clone.
#[derive(Clone)]
pub struct SavedViewService {
    db: Database,
}

/// Whose a view is: a person's, or shared with an organization's members.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Person(Uuid),
    Organization(Uuid),
}

/// Where the caller belongs; it stays so until the end of the transaction.
struct Belongs {
    organization: Uuid,
    role: OrganizationRole,
}

/// Whose a stored view is.
struct Standing {
    author: Option<Uuid>,
    organization: Option<Uuid>,
}

impl SavedViewService {
    pub fn new(db: Database) -> Self {
        Self { db }
    }

    /// The caller's own views and those that their organization shares, by name.
    pub async fn list(&self, request: &RequestContext) -> Result<Vec<SavedView>, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let views = sqlx::query_as!(
            SavedView,
            r#"SELECT id, name, query, columns, organization_id IS NOT NULL AS "is_shared!",
                 coalesce(created_by = (SELECT auth.uid())
                   OR organization_id = (SELECT auth.administered_organization()), false)
                   AS "can_change!",
                 public.colleague_name(created_by) AS author_name, updated_at
               FROM saved_views ORDER BY lower(name), organization_id IS NOT NULL, id"#
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(views)
    }

    /// Removes a view.
    ///
    /// # Errors
    /// 404 when the caller does not see it, 403 when they only use it.
    pub async fn remove(&self, request: &RequestContext, id: Uuid) -> Result<(), ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let (mut transaction, ..) = self.begin_on(request, person, id).await?;
        sqlx::query!("DELETE FROM saved_views WHERE id = $1", id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// A transaction of the system on a view that the person may change, locked.
    async fn begin_on(
        &self,
        request: &RequestContext,
        person: Uuid,
        id: Uuid,
    ) -> Result<(Transaction, Standing, Option<Belongs>), ServiceError> {
        let mut transaction = self.db.as_person(request).await?;
        sqlx::query_scalar!(r#"SELECT true AS "seen!" FROM saved_views WHERE id = $1"#, id)
            .fetch_optional(&mut *transaction)
            .await?
            .ok_or(NOT_FOUND)?;
        go_on_as_system(&mut transaction).await?;
        let belongs = belongs(&mut transaction, person).await?;
        let standing = sqlx::query_as!(
            Standing,
            "SELECT created_by AS author, organization_id AS organization
             FROM saved_views WHERE id = $1 FOR UPDATE",
            id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(NOT_FOUND)?;
        // Again who sees it: it may have been shared or taken back before it was locked.
        let role = match standing.organization {
            None if standing.author != Some(person) => return Err(NOT_FOUND),
            None => None,
            Some(organization) => {
                let theirs = belongs.as_ref().filter(|own| own.organization == organization);
                Some(theirs.ok_or(NOT_FOUND)?.role)
            }
        };
        if standing.author != Some(person) && !role.is_some_and(OrganizationRole::manages) {
            return Err(ServiceError::Forbidden(
                "Only its author and owners and admins of the organization change this view.",
            ));
        }
        Ok((transaction, standing, belongs))
    }
}

impl Owner {
    fn organization(self) -> Option<Uuid> {
        match self {
            Self::Person(_) => None,
            Self::Organization(id) => Some(id),
        }
    }

    /// Refuses one view too many. Counted by one after the other: each sees those of the others.
    async fn make_room(self, transaction: &mut Transaction) -> Result<(), ServiceError> {
        let (Self::Person(id) | Self::Organization(id)) = self;
        transaction.one_by_one(&format!("saved-views:{id}")).await?;
        // No person has the id of an organization.
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM saved_views
               WHERE organization_id = $1 OR (organization_id IS NULL AND created_by = $1)"#,
            id
        )
        .fetch_one(&mut **transaction)
        .await?;
        if count < MOST_VIEWS {
            return Ok(());
        }
        let whose = match self {
            Self::Person(_) => "One person has",
            Self::Organization(_) => "An organization shares",
        };
        Err(ServiceError::field(
            "",
            format!("{whose} at most {MOST_VIEWS} views. Remove one that is no longer used."),
        ))
    }
}

/// What a name that is there already means to the person.
fn name_is_taken(error: sqlx::Error) -> ServiceError {
    let sentence = match error.as_database_error().and_then(|error| error.constraint()) {
        Some("saved_views_own_name_idx") => "A view with this name exists already.",
        Some("saved_views_shared_name_idx") => {
            "The organization shares a view with this name already."
        }
        _ => return error.into(),
    };
    ServiceError::field("name", sentence)
}

impl Standing {
    fn owner(&self) -> Result<Owner, ServiceError> {
        match (self.organization, self.author) {
            (Some(organization), _) => Ok(Owner::Organization(organization)),
            (None, Some(author)) => Ok(Owner::Person(author)),
            (None, None) => Err(ServiceError::Internal("a view of nobody".into())),
        }
    }

    /// The author, unless they have left the organization.
    async fn author_of(
        &self,
        transaction: &mut Transaction,
        organization: Uuid,
    ) -> Result<Option<Uuid>, ServiceError> {
        let Some(author) = self.author else { return Ok(None) };
        let own = belongs(transaction, author).await?;
        Ok(own.filter(|own| own.organization == organization).map(|_| author))
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
