//! Asking Claude until there is an answer or no point in asking again.

mod booking;
mod refusal;

pub use refusal::Refusal;

use super::{Plan, requester::Requester};
use crate::{
    api::generation::GenerationEvent,
    domain::{
        error_code::ErrorCode,
        generation::{
            TokenUsage,
            retry::{Decision, GiveUp, RetryPolicy},
        },
        money::Money,
    },
    server::{
        claude::{Claude, ClaudeError, Reply, Written},
        foundation::in_flight::InFlight,
        gates::{LedgerRow, NoMore, Reservation},
    },
};
use booking::{Attempt, Seen, booked, ledger_row};
use chrono::Utc;
use refusal::{cancelled, refusal, stopping};
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// One generation while it is being made.
pub struct Run<'a> {
    pub claude: &'a Claude,
    pub request_id: Uuid,
    /// This sending.
    pub run_id: Uuid,
    pub conversation_id: Uuid,
    pub plan: &'a Plan,
    pub requester: &'a Requester,
    pub in_flight: &'a InFlight,
}

/// All attempts together.
pub struct Ended {
    pub answer: Outcome,
    /// Rows of the ledger that are not written yet: the last attempt's, as a rule.
    pub rows: Vec<LedgerRow>,
    pub cost: Money,
    /// The part of it that Claude did not count.
    pub estimated: Money,
    pub usage: TokenUsage,
    pub duration: Duration,
    pub used_secondary_key: bool,
    pub key_refused: bool,
}

pub enum Outcome {
    Answered(Reply),
    Failed(Refusal),
}

/// One attempt.
enum Sent {
    Answer(Box<Result<Reply, ClaudeError>>),
    /// Nobody waits for the answer any more, or nobody can; what came of it, unless the request had
    /// not left yet, and what whoever asked is told.
    Abandoned(Option<Seen>, Refusal),
}

impl Run<'_> {
    /// Attempts, with pauses, until one decides.
    pub async fn until_answered(&self, reservation: &Reservation) -> Ended {
        let started = Instant::now();
        let policy = RetryPolicy::of(&self.plan.config);
        let mut ended = Ended {
            answer: Outcome::Failed(cancelled()),
            rows: Vec::new(),
            cost: Money::ZERO,
            estimated: Money::ZERO,
            usage: TokenUsage::default(),
            duration: Duration::ZERO,
            used_secondary_key: false,
            key_refused: false,
        };
        let (mut key, mut ordinal, mut retry) = (0, 0, 0);
        loop {
            ordinal += 1;
            let left = policy.total.saturating_sub(started.elapsed());
            let attempted = Instant::now();
            let sent = self.send(key, left).await;
            let booked = booked(&sent, self.plan);
            let cost = self.plan.cost(&booked.usage);
            ended.cost = ended.cost.saturating_add(cost);
            if booked.estimated {
                ended.estimated = ended.estimated.saturating_add(cost);
            }
            ended.usage = ended.usage.saturating_add(booked.usage);
            ended.rows.push(ledger_row(
                self.plan,
                Attempt {
                    request_id: self.request_id,
                    run_id: self.run_id,
                    number: reservation.earlier_attempts() + ordinal,
                    ordinal,
                    retry,
                    conversation_id: self.conversation_id,
                    client: self.requester.client.clone(),
                    booked,
                    duration: attempted.elapsed(),
                },
            ));
            ended.duration = started.elapsed();
            let answer = match sent {
                Sent::Abandoned(_, refusal) => {
                    ended.answer = Outcome::Failed(refusal);
                    return ended;
                }
                Sent::Answer(answer) => *answer,
            };
            let error = match answer {
                Ok(reply) => {
                    ended.used_secondary_key = self.plan.standing.keys.usable[key].is_secondary;
                    ended.answer = Outcome::Answered(reply);
                    return ended;
                }
                Err(error) => error,
            };
            // Within its grace the key before is as good; asking with it is not another try of the
            // same thing.
            if error.is_key_refused() {
                match self.plan.standing.keys.after(key) {
                    Some(next) => {
                        if let Err(reason) = reservation.bill(&mut ended.rows).await {
                            ended.answer = Outcome::Failed(self.no_more(&error, &reason));
                            return ended;
                        }
                        key = next;
                        continue;
                    }
                    None => ended.key_refused = true,
                }
            }
            match error.decide(error.streamed(), retry + 1, started.elapsed(), &policy) {
                Decision::GiveUp { reason } => {
                    ended.answer = Outcome::Failed(refusal(&error, &reason));
                    return ended;
                }
                Decision::Retry { after } => {
                    if let Err(reason) = reservation.bill(&mut ended.rows).await {
                        ended.answer = Outcome::Failed(self.no_more(&error, &reason));
                        return ended;
                    }
                    retry += 1;
                    self.requester.send(GenerationEvent::Retry {
                        attempt: retry,
                        delay_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
                        message: error.sentence(),
                    });
                    if let Err(refusal) = self.pause(after).await {
                        ended.answer = Outcome::Failed(refusal);
                        return ended;
                    }
                }
            }
        }
    }

    /// What was billed for an attempt is beside what is set aside for the next: that can be more
    /// than a budget allows.
    fn no_more(&self, error: &ClaudeError, reason: &NoMore) -> Refusal {
        let message = format!("{} {}", error.sentence(), reason.sentence(self.plan.worst_case));
        match reason {
            NoMore::Budget(line) => Refusal {
                code: ErrorCode::BudgetExceeded,
                message,
                retry_after: Some(Duration::from_secs(line.seconds_left(Utc::now()).into())),
            },
            NoMore::Unbilled => Refusal { message, ..refusal(error, &GiveUp::NotRetryable) },
        }
    }

    /// One attempt; without an answer, and with what was used until then, when it is abandoned.
    async fn send(&self, key: usize, left: Duration) -> Sent {
        let call = self.plan.call(key, self.plan.config.timeouts.generation().min(left));
        let (seen, written) = (Mutex::new(Seen::default()), Written::default());
        let sending = self.claude.send_noting(&call, &written, |delta| {
            if let Ok(mut seen) = seen.lock() {
                seen.usage = delta.usage.into();
                seen.bytes += delta.text.len();
            }
            if !delta.text.is_empty() {
                self.requester.send(GenerationEvent::Delta { text: delta.text.to_owned() });
            }
        });
        tokio::select! {
            answer = sending => Sent::Answer(Box::new(answer)),
            refusal = self.abandoned() => {
                let seen = seen.into_inner().unwrap_or_default();
                Sent::Abandoned(written.is_set().then_some(seen), refusal)
            }
        }
    }

    async fn pause(&self, after: Duration) -> Result<(), Refusal> {
        tokio::select! {
            () = tokio::time::sleep(after) => Ok(()),
            refusal = self.abandoned() => Err(refusal),
        }
    }

    /// Returns when the person does not want the answer any more, or the server cannot wait for it,
    /// with which of both it is.
    async fn abandoned(&self) -> Refusal {
        let gone = async {
            match &self.requester.sink {
                Some(sink) => sink.closed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = gone => cancelled(),
            () = self.in_flight.cancelled() => stopping(),
        }
    }
}
