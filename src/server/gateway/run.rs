//! A request on its way: through the gates, to the provider as often as it takes, and to its end in
//! the ledger.

use super::{
    GatewayService, Refusal, Reply,
    attempt::{Attempted, Attempts, End},
    booking::{Booked, booked},
    client::ClientSide,
    plan::{Plan, Purpose},
};
use crate::{
    domain::{
        gateway,
        generation::retry::{Decision, RetryPolicy},
    },
    server::{
        claude::{ClaudeError, Forward},
        gates::{AdmissionRequest, LedgerRow, NoMore, Reservation},
    },
};
use axum::body::Bytes;
use chrono::Utc;
use http::HeaderMap;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use uuid::Uuid;

/// One request while it is carried out.
pub struct Run {
    pub service: GatewayService,
    pub request_id: Uuid,
    /// This sending, for the gates and the ledger.
    pub run_id: Uuid,
    /// The name of the token that asks.
    pub client: Option<String>,
    pub plan: Plan,
    pub forward: Forward,
}

/// All attempts together.
struct Ended {
    outcome: Outcome,
    /// Rows of the ledger that are not written yet: the last attempt's, as a rule.
    rows: Vec<LedgerRow>,
    used_secondary_key: bool,
    key_refused: bool,
}

/// What the client still has to get.
enum Outcome {
    Whole(Reply),
    /// The last events of a stream.
    Last(Bytes),
    Refused(Refusal),
    Nothing,
}

impl Run {
    /// From the gates to the end. The client has its answer when everything is written.
    pub async fn carry_out(self, reply: oneshot::Sender<Result<Reply, Refusal>>) {
        let mut client = ClientSide::Waiting(reply);
        let reservation = match self.admit().await {
            Ok(reservation) => reservation,
            Err(refusal) => return client.answer(Err(refusal)),
        };
        let ended = self.until_passed_on(reservation.as_ref(), &mut client).await;
        let Ended { outcome, rows, used_secondary_key, key_refused } = ended;
        self.finish(reservation, rows).await;
        self.tell_of_keys(used_secondary_key, key_refused).await;
        match outcome {
            Outcome::Whole(reply) => client.answer(Ok(reply)),
            Outcome::Last(events) => client.pass(events).await,
            Outcome::Refused(refusal) if client.has_begun() => {
                client.pass(self.event(refusal)).await;
            }
            Outcome::Refused(refusal) => client.answer(Err(refusal)),
            Outcome::Nothing => {}
        }
    }

    /// Writes down what it cost. What cannot be written is in the log, and no reason to keep the
    /// answer back.
    async fn finish(&self, reservation: Option<Reservation>, rows: Vec<LedgerRow>) {
        let Some(reservation) = reservation else { return };
        if let Ok(finished) = reservation.finish(rows, None).await {
            let work = self.service.shares.work_of(self.plan.standing.user_id);
            let notifier = self.service.generation.notifier(&work);
            notifier.of_thresholds(&finished.thresholds).await;
        }
    }

    /// Those who look after a key that the provider refuses.
    async fn tell_of_keys(&self, stepped_in: bool, refused: bool) {
        let standing = &self.plan.standing;
        if refused {
            tracing::warn!(user_id = %standing.user_id, "Claude refused every API key of a \
                request");
        }
        if stepped_in {
            tracing::warn!(user_id = %standing.user_id, "Claude refused the primary API key; the \
                one before it was used");
        }
        let work = self.service.shares.work_of(standing.user_id);
        let notifier = self.service.generation.notifier(&work);
        notifier.of_refused_keys(&standing.keys.usable, stepped_in, refused).await;
    }

    /// Passes the gates; `None` for what costs nothing.
    async fn admit(&self) -> Result<Option<Reservation>, Refusal> {
        if self.plan.purpose == Purpose::Count {
            return Ok(None);
        }
        let is_open = self.service.ai.is_without_gates();
        let request = AdmissionRequest {
            request_id: self.request_id,
            run_id: self.run_id,
            worst_case: self.plan.worst_case,
            lifetime: self.plan.config.timeouts.total(),
            scopes: if is_open { Default::default() } else { self.plan.scopes.clone() },
        };
        let gates = self.service.generation.gates();
        Ok(Some(if is_open { gates.open(request) } else { gates.pass(request).await? }))
    }

