//! Conversations as generation leaves them.

use super::{Plan, attempts::Ended};
use crate::{
    domain::{
        conversations::{
            ConversationView, GateFailure, GateRule, NewConversation, Status, Turn, TurnView,
            findings,
        },
        generation::{
            TokenUsage,
            estimate::training_tokens,
            prompt::{Instructions, read_text},
            quality::{QualityMetrics, Rating, rate},
        },
        money::Money,
        preferences::values::QualityThresholds,
    },
    server::{
        claude::{Reply, StopReason},
        conversations,
        foundation::{context::RequestContext, error::ServiceError},
        gates::{Stored, count},
        postgres::{Database, Transaction},
    },
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A conversation that Claude made, before it is stored.
pub struct Made<'a> {
    id: Uuid,
    plan: &'a Plan,
    new: &'a NewConversation,
    title: String,
    turns: Vec<TurnView>,
    /// Which rule the answer breaks when it is no conversation.
    rating: Result<Rating, GateRule>,
    /// Why the answer is no conversation.
    error: Option<String>,
    tokens: TokenUsage,
    cost: Money,
    duration_ms: i64,
    parameters: Value,
}

impl<'a> Made<'a> {
    /// What an answer says, with its score. One that is no conversation is failed, with the reason.
    pub fn read(
        id: Uuid,
        (plan, new): (&'a Plan, &'a NewConversation),
        reply: &Reply,
        ended: &Ended,
        thresholds: &QualityThresholds,
    ) -> Self {
        let (title, turns, rating, error) =
            match read_text(&reply.text, stop_word(&reply.stop_reason)) {
                Ok(written) => {
                    let rating = rate(new.tier(), &written.turns, thresholds);
                    let title = written.title.unwrap_or_else(|| new.title());
                    (title, written.turns, Ok(rating), None)
                }
                Err(bad) => (new.title(), Vec::new(), Err(bad.gate_rule()), Some(bad.to_string())),
            };
        let mut parameters = plan.parameters();
        // What stood in the prompt is edited afterwards; data sets say which one it was made from.
        parameters["promptSha256"] = json!(prompt_hash(&plan.instructions));
        if let Some(instructions) = new.instructions() {
            parameters["instructions"] = json!(instructions);
        }
        Self {
            id,
            plan,
            new,
            // PostgreSQL's texts cannot hold the character zero.
            title: title.replace('\0', "").chars().take(300).collect(),
            turns: turns.into_iter().zip(1..).map(|(turn, number)| said(turn, number)).collect(),
            rating,
            error,
            tokens: TokenUsage::new(ended.usage.prompt(), ended.usage.output),
            cost: ended.cost,
            duration_ms: i64::try_from(ended.duration.as_millis()).unwrap_or(i64::MAX),
            parameters,
        }
    }

    /// The answer is no conversation.
    pub fn is_failed(&self) -> bool {
        self.rating.is_err()
    }

    fn status(&self) -> Status {
        self.rating.as_ref().map_or(Status::Failed, |rating| rating.status)
    }

    fn metrics(&self) -> Option<QualityMetrics> {
        self.rating.as_ref().ok().map(|rating| rating.metrics)
    }

    fn training_tokens(&self) -> i32 {
        self.rating.as_ref().map_or(0, |rating| rating.training_tokens)
    }

    fn gate_failures(&self) -> Vec<GateFailure> {
        match &self.rating {
            Ok(rating) => rating.gate_failures.clone(),
            Err(rule) => vec![GateFailure { rule: *rule, turn: None }],
        }
    }

    /// As `store_conversations` of the database reads it.
    pub fn row(&self) -> Value {
        let new = self.new;
        let organization = self.plan.standing.organization.as_ref();
        json!({
            "id": self.id,
            "organization_id": organization.map(|organization| organization.id),
            "title": self.title,
            "persona": new.persona(),
            "emotion": new.emotion(),
            "topic": new.topic(),
            "intent": new.intent().unwrap_or_default(),
            "tone": new.tone().unwrap_or_default(),
            "tier": new.tier().as_str(),
            "status": self.status().as_str(),
            "categories": new.categories(),
            "quality_score": self.metrics().map(|metrics| metrics.score),
            "quality_metrics": self.metrics().map_or_else(|| json!({}), |metrics| json!(metrics)),
            "turn_count": self.turns.len(),
            "input_tokens": count(self.tokens.input),
            "output_tokens": count(self.tokens.output),
            "estimated_cost_nano_usd": self.plan.worst_case.nanos(),
            "actual_cost_nano_usd": self.cost.nanos(),
            "generation_duration_ms": self.duration_ms,
            "parameters": self.parameters,
            "error": self.error,
            "created_by": self.plan.standing.user_id,
            "turns": self.turns,
            "training_tokens": self.training_tokens(),
            "gate_failures": self.gate_failures(),
        })
    }

