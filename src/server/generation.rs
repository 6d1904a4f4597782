//! Making conversations with Claude, within what the AI configuration allows.
//!
//! A request passes the gates in this order, and each refuses with a word and a sentence of its
//! own: configuration and model, key, budget, rate, concurrency. Then it is sent, tried again where
//! that may help, and settled: what it cost stands in the ledger and in the budgets, whatever
//! became of it. From the gates on the work is a task of its own, because money is at stake: it
//! ends in order even when whoever asked has gone, and a server that stops waits for it.

mod attempts;
mod dry_run;
mod lowered;
mod notify;
mod plan;
mod requester;
mod store;

pub use notify::in_charge;
pub use plan::Plan;

use crate::{
    api::generation::GenerationEvent,
    domain::{
        accounts::Scope,
        conversations::{GenerateAnswer, NewConversation},
        error_code::ErrorCode,
        money::Money,
        preferences::values::QualityThresholds,
    },
    server::{
        ai::AiService,
        claude::Claude,
        foundation::{
            context::RequestContext,
            error::ServiceError,
            in_flight::InFlight,
            shares::{Shares, Work},
        },
        gates::{Gates, Reservation},
        idempotency::{self, IdempotencyKey, Use},
        notifications::NotificationService,
        postgres::Database,
        preferences::PreferenceService,
    },
};
use attempts::Outcome;
use notify::Notifier;
use requester::Requester;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc};
use uuid::Uuid;

/// The service behind `/api/conversations/generate`.
#[derive(Clone)]
pub struct GenerationService {
    db: Database,
    ai: AiService,
    claude: Claude,
    gates: Gates,
    preferences: PreferenceService,
    notifications: NotificationService,
    shares: Shares,
    in_flight: InFlight,
    /// Who looks after changed budgets, one at a time.
    lowered: Arc<Mutex<()>>,
}

/// Where progress goes. When its receiver is gone, the person does not want the answer any more.
pub type Sink = mpsc::UnboundedSender<GenerationEvent>;

impl GenerationService {
    pub fn new(
        db: Database,
        ai: AiService,
        claude: Claude,
        preferences: PreferenceService,
        notifications: NotificationService,
        shares: Shares,
    ) -> Self {
        let (gates, in_flight) = (Gates::new(&db), InFlight::default());
        let lowered = Arc::default();
        Self { db, ai, claude, gates, preferences, notifications, shares, in_flight, lowered }
    }

    /// Makes one conversation. The same `key` makes and bills it once, however often it is sent.
    ///
    /// # Errors
    /// What a gate or Claude refused. An answer that is no conversation is no error: it is stored
    /// as failed, with the reason.
    pub async fn generate(
        &self,
        request: &RequestContext,
        new: NewConversation,
        key: Option<IdempotencyKey>,
        sink: Option<Sink>,
    ) -> Result<GenerateAnswer, ServiceError> {
        let user_id = request.allow(Scope::ConversationsWrite)?.user_id;
        let request_id = match &key {
            Some(key) => {
                // Other people's keys must not meet: two could choose the same.
                let request_id = Uuid::new_v5(&user_id, key.id.as_bytes());
                self.take(user_id, key, request_id).await?;
                request_id
            }
            None => Uuid::new_v4(),
        };
        // What an earlier sending made is looked up only when a gate says that there is one, or
        // when this cannot go on: the others are spared the question.
        match self.make(request, request_id, new, sink).await {
            Err(error) if may_be_made(&error) => {
                let _place = self.shares.work_of(user_id).take().await;
                match store::made_by(&self.db, request, request_id).await {
                    Ok(Some(made)) => {
                        Ok(GenerateAnswer { conversation: made, warnings: Vec::new() })
                    }
                    _ => Err(error),
                }
            }
            answer => answer,
        }
    }

    /// The key belongs to this request from now on, whatever becomes of it. What was generated
    /// under a key is kept for longer than the key: one that is new and has made something was used
    /// for nobody knows what, and is given to nothing else.
    async fn take(
        &self,
        user_id: Uuid,
        key: &IdempotencyKey,
        request_id: Uuid,
    ) -> Result<(), ServiceError> {
        let _place = self.shares.work_of(user_id).take().await;
        // No admission waits for the disk. The end does, and what it writes follows this one: a
        // crash of the database forgets no key under which something was made.
        let asynchronous = "BEGIN; SET LOCAL synchronous_commit = off";
        let mut transaction = self.db.pool().begin_with(asynchronous).await?;
        let used = idempotency::take(&mut transaction, user_id, key).await?;
        if used == Use::First && store::is_in_ledger(&mut transaction, request_id).await? {
            return Err(idempotency::reused());
        }
        Ok(transaction.commit().await?)
    }

    async fn make(
        &self,
        request: &RequestContext,
        request_id: Uuid,
        new: NewConversation,
        sink: Option<Sink>,
    ) -> Result<GenerateAnswer, ServiceError> {
        let actor = request.allow(Scope::ConversationsWrite)?;
        let user_id = actor.user_id;
        let (requester, _waiting) = Requester::new(request, actor, sink);
        // Counted before it is looked whether they are cancelled: none slips through in between.
        let token = self.in_flight.begin();
        if self.in_flight.is_cancelled() {
            return Err(not_started());
        }
        let (plan, thresholds) = {
            let _place = self.shares.work_of(user_id).take().await;
            let plan = Plan::make(&self.ai, user_id, new).await?;
            (plan, self.preferences.thresholds(user_id).await?)
        };
        let service = self.clone();
        let work = tokio::spawn(async move {
            let _token = token;
            service.work(request_id, plan, &thresholds, requester).await
        });
        work.await.unwrap_or_else(|error| {
            Err(ServiceError::Internal(format!("a generation ended early: {error}")))
        })
    }

