//! Taking a mail out of the outbox, and noting what became of it.

use super::{
    Letter, MailFailure, MailService, Mailer,
    letter::{self, Item},
};
use crate::{
    domain::{
        local_path::LocalPath,
        notifications::{
            Category, Notification, Severity,
            delivery::{Delivery, delivery},
        },
        preferences::{Layers, Overrides, values::Frequency},
    },
    server::{foundation::error::ServiceError, notifications::Recipients, postgres::Transaction},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::types::Json;
use std::time::Duration;
use uuid::Uuid;

/// Notifications in one mail.
const MOST: i64 = 100;
/// After this long a mail that somebody is sending is anybody's again. Longer than sending may
/// take, see `smtp.rs`.
pub(super) const LEASE_SECONDS: f64 = 300.0;
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

/// Somebody whose mail is due, with what they want. Their preferences are locked, so that nobody
/// else gathers mail for the same person.
struct Person {
    id: Uuid,
    name: String,
    address: String,
    zone: Tz,
    disabled: bool,
    layers: Layers,
}

/// A row of the outbox with what it tells.
struct Waiting {
    id: Uuid,
    attempts: i32,
    mail_id: Option<Uuid>,
    item: Item,
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
        let found = match self.claim_invitation().await? {
            Found::Nothing => self.claim().await?,
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

    /// In one transaction: whose mail is due, what of it they still want, and the lease on what
    /// goes out now.
    async fn claim(&self) -> Result<Found, ServiceError> {
        let mut transaction = self.db.begin().await?;
        let Some(person) = next_person(&mut transaction).await? else { return Ok(Found::Nothing) };
        let waiting = waiting(&mut transaction, person.id).await?;
        let wishes = person.layers.preferences().notifications;
        let now = Utc::now();
        let (mut unwanted, mut spent, mut ready) = (Vec::new(), Vec::new(), Vec::new());
        for row in waiting {
            let when = match person.disabled {
                true => Delivery::Unwanted,
                false => {
                    delivery(&wishes, row.item.category, row.item.created_at, now, &person.zone)
                }
            };
            match when {
                Delivery::Unwanted => unwanted.push(row.id),
                Delivery::Later(until) => postpone(&mut transaction, row.id, until).await?,
                // Whoever was sending it ended in the middle of it, each time.
                Delivery::Now
                    if usize::try_from(row.attempts)
                        .is_ok_and(|attempts| attempts > PAUSES.len()) =>
                {
                    spent.push(row.id);
                }
                Delivery::Now => ready.push(row),
            }
        }
        drop_unwanted(&mut transaction, &unwanted).await?;
        park_spent(&mut transaction, &spent).await?;
        let together = together(ready, wishes.frequency);
        let Some(first) = together.first() else {
            transaction.commit().await?;
            return Ok(Found::Settled);
        };
        let mail_id = first.mail_id.unwrap_or_else(Uuid::new_v4);
        let ids: Vec<Uuid> = together.iter().map(|row| row.id).collect();
        let lease = Uuid::new_v4();
        let attempts = sqlx::query_scalar!(
            "UPDATE notification_outbox SET state = 'sending', lease_id = $2, mail_id = $3,
             attempts = attempts + 1,
                    next_attempt_at = now() + make_interval(secs => $4)
              WHERE id = ANY($1) RETURNING attempts",
            &ids,
            lease,
            mail_id,
            LEASE_SECONDS
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let items: Vec<Item> = together.into_iter().map(|row| row.item).collect();
        let words = match (items.as_slice(), wishes.frequency) {
            ([item], Frequency::Immediate) => letter::single(item, &self.place),
            (items, _) => letter::digest(items, &self.place, &person.zone),
        };
        let letter = Letter {
            id: mail_id,
            name: person.name,
            address: person.address,
            subject: words.subject,
            text: words.text,
        };
        Ok(Found::Mail(Box::new(Claim {
            lease,
            attempts: attempts.into_iter().max().unwrap_or(1),
            letter,
        })))
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
            link: LocalPath::parse("/admin"),
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

/// What goes out together. A mail that was tried before stays as it was, with its id; otherwise one
/// notification, or for those who want digests everything that is due.
fn together(ready: Vec<Waiting>, frequency: Frequency) -> Vec<Waiting> {
    let mail_id = ready.first().and_then(|first| first.mail_id);
    let same = ready.into_iter().filter(|row| row.mail_id == mail_id);
    if mail_id.is_none() && frequency == Frequency::Immediate {
        same.take(1).collect()
    } else {
        same.collect()
    }
}

/// Somebody whose mail is due and whom nobody else looks after at this moment.
///
/// Nothing is kept farther ahead than its state says (see [`LEASE_SECONDS`] and [`PAUSES`]; a
/// digest is at most a week away).
async fn next_person(transaction: &mut Transaction) -> Result<Option<Person>, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT own.user_id, own.preferences AS "own: Json<Overrides>", person.display_name,
           person.email, person.time_zone,
                  person.disabled_at IS NOT NULL AS "disabled!",
                  (SELECT organization.preferences
                     FROM organization_members member
                     JOIN organization_preference_defaults organization USING (organization_id)
                    WHERE member.user_id = own.user_id) AS "organization?: Json<Overrides>"
             FROM user_preferences own JOIN auth.users person ON person.id = own.user_id
            WHERE own.user_id IN (
                    SELECT mail.user_id FROM notification_outbox mail
                     WHERE mail.user_id IS NOT NULL AND mail.state IN ('queued', 'failed',
                       'sending')
                       AND is_due(mail.next_attempt_at, CASE mail.state
                         WHEN 'sending' THEN interval '5 minutes'
                                                                        WHEN 'failed'
                                                                          THEN interval '8 hours'
                                                                        ELSE interval '8 days' END)
                     ORDER BY mail.next_attempt_at LIMIT 50)
            LIMIT 1 FOR NO KEY UPDATE OF own SKIP LOCKED"#
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(row.map(|row| Person {
        id: row.user_id,
        name: row.display_name,
        address: row.email,
        // Names are checked when they are stored; one that the list no longer knows reads as UTC.
        zone: row.time_zone.parse().unwrap_or(Tz::UTC),
        disabled: row.disabled,
        layers: Layers {
            organization: row.organization.map(|Json(value)| value).unwrap_or_default(),
            own: row.own.0,
        },
    }))
}

/// What of a person's mail is due: those tried before first, so that they do not wait behind what
/// is new.
async fn waiting(
    transaction: &mut Transaction,
    person: Uuid,
) -> Result<Vec<Waiting>, ServiceError> {
    let rows = sqlx::query!(
        "SELECT mail.id, mail.attempts, mail.mail_id, told.category, told.title, told.text,
         told.link, told.created_at
           FROM notification_outbox mail JOIN notifications told ON told.id = mail.notification_id
          WHERE mail.user_id = $1 AND mail.state IN ('queued', 'failed', 'sending')
            AND is_due(mail.next_attempt_at, CASE mail.state
              WHEN 'sending' THEN interval '5 minutes'
                                                             WHEN 'failed' THEN interval '8 hours'
                                                             ELSE interval '8 days' END)
          ORDER BY mail.mail_id NULLS LAST, told.sequence LIMIT $2 FOR UPDATE OF mail SKIP LOCKED",
        person,
        MOST
    )
    .fetch_all(&mut **transaction)
    .await?;
    let read = |category: &str| category.parse::<Category>().map_err(ServiceError::Internal);
    rows.into_iter()
        .map(|row| {
            let item = Item {
                category: read(&row.category)?,
                title: row.title,
                text: row.text,
                link: row.link,
                created_at: row.created_at,
            };
            Ok(Waiting { id: row.id, attempts: row.attempts, mail_id: row.mail_id, item })
        })
        .collect()
}

async fn postpone(
    transaction: &mut Transaction,
    id: Uuid,
    until: DateTime<Utc>,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE notification_outbox SET state = 'queued', lease_id = NULL, next_attempt_at = $2, \
            digest_until = $2 WHERE id = $1",
        id,
        until
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u128, mail_id: Option<u128>) -> Waiting {
        let item = Item {
            category: Category::Errors,
            title: id.to_string(),
            text: String::new(),
            link: None,
            created_at: DateTime::UNIX_EPOCH,
        };
        Waiting {
            id: Uuid::from_u128(id),
            attempts: 0,
            mail_id: mail_id.map(Uuid::from_u128),
            item,
        }
    }

    fn chosen(rows: &[(u128, Option<u128>)], frequency: Frequency) -> Vec<u128> {
        let rows = rows.iter().map(|(id, mail)| row(*id, *mail)).collect();
        together(rows, frequency).iter().map(|row| row.id.as_u128()).collect()
    }

    #[test]
    fn at_once_is_one_by_one_and_a_digest_is_all() {
        let fresh = [(1, None), (2, None), (3, None)];
        assert_eq!(chosen(&fresh, Frequency::Immediate), [1]);
        assert_eq!(chosen(&fresh, Frequency::Daily), [1, 2, 3]);
        assert!(chosen(&[], Frequency::Weekly).is_empty());
    }

    #[test]
    fn a_mail_that_was_tried_stays_as_it_was() {
        let mixed = [(1, Some(7)), (2, Some(7)), (3, Some(8)), (4, None)];
        for frequency in [Frequency::Immediate, Frequency::Daily, Frequency::Weekly] {
            assert_eq!(chosen(&mixed, frequency), [1, 2]);
        }
    }
}
