//! Conversations as generation leaves them.

use super::{Plan, attempts::Ended};
use crate::{
    domain::{
        conversations::{ConversationView, ReviewEntry, Status, Turn, TurnView},
        generation::{
            TokenUsage,
            estimate::text_tokens,
            prompt::read_text,
            quality::{QualityMetrics, assess, status_of},
        },
        money::Money,
        preferences::values::QualityThresholds,
    },
    server::{
        claude::{Reply, StopReason},
        foundation::{context::RequestContext, error::ServiceError},
        gates::{Stored, count},
        postgres::{Database, Pool, Transaction},
    },
};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// A conversation that Claude made, before it is stored.
pub struct Made<'a> {
    id: Uuid,
    plan: &'a Plan,
    title: String,
    turns: Vec<TurnView>,
    metrics: Option<QualityMetrics>,
    status: Status,
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
        plan: &'a Plan,
        reply: &Reply,
        ended: &Ended,
        thresholds: &QualityThresholds,
    ) -> Self {
        let (title, turns, metrics, status, error) =
            match read_text(&reply.text, stop_word(&reply.stop_reason)) {
                Ok(written) => {
                    let metrics = assess(plan.new.tier(), &written.turns, false);
                    let status = status_of(&written.turns, metrics.score, thresholds);
                    (
                        written.title.unwrap_or_else(|| plan.new.title()),
                        written.turns,
                        Some(metrics),
                        status,
                        None,
                    )
                }
                Err(bad) => {
                    (plan.new.title(), Vec::new(), None, Status::Failed, Some(bad.to_string()))
                }
            };
        let mut parameters = plan.parameters();
        if let Some(instructions) = plan.new.instructions() {
            parameters["instructions"] = json!(instructions);
        }
        Self {
            id,
            plan,
            // PostgreSQL's texts cannot hold the character zero.
            title: title.replace('\0', "").chars().take(300).collect(),
            turns: turns.into_iter().zip(1..).map(|(turn, number)| said(turn, number)).collect(),
            metrics,
            status,
            error,
            tokens: TokenUsage::new(ended.usage.prompt(), ended.usage.output),
            cost: ended.cost,
            duration_ms: i64::try_from(ended.duration.as_millis()).unwrap_or(i64::MAX),
            parameters,
        }
    }

    /// The answer is no conversation.
    pub fn is_failed(&self) -> bool {
        self.status == Status::Failed
    }

    /// As `store_conversations` of the database reads it.
    pub fn row(&self) -> Value {
        let new = &self.plan.new;
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
            "status": self.status.as_str(),
            "categories": new.categories(),
            "quality_score": self.metrics.map(|metrics| metrics.score),
            "quality_metrics": self.metrics.map_or_else(|| json!({}), |metrics| json!(metrics)),
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
        })
    }

    /// For whoever asked, with what the database decided about it: the same that reading it gives.
    pub fn view(self, stored: Stored) -> ConversationView {
        let new = &self.plan.new;
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
            status: self.status,
            categories: new.categories().to_vec(),
            quality_score: stored.quality_score,
            quality_metrics: self.metrics,
            turn_count: i32::try_from(self.turns.len()).unwrap_or(i32::MAX),
            tokens: self.tokens,
            estimated_cost: Some(self.plan.worst_case),
            actual_cost: Some(self.cost),
            generation_duration_ms: Some(self.duration_ms),
            parameters: self.parameters,
            error: self.error,
            review_history: Vec::new(),
            turns: self.turns,
            created_by: Some(self.plan.standing.user_id),
            approved_by: None,
            organization_id: stored.organization_id,
            created_at: stored.created_at,
            updated_at: stored.updated_at,
            approved_at: stored.approved_at,
        }
    }
}

fn said(turn: Turn, number: i32) -> TurnView {
    let tokens = i32::try_from(text_tokens(&turn.content)).unwrap_or(i32::MAX);
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
    let view = read_one(&mut transaction, id).await?;
    transaction.commit().await?;
    Ok(view)
}

/// A conversation with its turns; `None` when there is none that the person may see.
pub async fn read_one(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Option<ConversationView>, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT public_id, organization_id, title, persona, emotion, topic, intent, tone, tier,
           status, categories,
                  quality_score::double precision AS quality_score,
                  quality_metrics AS "quality_metrics: Json<Value>", turn_count,
                  input_tokens, output_tokens, estimated_cost_nano_usd, actual_cost_nano_usd,
                  generation_duration_ms,
                  parameters AS "parameters: Json<Value>", error,
                  review_history AS "review_history: Json<Vec<ReviewEntry>>",
                  created_by, approved_by, approved_at, created_at, updated_at,
                  turns AS "turns: Json<Vec<TurnView>>"
             FROM conversations WHERE id = $1"#,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let word = |error: String| ServiceError::Internal(error);
    let count = |tokens: i64| u64::try_from(tokens).unwrap_or_default();
    let turns = row.turns.0.into_iter().zip(1..).map(|(turn, number)| TurnView { number, ..turn });
    Ok(Some(ConversationView {
        id,
        public_id: row.public_id,
        title: row.title,
        persona: row.persona,
        emotion: row.emotion,
        topic: row.topic,
        intent: Some(row.intent).filter(|text| !text.is_empty()),
        tone: Some(row.tone).filter(|text| !text.is_empty()),
        tier: row.tier.parse().map_err(word)?,
        status: row.status.parse().map_err(word)?,
        categories: row.categories,
        quality_score: row.quality_score,
        quality_metrics: serde_json::from_value(row.quality_metrics.0).ok(),
        turn_count: row.turn_count,
        tokens: TokenUsage::new(count(row.input_tokens), count(row.output_tokens)),
        estimated_cost: row.estimated_cost_nano_usd.map(Money::from_nanos),
        actual_cost: row.actual_cost_nano_usd.map(Money::from_nanos),
        generation_duration_ms: row.generation_duration_ms,
        parameters: row.parameters.0,
        error: row.error,
        review_history: row.review_history.0,
        turns: turns.collect(),
        created_by: row.created_by,
        approved_by: row.approved_by,
        organization_id: row.organization_id,
        created_at: row.created_at,
        updated_at: row.updated_at,
        approved_at: row.approved_at,
    }))
}

/// Claude's own word for why it stopped.
fn stop_word(reason: &StopReason) -> Option<&str> {
    Some(match reason {
        StopReason::EndTurn => "end_turn",
        StopReason::MaxTokens => "max_tokens",
        StopReason::ContextWindow => "model_context_window_exceeded",
        StopReason::StopSequence => "stop_sequence",
        StopReason::Refusal => "refusal",
        StopReason::Other(word) => word,
    })
}

/// Makes those searchable that came since the last time; answers how many. In pieces of a second or
/// two, because each looks again through all that came in the last ten minutes.
pub async fn index_conversations(pool: &Pool) -> Result<u64, ServiceError> {
    const BATCH: i32 = 5000;
    let mut indexed = 0;
    loop {
        let batch = sqlx::query_scalar!(r#"SELECT index_conversations($1) AS "batch!""#, BATCH)
            .fetch_one(pool)
            .await?;
        indexed += batch.unsigned_abs();
        if batch < i64::from(BATCH) {
            return Ok(indexed);
        }
    }
}
