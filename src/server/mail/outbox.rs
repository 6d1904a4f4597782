//! Taking a mail out of the outbox, and noting what became of it.

mod due;

use super::{Letter, MailFailure, MailService, Mailer};
use crate::{
    domain::{
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
    },
    server::{foundation::error::ServiceError, notifications::Recipients, postgres::Transaction},
};
use chrono::Utc;
use std::time::Duration;
use uuid::Uuid;

/// After this long a mail that somebody is sending is anybody's again. Longer than sending may
/// take, see `smtp.rs`.
const LEASE_SECONDS: f64 = 300.0;
/// Minutes from one failure to the next attempt; after the last one a mail is parked. A little more
/// than a day in all.
pub(super) const PAUSES: [i32; 8] = [1, 5, 15, 60, 180, 360, 480, 480];
/// Pauses between tries to note what became of a mail that was handed in.
const NOTE_AGAIN: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];

/// What looking into the outbox found.
pub(super) enum Found {
    Nothing,
    /// Somebody's mail was due by the clock, but not by their preferences: it waits, or is gone.
    Settled,
    Mail(Box<Claim>),
}

/// A mail that nobody else sends while the lease lasts.
pub(super) struct Claim {
    pub lease: Uuid,
    /// How often it was tried, this time included.
    pub attempts: i32,
    pub letter: Letter,
}

impl MailService {
    /// Sends everything that is due now, one mail after the other; answers how many the mail server
    /// took. Several servers do it at once.
    ///
    /// # Errors
    /// When the database does not answer. What was not sent is sent later.
    pub async fn deliver_due(&self) -> Result<u64, ServiceError> {
        let mut sent = 0;
        while let Some(taken) = self.deliver_next().await? {
            sent += u64::from(taken);
        }
        Ok(sent)
    }

    /// The next mail that is due: whether it was taken. `None` when nothing is due.
    pub(super) async fn deliver_next(&self) -> Result<Option<bool>, ServiceError> {
        let Some(mailer) = &self.mailer else { return Ok(None) };
        // Somebody waits for a link to their account.
        let found = match self.claim_letter().await? {
            Found::Nothing => match self.claim_invitation().await? {
                Found::Nothing => self.claim().await?,
                found => found,
            },
            found => found,
        };
        match found {
            Found::Nothing => Ok(None),
            Found::Settled => Ok(Some(false)),
            Found::Mail(claim) => self.deliver(mailer, &claim).await.map(Some),
        }
    }

    async fn deliver(&self, mailer: &Mailer, claim: &Claim) -> Result<bool, ServiceError> {
        match mailer.send(&claim.letter).await {
            Ok(()) => {
                self.note_sent(claim).await?;
                Ok(true)
            }
            Err(failure) => {
                let pause = usize::try_from(claim.attempts - 1)
                    .ok()
                    .and_then(|index| PAUSES.get(index))
                    .copied();
                let pause = pause.filter(|_| matches!(failure, MailFailure::Later(_)));
                tracing::warn!(
                    mail = %claim.letter.id,
                    attempts = claim.attempts,
                    reason = failure.reason(),
                    parked = pause.is_none(),
                    "a mail was not taken"
                );
                self.note_failure(claim.lease, failure.reason(), pause).await?;
                if pause.is_none() {
                    self.notify_administrators().await;
                }
                Ok(false)
            }
        }
    }

    /// The mail server has it. Not noting that would send it again, so this tries harder than
    /// others.
    async fn note_sent(&self, claim: &Claim) -> Result<(), ServiceError> {
        let mut pauses = NOTE_AGAIN.iter();
        loop {
            let noted = sqlx::query!(
                "UPDATE notification_outbox SET state = 'sent', sent_at = now(), lease_id = NULL, \
                    last_error = NULL WHERE lease_id = $1",
                claim.lease
            )
            .execute(self.db.pool())
            .await;
            match (noted, pauses.next()) {
                (Ok(done), _) => {
                    if done.rows_affected() == 0 {
                        tracing::warn!(mail = %claim.letter.id, "a mail took longer than its \
                            lease; another server may have sent it too");
                    }
                    return Ok(());
                }
                (Err(error), Some(pause)) => {
                    tracing::warn!(%error, mail = %claim.letter.id, "that a mail was sent could \
                        not be noted yet");
                    tokio::time::sleep(*pause).await;
                }
                (Err(error), None) => {
                    tracing::error!(mail = %claim.letter.id, "a mail was sent and that could not \
                        be noted: it will be sent again");
                    return Err(error.into());
                }
            }
        }
    }

    async fn note_failure(
        &self,
        lease: Uuid,
        reason: &str,
        pause: Option<i32>,
    ) -> Result<(), ServiceError> {
        sqlx::query!(
            "UPDATE notification_outbox SET state = CASE WHEN $3::int IS NULL THEN 'parked'
             ELSE 'failed' END, lease_id = NULL,
                    last_error = $2, next_attempt_at = now()
                      + make_interval(mins => coalesce($3::int, 0))
              WHERE lease_id = $1",
            lease,
            reason,
            pause
        )
        .execute(self.db.pool())
        .await?;
        Ok(())
    }

    /// Once a day, however much is parked.
    async fn notify_administrators(&self) {
        let notification = Notification {
            category: Category::SystemAlerts,
            severity: Severity::Warning,
            title: "Mail does not get through".into(),
            text: "A mail was given up. The page of administrators says why, and tries again when \
                you tell it to."
                .into(),
            link: LocalPath::parse("/admin/mail"),
            dedupe_key: format!("mail:parked:{}", Utc::now().date_naive()),
        };
        if let Err(error) =
            self.notifications.send(&Recipients::Administrators, &notification).await
        {
            tracing::warn!(%error, "administrators could not be told that mail does not get \
                through");
        }
    }
}

/// Takes the lease on what goes out as one mail; answers it, and how often that was tried, this
/// time included.
pub(super) async fn lease(
    transaction: &mut Transaction,
    ids: &[Uuid],
    mail_id: Uuid,
) -> Result<(Uuid, i32), ServiceError> {
    let lease = Uuid::new_v4();
    let attempts = sqlx::query_scalar!(
        "UPDATE notification_outbox
            SET state = 'sending', lease_id = $2, mail_id = $3, attempts = attempts + 1,
                next_attempt_at = now() + make_interval(secs => $4)
          WHERE id = ANY($1) RETURNING attempts",
        ids,
        lease,
        mail_id,
        LEASE_SECONDS
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok((lease, attempts.into_iter().max().unwrap_or(1)))
}

pub(super) async fn drop_unwanted(
    transaction: &mut Transaction,
    ids: &[Uuid],
) -> Result<(), ServiceError> {
    sqlx::query!("DELETE FROM notification_outbox WHERE id = ANY($1)", ids)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

pub(super) async fn park_spent(
    transaction: &mut Transaction,
    ids: &[Uuid],
) -> Result<(), ServiceError> {
    let reason = "The servers that tried to send it ended in the middle of it, each time.";
    sqlx::query!(
        "UPDATE notification_outbox SET state = 'parked', lease_id = NULL, last_error = \
            coalesce(last_error, $2) WHERE id = ANY($1)",
        ids,
        reason
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
