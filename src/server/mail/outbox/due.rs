//! Whose mail is due, and what of it goes out together.

use super::{Claim, Found, PAUSES, drop_unwanted, lease, park_spent};
use crate::{
    domain::{
        notifications::{
            Category,
            delivery::{Delivery, delivery},
        },
        preferences::{Layers, Overrides, values::Frequency},
    },
    server::{
        foundation::error::ServiceError,
        mail::{
            Letter, MailService,
            letter::{self, Item},
        },
        notifications::ACCOUNT_KEY,
        postgres::Transaction,
    },
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::types::Json;
use uuid::Uuid;

/// Notifications in one mail.
const MOST: i64 = 100;

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
    /// What was done to the person's account: they are told at once and whatever they chose.
    about_account: bool,
    item: Item,
}

impl MailService {
    /// In one transaction: whose mail is due, what of it they still want, and the lease on what
    /// goes out now.
    pub(super) async fn claim(&self) -> Result<Found, ServiceError> {
        let mut transaction = self.db.begin().await?;
        let Some(person) = next_person(&mut transaction).await? else { return Ok(Found::Nothing) };
        let waiting = waiting(&mut transaction, person.id).await?;
        let wishes = person.layers.preferences().notifications;
        let now = Utc::now();
        let (mut unwanted, mut spent, mut ready) = (Vec::new(), Vec::new(), Vec::new());
        for row in waiting {
            let when = match (row.about_account, person.disabled) {
                (true, _) => Delivery::Now,
                (false, true) => Delivery::Unwanted,
                (false, false) => {
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
        let (lease, attempts) = lease(&mut transaction, &ids, mail_id).await?;
        transaction.commit().await?;
        let about_account = together.iter().all(|row| row.about_account);
        let items: Vec<Item> = together.into_iter().map(|row| row.item).collect();
        let words = match (items.as_slice(), wishes.frequency) {
            ([item], _) if about_account => letter::of_account(item, &self.place),
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
        Ok(Found::Mail(Box::new(Claim { lease, attempts, letter })))
    }
}

/// What goes out together. A mail that was tried before stays as it was, with its id; otherwise one
/// notification, or for those who want digests everything that is due but what was done to their
/// account: of that each has a mail of its own.
fn together(ready: Vec<Waiting>, frequency: Frequency) -> Vec<Waiting> {
    let Some(first) = ready.first() else { return ready };
    let (mail_id, about_account) = (first.mail_id, first.about_account);
    let same = ready
        .into_iter()
        .filter(|row| (row.mail_id, row.about_account) == (mail_id, about_account));
    if mail_id.is_none() && (about_account || frequency == Frequency::Immediate) {
        same.take(1).collect()
    } else {
        same.collect()
    }
}

/// Somebody whose mail is due and whom nobody else looks after at this moment.
///
/// Nothing is kept farther ahead than its state says (see `LEASE_SECONDS` and [`PAUSES`]; a
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
        r#"SELECT mail.id, mail.attempts, mail.mail_id, notification.category, notification.title,
           notification.text, notification.link, notification.created_at,
           starts_with(notification.dedupe_key, $3) AS "about_account!"
           FROM notification_outbox mail
           JOIN notifications notification ON notification.id = mail.notification_id
          WHERE mail.user_id = $1 AND mail.state IN ('queued', 'failed', 'sending')
            AND is_due(mail.next_attempt_at, CASE mail.state
              WHEN 'sending' THEN interval '5 minutes'
                                                             WHEN 'failed' THEN interval '8 hours'
                                                             ELSE interval '8 days' END)
          ORDER BY mail.mail_id NULLS LAST, notification.sequence LIMIT $2
          FOR UPDATE OF mail SKIP LOCKED"#,
        person,
        MOST,
        ACCOUNT_KEY
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
            Ok(Waiting {
                id: row.id,
                attempts: row.attempts,
                mail_id: row.mail_id,
                about_account: row.about_account,
                item,
            })
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
            about_account: false,
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
    fn what_was_done_to_an_account_is_in_no_digest() {
        let about = |id| Waiting { about_account: true, ..row(id, None) };
        let ids = |rows| -> Vec<u128> {
            together(rows, Frequency::Daily).iter().map(|row| row.id.as_u128()).collect()
        };
        assert_eq!(ids(vec![about(1), about(2), row(3, None)]), [1]);
        assert_eq!(ids(vec![row(1, None), about(2), row(3, None)]), [1, 3]);
    }

    #[test]
    fn a_mail_that_was_tried_stays_as_it_was() {
        let mixed = [(1, Some(7)), (2, Some(7)), (3, Some(8)), (4, None)];
        for frequency in [Frequency::Immediate, Frequency::Daily, Frequency::Weekly] {
            assert_eq!(chosen(&mixed, frequency), [1, 2]);
        }
    }
}
