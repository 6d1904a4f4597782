//! The routes below `/api/database`.

pub mod alerts;
pub mod backups;
pub mod health;
pub mod maintenance;
pub mod report;
