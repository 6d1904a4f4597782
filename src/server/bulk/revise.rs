//! Asking Claude to revise the conversations of a job, two at a time.

mod refused;

use super::{
    BulkService,
    items::{self, Became, Waiting},
    lease::{self, Counts, Lease, Step},
    standing::{By, Standing, judge, usual},
    write,
};
use crate::{
    domain::{
        bulk::{BulkState, SkipReason},
        error_code::ErrorCode,
    },
    server::{
        foundation::error::ServiceError, jobs::lease::keeping, postgres::apart, revisions::Earlier,
    },
};
use chrono::Utc;
use futures::future::join_all;
use refused::{After, MOST_TRIES, after, pause};
use std::time::Duration;
use uuid::Uuid;

/// How many are asked for at once.
const AT_ONCE: i64 = 2;

/// One of those that are asked for next.
struct Item {
    position: i32,
    id: Uuid,
    tries: i16,
    sending: i16,
}

/// What became of one.
enum Outcome {
    Became(Became),
    /// It is asked for again, after so long.
    Waits(Waiting, Duration),
    /// The rest will fare no better: why, for people.
    Stop(String),
}

/// What became of those that were asked for together.
#[derive(Default)]
struct Batch {
    became: Vec<Became>,
    counts: Counts,
    waiting: Vec<Waiting>,
    rest: Option<Duration>,
    stop: Option<String>,
}

impl Batch {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Became(one) => {
                match one.state() {
                    "changed" => self.counts.changed += 1,
                    "failed" => self.counts.failed += 1,
                    _ => {
                        if let Some(reason) = one.skip() {
                            *self.counts.skips.entry(reason).or_default() += 1;
                        }
                    }
                }
                self.became.push(one);
            }
            Outcome::Waits(one, pause) => {
                self.waiting.push(one);
                self.rest = self.rest.max(Some(pause));
            }
            Outcome::Stop(why) => self.stop = Some(why),
        }
    }
}

impl BulkService {
    /// Asks for the next ones: those that were asked for in vain come after the others. A server
    /// that goes on asks with the same keys: what was made is neither made nor billed twice.
    pub(super) async fn revise_some(
        &self,
        lease: &Lease,
        instruction: &str,
    ) -> Result<Step, ServiceError> {
        let items = sqlx::query_as!(
            Item,
            "SELECT position, conversation_id AS id, tries, sending FROM bulk_job_items
             WHERE job_id = $1 AND state = 'waiting'
             ORDER BY tries, position LIMIT $2",
            lease.job,
            AT_ONCE
        )
        .fetch_all(self.db.pool())
        .await?;
        if items.is_empty() {
            return self.end(lease, BulkState::Done).await;
        }
        let asking = items.iter().map(|item| apart(self.revise(lease, item, instruction)));
        let renew = || lease::renew(self.db.pool(), lease);
        let Some(outcomes) = keeping(join_all(asking), renew).await else { return Ok(Step::Over) };
        let mut batch = Batch::default();
        for outcome in outcomes {
            batch.add(outcome?);
        }
        self.keep(lease, &batch).await
    }

    /// Writes what became of them, and whether and when the job goes on.
    async fn keep(&self, lease: &Lease, batch: &Batch) -> Result<Step, ServiceError> {
        let mut transaction = self.db.begin().await?;
        if lease::hold(&mut transaction, lease).await?.is_none() {
            return Ok(Step::Over);
        }
        items::end(&mut transaction, lease.job, &batch.became).await?;
        items::waiting(&mut transaction, lease.job, &batch.waiting).await?;
        lease::count(&mut transaction, lease, &batch.counts).await?;
        let step = match (&batch.stop, batch.rest) {
            (Some(why), _) => {
                let state = BulkState::Failed;
                self.conclude(&mut transaction, lease.job, state, Some(why)).await?;
                Step::Over
            }
            // Jobs of others go on meanwhile.
            (None, Some(length)) => {
                lease::rest(&mut transaction, lease, length).await?;
                Step::Over
            }
            (None, None) => Step::On,
        };
        transaction.commit().await?;
        Ok(step)
    }

