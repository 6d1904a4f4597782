//! Making conversations with Claude, within what the AI configuration allows.
//!
//! A request passes the gates in this order, and each refuses with a word and a sentence of its own: configuration and model, key,
//! budget, rate, concurrency. Then it is sent, tried again where that may help, and settled: what it cost stands in the ledger and in
//! the budgets, whatever became of it. From the gates on the work is a task of its own, because money is at stake: it ends in order
//! even when whoever asked has gone.

mod attempts;
mod dry_run;
mod gates;
mod ledger;
mod plan;
mod store;

pub use plan::Plan;

use crate::{
    api::error::ApiError,
    domain::{
        account::Scope,
        conversation::{ConversationView, GenerateAnswer, NewConversation},
        money::Money,
    },
    server::{
        ai_config::AiConfigService,
        claude::{Claude, Reply},
        context::RequestContext,
        database::Database,
        error::ServiceError,
        preferences::PreferenceService,
    },
};
use attempts::{Ended, Outcome};
use serde::Serialize;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How often a conversation that the database refused is stored again, and the pause before each.
const STORE_AGAIN: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(4)];

/// The service behind `/api/conversations/generate`.
#[derive(Clone)]
pub struct GenerationService {
    db: Database,
    ai: AiConfigService,
    claude: Claude,
    preferences: PreferenceService,
}

/// What a page hears while a conversation is made.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Progress {
    /// All gates are passed.
    Started {
        request_id: Uuid,
        model: String,
        worst_case: Money,
    },
    /// A piece of the answer's text, which as a whole is JSON.
    Delta {
        text: String,
    },
    /// An attempt failed and another follows.
    Retry {
        attempt: u32,
        delay_ms: u64,
        message: String,
    },
    Done(Box<GenerateAnswer>),
    Failed(Box<ApiError>),
}

/// Where progress goes. When its receiver is gone, the person does not want the answer any more.
pub type Sink = mpsc::UnboundedSender<Progress>;

impl GenerationService {
    pub fn new(db: Database, ai: AiConfigService, claude: Claude, preferences: PreferenceService) -> Self {
        Self { db, ai, claude, preferences }
    }

    /// Makes one conversation. The same `request_id` makes and bills it once, however often it is sent.
    ///
    /// # Errors
    /// What a gate or Claude refused. An answer that is no conversation is no error: it is stored as failed, with the reason.
    pub async fn generate(
        &self,
        request: &RequestContext,
        new: NewConversation,
        request_id: Uuid,
        sink: Option<Sink>,
    ) -> Result<GenerateAnswer, ServiceError> {
        let user_id = request.allow(Scope::ConversationsWrite)?.user_id;
        // Other people's ids must not meet: two could choose the same.
        let request_id = Uuid::new_v5(&user_id, request_id.as_bytes());
        if let Some(made) = store::made_by(&self.db, request, request_id).await? {
            return Ok(GenerateAnswer { success: true, conversation: made, warnings: Vec::new() });
        }
        let plan = Plan::make(&self.ai, user_id, new).await?;
        let (service, request) = (self.clone(), request.clone());
        let work = tokio::spawn(async move { service.work(&request, request_id, plan, sink).await });
        work.await.unwrap_or_else(|error| Err(ServiceError::Internal(format!("a generation ended early: {error}"))))
    }

    /// One conversation with its turns.
    pub async fn conversation(&self, request: &RequestContext, id: Uuid) -> Result<ConversationView, ServiceError> {
        request.allow(Scope::ConversationsRead)?;
        let mut transaction = self.db.as_person(request).await?;
        let view = store::read_one(&mut transaction, id).await?;
        transaction.commit().await?;
        view.ok_or(ServiceError::NotFound("This conversation"))
    }

    async fn work(
        &self,
        request: &RequestContext,
        request_id: Uuid,
        plan: Plan,
        sink: Option<Sink>,
    ) -> Result<GenerateAnswer, ServiceError> {
        let held = gates::pass(&self.db, request_id, &plan).await?;
        if let Some(sink) = &sink {
            let (model, worst_case) = (plan.model.id.clone(), plan.worst_case);
            let _ = sink.send(Progress::Started { request_id, model, worst_case });
        }
        let conversation_id = Uuid::new_v4();
        let run = attempts::Run { db: &self.db, claude: &self.claude, request_id, conversation_id, plan: &plan, sink };
        let outcome = run.until_answered(&held).await;
        let passed = held.settle(outcome.cost).await;
        let mut warnings = plan.warnings(&held);
        warnings.extend(passed);
        match &outcome.answer {
            Outcome::Failed(refusal) => {
                if outcome.key_refused {
                    tracing::warn!(user_id = %plan.standing.user_id, "Claude refused every API key of a generation");
                }
                Err(refusal.clone().into())
            }
            Outcome::Answered(answer) => {
                if outcome.used_secondary_key {
                    tracing::warn!(user_id = %plan.standing.user_id, "Claude refused the primary API key; the one before it was used");
                    warnings.push(
                        "Claude refused the primary API key, so the previous one was used while its grace lasts. Check the key under AI configuration."
                            .into(),
                    );
                }
                let conversation = self.keep(request, conversation_id, &plan, answer, &outcome).await?;
                Ok(GenerateAnswer { success: true, conversation, warnings })
            }
        }
    }

    /// Stores an answer. It is paid for, so a database that is away for a moment is asked again.
    async fn keep(
        &self,
        request: &RequestContext,
        id: Uuid,
        plan: &Plan,
        answer: &Reply,
        ended: &Ended,
    ) -> Result<ConversationView, ServiceError> {
        let mut pauses = STORE_AGAIN.iter();
        loop {
            let kept = async {
                let thresholds = self.preferences.thresholds(plan.standing.user_id).await?;
                store::keep(&self.db, request, id, plan, answer, ended, &thresholds).await
            };
            match (kept.await, pauses.next()) {
                (Err(ServiceError::Database(error)), Some(pause)) => {
                    tracing::warn!(%error, conversation_id = %id, "a conversation could not be stored yet");
                    tokio::time::sleep(*pause).await;
                }
                (kept, _) => return kept,
            }
        }
    }
}
