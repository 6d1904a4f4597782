//! History: reading it, counting it, taking changes back, and putting what is old into the archive.
//! Writing it is the database's business: triggers, in the transaction of the change.

mod actions;
mod anchor;
mod bulk;
mod csv;
mod filter;
mod preview;
mod reach;
mod read;
mod recorded;
mod retention;
mod rollback;
mod statistics;
mod target;
mod verify;

pub use actions::actions;
pub use anchor::Anchor;
pub use csv::export;
pub use read::{detail, list};
pub use retention::archive;
pub use rollback::Rollbacks;
pub use statistics::statistics;
pub use verify::{Verified, last_verification, verify, verify_for};
