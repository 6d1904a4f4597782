//! Invitations by mail: to an address, whether or not anybody has an account of it, and whatever
//! its person prefers for notifications. The link's token is made when the mail is written and kept
//! nowhere; its digest stays with the invitation.

use super::{
    Letter, MailService,
    letter::{self, Invitation},
    outbox::{Claim, Found, LEASE_SECONDS, PAUSES, drop_unwanted, park_spent},
};
use crate::{
    domain::account::OrganizationRole,
    server::{
        accounts::{INVITATION_PREFIX, Secret},
        error::ServiceError,
    },
};
use uuid::Uuid;

impl MailService {
    /// In one transaction: an invitation whose mail is due, a new token for its link, and the lease
    /// on it. The rows are not waited for, so this stands in nobody's way.
    pub(super) async fn claim_invitation(&self) -> Result<Found, ServiceError> {
        let mut transaction = self.db.begin().await?;
        let row = sqlx::query!(
            r#"select mail.id, mail.attempts, mail.mail_id, invitation.id as invitation_id,
                      invitation.address, invitation.role, invitation.expires_at,
                      organization.name as organization, inviter.display_name as "inviter?",
                      inviter.email as "inviter_address?",
                      invitation.state = 'pending' and invitation.expires_at > now() as "open!"
                 from notification_outbox mail
                 join invitations invitation on invitation.id = mail.invitation_id
                 join organizations organization on organization.id = invitation.organization_id
                 left join auth.users inviter on inviter.id = invitation.invited_by
                where mail.state in ('queued', 'failed', 'sending')
                  and is_due(mail.next_attempt_at, case mail.state when 'sending' then interval '5 minutes'
                                                                   else interval '8 hours' end)
                order by mail.next_attempt_at limit 1 for update of mail, invitation skip locked"#
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(Found::Nothing) };
        let spent = usize::try_from(row.attempts).is_ok_and(|attempts| attempts > PAUSES.len());
        // Without its inviter an invitation has been withdrawn.
        let inviter = row.inviter.zip(row.inviter_address).filter(|_| row.open && !spent);
        let Some((inviter, inviter_address)) = inviter else {
            if row.open && spent {
                park_spent(&mut transaction, &[row.id]).await?;
            } else {
                drop_unwanted(&mut transaction, &[row.id]).await?;
            }
            transaction.commit().await?;
            return Ok(Found::Settled);
        };
        let token = Secret::generate(INVITATION_PREFIX)
            .map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
        let digest = token.hash();
        // Each attempt has a token of its own: of a mail that was sent twice both links hold. The
        // last few are enough.
        sqlx::query!(
            "update invitations
                set token_digests =
                      token_digests[greatest(cardinality(token_digests) - 14, 1):] || $2::bytea
              where id = $1",
            row.invitation_id,
            digest.as_slice()
        )
        .execute(&mut *transaction)
        .await?;
        let (lease, mail_id) = (Uuid::new_v4(), row.mail_id.unwrap_or_else(Uuid::new_v4));
        let attempts = sqlx::query_scalar!(
            "update notification_outbox
                set state = 'sending', lease_id = $2, mail_id = $3, attempts = attempts + 1,
                    next_attempt_at = now() + make_interval(secs => $4)
              where id = $1 returning attempts",
            row.id,
            lease,
            mail_id,
            LEASE_SECONDS
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let role: OrganizationRole = row.role.parse().map_err(ServiceError::Internal)?;
        let invitation = Invitation {
            organization: row.organization,
            role: role.with_article().into(),
            inviter,
            inviter_address,
            expires_at: row.expires_at,
        };
        let words = letter::invitation(&invitation, token.expose(), &self.place);
        let letter = Letter {
            id: mail_id,
            name: String::new(),
            address: row.address,
            subject: words.subject,
            text: words.text,
        };
        Ok(Found::Mail(Box::new(Claim { lease, attempts, letter })))
    }
}
