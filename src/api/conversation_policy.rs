//! What an organization decides about its conversations.

use super::{codec::Answer, error::ApiError, operation::operations};
use crate::domain::conversation_policy::{ConversationPolicyAnswer, ConversationPolicyPatch};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

operations! { "Organizations";
    /// What the organization decides about its conversations, and how many of them retention would
    /// archive now; for each of its members.
    ReadConversationPolicy = GET "/api/organizations/{id}/conversation-policy", at Uuid
        => ConversationPolicyAnswer;

    /// Changes it by merge patch; with `?preview=true` only tells what would stand and how many
    /// conversations retention would archive.
    ChangeConversationPolicy = PATCH "/api/organizations/{id}/conversation-policy", at Uuid,
        query ConversationPolicyQuery, body ConversationPolicyPatch, headers IfMatch
        => ConversationPolicyAnswer,
        refuses { 409: "`version_conflict`: `current` holds the values that stand" };
}

/// How a change is meant.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConversationPolicyQuery {
    /// Stores nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<bool>,
}

/// What an organization decides about its conversations, for pages of its members.
#[server(endpoint = "fn/conversation-policy", input = Json, output = Answer)]
pub async fn load_conversation_policy(
    organization: Uuid,
) -> Result<ConversationPolicyAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadConversationPolicy>(organization, Nothing {}, Nothing {}).await
}
