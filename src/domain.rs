//! Meaning: types, defaults, parsing, limits, merging. No I/O; compiles for the browser too.

pub mod accounts;
pub mod ai;
pub mod chart;
pub mod conversations;
pub mod credential;
pub mod cron;
pub mod database;
pub mod error_code;
pub mod escape;
pub mod field_error;
pub mod generation;
pub mod history;
pub mod instant;
pub mod jobs;
pub mod json;
pub mod local_path;
pub mod mail;
pub mod merge_patch;
pub mod money;
pub mod notifications;
pub mod number;
pub mod preferences;
pub mod quantity;
pub mod shortcut;
pub mod text_file;