    /// Attempts, with pauses, until one decides.
    async fn until_passed_on(
        &self,
        reservation: Option<&Reservation>,
        client: &mut ClientSide,
    ) -> Ended {
        let attempts = Attempts {
            claude: &self.service.claude,
            plan: &self.plan,
            forward: &self.forward,
            in_flight: self.service.generation.in_flight(),
        };
        let mut tries = Tries::begin(RetryPolicy::of(&self.plan.config));
        let mut ended = Ended {
            outcome: Outcome::Nothing,
            rows: Vec::new(),
            used_secondary_key: false,
            key_refused: false,
        };
        loop {
            tries.ordinal += 1;
            let attempted_at = Instant::now();
            let attempted = attempts.make(tries.key, tries.left(), client).await;
            if let Some(reservation) = reservation {
                let number = reservation.earlier_attempts() + tries.ordinal;
                ended.rows.push(self.row(&attempted, number, &tries, attempted_at.elapsed()));
            }
            let is_secondary = self.plan.standing.keys.usable[tries.key].is_secondary;
            let (error, words) = match attempted.end {
                End::Whole(reply) => {
                    (ended.outcome, ended.used_secondary_key) =
                        (Outcome::Whole(reply), is_secondary);
                    return ended;
                }
                End::Streamed(events) => {
                    (ended.outcome, ended.used_secondary_key) =
                        (Outcome::Last(events), is_secondary);
                    return ended;
                }
                End::Abandoned { refusal, .. } => {
                    ended.outcome = Outcome::Refused(refusal);
                    return ended;
                }
                End::Failed { is_told: true, .. } => return ended,
                End::Failed { error, words, .. } => (error, words),
            };
            let after = match self.next(&error, words, &tries, client.has_begun()) {
                Next::Refuse { refusal, key_refused } => {
                    (ended.outcome, ended.key_refused) = (Outcome::Refused(refusal), key_refused);
                    return ended;
                }
                Next::Key(next) => {
                    tries.key = next;
                    Duration::ZERO
                }
                Next::Retry(after) => {
                    tries.retry += 1;
                    after
                }
            };
            if let Some(reservation) = reservation
                && let Err(reason) = reservation.bill(&mut ended.rows).await
            {
                ended.outcome = Outcome::Refused(self.no_more(&error, &reason));
                return ended;
            }
            let pause = tokio::time::sleep(after);
            if let Err(refusal) = attempts.unless_abandoned(client, pause).await {
                ended.outcome = Outcome::Refused(refusal);
                return ended;
            }
        }
    }

    /// What follows a failure.
    fn next(
        &self,
        error: &ClaudeError,
        words: Option<(String, HeaderMap)>,
        tries: &Tries,
        has_begun: bool,
    ) -> Next {
        let mut key_refused = false;
        // Within its grace the key before is as good; asking with it is not another try of the same
        // thing.
        if error.is_key_refused() {
            match self.plan.standing.keys.after(tries.key) {
                Some(next) => return Next::Key(next),
                None => key_refused = true,
            }
        }
        let (retry, elapsed) = (tries.retry + 1, tries.started.elapsed());
        match error.decide(has_begun, retry, elapsed, &tries.policy) {
            Decision::Retry { after } => Next::Retry(after),
            Decision::GiveUp { reason } => {
                Next::Refuse { refusal: Refusal::of(error, words, &reason), key_refused }
            }
        }
    }

    fn no_more(&self, error: &ClaudeError, reason: &NoMore) -> Refusal {
        let retry_after = match reason {
            NoMore::Budget(line) => Some(line.seconds_left(Utc::now())),
            NoMore::Unbilled => None,
        };
        Refusal::not_again(error, &reason.sentence(self.plan.worst_case), retry_after)
    }

    fn row(
        &self,
        attempted: &Attempted,
        attempt: u32,
        tries: &Tries,
        duration: Duration,
    ) -> LedgerRow {
        let Booked { usage, estimated, status, code } = booked(attempted, &self.plan);
        let standing = &self.plan.standing;
        LedgerRow {
            request_id: self.request_id,
            run_id: self.run_id,
            attempt,
            ordinal: tries.ordinal,
            retry: tries.retry,
            conversation_id: None,
            client: self.client.clone(),
            model: self.plan.model.id.clone(),
            parameters: self.plan.parameters(),
            cost: self.plan.cost(&usage),
            price_version: self.plan.model.price_at(self.plan.started).label(usage.prompt()),
            usage,
            estimated,
            duration,
            status,
            error_code: code,
            user_id: standing.user_id,
            organization_id: standing.organization.as_ref().map(|organization| organization.id),
        }
    }

    /// Why a stream ends before its end, as an event of it.
    fn event(&self, refusal: Refusal) -> Bytes {
        let request_id = self.request_id.simple().to_string();
        let (kind, message, code) = refusal.told(&request_id);
        let data = gateway::body(kind, &message, code, &request_id);
        format!("event: error\ndata: {data}\n\n").into()
    }
}

/// Where a request stands among its attempts.
struct Tries {
    policy: RetryPolicy,
    started: Instant,
    /// The place of the key that is asked with.
    key: usize,
    /// Attempts, from 1.
    ordinal: u32,
    /// Retries before it; asking again with another key is none.
    retry: u32,
}

impl Tries {
    fn begin(policy: RetryPolicy) -> Self {
        Self { policy, started: Instant::now(), key: 0, ordinal: 0, retry: 0 }
    }

    /// Of the time for all of them.
    fn left(&self) -> Duration {
        self.policy.total.saturating_sub(self.started.elapsed())
    }
}

/// What follows a failed attempt.
enum Next {
    /// Another with this key, at once.
    Key(usize),
    /// Another after a pause.
    Retry(Duration),
    Refuse {
        refusal: Refusal,
        key_refused: bool,
    },
}
