//! A conversation as pages show it: its turns, what it is worth, and whether trainers take it.

mod filters;
mod findings;
mod gate;
mod marks;
mod metrics;
mod status;
mod take;
mod turns;

pub use filters::{FILTERS, filter_words, query_words};
pub use findings::FindingsNotice;
pub use gate::{GateNotice, broken};
pub use marks::{LikenessBadge, MarkBadges};
pub use metrics::Metrics;
pub use status::{ScoreBadge, StatusBadge};
pub use take::Take;
pub use turns::Turns;
