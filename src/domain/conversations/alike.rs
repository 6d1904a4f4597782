//! Conversations that are nearly the same.

use super::{ConversationRow, Likeness};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One that is alike to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlikeRow {
    pub conversation: ConversationRow,
    /// How many of all sequences of five words both have, estimated, in percent: 60–100.
    #[schema(example = 92)]
    pub similarity: u8,
    pub likeness: Likeness,
}

/// What is alike to one conversation, the most similar first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AlikeAnswer {
    /// At most 20; without archived ones.
    pub alike: Vec<AlikeRow>,
    /// Whether the conversation was examined since it was last changed.
    pub examined: bool,
}
