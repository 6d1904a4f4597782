//! Asking Claude for another version of a conversation. It passes the same gates as a generation
//! and is billed alike; what it answers is stored as a proposal.

use super::{
    GenerationService, Plan, Purpose,
    asking::{Asking, Read},
    attempts::{Ended, Refusal},
    not_started,
    requester::Requester,
    store::stop_word,
};
use crate::{
    domain::{
        accounts::Scope,
        conversations::{ConversationContent, Tier},
        error_code::ErrorCode,
        generation::{
            estimate::{bytes_tokens, written_tokens},
            prompt::{read_text, revision},
            quality::rate,
        },
        money::Money,
        preferences::values::QualityThresholds,
        revisions::MAX_INSTRUCTION,
    },
    server::{
        claude::Reply,
        foundation::{context::RequestContext, error::ServiceError, shares::Work},
        gates::Made,
        idempotency::{IdempotencyKey, Use},
    },
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// What is to be revised, and how.
pub struct Revision {
    pub conversation_id: Uuid,
    pub public_id: String,
    pub comment_id: Option<Uuid>,
    pub instruction: String,
    /// The version that Claude reads.
    pub base_version: i32,
    pub content: ConversationContent,
    /// Kept until it has ended, whatever becomes of it.
    pub held: Box<dyn Send + Sync>,
}

/// A proposal that was stored.
pub struct Proposed {
    pub id: Uuid,
    pub warnings: Vec<String>,
}

impl GenerationService {
    /// The id of a request for a revision, the same for every sending under its key, and whether it
    /// was sent before.
    ///
    /// # Errors
    /// 409 when the key was used for another request.
    pub async fn identify_revision(
        &self,
        user_id: Uuid,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Uuid, bool), ServiceError> {
        let (request_id, used) = self.identify(user_id, key).await?;
        Ok((request_id, used == Use::Repeated))
    }

    /// The way to a person's places for what is no generation.
    pub fn work_of(&self, user_id: Uuid) -> Work {
        self.shares.work_of(user_id)
    }

    /// The most that a revision can cost, however long its instruction; `None` when the
    /// configuration would refuse it.
    pub async fn worst_case_of_revision(
        &self,
        user_id: Uuid,
        content: &ConversationContent,
    ) -> Option<Money> {
        // Characters of four bytes each.
        let asked = revision(content, &"x".repeat(4 * MAX_INSTRUCTION));
        let plan = Plan::without_key(&self.ai, user_id, purpose(content), asked).await;
        plan.ok().map(|plan| plan.worst_case)
    }

    /// The most that revising many with one instruction can cost together; `sizes` are the bytes of
    /// each as JSON. One that is too long for the configuration is refused, and costs nothing.
    ///
    /// # Errors
    /// The refusals of the gates configuration and model.
    pub async fn worst_case_of_revisions(
        &self,
        user_id: Uuid,
        instruction: &str,
        sizes: &[u64],
    ) -> Result<Money, ServiceError> {
        let nothing = ConversationContent {
            title: String::new(),
            persona: String::new(),
            emotion: String::new(),
            topic: String::new(),
            intent: String::new(),
            tone: String::new(),
            tier: Tier::Template,
            categories: Vec::new(),
            turns: Vec::new(),
        };
        let (asked, purpose) = (revision(&nothing, instruction), purpose(&nothing));
        let plan = Plan::without_key(&self.ai, user_id, purpose, asked).await?;
        let of_one =
            |size: &u64| plan.worst_case_of(plan.input_tokens.saturating_add(bytes_tokens(*size)));
        Ok(sizes.iter().filter_map(of_one).fold(Money::ZERO, Money::saturating_add))
    }

    /// Asks for a revision. It goes on when whoever asked has gone; then they are told of it.
    ///
    /// # Errors
    /// What a gate or Claude refused, and an answer that is no conversation: that is billed, and
    /// nothing is stored.
    pub async fn revise(
        &self,
        request: &RequestContext,
        request_id: Uuid,
        asked: Revision,
    ) -> Result<Proposed, ServiceError> {
        let actor = request.allow(Scope::ConversationsWrite)?;
        let user_id = actor.user_id;
        let (requester, _waiting) = Requester::new(request, actor, None);
        // Counted before it is looked whether they are cancelled: none slips through in between.
        let token = self.in_flight.begin();
        if self.in_flight.is_cancelled() {
            return Err(not_started());
        }
        let (plan, thresholds) = {
            let _place = self.shares.work_of(user_id).take().await;
            let told = revision(&asked.content, &asked.instruction);
            let plan = Plan::make(&self.ai, user_id, purpose(&asked.content), told).await?;
            (plan, self.preferences.thresholds(user_id).await?)
        };
        let service = self.clone();
        let work = tokio::spawn(async move {
            let _token = token;
            service.work_on_revision(request_id, plan, asked, &thresholds, requester).await
        });
        work.await.unwrap_or_else(|error| {
            Err(ServiceError::Internal(format!("a revision ended early: {error}")))
        })
    }

    async fn work_on_revision(
        &self,
        request_id: Uuid,
        plan: Plan,
        asked: Revision,
        thresholds: &QualityThresholds,
        requester: Requester,
    ) -> Result<Proposed, ServiceError> {
        let id = Uuid::new_v4();
        let asking = Asking {
            request_id,
            run_id: id,
            conversation_id: asked.conversation_id,
            plan: &plan,
            requester: &requester,
        };
        let read = |answer: &Reply, ended: &Ended| {
            let made = row((id, request_id), &plan, &asked, answer, ended, thresholds);
            let row = made.as_ref().ok().map(|row| Made::Revision(Arc::new(row.clone())));
            Read { is_failed: made.is_err(), row, made: made.map(drop) }
        };
        let settled = self.ask(asking, read).await?;
        let work = self.shares.work_of(requester.user_id);
        let notifier = self.notifier(&work);
        match settled.made {
            Ok(()) => {
                notifier.of_revision(&requester, id, &asked.public_id, &asked.content.title).await;
                Ok(Proposed { id, warnings: settled.warnings })
            }
            Err(why) => {
                let message = format!("{why} It is billed, and the conversation is unchanged.");
                let code = ErrorCode::ClaudeMalformed;
                let refusal = Refusal { code, message, retry_after: None };
                notifier.of_failure(&requester, request_id, &refusal).await;
                Err(refusal.into())
            }
        }
    }
}

/// What revising a conversation is for the plan: its turns come back as they went.
fn purpose(content: &ConversationContent) -> Purpose {
    Purpose::Revision { written: written_tokens(&json!(content.turns).to_string()) }
}

/// An answer as `store_revisions` of the database reads it.
///
/// # Errors
/// Why it is no conversation.
fn row(
    (id, request_id): (Uuid, Uuid),
    plan: &Plan,
    asked: &Revision,
    answer: &Reply,
    ended: &Ended,
    thresholds: &QualityThresholds,
) -> Result<Value, String> {
    let written =
        read_text(&answer.text, stop_word(&answer.stop_reason)).map_err(|bad| bad.to_string())?;
    let content = ConversationContent {
        title: written.title.unwrap_or_else(|| asked.content.title.clone()),
        turns: written.turns,
        ..asked.content.clone()
    };
    // What could not be saved is not proposed.
    let content = content.check().map_err(|wrong| {
        let why = wrong.into_iter().next().map(|error| error.message).unwrap_or_default();
        format!("Claude's answer cannot be stored. {why}")
    })?;
    let rating = rate(content.tier, &content.turns, thresholds);
    Ok(json!({
        "id": id,
        "conversation_id": asked.conversation_id,
        "request_id": request_id,
        "instruction": asked.instruction,
        "comment_id": asked.comment_id,
        "base_version": asked.base_version,
        "content": content,
        "gate_failures": rating.gate_failures,
        "quality_score": rating.metrics.score,
        "model": plan.model.id,
        "cost_nano_usd": ended.cost.nanos(),
        "created_by": plan.standing.user_id,
    }))
}
