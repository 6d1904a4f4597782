//! Conversations as they cross the wire.

use super::{
    ConversationContent, Finding, GateFailure, Likeness, ReviewEntry, Role, Status, Tier, Turn,
};
use crate::domain::{
    generation::{TokenUsage, quality::QualityMetrics},
    money::Money,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One conversation, whole.
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
    /// What became of it after it was made, the oldest first.
    pub review_history: Vec<ReviewEntry>,
    pub turns: Vec<TurnView>,
    /// Of the content, from 1: what a save is based on.
    pub version: i32,
    /// Of the training text, estimated.
    pub training_tokens: i32,
    /// Why trainers do not take it; empty when they do.
    pub gate_failures: Vec<GateFailure>,
    /// What content checks found, in the order of the text.
    pub findings: Vec<Finding>,
    /// How alike the most similar other one is; absent when none is, or nobody has looked yet.
    pub likeness: Option<Likeness>,
    /// A person decided the status; thresholds leave it alone.
    pub is_decided: bool,
    /// How many proposals of Claude wait to be accepted.
    pub open_revisions: i64,
    pub is_demonstration: bool,
    /// It came with a file.
    pub is_imported: bool,
    /// Where it was imported from, in words; empty: it was made here, or nobody said.
    #[schema(example = "")]
    pub origin: String,
    /// Under which terms an imported one may be used.
    #[schema(example = "CC-BY-4.0")]
    pub license: String,
    /// Absent when the account is gone.
    pub created_by: Option<Uuid>,
    pub author_name: Option<String>,
    pub approved_by: Option<Uuid>,
    pub organization_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub approved_at: Option<DateTime<Utc>>,
}

impl ConversationView {
    /// What people edit of it.
    pub fn content(&self) -> ConversationContent {
        ConversationContent {
            title: self.title.clone(),
            persona: self.persona.clone(),
            emotion: self.emotion.clone(),
            topic: self.topic.clone(),
            intent: self.intent.clone().unwrap_or_default(),
            tone: self.tone.clone().unwrap_or_default(),
            tier: self.tier,
            categories: self.categories.clone(),
            turns: self.turns.iter().map(TurnView::said).collect(),
        }
    }
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

impl TurnView {
    /// What was said, by whom.
    pub fn said(&self) -> Turn {
        Turn { role: self.role, content: self.content.clone() }
    }
}

/// Answer to `POST /api/conversations/generate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GenerateAnswer {
    pub conversation: ConversationView,
    /// Budgets that were passed in `alert` mode, and the like.
    pub warnings: Vec<String>,
}
