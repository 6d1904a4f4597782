//! Making conversations with Claude, within what the AI configuration allows.
//!
//! A request passes the gates in this order, and each refuses with a word and a sentence of its
//! own: configuration and model, key, budget, rate, concurrency. Then it is sent, tried again where
//! that may help, and settled: what it cost stands in the ledger and in the budgets, whatever
//! became of it. From the gates on the work is a task of its own, because money is at stake: it
//! ends in order even when whoever asked has gone, and a server that stops waits for it.

mod asking;
mod attempts;
mod dry_run;
mod lowered;
mod notify;
mod plan;
mod requester;
mod revising;
mod store;

pub use notify::in_charge;
pub use plan::{Plan, Purpose};
pub use revising::{Proposed, Revision};

use crate::{
    api::generation::GenerationEvent,
    domain::{
        accounts::Scope,
        conversations::{GenerateAnswer, NewConversation},
        error_code::ErrorCode,
        generation::prompt::instructions,
        preferences::values::QualityThresholds,
    },
    server::{
        ai::AiService,
        claude::{Claude, Reply},
        foundation::{
            context::RequestContext,
            error::ServiceError,
            in_flight::InFlight,
            shares::{Shares, Work},
        },
        gates::{self, Gates},
        idempotency::{self, IdempotencyKey, Use},
        notifications::NotificationService,
        postgres::Database,
        preferences::PreferenceService,
    },
};
use asking::{Asking, Read};
use attempts::Ended;
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
        let (request_id, _) = self.identify(user_id, key.as_ref()).await?;
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

    /// The id of a request, the same for every sending under its key, and whether it was sent
    /// before.
    async fn identify(
        &self,
        user_id: Uuid,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Uuid, Use), ServiceError> {
        let Some(key) = key else { return Ok((Uuid::new_v4(), Use::First)) };
        let request_id = request_of(user_id, key.id);
        Ok((request_id, self.take(user_id, key, request_id).await?))
    }

    /// The key belongs to this request from now on, whatever becomes of it. What was generated
    /// under a key is kept for longer than the key: one that is new and has made something was used
    /// for nobody knows what, and is given to nothing else.
    async fn take(
        &self,
        user_id: Uuid,
        key: &IdempotencyKey,
        request_id: Uuid,
    ) -> Result<Use, ServiceError> {
        let _place = self.shares.work_of(user_id).take().await;
        // No admission waits for the disk. The end does, and what it writes follows this one: a
        // crash of the database forgets no key under which something was made.
        let asynchronous = "BEGIN; SET LOCAL synchronous_commit = off";
        let mut transaction = self.db.pool().begin_with(asynchronous).await?;
        let used = idempotency::take(&mut transaction, user_id, key).await?;
        if used == Use::First && store::is_in_ledger(&mut transaction, request_id).await? {
            return Err(idempotency::reused());
        }
        transaction.commit().await?;
        Ok(used)
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
            let (purpose, asked) = (Purpose::of(&new), instructions(&new));
            let plan = Plan::make(&self.ai, user_id, purpose, asked).await?;
            (plan, self.preferences.thresholds(user_id).await?)
        };
        let service = self.clone();
        let work = tokio::spawn(async move {
            let _token = token;
            service.work(request_id, plan, new, &thresholds, requester).await
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

    async fn work(
        &self,
        request_id: Uuid,
        plan: Plan,
        new: NewConversation,
        thresholds: &QualityThresholds,
        requester: Requester,
    ) -> Result<GenerateAnswer, ServiceError> {
        let work = self.shares.work_of(requester.user_id);
        let id = Uuid::new_v4();
        let asking = Asking {
            request_id,
            run_id: id,
            conversation_id: id,
            plan: &plan,
            requester: &requester,
        };
        let read = |answer: &Reply, ended: &Ended| {
            let made = store::Made::read(id, (&plan, &new), answer, ended, thresholds);
            let row = gates::Made::Conversation(Arc::new(made.row()));
            Read { is_failed: made.is_failed(), row: Some(row), made }
        };
        let settled = self.ask(asking, read).await?;
        let stored = settled.stored.ok_or_else(|| {
            ServiceError::Internal("a conversation is not there after it was stored".into())
        })?;
        let conversation = settled.made.view(stored);
        let notifier = self.notifier(&work);
        notifier.of_review(requester.user_id, &conversation).await;
        notifier.of_completion(&requester, settled.duration, &conversation).await;
        Ok(GenerateAnswer { conversation, warnings: settled.warnings })
    }
}

/// The id of a person's request under a key. Other people's keys must not meet: two could choose
/// the same.
pub fn request_of(user_id: Uuid, key: Uuid) -> Uuid {
    Uuid::new_v5(&user_id, key.as_bytes())
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
