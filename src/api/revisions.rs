//! Revisions by Claude.

use super::{
    codec::Answer,
    conversations::ConversationAnswer,
    error::ApiError,
    operation::{Done, operations},
};
use crate::domain::revisions::{RevisionView, RevisionsAnswer};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

operations! { "Conversations";
    /// What Claude proposes for a conversation and waits to be accepted.
    ListRevisions = GET "/api/conversations/{id}/revisions", at Uuid => RevisionsAnswer;

    /// Asks Claude to revise a conversation. It passes the same gates as a generation and is billed
    /// alike. What comes back changes nothing: it waits to be accepted. The same `Idempotency-Key`
    /// asks and bills once.
    ProposeRevision = POST "/api/conversations/{id}/revisions", at Uuid, body RevisionRequest,
        headers IdempotencyKey => 201 RevisionAnswer,
        refuses {
            409: "`version_conflict`: somebody saved another version since; or a gate refused: \
                `key_missing`, `model_retired`, …",
            429: "`budget_exceeded`, `rate_limited`, `concurrency_limited`, or Claude's own limit",
            502: "Claude failed; `code` says how",
            504: "",
        };

    /// Saves what Claude proposed as a new version.
    AcceptRevision = POST "/api/conversations/{id}/revisions/{revision}/accept", at (Uuid, Uuid),
        body AcceptRevisionRequest => ConversationAnswer,
        refuses {
            409: "`version_conflict`: somebody saved another version since; `current` holds it",
        };

    /// Drops what Claude proposed.
    DropRevision = DELETE "/api/conversations/{id}/revisions/{revision}", at (Uuid, Uuid) => Done;
}

/// What Claude should change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevisionRequest {
    /// 1–4000 characters.
    #[schema(example = "Make the second answer shorter, and let it name the fixed rate.")]
    pub instruction: String,
    /// The comment that it comes from: accepting the revision resolves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment_id: Option<Uuid>,
    /// The version that was read.
    #[schema(example = 1)]
    pub version: i32,
}

/// What a proposal is accepted over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptRevisionRequest {
    /// The version that the caller compared the proposal with.
    #[schema(example = 1)]
    pub version: i32,
}

/// `{revision, warnings}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RevisionAnswer {
    pub revision: RevisionView,
    /// Budgets that were passed in `alert` mode, and the like.
    pub warnings: Vec<String>,
}

/// What waits to be accepted, for the conversation's page.
#[server(endpoint = "fn/conversation-revisions", input = Json, output = Answer)]
pub async fn load_revisions(id: Uuid) -> Result<RevisionsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListRevisions>(id, Nothing {}, Nothing {}).await
}
