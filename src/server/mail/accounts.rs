//! Letters about accounts by mail: whatever their people prefer for notifications. The token of a
//! link is made when the mail is written and kept nowhere; its digest stays with the letter.

use super::{
    Letter, MailService,
    letter::{self, Words},
    outbox::{Claim, Found, PAUSES, drop_unwanted, lease, park_spent},
};
use crate::server::{
    accounts::{
        Secret,
        letters::{LINK_PREFIX, LetterKind},
    },
    foundation::error::ServiceError,
    postgres::Transaction,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A letter that is due, to somebody who is there.
struct Due {
    id: Uuid,
    kind: LetterKind,
    name: String,
    /// What the account is called at this moment.
    account: String,
    address: String,
    other_address: Option<String>,
    expires_at: DateTime<Utc>,
}

impl MailService {
    /// In one transaction: a letter whose mail is due, a token where it carries a link, and the
    /// lease on it. The rows are not waited for, so this stands in nobody's way. What is for
    /// nobody, or no longer holds, is dropped here.
    pub(super) async fn claim_letter(&self) -> Result<Found, ServiceError> {
        let mut transaction = self.db.begin().await?;
        let row = sqlx::query!(
            r#"SELECT mail.id, mail.attempts, mail.mail_id, letter.id AS letter_id, letter.kind,
                      letter.address, letter.other_address, letter.expires_at,
                      person.display_name AS "name?", person.email AS "account?",
                      letter.ended_at IS NULL AND letter.expires_at > now() AS "open!"
                 FROM notification_outbox mail
                 JOIN auth.account_mails letter ON letter.id = mail.account_mail_id
                 LEFT JOIN auth.users person
                   ON person.id = letter.user_id AND person.disabled_at IS NULL
                WHERE mail.state IN ('queued', 'failed', 'sending')
                  AND is_due(mail.next_attempt_at, CASE mail.state
                    WHEN 'sending' THEN interval '5 minutes' ELSE interval '8 hours' END)
                ORDER BY mail.next_attempt_at LIMIT 1 FOR UPDATE OF mail, letter SKIP LOCKED"#
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(Found::Nothing) };
        let spent = usize::try_from(row.attempts).is_ok_and(|attempts| attempts > PAUSES.len());
        let person = row.name.zip(row.account).filter(|_| row.open);
        let Some((name, account)) = person.filter(|_| !spent) else {
            if row.open && spent {
                park_spent(&mut transaction, &[row.id]).await?;
            } else {
                drop_unwanted(&mut transaction, &[row.id]).await?;
                // Of somebody without an account nothing is kept.
                sqlx::query!(
                    "DELETE FROM auth.account_mails WHERE id = $1 AND user_id IS NULL",
                    row.letter_id
                )
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await?;
            return Ok(Found::Settled);
        };
        let due = Due {
            id: row.letter_id,
            kind: row.kind.parse().map_err(ServiceError::Internal)?,
            name,
            account,
            address: row.address,
            other_address: row.other_address,
            expires_at: row.expires_at,
        };
        let token = token(&mut transaction, &due).await?;
        let mail_id = row.mail_id.unwrap_or_else(Uuid::new_v4);
        let (lease, attempts) = lease(&mut transaction, &[row.id], mail_id).await?;
        transaction.commit().await?;
        let Words { subject, text } = due.words(token.as_ref(), &self.place);
        // A new address may be anybody's: nothing that the account's person wrote goes there.
        let name = match due.kind {
            LetterKind::EmailConfirmation => String::new(),
            _ => due.name,
        };
        let letter = Letter { id: mail_id, name, address: due.address, subject, text };
        Ok(Found::Mail(Box::new(Claim { lease, attempts, letter })))
    }
}

impl Due {
    fn words(&self, token: Option<&Secret>, place: &str) -> Words {
        let token = token.map(Secret::expose).unwrap_or_default();
        let other = self.other_address.as_deref().unwrap_or_default();
        match self.kind {
            LetterKind::PasswordReset => {
                letter::password_reset(&self.account, self.expires_at, token, place)
            }
            LetterKind::EmailConfirmation => {
                letter::email_confirmation(&self.account, self.expires_at, token, place)
            }
            // The account may be called otherwise when they are sent at last.
            LetterKind::EmailChangeAsked => letter::email_change_asked(&self.address, other, place),
            LetterKind::EmailChanged => letter::email_changed(&self.address, other, place),
        }
    }
}

/// Each attempt has a token of its own: of a mail that was sent twice both links hold. The last few
/// are enough.
async fn token(transaction: &mut Transaction, due: &Due) -> Result<Option<Secret>, ServiceError> {
    if !due.kind.has_link() {
        return Ok(None);
    }
    let token = Secret::generate(LINK_PREFIX)
        .map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
    let digest = token.hash();
    sqlx::query!(
        "UPDATE auth.account_mails
            SET token_digests =
                  token_digests[greatest(cardinality(token_digests) - 14, 1):] || $2::bytea
          WHERE id = $1",
        due.id,
        digest.as_slice()
    )
    .execute(&mut **transaction)
    .await?;
    Ok(Some(token))
}
