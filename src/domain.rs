//! Meaning: types, defaults, parsing, limits, merging. No I/O; compiles for the browser too.

pub mod account;
pub mod field_error;
pub mod local_path;
