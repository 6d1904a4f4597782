//! Openings that too many answers share.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How more than one in twenty conversations begin their first answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CommonOpening {
    /// Its first eight words, as one of them writes them.
    #[schema(example = "Thank you for reaching out! I understand how")]
    pub opening: String,
    #[schema(example = 41)]
    pub count: i64,
    /// Of all conversations, 0.05–1.
    #[schema(example = 0.12)]
    pub share: f64,
    /// The public id of one that begins so.
    #[schema(example = "7f3k9q2m81ab")]
    pub example: String,
}

/// The openings that more than one in twenty of the listed conversations share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OpeningsAnswer {
    /// The most frequent first; none when there are fewer than 20 conversations.
    pub openings: Vec<CommonOpening>,
}
