//! What is asked within the transaction of an invitation, much of it held to its end.

use crate::{
    domain::{
        accounts::EmailAddress,
        organizations::{InvitationState, OrganizationRole},
    },
    server::{
        accounts::rows::stored,
        foundation::error::ServiceError,
        organizations::notices::{Party, invited_prefix},
        postgres::Transaction,
    },
};
use uuid::Uuid;

/// Locks organizations, always in the order of their ids; those that exist.
pub(super) async fn lock_organizations(
    transaction: &mut Transaction,
    ids: &[Uuid],
) -> Result<Vec<Party>, ServiceError> {
    let rows = sqlx::query!(
        "SELECT id, name FROM public.organizations WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        ids
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(rows.into_iter().map(|row| Party { id: row.id, name: row.name, email: None }).collect())
}

/// What somebody is in the organization that they invite into, held until the end of the
/// transaction. `None` when they are gone, no member any more, or disabled.
pub(super) async fn inviting_role(
    transaction: &mut Transaction,
    organization_id: Uuid,
    inviter: Option<Uuid>,
) -> Result<Option<OrganizationRole>, ServiceError> {
    let role = sqlx::query_scalar!(
        "SELECT member.role FROM public.organization_members AS member
         JOIN auth.users AS person ON person.id = member.user_id AND person.disabled_at IS NULL
         WHERE member.organization_id = $1 AND member.user_id = $2 FOR SHARE OF member",
        organization_id,
        inviter
    )
    .fetch_optional(&mut **transaction)
    .await?;
    role.map(|role| stored(&role)).transpose()
}

/// As what an address is invited already, held until the end of the transaction.
pub(super) async fn pending_role(
    transaction: &mut Transaction,
    organization_id: Uuid,
    email: &EmailAddress,
) -> Result<Option<OrganizationRole>, ServiceError> {
    let role = sqlx::query_scalar!(
        "SELECT role FROM public.invitations
         WHERE organization_id = $1 AND lower(address) = $2 AND state = 'pending'
           AND expires_at > clock_timestamp() FOR UPDATE",
        organization_id,
        email.key()
    )
    .fetch_optional(&mut **transaction)
    .await?;
    role.map(|role| stored(&role)).transpose()
}

/// Who manages an organization sees its members' addresses, so this tells nothing new.
pub(super) async fn refuse_member(
    transaction: &mut Transaction,
    organization_id: Uuid,
    email: &EmailAddress,
) -> Result<(), ServiceError> {
    let member = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM public.organization_members AS member
             JOIN auth.users AS person ON person.id = member.user_id
             WHERE member.organization_id = $1 AND lower(person.email) = $2) AS "member!""#,
        organization_id,
        email.key()
    )
    .fetch_one(&mut **transaction)
    .await?;
    if member {
        return Err(ServiceError::field("email", "This person is a member already."));
    }
    Ok(())
}

/// The account of an address, if it was told of the invitation, as it was made or as it was
/// renewed.
pub(super) async fn notified_account(
    transaction: &mut Transaction,
    address: &str,
    invitation: Uuid,
) -> Result<Option<Uuid>, ServiceError> {
    let person = sqlx::query_scalar!(
        "SELECT person.id FROM auth.users AS person
         WHERE lower(person.email) = lower($1) AND EXISTS (
           SELECT FROM public.notifications AS notification
           WHERE notification.user_id = person.id
             AND starts_with(notification.dedupe_key, $2))",
        address,
        invited_prefix(invitation)
    );
    Ok(person.fetch_optional(&mut **transaction).await?)
}

/// Somebody who was told of an invitation that still waits.
pub(in crate::server::organizations) struct Invited {
    pub person: Uuid,
    pub invitation: Uuid,
}

/// Everybody who was told of an invitation of the organization that still waits.
pub(in crate::server::organizations) async fn invited_people(
    transaction: &mut Transaction,
    organization_id: Uuid,
) -> Result<Vec<Invited>, ServiceError> {
    let invitations = sqlx::query!(
        "SELECT id, address FROM public.invitations
         WHERE organization_id = $1 AND state = 'pending' AND expires_at > clock_timestamp()",
        organization_id
    )
    .fetch_all(&mut **transaction)
    .await?;
    let mut people = Vec::new();
    for invitation in invitations {
        if let Some(person) =
            notified_account(transaction, &invitation.address, invitation.id).await?
        {
            people.push(Invited { person, invitation: invitation.id });
        }
    }
    Ok(people)
}

/// The last word on an invitation that is locked and was pending.
pub(super) async fn end(
    transaction: &mut Transaction,
    invitation_id: Uuid,
    state: InvitationState,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE public.invitations SET state = $2, ended_at = clock_timestamp() WHERE id = $1",
        invitation_id,
        state.as_str()
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
