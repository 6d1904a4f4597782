//! What people say about a conversation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest comment, in Unicode scalar values.
pub const MAX_COMMENT: usize = 4000;

/// A comment about a conversation, or about one of its turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommentView {
    pub id: Uuid,
    /// The turn that it is about, from 1; absent: the whole conversation.
    pub turn: Option<i32>,
    /// That turn was edited, moved or removed since.
    pub is_outdated: bool,
    pub text: String,
    /// Who was notified of it.
    pub mentions: Vec<Uuid>,
    /// Absent when the account is gone.
    pub author: Option<Uuid>,
    pub author_name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    /// Absent while it is open.
    pub resolved_at: Option<DateTime<Utc>>,
    pub resolver_name: Option<String>,
}

/// A comment that somebody began and did not post yet. Theirs alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommentDraft {
    /// From 1; absent: about the whole conversation.
    pub turn: Option<i32>,
    pub text: String,
}

/// Somebody who can be mentioned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Colleague {
    pub id: Uuid,
    pub name: String,
}

/// Everything that is said about a conversation, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CommentsAnswer {
    pub comments: Vec<CommentView>,
    /// The caller's own.
    pub drafts: Vec<CommentDraft>,
    /// Who can be mentioned: everybody else who sees the conversation by its organization.
    pub colleagues: Vec<Colleague>,
}
