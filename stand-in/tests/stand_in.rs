//! The stand-in on a real port: what programs that do not know that it is none see of it.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by a panic")]

#[path = "stand_in/batches.rs"]
mod batches;
#[path = "stand_in/bills.rs"]
mod bills;
#[path = "stand_in/client.rs"]
mod client;
#[path = "stand_in/control.rs"]
mod control;
#[path = "stand_in/faults.rs"]
mod faults;
#[path = "stand_in/live.rs"]
mod live;
#[path = "stand_in/outcomes.rs"]
mod outcomes;
#[path = "stand_in/refused.rs"]
mod refused;
