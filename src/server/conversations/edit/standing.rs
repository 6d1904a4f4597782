//! What a change is held against.

use crate::{
    domain::conversations::{ConversationContent, ReviewAction, Status, Turn},
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// A conversation as it stands, locked until the end of the transaction.
pub(super) struct Standing {
    pub content: ConversationContent,
    pub status: Status,
    pub version: i32,
    pub is_decided: bool,
    pub is_trainable: bool,
    /// Which status an archived one returns to.
    pub archived_from: Option<Status>,
    pub author: Option<Uuid>,
    pub public_id: String,
    pub created_at: DateTime<Utc>,
}

impl Standing {
    /// Locks it, so that changes of it follow one another. What only refers to it goes on.
    pub async fn lock(transaction: &mut Transaction, id: Uuid) -> Result<Self, ServiceError> {
        let row = sqlx::query!(
            r#"SELECT title, persona, emotion, topic, intent, tone, tier, categories,
                      turns AS "turns: Json<Vec<Turn>>", status, version, is_decided,
                      is_trainable AS "is_trainable!", archived_from, created_by, public_id,
                      created_at
                 FROM conversations WHERE id = $1 AND deleted_at IS NULL
                  FOR NO KEY UPDATE"#,
            id
        )
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(super::NOT_FOUND)?;
        let word = |error: String| ServiceError::Internal(error);
        let content = ConversationContent {
            title: row.title,
            persona: row.persona,
            emotion: row.emotion,
            topic: row.topic,
            intent: row.intent,
            tone: row.tone,
            tier: row.tier.parse().map_err(word)?,
            categories: row.categories,
            turns: row.turns.0,
        };
        Ok(Self {
            content,
            status: row.status.parse().map_err(word)?,
            version: row.version,
            is_decided: row.is_decided,
            is_trainable: row.is_trainable,
            archived_from: row.archived_from.map(|word| word.parse()).transpose().map_err(word)?,
            author: row.created_by,
            public_id: row.public_id,
            created_at: row.created_at,
        })
    }

    /// Whether checked content says what stands, which need not have been checked.
    pub fn says(&self, content: &ConversationContent) -> bool {
        self.content == *content
            || (self.content.turns == content.turns
                && self.content.clone().check().is_ok_and(|own| own == *content))
    }

    /// Whether content changes what a score, the gate and a decision are about.
    pub fn is_rewritten_by(&self, content: &ConversationContent) -> bool {
        self.content.turns != content.turns || self.content.tier != content.tier
    }
}

/// Notes what became of it: `version` and who did it. Answers the entry's id.
pub(super) async fn note(
    transaction: &mut Transaction,
    id: Uuid,
    standing: &Standing,
    action: ReviewAction,
    status: Status,
    (version, person): (i32, Uuid),
) -> Result<Uuid, ServiceError> {
    Ok(sqlx::query_scalar!(
        "INSERT INTO conversation_reviews (conversation_id, action, status, status_before,
           was_decided, version, reviewer_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        id,
        action.as_str(),
        status.as_str(),
        standing.status.as_str(),
        standing.is_decided,
        version,
        person
    )
    .fetch_one(&mut **transaction)
    .await?)
}
