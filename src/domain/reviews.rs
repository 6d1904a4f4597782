//! Reviews: what people decide about conversations, one after the other.

mod agreement;

pub use crate::domain::conversations::{ReviewAction, ReviewEntry};
pub use agreement::{Agreement, kappa};

use crate::domain::{
    conversations::{ConversationView, Status},
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a claim lasts unless it is renewed, in seconds.
pub const CLAIM_SECONDS: u32 = 90;
/// How often the page renews it, in seconds.
pub const RENEW_SECONDS: u32 = 30;
/// How many of one's own decisions `Undo` goes back through.
pub const UNDO_STEPS: usize = 20;

words! {
    /// What a reviewer decides.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum Decision: "The decision" {
        Approved => "approved", "Approve";
        Rejected => "rejected", "Reject";
        NeedsRevision => "needs_revision", "Needs revision";
    }
}

impl From<Decision> for Status {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Approved => Self::Approved,
            Decision::Rejected => Self::Rejected,
            Decision::NeedsRevision => Self::NeedsRevision,
        }
    }
}

/// One conversation of the queue, claimed by who asked for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewItem {
    pub conversation: ConversationView,
    /// When the claim ends, unless it is renewed.
    pub claimed_until: DateTime<Utc>,
}

/// Somebody who is reviewing a conversation right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClaimView {
    pub conversation_id: Uuid,
    pub reviewer: Uuid,
    pub reviewer_name: String,
    pub claimed_until: DateTime<Utc>,
}

/// How reviewing goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReviewFiguresAnswer {
    /// How many wait, those that others are at included.
    pub left: i64,
    /// How many of these the caller may take: not claimed by others, nor judged by them already.
    pub free: i64,
    /// Decided by the caller today, in their own calendar.
    pub done_today: i64,
    /// Decided by the caller in the last hour.
    pub done_last_hour: i64,
    /// Conversations that two people judged differently.
    pub disagreements: i64,
    /// Between reviewers; absent when no two judged the same conversation.
    pub agreement: Option<Agreement>,
}
