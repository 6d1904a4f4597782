//! Conversations as they cross the wire.

use super::{Role, Status, Tier};
use crate::domain::{
    generation::{TokenUsage, quality::QualityMetrics},
    money::Money,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One conversation. A list leaves the turns out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationView {
    pub id: Uuid,
    /// Short, to say aloud and to link to.
    #[schema(example = "c-7f3k9q2m")]
    pub public_id: String,
    pub title: String,
    pub persona: String,
    pub emotion: String,
    pub topic: String,
    pub intent: Option<String>,
    pub tone: Option<String>,
    pub tier: Tier,
    pub status: Status,
    pub categories: Vec<String>,
    /// 0.0–10.0; absent before it was generated.
    pub quality_score: Option<f64>,
    pub quality_metrics: Option<QualityMetrics>,
    pub turn_count: i32,
    pub tokens: TokenUsage,
    /// Nano-US-dollars.
    pub estimated_cost: Option<Money>,
    /// Nano-US-dollars.
    pub actual_cost: Option<Money>,
    pub generation_duration_ms: Option<i64>,
    /// What was sent to Claude: model, limits, sampling.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub parameters: serde_json::Value,
    /// Why it failed, in a sentence.
    pub error: Option<String>,
    pub review_history: Vec<ReviewEntry>,
    /// Empty in lists.
    #[serde(default)]
    pub turns: Vec<TurnView>,
    /// Absent when the account is gone.
    pub created_by: Option<Uuid>,
    pub approved_by: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub approved_at: Option<DateTime<Utc>>,
}

/// One turn of a stored conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TurnView {
    /// From 1.
    pub number: i32,
    pub role: Role,
    pub content: String,
    pub tokens: Option<i64>,
}

/// One step of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewEntry {
    pub status: Status,
    pub by: Option<Uuid>,
    pub by_name: Option<String>,
    pub at: DateTime<Utc>,
    pub comment: Option<String>,
}

/// Which conversations to list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ConversationQuery {
    pub tier: Vec<Tier>,
    pub status: Vec<Status>,
    /// Lowest and highest quality score, both included.
    pub quality_min: Option<f64>,
    pub quality_max: Option<f64>,
    /// Full text.
    pub text: Option<String>,
    pub persona: Option<String>,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    /// Where the page before ended.
    pub after: Option<String>,
    /// Rows on the page, 1–100.
    pub limit: Option<i64>,
}

/// One page of conversations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationPage {
    pub conversations: Vec<ConversationView>,
    /// Pass as `after` for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_after: Option<String>,
}

/// Answer to `POST /api/conversations/generate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GenerateAnswer {
    pub conversation: ConversationView,
    /// Budgets that were passed in `alert` mode, and the like.
    pub warnings: Vec<String>,
}
