//! Making training conversations with Claude: what a request says, what it costs at most, when it
//! is tried again, and how good the answer is. Time and chance are parameters, so that every rule
//! here can be tested as it stands.

pub mod deadlines;
pub mod estimate;
pub mod pace;
pub mod partial_turns;
pub mod projection;
pub mod prompt;
pub mod quality;
pub mod request;
pub mod retry;
pub mod scores;
pub mod usage;
pub mod window;

pub use usage::TokenUsage;
pub use window::{Period, Window};
