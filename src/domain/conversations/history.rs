//! What became of a conversation after it was made.

use super::Status;
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// What changed the status of a conversation.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum ReviewAction: "The action" {
        /// A person decided.
        Decided => "decided", "Decided";
        /// A person judged and left the decision to another.
        Opinion => "opinion", "Second opinion asked";
        /// A decision was taken back.
        Undone => "undone", "Undone";
        /// The content changed.
        Edited => "edited", "Edited";
        /// Thresholds changed it.
        Rated => "rated", "Rated again";
        Archived => "archived", "Archived";
        Restored => "restored", "Brought back";
    }
}

/// One step in what became of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewEntry {
    pub id: Uuid,
    pub action: ReviewAction,
    /// Which status it has from here on; of an opinion, the one that was judged right.
    pub status: Status,
    pub status_before: Status,
    /// The version of the content it is about.
    pub version: i32,
    pub comment: Option<String>,
    /// Absent when the account is gone.
    pub by: Option<Uuid>,
    pub by_name: Option<String>,
    pub at: DateTime<Utc>,
    /// What it took back.
    pub undoes: Option<Uuid>,
    /// It is the last decision, so it can be taken back.
    pub can_undo: bool,
}
