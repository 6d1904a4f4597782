//! The kinds of conversations: how one is made, where it stands, who speaks in it.

use crate::domain::words::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// How a conversation is made.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum Tier: "The tier" {
        /// A common situation, along familiar lines.
        Template => "template", "Template";
        /// A situation with circumstances of its own.
        Scenario => "scenario", "Scenario";
        /// A rare or difficult situation.
        EdgeCase => "edge_case", "Edge case";
    }
}

words! {
    /// Where a conversation stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum Status: "The status" {
        Draft => "draft", "Draft";
        Generated => "generated", "Generated";
        PendingReview => "pending_review", "Pending review";
        Approved => "approved", "Approved";
        Rejected => "rejected", "Rejected";
        NeedsRevision => "needs_revision", "Needs revision";
        None => "none", "None";
        Failed => "failed", "Failed";
        Archived => "archived", "Archived";
    }
}

words! {
    /// Who speaks.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    #[schema(as = Speaker)]
    pub enum Role: "The role" {
        User => "user", "User";
        Assistant => "assistant", "Assistant";
    }
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Turn {
    pub role: Role,
    #[schema(example = "How do I reset my router?")]
    pub content: String,
}
