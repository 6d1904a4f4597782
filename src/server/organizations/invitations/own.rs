//! What the invited person sees and decides. Deciding is done in person: a token that somebody
//! found consents to nothing.

use super::{
    NOT_FOUND,
    locked::{end, inviting_role, lock_organizations},
    waiting::{digest, waiting},
};
use crate::{
    domain::{
        accounts::Scope,
        error_code::ErrorCode,
        organizations::{
            InvitationState, Leaving, Membership, OrganizationRole, OwnInvitationsAnswer,
        },
    },
    server::{
        accounts::rows::{load_user, on_constraint, stored},
        foundation::{
            context::{ChangeContext, RequestContext},
            error::ServiceError,
        },
        organizations::{
            OrganizationService,
            leaving::{leave, leaving},
            notices,
        },
        postgres::{Transaction, describe_change},
    },
};
use uuid::Uuid;

/// An invitation of the person who asks, locked.
struct Locked {
    organization_id: Uuid,
    role: OrganizationRole,
    open: bool,
}

/// What somebody who accepts an invitation agreed to about the organization that they belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaveCurrent {
    No,
    Leave,
    /// Also if that closes it, because nobody else is left.
    AndClose,
}

impl OrganizationService {
    /// The invitations that wait for the person's answer, the newest first, and where they belong
    /// now. `token`: of the mailed link, for those that need it.
    ///
    /// # Errors
    /// 401 and 403 as always.
    pub async fn own_invitations(
        &self,
        request: &RequestContext,
        token: Option<&str>,
    ) -> Result<OwnInvitationsAnswer, ServiceError> {
        let user_id = request.allow(Scope::OrganizationRead)?.user_id;
        let mut connection = self.database().pool().acquire().await?;
        let me = load_user(&mut connection, user_id).await?.ok_or(ServiceError::Unauthenticated)?;
        let invitations = waiting(&mut connection, user_id, token).await?;
        let leaving = leaving(&mut connection, user_id).await?;
        Ok(OwnInvitationsAnswer { invitations, current: me.organization, leaving })
    }

