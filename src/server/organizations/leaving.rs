//! How a membership ends by the member's own wish: they leave, they join another organization, or
//! they delete their account.

use super::{invitations::locked::invited_people, notices};
use crate::{
    domain::{
        error_code::ErrorCode,
        organizations::{Leaving, OrganizationRole},
    },
    server::{
        accounts::rows::{NO_ORGANIZATION, stored},
        foundation::error::ServiceError,
        notifications::NotificationService,
        postgres::Transaction,
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
/// history stay, and who is still invited is told. Answers which of the two it was. The caller is
/// the system and holds the organization's lock. `may_close`: the person agreed to that; who read
/// that it goes on may be the last by now.
///
/// # Errors
/// 409 `last_owner` for the only owner of others, `closes_organization` for the last member who
/// did not agree.
pub(in crate::server) async fn leave(
    notifications: &NotificationService,
    transaction: &mut Transaction,
    organization_id: Uuid,
    user_id: Uuid,
    may_close: bool,
) -> Result<Leaving, ServiceError> {
    let follows = leaving(transaction, user_id).await?.ok_or(NO_ORGANIZATION)?;
    match follows {
        Leaving::NeedsOwner => return Err(last_owner()),
        Leaving::Closes if !may_close => return Err(closes()),
        Leaving::Closes => {
            notify_invited(notifications, transaction, organization_id).await?;
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

/// Tells everybody who was told of an invitation that still waits that it ends with the
/// organization.
async fn notify_invited(
    notifications: &NotificationService,
    transaction: &mut Transaction,
    organization_id: Uuid,
) -> Result<(), ServiceError> {
    let organization = notices::organization(transaction, organization_id).await?;
    for invited in invited_people(transaction, organization_id).await? {
        let notice = notices::withdrawn(&organization.name, invited.invitation);
        notices::notify_person(notifications, transaction, invited.person, &notice).await?;
    }
    Ok(())
}

/// Nobody else is left in an organization of which somebody wanted to leave no more than that.
fn closes() -> ServiceError {
    ServiceError::refused(
        ErrorCode::ClosesOrganization,
        "You are the last member by now: leaving closes the organization. Read what that \
            means, and say so if you want it.",
    )
}

pub(super) fn last_owner() -> ServiceError {
    ServiceError::refused(
        ErrorCode::LastOwner,
        "An organization needs an owner. Make another member owner first.",
    )
}
