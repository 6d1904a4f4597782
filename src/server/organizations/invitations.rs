//! Invitations: how a membership comes about. The organization's side is here, the invited person's
//! in `own`.
//!
//! Whoever asks is judged as themselves, under row-level security; what follows is the system's
//! work, because it concerns people whom they may not see. Locks are taken in this order
//! everywhere: organizations by id, memberships, invitations. No connection of the pool is waited
//! for while another is held.

pub(super) mod locked;
mod own;
mod waiting;

pub use own::LeaveCurrent;
pub(in crate::server) use waiting::{invites, notify_waiting};

use super::{
    OrganizationService,
    members::{own_role, require},
    notices,
};
use crate::{
    domain::{
        accounts::{EmailAddress, Scope},
        error_code::ErrorCode,
        organizations::{InvitationState, InvitationView, OrganizationRole},
    },
    server::{
        accounts::rows::{NO_ORGANIZATION, stored},
        foundation::{context::RequestContext, error::ServiceError},
        notifications::Recipients,
        postgres::{Transaction, go_on_as_system},
    },
};
use chrono::{DateTime, Utc};
use locked::{
    end, inviting_role, lock_organizations, notified_account, pending_role, refuse_member,
};
use uuid::Uuid;

/// Every token of a mailed link begins with it, so that people and secret scanners recognize one.
pub const TOKEN_PREFIX: &str = "inv_";
/// Invitations of one organization that wait for an answer, at most.
const MOST_PENDING: i64 = 50;
/// Days for which the record of an invitation is kept after its end.
const DAYS_ENDED: i32 = 90;
/// Removed in one statement: few enough for its time limit.
const BATCH: i64 = 1000;

const NOT_FOUND: ServiceError = ServiceError::NotFound("This invitation");

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct Invite {
    pub email: EmailAddress,
    pub role: OrganizationRole,
}

