//! Versions of a conversation.

use super::ConversationContent;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One version, without its content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionView {
    /// From 1.
    pub version: i32,
    /// Why, in the editor's words.
    pub reason: Option<String>,
    /// The version whose content it brought back.
    pub restored_from: Option<i32>,
    /// Absent when the account is gone.
    pub edited_by: Option<Uuid>,
    pub editor_name: Option<String>,
    pub edited_at: DateTime<Utc>,
}

/// `{versions}`, the newest first. One that was never edited has one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VersionsAnswer {
    pub versions: Vec<VersionView>,
}

/// One version with its content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VersionAnswer {
    pub version: VersionView,
    pub content: ConversationContent,
}