    /// What is counted and ended together with generations.
    pub fn in_flight(&self) -> &InFlight {
        &self.in_flight
    }

    /// The gates that generations pass, for others who pass them.
    pub fn gates(&self) -> &Gates {
        &self.gates
    }

    /// Tells people, each time with a place among the work of whoever asked.
    pub fn notifier<'a>(&'a self, work: &'a Work) -> Notifier<'a> {
        Notifier { notifications: &self.notifications, work }
    }

    /// Ends the generations in flight as if those who asked had gone, and refuses new ones: the
    /// server has to go soon. What Claude had written is billed, and who asked is told.
    pub fn cancel(&self) {
        self.in_flight.cancel();
    }

    /// Returns once no generation is in flight.
    pub async fn ended(&self) {
        self.in_flight.ended().await;
    }

    async fn admit(
        &self,
        plan: &Plan,
        request_id: Uuid,
        run_id: Uuid,
    ) -> Result<Reservation, ServiceError> {
        let mut admission = plan.admission(request_id, run_id);
        if self.ai.is_without_gates() {
            admission.scopes = Default::default();
            return Ok(self.gates.open(admission));
        }
        self.gates.pass(admission).await
    }

    async fn work(
        &self,
        request_id: Uuid,
        plan: Plan,
        thresholds: &QualityThresholds,
        requester: Requester,
    ) -> Result<GenerateAnswer, ServiceError> {
        let work = self.shares.work_of(requester.user_id);
        let notifier = self.notifier(&work);
        let conversation_id = Uuid::new_v4();
        let reservation = self.admit(&plan, request_id, conversation_id).await?;
        let exceeded = reservation.exceeded().to_vec();
        let (model, worst_case) = (plan.model.id.clone(), plan.worst_case);
        requester.send(GenerationEvent::Started { request_id, model, worst_case });
        let run = attempts::Run {
            claude: &self.claude,
            request_id,
            conversation_id,
            plan: &plan,
            requester: &requester,
            in_flight: &self.in_flight,
        };
        let mut ended = run.until_answered(&reservation).await;
        let mut rows = std::mem::take(&mut ended.rows);
        let made = match &ended.answer {
            Outcome::Answered(answer) => {
                Some(store::Made::read(conversation_id, &plan, answer, &ended, thresholds))
            }
            Outcome::Failed(_) => None,
        };
        if let (Some(made), Some(row)) = (&made, rows.last_mut())
            && made.is_failed()
        {
            // Claude answered, so the attempt stays a success of its own kind; the log says why
            // nothing came of it.
            row.error_code = Some(ErrorCode::ClaudeMalformed);
        }
        let finished = reservation.finish(rows, made.as_ref().map(store::Made::row)).await;
        if let Ok(finished) = &finished {
            notifier.of_thresholds(&finished.thresholds).await;
        }
        let keys = &plan.standing.keys.usable;
        notifier.of_refused_keys(keys, ended.used_secondary_key, ended.key_refused).await;
        if ended.key_refused {
            tracing::warn!(user_id = %plan.standing.user_id, "Claude refused every API key of a \
                generation");
        }
        if ended.used_secondary_key {
            tracing::warn!(user_id = %plan.standing.user_id, "Claude refused the primary API key; \
                the one before it was used");
        }
        let made = match (ended.answer, made) {
            (Outcome::Answered(_), Some(made)) => made,
            (Outcome::Failed(mut refusal), _) => {
                if ended.estimated > Money::ZERO {
                    let more = format!(
                        " {} is counted for it, an estimate: Claude did not say what it used.",
                        ended.estimated
                    );
                    refusal.message.push_str(&more);
                }
                notifier.of_failure(&requester, request_id, &refusal).await;
                return Err(refusal.into());
            }
            (Outcome::Answered(_), None) => {
                return Err(ServiceError::Internal("an answer made nothing".into()));
            }
        };
        let finished = finished?;
        let mut warnings = plan.warnings(&exceeded);
        warnings.extend(
            finished
                .thresholds
                .iter()
                .map(|(line, share)| line.sentence(&format!("is used to {:.0} %", share * 100.0))),
        );
        if ended.used_secondary_key {
            warnings.push(
                "Claude rejected the primary API key, so the previous key was used. Check the key \
                    under AI configuration."
                    .into(),
            );
        }
        if ended.estimated > Money::ZERO {
            warnings.push(format!(
                "{} of the cost is an estimate: an earlier attempt ended before Claude reported \
                    its usage.",
                ended.estimated
            ));
        }
        let stored = finished.conversation.ok_or_else(|| {
            ServiceError::Internal("a conversation is not there after it was stored".into())
        })?;
        let conversation = made.view(stored);
        notifier.of_review(requester.user_id, &conversation).await;
        notifier.of_completion(&requester, ended.duration, &conversation).await;
        Ok(GenerateAnswer { conversation, warnings })
    }
}

fn not_started() -> ServiceError {
    ServiceError::refused(
        ErrorCode::Stopping,
        "The server is stopping. Nothing was generated; try again in a moment.",
    )
}

/// Whether the same request may have been made already: a gate says so, or the configuration has
/// changed since.
fn may_be_made(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Refused { code, .. } if code.status() == 409)
}
