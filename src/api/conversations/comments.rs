//! Comments about conversations.

use crate::{
    api::{
        codec::Answer,
        error::ApiError,
        operation::{Done, operations},
    },
    domain::conversations::{CommentView, CommentsAnswer},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

operations! { "Conversations";
    /// Everything that is said about a conversation, the caller's unposted drafts, and who can be
    /// mentioned.
    ListComments = GET "/api/conversations/{id}/comments", at Uuid => CommentsAnswer;

    /// Says something about a conversation or one of its turns. Who is mentioned is notified. The
    /// caller's draft at that place is gone with it.
    PostComment = POST "/api/conversations/{id}/comments", at Uuid, body CommentRequest,
        headers IdempotencyKey => 201 CommentAnswer,
        refuses { 409: "`idempotency_key_reused`" };

    /// Changes one's own text, resolves a comment or opens it again; `null` and absent leave.
    ChangeComment = PATCH "/api/conversations/{id}/comments/{comment}", at (Uuid, Uuid),
        body CommentPatch => CommentAnswer;

    /// Removes one's own.
    RemoveComment = DELETE "/api/conversations/{id}/comments/{comment}", at (Uuid, Uuid) => Done;

    /// Keeps what the caller began to say, for all of their devices; an empty text removes it.
    KeepCommentDraft = PUT "/api/conversations/{id}/comment-draft", at Uuid,
        body CommentDraftRequest => Done;
}

/// A new comment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommentRequest {
    /// From 1; absent: about the whole conversation.
    #[serde(default)]
    pub turn: Option<i32>,
    /// At most 4000 characters.
    #[schema(example = "The rate is out of date.")]
    pub text: String,
    /// Colleagues to notify.
    #[serde(default)]
    pub mentions: Vec<Uuid>,
}

/// What the caller began to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommentDraftRequest {
    /// From 1; absent: about the whole conversation.
    #[serde(default)]
    pub turn: Option<i32>,
    /// At most 4000 characters; an empty one removes the draft.
    pub text: String,
}

/// What to change of a comment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CommentPatch {
    pub text: Option<String>,
    pub is_resolved: Option<bool>,
}

/// `{comment}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommentAnswer {
    pub comment: CommentView,
}

/// Everything that is said about a conversation, for its page.
#[server(endpoint = "fn/conversation-comments", input = Json, output = Answer)]
pub async fn load_comments(id: Uuid) -> Result<CommentsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListComments>(id, Nothing {}, Nothing {}).await
}