/// An invitation that was made or renewed.
struct Made {
    id: Uuid,
    role: OrganizationRole,
    address: String,
    invited_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl OrganizationService {
    /// That the person who asks may invite into the organization.
    ///
    /// # Errors
    /// 404 for strangers, 403 for members who manage nothing.
    async fn may_invite(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
    ) -> Result<OrganizationRole, ServiceError> {
        request.allow(Scope::OrganizationWrite)?;
        let mut transaction = self.database().as_person(request).await?;
        let role = own_role(&mut transaction, organization_id).await?;
        transaction.commit().await?;
        require(role.manages(), "Only owners and admins invite people.")?;
        Ok(role)
    }

    /// The pending invitations of an organization, the newest first. For its owners and admins.
    ///
    /// # Errors
    /// 404 for strangers, 403 for members who manage nothing.
    pub async fn invitations(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
    ) -> Result<Vec<InvitationView>, ServiceError> {
        request.allow(Scope::OrganizationRead)?;
        let mut transaction = self.database().as_person(request).await?;
        let role = own_role(&mut transaction, organization_id).await?;
        require(role.manages(), "Only owners and admins see the invitations.")?;
        let rows = sqlx::query!(
            r#"SELECT invitation.id, invitation.address, invitation.role,
                 people.display_name AS "invited_by?", invitation.invited_at, invitation.expires_at
               FROM public.invitations AS invitation
               LEFT JOIN public.organization_people($1) AS people
                 ON people.user_id = invitation.invited_by
               WHERE invitation.organization_id = $1 AND invitation.state = 'pending'
                 AND invitation.expires_at > now()
               ORDER BY invitation.invited_at DESC, invitation.id"#,
            organization_id
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        rows.into_iter()
            .map(|row| {
                Ok(InvitationView {
                    id: row.id,
                    email: row.address,
                    role: stored(&row.role)?,
                    state: InvitationState::Pending,
                    invited_by: row.invited_by,
                    invited_at: row.invited_at,
                    expires_at: row.expires_at,
                })
            })
            .collect()
    }

    /// Invites an address, or renews its pending invitation. Answers the same whether or not
    /// anybody has an account of this address.
    ///
    /// # Errors
    /// 403 when the person may not invite, or not as this role, or not change what is pending; 400
    /// for somebody who is a member already; 409 when too many invitations are pending; 429 when
    /// the organization sent too many.
    pub async fn invite(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
        invite: Invite,
    ) -> Result<InvitationView, ServiceError> {
        let actor = request.allow(Scope::OrganizationWrite)?;
        let own = self.may_invite(request, organization_id).await?;
        require(invite.role <= own, "Only owners invite owners.")?;
        let reaches = self.accounts.take_invitation(organization_id, &invite.email).await?;

        let mut transaction = self.database().begin().await?;
        // The lock makes those who invite at once wait for each other, so that the limit holds.
        let organization = lock_organizations(&mut transaction, &[organization_id])
            .await?
            .pop()
            .ok_or(NO_ORGANIZATION)?;
        let inviter = notices::party(&mut transaction, actor.user_id).await?;
        let role = inviting_role(&mut transaction, organization_id, Some(actor.user_id)).await?;
        let may = role.is_some_and(|role| role.manages() && invite.role <= role);
        require(may, "Only owners and admins invite people, and only owners invite owners.")?;
        let pending = pending_role(&mut transaction, organization_id, &invite.email).await?;
        require(pending <= role, "Only owners change invitations of owners.")?;
        refuse_member(&mut transaction, organization_id, &invite.email).await?;
        let made =
            self.write(&mut transaction, organization_id, actor.user_id, &invite, reaches).await?;
        let account = sqlx::query_scalar!(
            "SELECT id FROM auth.users WHERE lower(email) = $1 AND disabled_at IS NULL",
            invite.email.key()
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(account) = account.filter(|_| reaches) {
            let notice = notices::invited(&inviter.who(), &organization.name, &made.notice());
            // The mail to the address says the same.
            let pages = self.notifications().of_membership().without_mail();
            pages.send_in(&mut transaction, &Recipients::Person(account), &notice).await?;
        }
        transaction.commit().await?;
        tracing::info!(
            user_id = %actor.user_id, %organization_id, invitation_id = %made.id,
            role = made.role.as_str(), "an address was invited"
        );
        Ok(InvitationView {
            id: made.id,
            email: made.address,
            role: made.role,
            state: InvitationState::Pending,
            invited_by: Some(inviter.name),
            invited_at: made.invited_at,
            expires_at: made.expires_at,
        })
    }

    /// Writes the invitation and queues its mail, where mail is set up and unless the address is
    /// not to be reached now.
    async fn write(
        &self,
        transaction: &mut Transaction,
        organization_id: Uuid,
        inviter: Uuid,
        invite: &Invite,
        reaches: bool,
    ) -> Result<Made, ServiceError> {
        let mails = self.notifications().mails();
        let row = sqlx::query!(
            r#"INSERT INTO public.invitations AS invitation
                 (organization_id, address, role, invited_by, needs_link)
               SELECT $1, $2, $3, $4, $5
               WHERE (SELECT count(*) FROM public.invitations AS waiting
                      WHERE waiting.organization_id = $1 AND waiting.state = 'pending'
                        AND waiting.expires_at > now() AND lower(waiting.address) <> lower($2)) < $6
               ON CONFLICT (organization_id, lower(address)) WHERE state = 'pending' DO UPDATE
                 SET role = excluded.role, invited_by = excluded.invited_by,
                     invited_at = excluded.invited_at, expires_at = excluded.expires_at,
                     needs_link = invitation.needs_link OR excluded.needs_link
               RETURNING id, address, role, invited_at, expires_at"#,
            organization_id,
            invite.email.as_str(),
            invite.role.as_str(),
            inviter,
            mails,
            MOST_PENDING
        )
        .fetch_optional(&mut **transaction)
        .await?;
        let Some(row) = row else {
            return Err(ServiceError::refused(
                ErrorCode::TooManyInvitations,
                format!(
                    "{MOST_PENDING} invitations wait for an answer already. \
                     Withdraw one that nobody needs."
                ),
            ));
        };
        if mails && reaches {
            sqlx::query!(
                "WITH queued AS (
                   INSERT INTO public.notification_outbox (invitation_id) VALUES ($1)
                   ON CONFLICT (invitation_id) DO UPDATE
                     SET state = 'queued', attempts = 0, next_attempt_at = now(), mail_id = NULL,
                         lease_id = NULL, last_error = NULL, sent_at = NULL
                   RETURNING id
                 )
                 SELECT pg_notify('train_events', jsonb_build_object('type', 'mail-due')::text)
                 FROM queued",
                row.id
            )
            .fetch_all(&mut **transaction)
            .await?;
        }
        Ok(Made {
            id: row.id,
            role: stored(&row.role)?,
            address: row.address,
            invited_at: row.invited_at,
            expires_at: row.expires_at,
        })
    }

    /// Takes a pending invitation back. Whoever was told of it is told that too.
    ///
    /// # Errors
    /// 404 when there is none, 403 when the person may not, 409 `invitation_ended` when it has an
    /// answer already.
    pub async fn withdraw_invitation(
        &self,
        request: &RequestContext,
        organization_id: Uuid,
        invitation_id: Uuid,
    ) -> Result<(), ServiceError> {
        let actor = request.allow(Scope::OrganizationWrite)?;
        let mut transaction = self.database().as_person(request).await?;
        let own = own_role(&mut transaction, organization_id).await?;
        require(own.manages(), "Only owners and admins withdraw invitations.")?;
        go_on_as_system(&mut transaction).await?;
        let found = sqlx::query!(
            r#"SELECT role, address,
                 state = 'pending' AND expires_at > clock_timestamp() AS "open!"
               FROM public.invitations WHERE id = $1 AND organization_id = $2 FOR UPDATE"#,
            invitation_id,
            organization_id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(NOT_FOUND)?;
        let role: OrganizationRole = stored(&found.role)?;
        require(role <= own, "Only owners withdraw invitations of owners.")?;
        if !found.open {
            return Err(ended("Nothing is left to withdraw."));
        }
        end(&mut transaction, invitation_id, InvitationState::Withdrawn).await?;
        if let Some(person) =
            notified_account(&mut transaction, &found.address, invitation_id).await?
        {
            let organization = notices::organization(&mut transaction, organization_id).await?;
            let notice = notices::withdrawn(&organization.name, invitation_id);
            notices::notify_person(self.notifications(), &mut transaction, person, &notice).await?;
        }
        transaction.commit().await?;
        tracing::info!(
            user_id = %actor.user_id, %organization_id, %invitation_id,
            "an invitation was withdrawn"
        );
        Ok(())
    }

    /// Ends what has expired and removes what ended long ago; for a job that runs now and then.
    /// Answers how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tidy_invitations(&self) -> Result<u64, ServiceError> {
        let expired = sqlx::query!(
            "UPDATE public.invitations SET state = 'expired', ended_at = expires_at
             WHERE id IN (SELECT id FROM public.invitations
                          WHERE state = 'pending' AND expires_at <= now()
                          LIMIT $1 FOR UPDATE SKIP LOCKED)",
            BATCH
        )
        .execute(self.database().pool())
        .await?;
        let removed = sqlx::query!(
            "DELETE FROM public.invitations WHERE id IN (
               SELECT id FROM public.invitations WHERE ended_at < now() - make_interval(days => $1)
               LIMIT $2 FOR UPDATE SKIP LOCKED)",
            DAYS_ENDED,
            BATCH
        )
        .execute(self.database().pool())
        .await?;
        Ok(expired.rows_affected() + removed.rows_affected())
    }
}

impl Made {
    fn notice(&self) -> notices::Invitation {
        notices::Invitation {
            id: self.id,
            role: self.role,
            invited_at: self.invited_at,
            expires_at: self.expires_at,
        }
    }
}

/// Too late: it was answered, withdrawn, or nobody answered in time. `then`: what that means for
/// whoever asked.
fn ended(then: &str) -> ServiceError {
    ServiceError::refused(
        ErrorCode::InvitationEnded,
        format!(
            "This invitation no longer holds: it was answered or withdrawn, or its time is over. \
                {then}"
        ),
    )
}
