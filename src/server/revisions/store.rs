//! Proposals as they are kept. What stores a new one is `store_revisions` of the database, together
//! with its bill.

use super::NO_CONVERSATION;
use crate::{
    domain::{
        conversations::{ConversationContent, GateFailure, findings},
        money::Money,
        revisions::{RevisionState, RevisionView},
    },
    server::{
        foundation::error::ServiceError,
        postgres::{Pool, Transaction},
    },
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// What became of a request that was sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Its proposal is stored, whatever became of that.
    Made,
    /// It may still bring one.
    Running,
    /// It brings none any more.
    Ended,
}

const NOT_FOUND: ServiceError = ServiceError::NotFound("This proposal");

struct Row {
    id: Uuid,
    conversation_id: Uuid,
    state: String,
    instruction: String,
    comment_id: Option<Uuid>,
    base_version: i32,
    content: Json<ConversationContent>,
    gate_failures: Json<Vec<GateFailure>>,
    quality_score: Option<f64>,
    cost_nano_usd: i64,
    model: String,
    created_by: Option<Uuid>,
    author_name: Option<String>,
    created_at: DateTime<Utc>,
}

impl Row {
    fn view(self) -> Result<RevisionView, ServiceError> {
        Ok(RevisionView {
            id: self.id,
            conversation_id: self.conversation_id,
            state: self.state.parse().map_err(ServiceError::Internal)?,
            instruction: self.instruction,
            comment_id: self.comment_id,
            base_version: self.base_version,
            findings: findings(&self.content.turns),
            content: self.content.0,
            gate_failures: self.gate_failures.0,
            quality_score: self.quality_score,
            cost: Money::from_nanos(self.cost_nano_usd),
            model: self.model,
            created_by: self.created_by,
            author_name: self.author_name,
            created_at: self.created_at,
        })
    }
}

/// Those of a conversation that wait, the newest first.
pub async fn open(
    transaction: &mut Transaction,
    conversation: Uuid,
) -> Result<Vec<RevisionView>, ServiceError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, conversation_id, state, instruction, comment_id, base_version,
                  content AS "content: Json<ConversationContent>",
                  gate_failures AS "gate_failures: Json<Vec<GateFailure>>",
                  quality_score::double precision AS quality_score, cost_nano_usd, model,
                  created_by, public.colleague_name(created_by) AS author_name, created_at
             FROM conversation_revisions
            WHERE conversation_id = $1 AND state = 'open'
            ORDER BY created_at DESC, id"#,
        conversation
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter().map(Row::view).collect()
}

pub async fn find(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Option<RevisionView>, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, conversation_id, state, instruction, comment_id, base_version,
                  content AS "content: Json<ConversationContent>",
                  gate_failures AS "gate_failures: Json<Vec<GateFailure>>",
                  quality_score::double precision AS quality_score, cost_nano_usd, model,
                  created_by, public.colleague_name(created_by) AS author_name, created_at
             FROM conversation_revisions WHERE id = $1"#,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    row.map(Row::view).transpose()
}

/// The one that a request made, whatever became of it.
pub async fn made_by(
    transaction: &mut Transaction,
    request_id: Uuid,
) -> Result<Option<RevisionView>, ServiceError> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM conversation_revisions WHERE request_id = $1",
        request_id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    match id {
        Some(id) => find(transaction, id).await,
        None => Ok(None),
    }
}

/// Until the end of the transaction nobody else counts what waits for it.
pub async fn lock_conversation(
    transaction: &mut Transaction,
    conversation: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "SELECT id FROM conversations WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
        conversation
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(NO_CONVERSATION)?;
    Ok(())
}

/// How many wait, with those that other requests are being asked for.
pub async fn count_open(
    transaction: &mut Transaction,
    conversation: Uuid,
    request_id: Uuid,
) -> Result<usize, ServiceError> {
    let count = sqlx::query_scalar!(
        r#"SELECT (SELECT count(*) FROM conversation_revisions
             WHERE conversation_id = $1 AND state = 'open')
           + (SELECT count(*) FROM revision_requests AS asked
             WHERE asked.conversation_id = $1 AND asked.request_id <> $2
               AND asked.expires_at > clock_timestamp()
               AND NOT EXISTS (SELECT FROM conversation_revisions AS made
                 WHERE made.request_id = asked.request_id)) AS "count!""#,
        conversation,
        request_id
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// What became of a request that was sent before.
pub async fn earlier(pool: &Pool, request_id: Uuid) -> Result<Earlier, ServiceError> {
    // Of one moment: a proposal is stored when what was held for it is given back.
    let found = sqlx::query!(
        r#"SELECT EXISTS (SELECT FROM conversation_revisions WHERE request_id = $1) AS "made!",
             EXISTS (SELECT FROM generation_holds
               WHERE request_id = $1 AND expires_at > clock_timestamp()) AS "running!""#,
        request_id
    )
    .fetch_one(pool)
    .await?;
    Ok(match (found.made, found.running) {
        (true, _) => Earlier::Made,
        (false, true) => Earlier::Running,
        (false, false) => Earlier::Ended,
    })
}

/// Whether a comment is there, and about this conversation.
pub async fn has_comment(
    transaction: &mut Transaction,
    conversation: Uuid,
    comment: Uuid,
) -> Result<bool, ServiceError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM conversation_comments
             WHERE id = $2 AND conversation_id = $1) AS "there!""#,
        conversation,
        comment
    )
    .fetch_one(&mut **transaction)
    .await?)
}

/// A proposal as it stands.
pub struct Proposal {
    pub state: RevisionState,
    pub instruction: String,
    pub comment_id: Option<Uuid>,
    pub content: ConversationContent,
}

/// Locks it until the end of the transaction.
pub async fn lock(
    transaction: &mut Transaction,
    conversation: Uuid,
    id: Uuid,
) -> Result<Proposal, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT state, instruction, comment_id, content AS "content: Json<ConversationContent>"
             FROM conversation_revisions WHERE id = $2 AND conversation_id = $1 FOR UPDATE"#,
        conversation,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(NOT_FOUND)?;
    Ok(Proposal {
        state: row.state.parse().map_err(ServiceError::Internal)?,
        instruction: row.instruction,
        comment_id: row.comment_id,
        content: row.content.0,
    })
}

pub async fn close(
    transaction: &mut Transaction,
    id: Uuid,
    state: RevisionState,
    person: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE conversation_revisions SET state = $2, closed_at = now(), closed_by = $3
         WHERE id = $1",
        id,
        state.as_str(),
        person
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Resolves the comment that became the instruction, unless somebody has.
pub async fn resolve(
    transaction: &mut Transaction,
    comment: Uuid,
    person: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE conversation_comments SET resolved_at = now(), resolved_by = $2
         WHERE id = $1 AND resolved_at IS NULL",
        comment,
        person
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
