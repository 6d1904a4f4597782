//! `train variables`: every environment variable, its default and its meaning.

use super::Failure;
use crate::server::config::{Variable, variables};
use std::io::{self, Write as _};

pub(super) fn run() -> Result<(), Failure> {
    let mut text = String::new();
    for Variable { name, default, meaning } in variables() {
        let default = if default.is_empty() { default } else { format!(" [{default}]") };
        text.push_str(&format!("{name}{default}\n    {meaning}\n"));
    }
    // Whoever reads it may go away before the end (`train variables | head`).
    let _ = io::stdout().write_all(text.replace('`', "").as_bytes());
    Ok(())
}
