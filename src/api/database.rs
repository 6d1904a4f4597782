//! The database: what it does, what is wrong with it, its maintenance, backups and report. For
//! administrators of the installation.

pub mod alerts;
pub mod backups;
pub mod health;
pub mod maintenance;
pub mod report;
