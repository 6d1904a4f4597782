//! What administrators see and do on `/database`.

mod alerts;
mod backups;
mod health;
mod maintenance;
