//! Conversations as generation leaves them.

use super::{Plan, attempts::Ended};
use crate::{
    domain::{
        conversation::{ConversationView, ReviewEntry, Status, Turn, TurnView},
        generation::{
            TokenUsage,
            estimate::text_tokens,
            prompt::{BadAnswer, read_text},
            quality::{QualityMetrics, assess, status},
        },
        money::Money,
        preferences::values::QualityThresholds,
    },
    server::{
        claude::{Reply, StopReason},
        context::RequestContext,
        database::Database,
        error::ServiceError,
    },
};
use serde_json::{Value, json};
use sqlx::{Postgres, Transaction, types::Json};
use uuid::Uuid;

/// Stores an answer with its turns and score. One that is no conversation is stored as failed, with the reason.
pub async fn keep(
    db: &Database,
    request: &RequestContext,
    id: Uuid,
    plan: &Plan,
    reply: &Reply,
    ended: &Ended,
    thresholds: &QualityThresholds,
) -> Result<ConversationView, ServiceError> {
    let read = read_text(&reply.text, stop_word(&reply.stop_reason));
    let (title, turns, metrics, state, error) = match read {
        Ok(written) => {
            let metrics = assess(plan.new.tier(), &written.turns, false);
            let state = status(metrics.score, thresholds);
            (written.title.unwrap_or_else(|| plan.new.title()), written.turns, Some(metrics), state, None)
        }
        Err(bad) => (plan.new.title(), Vec::new(), None, Status::Failed, Some(bad)),
    };
    let mut transaction = db.as_person(request).await?;
    insert(&mut transaction, id, plan, ended, &title, &turns, metrics, state, error.as_ref()).await?;
    for (index, turn) in turns.iter().enumerate() {
        sqlx::query!(
            "insert into conversation_turns (conversation_id, number, role, content, tokens) values ($1, $2, $3, $4, $5)",
            id,
            i32::try_from(index + 1).unwrap_or(i32::MAX),
            turn.role.as_str(),
            // PostgreSQL's texts cannot hold the character zero.
            turn.content.replace('\0', ""),
            i32::try_from(text_tokens(&turn.content)).unwrap_or(i32::MAX)
        )
        .execute(&mut *transaction)
        .await?;
    }
    let view = read_one(&mut transaction, id).await?;
    transaction.commit().await?;
    view.ok_or_else(|| ServiceError::Internal("a conversation is not there after it was stored".into()))
}

#[expect(clippy::too_many_arguments, reason = "one row, spelled out")]
async fn insert(
    transaction: &mut Transaction<'static, Postgres>,
    id: Uuid,
    plan: &Plan,
    ended: &Ended,
    title: &str,
    turns: &[Turn],
    metrics: Option<QualityMetrics>,
    state: Status,
    error: Option<&BadAnswer>,
) -> Result<(), ServiceError> {
    let mut parameters = plan.parameters();
    if let Some(instructions) = plan.new.instructions() {
        parameters["instructions"] = json!(instructions);
    }
    let (input, output) = (ended.usage.prompt(), ended.usage.output);
    let title: String = title.replace('\0', "").chars().take(300).collect();
    let approved = state == Status::Approved;
    sqlx::query!(
        "insert into conversations (id, organization_id, title, persona, emotion, topic, intent, tone, tier, status, categories,
           quality_score, quality_metrics, turn_count, input_tokens, output_tokens, estimated_cost_nano_usd, actual_cost_nano_usd,
           generation_duration_ms, parameters, error, approved_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::double precision::numeric(3,1), $13, $14, $15, $16, $17, $18,
           $19, $20, $21, case when $22::boolean then now() end)",
        id,
        plan.standing.organization.as_ref().map(|organization| organization.id),
        title,
        plan.new.persona(),
        plan.new.emotion(),
        plan.new.topic(),
        plan.new.intent().unwrap_or_default(),
        plan.new.tone().unwrap_or_default(),
        plan.new.tier().as_str(),
        state.as_str(),
        plan.new.categories(),
        metrics.map(|metrics| metrics.score),
        metrics.map_or_else(|| json!({}), |metrics| json!(metrics)),
        i32::try_from(turns.len()).unwrap_or(i32::MAX),
        i64::try_from(input).unwrap_or(i64::MAX),
        i64::try_from(output).unwrap_or(i64::MAX),
        plan.worst_case.nanos(),
        ended.cost.nanos(),
        i64::try_from(ended.duration.as_millis()).unwrap_or(i64::MAX),
        parameters,
        error.map(ToString::to_string),
        approved
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// The conversation that an earlier sending of the same request made.
pub async fn made_by(
    db: &Database,
    request: &RequestContext,
    request_id: Uuid,
) -> Result<Option<ConversationView>, ServiceError> {
    let mut transaction = db.as_person(request).await?;
    let made = sqlx::query_scalar!(
        "select conversation_id from generation_logs where request_id = $1 and status = 'success' limit 1",
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
    transaction: &mut Transaction<'static, Postgres>,
    id: Uuid,
) -> Result<Option<ConversationView>, ServiceError> {
    let row = sqlx::query!(
        r#"select public_id, organization_id, title, persona, emotion, topic, intent, tone, tier, status, categories,
                  quality_score::double precision as quality_score, quality_metrics as "quality_metrics: Json<Value>", turn_count,
                  input_tokens, output_tokens, estimated_cost_nano_usd, actual_cost_nano_usd, generation_duration_ms,
                  parameters as "parameters: Json<Value>", error, review_history as "review_history: Json<Vec<ReviewEntry>>",
                  created_by, approved_by, approved_at, created_at, updated_at
             from conversations where id = $1"#,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let turns = sqlx::query!(
        "select number, role, content, tokens from conversation_turns where conversation_id = $1 order by number",
        id
    )
    .fetch_all(&mut **transaction)
    .await?;
    let word = |error: String| ServiceError::Internal(error);
    let count = |tokens: i64| u64::try_from(tokens).unwrap_or_default();
    let mut views = Vec::with_capacity(turns.len());
    for turn in turns {
        views.push(TurnView {
            number: turn.number,
            role: turn.role.parse().map_err(word)?,
            content: turn.content,
            tokens: Some(turn.tokens.into()),
        });
    }
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
        turns: views,
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
