//! Demonstration data: stored for a workspace, and removed from it. It touches conversations only:
//! no budget, limit or line of the ledger knows of it.

mod rows;

use crate::{
    api::demonstration::{AddDemonstrationAnswer, RemoveDemonstrationAnswer},
    domain::{
        accounts::{EmailAddress, Scope},
        organizations::OrganizationRole,
    },
    server::{
        foundation::{
            context::RequestContext,
            error::ServiceError,
            operator::{self, Subject},
        },
        postgres::{Database, Transaction},
    },
};
use serde_json::json;
use uuid::Uuid;

/// The service for demonstration data. Cheap to clone.
#[derive(Clone)]
pub struct DemonstrationService {
    db: Database,
}

/// Whose lists it goes into.
struct Place {
    person: Uuid,
    organization: Option<Uuid>,
    /// Whether the person decides what everybody in these lists sees.
    manages: bool,
}

impl Place {
    fn workspace(&self) -> Uuid {
        self.organization.unwrap_or(self.person)
    }
}

impl DemonstrationService {
    pub fn new(db: Database) -> Self {
        Self { db }
    }

    /// Adds it for whoever asks, unless it is there.
    ///
    /// # Errors
    /// 403 for members who manage nothing: their colleagues would find a hundred conversations.
    pub async fn add(
        &self,
        request: &RequestContext,
    ) -> Result<AddDemonstrationAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut transaction = self.db.begin().await?;
        let place = place(&mut transaction, person).await?;
        if !place.manages {
            return Err(ServiceError::Forbidden(
                "Only owners and admins add demonstration data to an organization.",
            ));
        }
        let added = add(&mut transaction, &place).await?;
        transaction.commit().await?;
        Ok(added)
    }

    /// Removes it for whoever asks.
    ///
    /// # Errors
    /// 403 for members who manage nothing.
    pub async fn remove(
        &self,
        request: &RequestContext,
    ) -> Result<RemoveDemonstrationAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsWrite)?.user_id;
        let mut transaction = self.db.begin().await?;
        let place = place(&mut transaction, person).await?;
        if !place.manages {
            return Err(ServiceError::Forbidden(
                "Only owners and admins remove the demonstration data of an organization.",
            ));
        }
        let removed = remove(&mut transaction, &place).await?;
        transaction.commit().await?;
        Ok(removed)
    }

    /// How many there are that the person may remove, archived ones included; nothing for whoever
    /// may neither add nor remove any.
    pub async fn count(&self, request: &RequestContext) -> Result<Option<i64>, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.begin().await?;
        let place = place(&mut transaction, person).await?;
        let count = match place.manages {
            true => Some(count(&mut transaction, &place).await?),
            false => None,
        };
        transaction.commit().await?;
        Ok(count)
    }

    /// As an operator's command, for the person with this address.
    pub async fn add_for(
        &self,
        email: &EmailAddress,
    ) -> Result<AddDemonstrationAnswer, ServiceError> {
        let mut transaction = self.db.begin().await?;
        let place = place_of(&mut transaction, email).await?;
        let added = add(&mut transaction, &place).await?;
        let subject = Subject { id: Some(place.person), name: Some(email.as_str()) };
        let details = json!({"added": added.added});
        operator::note(&mut transaction, "demo", subject, details).await?;
        transaction.commit().await?;
        Ok(added)
    }

    /// The same for removing.
    pub async fn remove_for(
        &self,
        email: &EmailAddress,
    ) -> Result<RemoveDemonstrationAnswer, ServiceError> {
        let mut transaction = self.db.begin().await?;
        let place = place_of(&mut transaction, email).await?;
        let removed = remove(&mut transaction, &place).await?;
        let subject = Subject { id: Some(place.person), name: Some(email.as_str()) };
        let details = json!({"removed": removed.removed});
        operator::note(&mut transaction, "demo --remove", subject, details).await?;
        transaction.commit().await?;
        Ok(removed)
    }
}

async fn place_of(
    transaction: &mut Transaction,
    email: &EmailAddress,
) -> Result<Place, ServiceError> {
    let id = sqlx::query_scalar!("SELECT id FROM auth.users WHERE email = $1", email.as_str())
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(ServiceError::NotFound("This account"))?;
    place(transaction, id).await
}

async fn place(transaction: &mut Transaction, person: Uuid) -> Result<Place, ServiceError> {
    let member = sqlx::query!(
        "SELECT organization_id, role FROM public.organization_members WHERE user_id = $1",
        person
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(member) = member else {
        return Ok(Place { person, organization: None, manages: true });
    };
    let role: OrganizationRole = member.role.parse().map_err(ServiceError::Internal)?;
    let organization = Some(member.organization_id);
    Ok(Place { person, organization, manages: role.manages() })
}

/// One after the other for each workspace: two at once would make two hundred.
async fn lock(transaction: &mut Transaction, place: &Place) -> Result<(), ServiceError> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('train.demonstration.' || $1::text, 0))",
        place.workspace().to_string()
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn count(transaction: &mut Transaction, place: &Place) -> Result<i64, ServiceError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM conversations
            WHERE workspace_id = $1 AND is_demonstration"#,
        place.workspace()
    )
    .fetch_one(&mut **transaction)
    .await?)
}

async fn add(
    transaction: &mut Transaction,
    place: &Place,
) -> Result<AddDemonstrationAnswer, ServiceError> {
    lock(transaction, place).await?;
    let there = count(transaction, place).await?;
    if there > 0 {
        return Ok(AddDemonstrationAnswer { added: 0, total: there });
    }
    let added = rows::store(transaction, place.person, place.organization).await?;
    Ok(AddDemonstrationAnswer { added, total: added })
}

async fn remove(
    transaction: &mut Transaction,
    place: &Place,
) -> Result<RemoveDemonstrationAnswer, ServiceError> {
    lock(transaction, place).await?;
    let done = sqlx::query!(
        "DELETE FROM conversations WHERE workspace_id = $1 AND is_demonstration",
        place.workspace()
    )
    .execute(&mut **transaction)
    .await?;
    let removed = i64::try_from(done.rows_affected()).unwrap_or(i64::MAX);
    Ok(RemoveDemonstrationAnswer { removed })
}
