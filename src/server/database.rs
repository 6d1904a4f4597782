//! The health of the database as people see it: what is observed of it, alerts about it, upkeep,
//! backups, and the report. The connections to it are [`crate::server::postgres`].

pub mod alerts;
pub mod backups;
pub mod health;
pub mod maintenance;
pub mod report;
mod times;
