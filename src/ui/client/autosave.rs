//! Preferences that save themselves: what was edited, what is on its way, what waits for the server
//! to answer again.
//!
//! [`draft`] decides and touches nothing; [`queue`] keeps unsaved edits through a closed tab;
//! [`saver`] has the timers and the wire.

pub mod draft;
pub mod queue;
pub mod saver;
