//! Reading one conversation.

use crate::{
    domain::{
        conversations::{ConversationView, GateFailure, Role, Turn, TurnView, findings},
        generation::TokenUsage,
        money::Money,
        reviews::{ReviewAction, ReviewEntry},
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use serde::Deserialize;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// A turn as it is stored; its place is its number.
#[derive(Debug, Deserialize)]
pub struct StoredTurn {
    role: Role,
    content: String,
    #[serde(default)]
    tokens: Option<i64>,
}

impl StoredTurn {
    /// All turns of a conversation, in their order.
    pub fn views(turns: Vec<Self>) -> Vec<TurnView> {
        turns.into_iter().zip(1..).map(|(turn, number)| turn.view(number)).collect()
    }

    fn view(self, number: i32) -> TurnView {
        TurnView { number, role: self.role, content: self.content, tokens: self.tokens }
    }
}

/// A conversation with its turns, by its id or its public id; `None` when there is none that the
/// person may see.
pub async fn find(
    transaction: &mut Transaction,
    id: &str,
) -> Result<Option<ConversationView>, ServiceError> {
    let found = match id.parse::<Uuid>() {
        Ok(id) => Some(id),
        Err(_) => {
            sqlx::query_scalar!("SELECT id FROM conversations WHERE public_id = $1", id)
                .fetch_optional(&mut **transaction)
                .await?
        }
    };
    match found {
        Some(id) => read_one(transaction, id).await,
        None => Ok(None),
    }
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
                  parameters AS "parameters: Json<Value>", error, version, training_tokens,
                  gate_failures AS "gate_failures: Json<Vec<GateFailure>>", is_decided,
                  likeness, is_demonstration, import_id IS NOT NULL AS "is_imported!", origin,
                  license, created_by,
                  public.colleague_name(created_by) AS author_name,
                  approved_by, approved_at, created_at, updated_at,
                  turns AS "turns: Json<Vec<StoredTurn>>",
                  (SELECT count(*) FROM conversation_revisions AS proposed
                    WHERE proposed.conversation_id = $1 AND proposed.state = 'open')
                    AS "open_revisions!"
             FROM conversations WHERE id = $1"#,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let word = |error: String| ServiceError::Internal(error);
    let count = |tokens: i64| u64::try_from(tokens).unwrap_or_default();
    let turns = StoredTurn::views(row.turns.0);
    let said: Vec<Turn> = turns.iter().map(TurnView::said).collect();
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
        review_history: history(transaction, id).await?,
        turns,
        version: row.version,
        training_tokens: row.training_tokens,
        gate_failures: row.gate_failures.0,
        findings: findings(&said),
        likeness: row.likeness.map(|word| word.parse()).transpose().map_err(word)?,
        is_decided: row.is_decided,
        open_revisions: row.open_revisions,
        is_demonstration: row.is_demonstration,
        is_imported: row.is_imported,
        origin: row.origin,
        license: row.license,
        created_by: row.created_by,
        author_name: row.author_name,
        approved_by: row.approved_by,
        organization_id: row.organization_id,
        created_at: row.created_at,
        updated_at: row.updated_at,
        approved_at: row.approved_at,
    }))
}

/// What became of a conversation after it was made, the oldest first. The last decision can be
/// taken back, unless that was done or something followed it.
async fn history(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Vec<ReviewEntry>, ServiceError> {
    let rows = sqlx::query!(
        r#"SELECT id, action, status, status_before, version, comment, reviewer_id,
                  public.colleague_name(reviewer_id) AS reviewer_name, created_at, undoes_id
             FROM conversation_reviews WHERE conversation_id = $1 ORDER BY sequence"#,
        id
    )
    .fetch_all(&mut **transaction)
    .await?;
    let last = rows
        .iter()
        .rposition(|row| row.action != ReviewAction::Opinion.as_str())
        .filter(|index| rows[*index].action == ReviewAction::Decided.as_str());
    let entries = rows.into_iter().enumerate().map(|(index, row)| {
        let word = |error: String| ServiceError::Internal(error);
        Ok(ReviewEntry {
            id: row.id,
            action: row.action.parse().map_err(word)?,
            status: row.status.parse().map_err(word)?,
            status_before: row.status_before.parse().map_err(word)?,
            version: row.version,
            comment: row.comment,
            by: row.reviewer_id,
            by_name: row.reviewer_name,
            at: row.created_at,
            undoes: row.undoes_id,
            can_undo: last == Some(index),
        })
    });
    entries.collect()
}