    /// Makes the person a member, and ends their present membership if they said so by
    /// `leave_current`, which closes an organization that has nobody else if they agreed to that.
    /// All of it or nothing. `token`: of the mailed link, as for reading.
    ///
    /// # Errors
    /// 404 for somebody else's invitation, 409 `invitation_ended` when it no longer holds,
    /// `already_member` when they belong to an organization and did not say that they leave it,
    /// `last_owner` when they cannot leave it, `closes_organization` when that would close it and
    /// they did not agree.
    pub async fn accept_invitation(
        &self,
        request: &RequestContext,
        invitation_id: Uuid,
        leave_current: LeaveCurrent,
        token: Option<&str>,
    ) -> Result<Membership, ServiceError> {
        let user_id = request.in_person()?.user_id;
        let mut transaction = self.database().begin().await?;
        let concerned = sqlx::query!(
            r#"SELECT invitation.organization_id, member.organization_id AS "current?"
               FROM public.invitations AS invitation
               JOIN auth.users AS me
                 ON me.id = $2 AND lower(me.email) = lower(invitation.address)
               LEFT JOIN public.organization_members AS member ON member.user_id = $2
               WHERE invitation.id = $1"#,
            invitation_id,
            user_id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(NOT_FOUND)?;
        let mut ids = vec![concerned.organization_id];
        ids.extend(concerned.current);
        let organizations = lock_organizations(&mut transaction, &ids).await?;
        // Read under the lock: somebody else may have renewed it.
        let invited_by = sqlx::query_scalar!(
            "SELECT invited_by FROM public.invitations WHERE id = $1",
            invitation_id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .flatten();
        let inviter =
            inviting_role(&mut transaction, concerned.organization_id, invited_by).await?;
        let invitation = lock_own(&mut transaction, invitation_id, user_id, token).await?;
        let named = |id: Uuid| organizations.iter().find(|organization| organization.id == id);
        let organization = named(invitation.organization_id).ok_or(NOT_FOUND)?;
        // Asked again: who invited may have lost the right to.
        let may = inviter.is_some_and(|role| role.manages() && invitation.role <= role);
        if !invitation.open || !may {
            return Err(ended());
        }
        describe_change(&mut transaction, request, &ChangeContext::default()).await?;
        let me = notices::party(&mut transaction, user_id).await?;
        let left = match current(&mut transaction, user_id).await? {
            None => None,
            Some(id) => {
                let before = named(id).filter(|_| leave_current != LeaveCurrent::No);
                let before = before.filter(|before| before.id != organization.id);
                let before = before.ok_or_else(already_member)?;
                let may_close = leave_current == LeaveCurrent::AndClose;
                let follows =
                    leave(self.notifications(), &mut transaction, before.id, user_id, may_close)
                        .await?;
                Some(before).filter(|_| follows == Leaving::GoesOn)
            }
        };
        sqlx::query!(
            "INSERT INTO public.organization_members (organization_id, user_id, role)
             VALUES ($1, $2, $3)",
            organization.id,
            user_id,
            invitation.role.as_str()
        )
        .execute(&mut *transaction)
        .await
        .map_err(|error| {
            on_constraint(error, "organization_members_user_id_key", already_member)
        })?;
        end(&mut transaction, invitation_id, InvitationState::Accepted).await?;
        if let Some(before) = left {
            notices::notify_managers(
                self.notifications(),
                &mut transaction,
                before.id,
                user_id,
                &notices::left(&me, before),
            )
            .await?;
        }
        let notice = notices::joined(&me, organization, invitation.role, invitation_id);
        notices::notify_managers(
            self.notifications(),
            &mut transaction,
            organization.id,
            user_id,
            &notice,
        )
        .await?;
        transaction.commit().await?;
        self.accounts.cache().forget(user_id);
        tracing::info!(
            %user_id, organization_id = %organization.id, %invitation_id,
            left = ?left.map(|before| before.id), "an invitation was accepted"
        );
        Ok(Membership {
            id: organization.id,
            name: organization.name.clone(),
            role: invitation.role,
        })
    }

    /// Says no. Those who manage the organization are notified.
    ///
    /// # Errors
    /// 404 for somebody else's invitation, 409 `invitation_ended` when it no longer holds.
    pub async fn decline_invitation(
        &self,
        request: &RequestContext,
        invitation_id: Uuid,
        token: Option<&str>,
    ) -> Result<(), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let mut transaction = self.database().begin().await?;
        let invitation = lock_own(&mut transaction, invitation_id, user_id, token).await?;
        if !invitation.open {
            return Err(ended());
        }
        end(&mut transaction, invitation_id, InvitationState::Declined).await?;
        let me = notices::party(&mut transaction, user_id).await?;
        let notice = notices::declined(&me, invitation_id);
        notices::notify_managers(
            self.notifications(),
            &mut transaction,
            invitation.organization_id,
            user_id,
            &notice,
        )
        .await?;
        transaction.commit().await?;
        tracing::info!(
            %user_id, organization_id = %invitation.organization_id, %invitation_id,
            "an invitation was declined"
        );
        Ok(())
    }
}

/// The invitation, if it is for the person's address and they have proven, where that is needed,
/// that it is theirs.
async fn lock_own(
    transaction: &mut Transaction,
    invitation_id: Uuid,
    user_id: Uuid,
    token: Option<&str>,
) -> Result<Locked, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT invitation.organization_id, invitation.role,
                  invitation.state = 'pending'
                    AND invitation.expires_at > clock_timestamp() AS "open!"
           FROM public.invitations AS invitation
           JOIN auth.users AS me ON lower(me.email) = lower(invitation.address)
           WHERE invitation.id = $1 AND me.id = $2
             AND (NOT invitation.needs_link OR me.email_since <= invitation.created_at
                  OR $3 = ANY (invitation.token_digests))
           FOR UPDATE OF invitation"#,
        invitation_id,
        user_id,
        digest(token)
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(NOT_FOUND)?;
    Ok(Locked { organization_id: row.organization_id, role: stored(&row.role)?, open: row.open })
}

/// Where the person belongs now, locked.
async fn current(
    transaction: &mut Transaction,
    user_id: Uuid,
) -> Result<Option<Uuid>, ServiceError> {
    let current = sqlx::query_scalar!(
        "SELECT organization_id FROM public.organization_members WHERE user_id = $1 FOR UPDATE",
        user_id
    );
    Ok(current.fetch_optional(&mut **transaction).await?)
}

fn ended() -> ServiceError {
    super::ended("Ask for a new one.")
}

fn already_member() -> ServiceError {
    ServiceError::refused(
        ErrorCode::AlreadyMember,
        "You belong to an organization already. Leave it first, or accept with leaving it.",
    )
}
