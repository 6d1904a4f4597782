//! Conversations: listing, reading and editing them.

pub mod comments;

use super::{codec::Answer, error::ApiError, operation::operations};
use crate::domain::{
    conversations::{
        AlikeAnswer, ConversationContent, ConversationPage, ConversationQuery, ConversationView,
        FacetsAnswer, FoundConversation, OpeningsAnswer, RerateAnswer, VersionAnswer,
        VersionsAnswer,
    },
    generation::scores::ScoresAnswer,
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Room for a conversation of the most characters that one may have, in bytes.
const LARGEST_EDIT: usize = 4 * 1024 * 1024;

operations! { "Conversations";
    /// The conversations of the caller's organization, and their own that belong to none: those
    /// that fit all filters, in one order, page by page.
    ListConversations = GET "/api/conversations", query ConversationQuery => ConversationPage;

    /// What the same list can be narrowed by, with counts. Each filter counts under the others, not
    /// under itself.
    CountFacets = GET "/api/conversations/facets", query ConversationQuery => FacetsAnswer;

    /// How many of the person's own conversations have which score, to see what other thresholds
    /// would make of them. Those without a score are left out.
    CountScores = GET "/api/conversations/scores" => ScoresAnswer;

    /// Gives the person's own conversations the status that their present thresholds say, but for
    /// those that somebody reviewed: what a person decided stays. With `preview` nothing changes,
    /// and the answer says what would.
    RerateConversations = POST "/api/conversations/rerate", body RerateRequest => RerateAnswer;

    /// One conversation with its turns and what became of it, by its id or its public id.
    ReadConversation = GET "/api/conversations/{id}", at String => ConversationAnswer;

    /// Saves the content as a new version, with the score, the gate and the status that follow. A
    /// decision does not outlive the text that it was about: what was approved waits for review
    /// again. Content that is the same changes nothing.
    EditConversation = PUT "/api/conversations/{id}", at Uuid, body EditRequest,
        largest LARGEST_EDIT, headers IfMatch => ConversationAnswer,
        refuses { 409: "`version_conflict`: somebody else saved it; `current` holds theirs" };

    /// Its versions, the newest first.
    ListVersions = GET "/api/conversations/{id}/versions", at Uuid => VersionsAnswer;

    /// One version with its content.
    ReadVersion = GET "/api/conversations/{id}/versions/{version}", at (Uuid, i32)
        => VersionAnswer;

    /// What is alike to it, the most similar first.
    ListAlike = GET "/api/conversations/{id}/alike", at Uuid => AlikeAnswer;

    /// The openings of answers that more than one in twenty of the listed conversations share; none
    /// when there are fewer than twenty.
    ListOpenings = GET "/api/conversations/openings" => OpeningsAnswer;

    /// Takes a conversation out of lists, counts, queues and exports.
    ArchiveConversation = POST "/api/conversations/{id}/archive", at Uuid => ConversationAnswer;

    /// Brings an archived one back with the status that it had.
    UnarchiveConversation = DELETE "/api/conversations/{id}/archive", at Uuid
        => ConversationAnswer;
}

/// Whether to rate again or only to say what it would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RerateRequest {
    pub preview: bool,
}

/// A new version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EditRequest {
    pub content: ConversationContent,
    /// Why; at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The version whose content this brings back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_from: Option<i32>,
}

/// `{conversation}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConversationAnswer {
    pub conversation: ConversationView,
}

/// One page of conversations, for the table.
#[server(endpoint = "fn/conversations", input = Json, output = Answer)]
pub async fn load_conversations(query: ConversationQuery) -> Result<ConversationPage, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListConversations>((), query, Nothing {}).await
}

/// The first that fit a text, for the palette. It is on every page, so it gets no more of them than
/// it shows: the code that reads whole rows, and that of all filters, would come with each page.
#[server(endpoint = "fn/conversations-found", input = Json, output = Answer)]
pub async fn find_conversations(
    text: String,
    limit: i64,
) -> Result<Vec<FoundConversation>, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    let query =
        ConversationQuery { text: Some(text), limit: Some(limit), ..ConversationQuery::default() };
    let page = run::<ListConversations>((), query, Nothing {}).await?;
    Ok(page.conversations.into_iter().map(FoundConversation::from).collect())
}

/// What the list can be narrowed by, for the table.
#[server(endpoint = "fn/conversation-facets", input = Json, output = Answer)]
pub async fn load_facets(query: ConversationQuery) -> Result<FacetsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<CountFacets>((), query, Nothing {}).await
}

/// Openings that too many share, for the page of coverage.
#[server(endpoint = "fn/conversation-openings", input = Json, output = Answer)]
pub async fn load_openings() -> Result<OpeningsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListOpenings>((), Nothing {}, Nothing {}).await
}

/// One conversation, for its page; by its id or its public id.
#[server(endpoint = "fn/conversation", input = Json, output = Answer)]
pub async fn load_conversation(id: String) -> Result<ConversationAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadConversation>(id, Nothing {}, Nothing {}).await
}

/// Its versions, for its page.
#[server(endpoint = "fn/conversation-versions", input = Json, output = Answer)]
pub async fn load_versions(id: Uuid) -> Result<VersionsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListVersions>(id, Nothing {}, Nothing {}).await
}

/// How many of the person's own conversations have which score.
#[server(endpoint = "fn/conversation-scores", input = Json, output = Answer)]
pub async fn load_scores() -> Result<ScoresAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<CountScores>((), Nothing {}, Nothing {}).await
}

/// What is alike to it, for its page.
#[server(endpoint = "fn/conversation-alike", input = Json, output = Answer)]
pub async fn load_alike(id: Uuid) -> Result<AlikeAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListAlike>(id, Nothing {}, Nothing {}).await
}
