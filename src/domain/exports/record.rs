//! A conversation as it was frozen: what every format is written from.

use crate::domain::{
    conversations::{ConversationContent, FindingKind, ReviewAction, Status},
    money::Money,
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// A part of a data set.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    #[derive(PartialOrd, Ord)]
    pub enum Split: "The split" {
        Train => "train", "Train";
        Validation => "validation", "Validation";
        Test => "test", "Test";
    }
}

/// A conversation with what is said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub content: ConversationContent,
    pub facts: Facts,
    /// Which part of a data set it is in.
    pub split: Option<Split>,
}

/// What a file says about a conversation besides its content, frozen with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    pub public_id: String,
    /// Of its content.
    pub version: i32,
    pub status: Status,
    /// 0–10.
    pub score: Option<f64>,
    pub trainable: bool,
    /// Estimated, of the training text.
    pub tokens: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Their names; where facts are stored, their ids.
    pub author: Option<String>,
    pub approved_by: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    /// What reviewers decided, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Which model wrote it.
    pub model: Option<String>,
    /// SHA-256 of the prompt that it was made from, in hexadecimal digits.
    pub prompt_sha256: Option<String>,
    pub cost: Option<Money>,
    pub origin: String,
    pub license: String,
    /// What content checks found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingKind>,
    /// Near duplicates have the same, within one selection; absent: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate_group: Option<i32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demonstration: bool,
}

/// A decision of a reviewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    pub action: ReviewAction,
    pub status: Option<Status>,
    pub reviewer: Option<String>,
    pub at: DateTime<Utc>,
    pub comment: Option<String>,
}
