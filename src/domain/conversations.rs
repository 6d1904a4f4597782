//! Conversations: what a training conversation is, how one is asked for, and how it is shown.

mod counts;
mod kinds;
mod request;
mod views;

pub use counts::{ConversationCounts, StatusCount};
pub use kinds::{Role, Status, Tier, Turn};
pub use request::{ConversationRequest, MAX_INSTRUCTIONS, MAX_TEXT, NewConversation, TURNS};
pub use views::{
    ConversationPage, ConversationQuery, ConversationView, GenerateAnswer, ReviewEntry, TurnView,
};
