//! Invitations by mail: to an address, whether or not anybody has an account of it, and whatever
//! its person prefers for notifications. The link's token is made when the mail is written and kept
//! nowhere; its digest stays with the invitation.

use super::{
    Letter, MailService,
    letter::{self, Invitation},
    outbox::{Claim, Found, PAUSES, drop_unwanted, lease, park_spent},
};
use crate::{
    domain::organizations::OrganizationRole,
    server::{
        accounts::Secret, foundation::error::ServiceError, organizations::invitations::TOKEN_PREFIX,
    },
};
use uuid::Uuid;

impl MailService {
    /// In one transaction: an invitation whose mail is due, a new token for its link, and the lease
    /// on it. The rows are not waited for, so this stands in nobody's way.
    pub(super) async fn claim_invitation(&self) -> Result<Found, ServiceError> {
        let mut transaction = self.db.begin().await?;
        let row = sqlx::query!(
            r#"SELECT mail.id, mail.attempts, mail.mail_id, invitation.id AS invitation_id,
                      invitation.address, invitation.role, invitation.expires_at,
                      organization.name AS organization, inviter.display_name AS "inviter?",
                      inviter.email AS "inviter_address?",
                      invitation.state = 'pending' AND invitation.expires_at > now() AS "open!"
                 FROM notification_outbox mail
                 JOIN invitations invitation ON invitation.id = mail.invitation_id
                 JOIN organizations organization ON organization.id = invitation.organization_id
                 LEFT JOIN auth.users inviter ON inviter.id = invitation.invited_by
                WHERE mail.state IN ('queued', 'failed', 'sending')
                  AND is_due(mail.next_attempt_at, CASE mail.state
                    WHEN 'sending' THEN interval '5 minutes'
                                                                   ELSE interval '8 hours' END)
                ORDER BY mail.next_attempt_at LIMIT 1 FOR UPDATE OF mail, invitation SKIP LOCKED"#
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
        let token = Secret::generate(TOKEN_PREFIX)
            .map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
        let digest = token.hash();
        // Each attempt has a token of its own: of a mail that was sent twice both links hold. The
        // last few are enough.
        sqlx::query!(
            "UPDATE invitations
                SET token_digests =
                      token_digests[greatest(cardinality(token_digests) - 14, 1):] || $2::bytea
              WHERE id = $1",
            row.invitation_id,
            digest.as_slice()
        )
        .execute(&mut *transaction)
        .await?;
        let mail_id = row.mail_id.unwrap_or_else(Uuid::new_v4);
        let (lease, attempts) = lease(&mut transaction, &[row.id], mail_id).await?;
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