    /// For whoever asked, with what the database decided about it: the same that reading it gives.
    pub fn view(self, stored: Stored) -> ConversationView {
        let new = self.new;
        let (status, metrics) = (self.status(), self.metrics());
        let (training_tokens, gate_failures) = (self.training_tokens(), self.gate_failures());
        let said: Vec<Turn> = self.turns.iter().map(TurnView::said).collect();
        ConversationView {
            id: self.id,
            public_id: stored.public_id,
            title: self.title,
            persona: new.persona().to_owned(),
            emotion: new.emotion().to_owned(),
            topic: new.topic().to_owned(),
            intent: new.intent().map(str::to_owned),
            tone: new.tone().map(str::to_owned),
            tier: new.tier(),
            status,
            categories: new.categories().to_vec(),
            quality_score: stored.quality_score,
            quality_metrics: metrics,
            turn_count: i32::try_from(self.turns.len()).unwrap_or(i32::MAX),
            tokens: self.tokens,
            estimated_cost: Some(self.plan.worst_case),
            actual_cost: Some(self.cost),
            generation_duration_ms: Some(self.duration_ms),
            parameters: self.parameters,
            error: self.error,
            review_history: Vec::new(),
            version: 1,
            training_tokens,
            gate_failures,
            findings: findings(&said),
            likeness: None,
            is_decided: false,
            open_revisions: 0,
            is_demonstration: false,
            is_imported: false,
            origin: String::new(),
            license: String::new(),
            turns: self.turns,
            created_by: Some(self.plan.standing.user_id),
            author_name: stored.author_name,
            approved_by: None,
            organization_id: stored.organization_id,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            approved_at: stored.approved_at,
        }
    }
}

fn prompt_hash(instructions: &Instructions) -> String {
    let whole = format!("{}\n\n{}", instructions.system, instructions.prompt);
    hex::encode(Sha256::digest(whole))
}

fn said(turn: Turn, number: i32) -> TurnView {
    let tokens = training_tokens(&turn.content);
    TurnView {
        number,
        role: turn.role,
        content: turn.content.replace('\0', ""),
        tokens: Some(tokens.into()),
    }
}

/// Whether a request was ever answered for: the ledger keeps what it cost. In a transaction of the
/// system.
pub async fn is_in_ledger(
    transaction: &mut Transaction,
    request_id: Uuid,
) -> Result<bool, ServiceError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM generation_logs WHERE request_id = $1) AS "there!""#,
        request_id
    )
    .fetch_one(&mut **transaction)
    .await?)
}

/// The conversation that an earlier sending of the same request made. Where a server that was
/// thought dead made another beside it, always the one that was billed first.
pub async fn made_by(
    db: &Database,
    request: &RequestContext,
    request_id: Uuid,
) -> Result<Option<ConversationView>, ServiceError> {
    let mut transaction = db.as_person(request).await?;
    let made = sqlx::query_scalar!(
        "SELECT conversation_id FROM generation_logs WHERE request_id = $1 AND status = 'success' \
            ORDER BY attempt LIMIT 1",
        request_id
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(id) = made.flatten() else { return Ok(None) };
    let view = conversations::read_one(&mut transaction, id).await?;
    transaction.commit().await?;
    Ok(view)
}

/// Claude's own word for why it stopped.
pub(super) fn stop_word(reason: &StopReason) -> Option<&str> {
    Some(match reason {
        StopReason::EndTurn => "end_turn",
        StopReason::MaxTokens => "max_tokens",
        StopReason::ContextWindow => "model_context_window_exceeded",
        StopReason::StopSequence => "stop_sequence",
        StopReason::Refusal => "refusal",
        StopReason::Other(word) => word,
    })
}
