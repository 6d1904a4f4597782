//! A conversation as lists read it.

use super::cursor::{Cursor, Order};
use crate::{
    domain::{
        conversations::{ConversationRow, GateFailure, SortKey},
        money::Money,
    },
    server::foundation::error::ServiceError,
};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// What is read of each row, which is called `conversation`.
pub const COLUMNS: &str = "conversation.id, conversation.public_id, conversation.title,
    conversation.persona, conversation.emotion, conversation.topic, conversation.tier,
    conversation.status, conversation.categories,
    conversation.quality_score::double precision AS quality_score, conversation.score_tenths,
    conversation.gate_failures, conversation.likeness, conversation.finding_kinds,
    conversation.turn_count, conversation.training_tokens,
    conversation.actual_cost_nano_usd, conversation.version, conversation.is_demonstration,
    conversation.created_by, conversation.created_at, conversation.updated_at";

#[derive(Clone, Debug, FromRow)]
pub struct Row {
    id: Uuid,
    public_id: String,
    title: String,
    persona: String,
    emotion: String,
    topic: String,
    tier: String,
    status: String,
    categories: Vec<String>,
    quality_score: Option<f64>,
    score_tenths: i16,
    gate_failures: Json<Vec<GateFailure>>,
    likeness: Option<String>,
    finding_kinds: Vec<String>,
    turn_count: i32,
    training_tokens: i32,
    actual_cost_nano_usd: Option<i64>,
    version: i32,
    is_demonstration: bool,
    created_by: Option<Uuid>,
    author_name: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Row {
    /// Its place in an order.
    pub fn place(&self, order: Order) -> Cursor {
        let value = match order.sort {
            SortKey::Created => self.created_at.timestamp_micros(),
            SortKey::Updated => self.updated_at.timestamp_micros(),
            SortKey::Score => self.score_tenths.into(),
            SortKey::Turns => self.turn_count.into(),
            SortKey::Tokens => self.training_tokens.into(),
        };
        Cursor { value, id: self.id }
    }

    pub fn into_listed(self) -> Result<ConversationRow, ServiceError> {
        Ok(ConversationRow {
            id: self.id,
            public_id: self.public_id,
            title: self.title,
            persona: self.persona,
            emotion: self.emotion,
            topic: self.topic,
            tier: self.tier.parse().map_err(ServiceError::Internal)?,
            status: self.status.parse().map_err(ServiceError::Internal)?,
            categories: self.categories,
            quality_score: self.quality_score,
            gate_failures: self.gate_failures.0,
            likeness: self
                .likeness
                .map(|word| word.parse())
                .transpose()
                .map_err(ServiceError::Internal)?,
            finding_kinds: self
                .finding_kinds
                .iter()
                .map(|word| word.parse())
                .collect::<Result<_, _>>()
                .map_err(ServiceError::Internal)?,
            turn_count: self.turn_count,
            training_tokens: self.training_tokens,
            actual_cost: self.actual_cost_nano_usd.map(Money::from_nanos),
            version: self.version,
            is_demonstration: self.is_demonstration,
            created_by: self.created_by,
            author_name: self.author_name,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