    async fn revise(
        &self,
        lease: &Lease,
        item: &Item,
        instruction: &str,
    ) -> Result<Outcome, ServiceError> {
        let (id, position) = (item.id, item.position);
        let mut transaction = self.db.begin().await?;
        let person = write::membership(&mut transaction, lease.person).await?;
        let row = write::read(&mut transaction, &[id], lease.person).await?.pop();
        transaction.commit().await?;
        let gone = Ok(Outcome::Became(Became::skipped(position, SkipReason::Gone)));
        let (Some((person, organization)), Some(row)) = (person, row) else { return gone };
        let standing = Standing::of(row, &lease.action)?;
        if standing.stand.deleted_at.is_some() || !standing.is_of(person, organization) {
            return gone;
        }
        let thresholds = &usual();
        if let Err(reason) =
            judge(&lease.action, &standing, By { person, now: Utc::now(), thresholds })
        {
            return Ok(Outcome::Became(Became::skipped(position, reason)));
        }
        let key = key(lease.job, item.sending);
        let asked = self.revisions.propose_once(person, id, instruction, key).await;
        match asked {
            Ok(()) => Ok(Outcome::Became(Became::plain(position, "changed"))),
            Err(ServiceError::NotFound(_) | ServiceError::Forbidden(_)) => gone,
            // The database: asked again, it goes on.
            Err(error @ (ServiceError::Database(_) | ServiceError::Internal(_))) => Err(error),
            // A server that stopped or died may have begun it, or it is written still.
            Err(ServiceError::Refused { code: ErrorCode::RequestRepeated, .. }) => {
                let sending = match self.revisions.sent_before(person, id, key).await? {
                    Earlier::Made => {
                        return Ok(Outcome::Became(Became::plain(position, "changed")));
                    }
                    Earlier::Running => item.sending,
                    Earlier::Ended => item.sending.saturating_add(1),
                };
                Ok(again(item, sending, None, MOST_TRIES))
            }
            Err(error) => Ok(refused(item, error)),
        }
    }
}

/// The key under which the conversations of a job are asked for at their `sending`th time.
fn key(job: Uuid, sending: i16) -> Uuid {
    match sending {
        0 => job,
        sending => Uuid::new_v5(&job, &sending.to_be_bytes()),
    }
}

/// What a refusal means for the conversation and for the job.
fn refused(item: &Item, error: ServiceError) -> Outcome {
    let (code, message, wait) = match error {
        ServiceError::Refused { code, message } => (code, message, None),
        ServiceError::Limited { code, message, retry_after } => {
            (code, message, Some(Duration::from_secs(retry_after.into())))
        }
        error => {
            tracing::info!(%error, conversation = %item.id, "a revision of many failed");
            return Outcome::Became(Became::plain(item.position, "failed"));
        }
    };
    match after(code) {
        After::Stop => Outcome::Stop(message),
        // Nothing was sent: the same request comes again, when there is room for it.
        After::Room => {
            let Item { position, tries, sending, .. } = *item;
            Outcome::Waits(Waiting { position, tries, sending }, pause(0, wait))
        }
        After::Again { most } => again(item, item.sending.saturating_add(1), wait, most),
        After::Fail => {
            tracing::info!(%code, conversation = %item.id, "a revision of many failed");
            Outcome::Became(Became::plain(item.position, "failed"))
        }
    }
}

/// It is asked for again, unless that was done often enough.
fn again(item: &Item, sending: i16, wait: Option<Duration>, most: i16) -> Outcome {
    let tries = item.tries.saturating_add(1);
    if tries >= most {
        tracing::info!(conversation = %item.id, tries, "a revision of many failed");
        return Outcome::Became(Became::plain(item.position, "failed"));
    }
    Outcome::Waits(Waiting { position: item.position, tries, sending }, pause(tries, wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sending_has_a_key_of_its_own_which_stays() {
        let job = Uuid::from_u128(7);
        assert_eq!(key(job, 0), job);
        assert_eq!(key(job, 1), key(job, 1));
        let keys: std::collections::BTreeSet<_> =
            (0..20).map(|sending| key(job, sending)).collect();
        assert_eq!(keys.len(), 20);
    }

    #[test]
    fn one_that_is_asked_in_vain_fails_in_the_end_and_waits_until_then() {
        let mut item = Item { position: 0, id: Uuid::from_u128(1), tries: 0, sending: 0 };
        for _ in 1..MOST_TRIES {
            let error = ServiceError::refused(ErrorCode::ClaudeOverloaded, "Overloaded.");
            let Outcome::Waits(next, _) = refused(&item, error) else { panic!("{}", item.tries) };
            assert_eq!((next.tries, next.sending), (item.tries + 1, item.sending + 1));
            (item.tries, item.sending) = (next.tries, next.sending);
        }
        let error = ServiceError::refused(ErrorCode::ClaudeOverloaded, "Overloaded.");
        let Outcome::Became(one) = refused(&item, error) else { panic!("it waits for ever") };
        assert_eq!(one.state(), "failed");
    }

    #[test]
    fn our_own_limits_are_waited_for_and_cost_no_try() {
        let tries = MOST_TRIES - 1;
        let item = Item { position: 0, id: Uuid::from_u128(1), tries, sending: 3 };
        let error = ServiceError::Limited {
            code: ErrorCode::RateLimited,
            message: "Too fast.".into(),
            retry_after: 17,
        };
        let Outcome::Waits(next, wait) = refused(&item, error) else { panic!("no wait") };
        assert_eq!((next.tries, next.sending), (item.tries, item.sending));
        assert_eq!(wait, Duration::from_secs(17));
    }
}
