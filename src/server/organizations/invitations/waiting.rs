//! The invitations that wait for somebody's answer.

use super::{TOKEN_PREFIX, notices};
use crate::{
    domain::{accounts::EmailAddress, organizations::OwnInvitation},
    server::{
        accounts::{rows::stored, secrets::hash_presented},
        foundation::error::ServiceError,
        notifications::{NotificationService, Recipients},
        postgres::{Pool, Transaction},
    },
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Of so many invitations that waited for it a new account is told; all of them stand on their
/// page.
const MOST_NOTIFIED: usize = 20;

/// What is stored of a token; nothing for what cannot be one.
pub(super) fn digest(token: Option<&str>) -> Option<Vec<u8>> {
    token.and_then(|token| hash_presented(token, TOKEN_PREFIX)).map(|hash| hash.to_vec())
}

/// The invitations that wait for somebody's answer, the newest first.
pub(super) async fn waiting(
    connection: &mut PgConnection,
    user_id: Uuid,
    token: Option<&str>,
) -> Result<Vec<OwnInvitation>, ServiceError> {
    // As the service: an organization is nobody's to see before they belong to it. What no longer
    // rests on the right of whoever invited is not shown.
    let rows = sqlx::query!(
        r#"SELECT invitation.id, organization.name AS organization, invitation.role,
             inviter.display_name AS invited_by, inviter.email AS invited_by_email,
             invitation.invited_at, invitation.expires_at
           FROM auth.users AS me
           JOIN public.invitations AS invitation
             ON lower(invitation.address) = lower(me.email)
           JOIN public.organizations AS organization
             ON organization.id = invitation.organization_id
           JOIN public.organization_members AS member
             ON member.organization_id = organization.id
             AND member.user_id = invitation.invited_by
           JOIN auth.users AS inviter
             ON inviter.id = member.user_id AND inviter.disabled_at IS NULL
           WHERE me.id = $1 AND invitation.state = 'pending' AND invitation.expires_at > now()
             AND (member.role = 'owner'
                  OR member.role = 'admin' AND invitation.role <> 'owner')
             AND (NOT invitation.needs_link OR me.email_since <= invitation.created_at
                  OR $2 = ANY (invitation.token_digests))
           ORDER BY invitation.invited_at DESC, invitation.id"#,
        user_id,
        digest(token)
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OwnInvitation {
                id: row.id,
                organization: row.organization,
                role: stored(&row.role)?,
                invited_by: row.invited_by,
                invited_by_email: row.invited_by_email,
                invited_at: row.invited_at,
                expires_at: row.expires_at,
            })
        })
        .collect()
}

/// Whether an invitation waits for whoever has the address, account or not. One that was mailed as
/// a link only for whom has that: signing up proves nothing of an address.
pub(in crate::server) async fn invites(
    pool: &Pool,
    email: &EmailAddress,
    token: Option<&str>,
) -> Result<bool, ServiceError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (
             SELECT FROM public.invitations AS invitation
             JOIN public.organization_members AS member
               ON member.organization_id = invitation.organization_id
               AND member.user_id = invitation.invited_by
             JOIN auth.users AS inviter
               ON inviter.id = member.user_id AND inviter.disabled_at IS NULL
             WHERE lower(invitation.address) = $1 AND invitation.state = 'pending'
               AND invitation.expires_at > now()
               AND (member.role = 'owner'
                    OR member.role = 'admin' AND invitation.role <> 'owner')
               AND (NOT invitation.needs_link OR $2 = ANY (invitation.token_digests))
           ) AS "invites!""#,
        email.key(),
        digest(token)
    )
    .fetch_one(pool)
    .await?)
}

/// Tells a new account of the invitations that wait for it, as it would have been told had it
/// been there already. Those that were mailed as a link are left to the link: signing up proves
/// nothing of an address.
pub(in crate::server) async fn notify_waiting(
    notifications: &NotificationService,
    transaction: &mut Transaction,
    user_id: Uuid,
) -> Result<(), ServiceError> {
    let pages = notifications.of_membership().without_mail();
    for it in waiting(transaction, user_id, None).await?.into_iter().take(MOST_NOTIFIED) {
        let inviter = notices::who(&it.invited_by, &it.invited_by_email);
        let invitation = notices::Invitation {
            id: it.id,
            role: it.role,
            invited_at: it.invited_at,
            expires_at: it.expires_at,
        };
        let notice = notices::invited(&inviter, &it.organization, &invitation);
        pages.send_in(transaction, &Recipients::Person(user_id), &notice).await?;
    }
    Ok(())
}
