//! The health of the database as its page loads it. What changes something goes through the HTTP
//! routes, which scripts use as well.

pub mod alerts;
pub mod backups;
pub mod health;
pub mod maintenance;
pub mod report;
