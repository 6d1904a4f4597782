//! A conversation as pages show it: its turns, what it is worth, and whether trainers take it.

mod gate;
mod metrics;
mod status;
mod take;
mod turns;

pub use gate::{GateNotice, broken};
pub use metrics::Metrics;
pub use status::{ScoreBadge, StatusBadge};
pub use take::Take;
pub use turns::Turns;
