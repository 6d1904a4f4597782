//! Asking Claude to revise the conversations of a job, two at a time.

use super::{
    BulkService,
    lease::{self, Counts, Lease, Step},
    standing::{By, Standing, judge, usual},
    write::{self, Became},
};
use crate::{
    domain::{
        bulk::{BulkState, SkipReason},
        error_code::ErrorCode,
    },
    server::{foundation::error::ServiceError, postgres::apart},
};
use chrono::Utc;
use futures::future::join_all;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// How many are asked for at once.
const AT_ONCE: i64 = 2;
/// How often the job is kept while Claude writes.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// What became of one.
enum Outcome {
    Became(Became),
    /// The rest will fare no better: why, for people.
    Stop(String),
}

impl BulkService {
    /// Asks for the next ones. A server that goes on asks with the same keys: what was made is
    /// neither made nor billed twice.
    pub(super) async fn revise_some(
        &self,
        lease: &Lease,
        instruction: &str,
    ) -> Result<Step, ServiceError> {
        let ids = sqlx::query_scalar!(
            "SELECT conversation_id FROM bulk_job_items WHERE job_id = $1 AND state = 'waiting'
             ORDER BY conversation_id LIMIT $2",
            lease.job,
            AT_ONCE
        )
        .fetch_all(self.db.pool())
        .await?;
        if ids.is_empty() {
            return self.end(lease, BulkState::Done).await;
        }
        let asking = join_all(ids.iter().map(|id| apart(self.revise(lease, *id, instruction))));
        tokio::pin!(asking);
        let mut beat = interval(HEARTBEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let outcomes = loop {
            tokio::select! {
                outcomes = &mut asking => break outcomes,
                _ = beat.tick() => {
                    if !apart(lease::renew(self.db.pool(), lease)).await? {
                        return Ok(Step::Over);
                    }
                }
            }
        };
        let (mut became, mut counts, mut stop) = (Vec::new(), Counts::default(), None);
        for outcome in outcomes {
            match outcome? {
                Outcome::Became(one) => {
                    match one.state() {
                        "changed" => counts.changed += 1,
                        "failed" => counts.failed += 1,
                        _ => {
                            if let Some(reason) = one.skip() {
                                *counts.skips.entry(reason).or_default() += 1;
                            }
                        }
                    }
                    became.push(one);
                }
                Outcome::Stop(why) => stop = Some(why),
            }
        }
        let mut transaction = self.db.begin().await?;
        if lease::hold(&mut transaction, lease).await?.is_none() {
            return Ok(Step::Over);
        }
        write::items(&mut transaction, lease.job, &became).await?;
        lease::count(&mut transaction, lease, &counts).await?;
        if let Some(why) = &stop {
            self.conclude(&mut transaction, lease.job, BulkState::Failed, Some(why)).await?;
        }
        transaction.commit().await?;
        Ok(if stop.is_some() { Step::Over } else { Step::On })
    }

    async fn revise(
        &self,
        lease: &Lease,
        id: Uuid,
        instruction: &str,
    ) -> Result<Outcome, ServiceError> {
        let mut transaction = self.db.begin().await?;
        let person = write::membership(&mut transaction, lease.person).await?;
        let row = write::read(&mut transaction, &[id], lease.person).await?.pop();
        transaction.commit().await?;
        let gone = Ok(Outcome::Became(Became::skipped(id, SkipReason::Gone)));
        let (Some((person, organization)), Some(row)) = (person, row) else { return gone };
        let standing = Standing::of(row, &lease.action)?;
        if standing.stand.deleted_at.is_some() || !standing.is_of(person, organization) {
            return gone;
        }
        let thresholds = &usual();
        if let Err(reason) =
            judge(&lease.action, &standing, By { person, now: Utc::now(), thresholds })
        {
            return Ok(Outcome::Became(Became::skipped(id, reason)));
        }
        let asked = self.revisions.propose_once(person, id, instruction, lease.job).await;
        match asked {
            Ok(()) => Ok(Outcome::Became(Became::plain(id, "changed"))),
            Err(ServiceError::NotFound(_) | ServiceError::Forbidden(_)) => gone,
            // The database: asked again, it goes on.
            Err(error @ (ServiceError::Database(_) | ServiceError::Internal(_))) => Err(error),
            Err(
                ServiceError::Refused { code, message }
                | ServiceError::Limited { code, message, .. },
            ) if ends(code) => Ok(Outcome::Stop(message)),
            Err(error) => {
                tracing::info!(%error, conversation = %id, "a revision of many failed");
                Ok(Outcome::Became(Became::plain(id, "failed")))
            }
        }
    }
}

/// Whether the next one will be refused as well. An answer that was no conversation, or one too
/// long, is of one alone.
fn ends(code: ErrorCode) -> bool {
    !matches!(
        code,
        ErrorCode::PromptTooLong
            | ErrorCode::RequestRepeated
            | ErrorCode::ClaudeRequestTooLarge
            | ErrorCode::ClaudeFailed
    )
}
