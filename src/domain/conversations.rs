//! Conversations: what a training conversation is, how one is asked for, edited and listed, and
//! whether trainers take it.

mod alike;
mod checks;
mod comments;
mod content;
mod counts;
mod difference;
mod duplicates;
mod gate;
mod history;
mod kinds;
mod listed;
mod openings;
mod query;
mod request;
mod rerating;
mod text;
mod versions;
mod views;

pub use alike::{AlikeAnswer, AlikeRow};
pub use checks::{
    Finding, FindingKind, findings, is_common_opening, kinds_of, opening_key, opening_text,
    same_opening,
};
pub use comments::{Colleague, CommentDraft, CommentView, CommentsAnswer, MAX_COMMENT};
pub use content::{ConversationContent, MAX_TITLE};
pub use counts::{ConversationCounts, StatusCount};
pub use difference::{ContentChange, Piece, content_changes};
pub use duplicates::{Likeness, SLOTS, Signature, likeness};
pub use gate::{GateFailure, GateRule, gate_failures, has_placeholder};
pub use history::{ReviewAction, ReviewEntry};
pub use kinds::{Role, Status, Tier, Turn};
pub use listed::{
    ConversationPage, ConversationRow, Count, Facet, FacetsAnswer, FoundConversation,
};
pub use openings::{CommonOpening, OpeningsAnswer};
pub use query::{COUNTED, ConversationQuery, Direction, MAX_SEARCH, SortKey};
pub use request::{ConversationRequest, MAX_INSTRUCTIONS, NewConversation, TURNS};
pub use rerating::{RerateAnswer, StatusMove};
pub use text::{BETWEEN, MAX_TEXT};
pub use versions::{VersionAnswer, VersionView, VersionsAnswer};
pub use views::{ConversationView, GenerateAnswer, TurnView};
