//! What every part of the server stands on. Nothing here opens another part.
//!
//! | | |
//! |---|---|
//! | [`error`], [`envelope`] | how a service fails, and the shape of every answer |
//! | [`context`], [`operator`] | who asks; what operators read of it |
//! | [`shares`] | how much one person may do at once |
//! | [`listing`] | what a list by pages is asked for |
//! | [`single_flight`] | one read for all who wait |
//! | [`cache`], [`charts`] | what is remembered of the database; drawings as SVG |
//! | [`shutdown`], [`metrics`] | the end of the process, and its figures |

pub mod cache;
pub mod charts;
pub mod context;
pub mod envelope;
pub mod error;
pub mod in_flight;
pub mod listing;
pub mod metrics;
pub mod operator;
pub mod shares;
pub mod shutdown;
pub mod single_flight;
