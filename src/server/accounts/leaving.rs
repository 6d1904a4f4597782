//! How a membership ends by the member's own wish: they leave, they join another organization, or
//! they delete their account.

use super::rows::stored;
use crate::{
    domain::account::{Leaving, OrganizationRole},
    server::{
        database::{Transaction, go_on_as_system},
        error::ServiceError,
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

/// What follows when somebody leaves the organization that they belong to; `None` when they belong
/// to none. It stays true for as long as the organization is locked.
pub(super) async fn leaving(
    connection: &mut PgConnection,
    user_id: Uuid,
) -> Result<Option<Leaving>, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT own.role, count(other.user_id) AS "others!",
             count(other.user_id) FILTER (WHERE other.role = 'owner') AS "owners!"
           FROM public.organization_members AS own
           LEFT JOIN public.organization_members AS other
             ON other.organization_id = own.organization_id AND other.user_id <> own.user_id
           WHERE own.user_id = $1 GROUP BY own.role"#,
        user_id
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let role: OrganizationRole = stored(&row.role)?;
        Ok(Leaving::of(role, row.others, row.owners))
    })
    .transpose()
}

/// Ends a membership by the member's own wish. The last one closes the organization: its settings,
/// configurations and keys go; conversations stay with their authors; what was billed and the
/// history stay. Answers which of the two it was. Whoever manages the organization has to hold its
/// lock. `may_close`: the person agreed to that; who read that it goes on may be the last by now.
///
/// # Errors
/// 409 `last_owner` for the only owner of others, `closes_organization` for the last member who
/// did not agree.
pub(super) async fn leave(
    transaction: &mut Transaction,
    organization_id: Uuid,
    user_id: Uuid,
    may_close: bool,
) -> Result<Leaving, ServiceError> {
    let follows = leaving(transaction, user_id).await?.unwrap_or(Leaving::GoesOn);
    match follows {
        Leaving::NeedsOwner => return Err(last_owner()),
        Leaving::Closes if !may_close => return Err(closes()),
        Leaving::Closes => {
            go_on_as_system(transaction).await?;
            // Their authors deleted their accounts: they were kept for the organization alone.
            sqlx::query!(
                "DELETE FROM public.conversations
                 WHERE organization_id = $1 AND created_by IS NULL",
                organization_id
            )
            .execute(&mut **transaction)
            .await?;
            sqlx::query!("DELETE FROM public.organizations WHERE id = $1", organization_id)
                .execute(&mut **transaction)
                .await?;
            tracing::info!(%user_id, %organization_id, "its last member closed an organization");
        }
        Leaving::GoesOn => {
            sqlx::query!(
                "DELETE FROM public.organization_members WHERE organization_id = $1
                 AND user_id = $2",
                organization_id,
                user_id
            )
            .execute(&mut **transaction)
            .await?;
        }
    }
    Ok(follows)
}

/// Nobody else is left in an organization of which somebody wanted to leave no more than that.
fn closes() -> ServiceError {
    ServiceError::Refused {
        status: 409,
        code: "closes_organization",
        message: "You are the last member by now: leaving closes the organization. Read what that \
            means, and say so if you want it."
            .into(),
    }
}

pub(super) fn last_owner() -> ServiceError {
    ServiceError::Refused {
        status: 409,
        code: "last_owner",
        message: "An organization needs an owner. Make another member owner first.".into(),
    }
}
