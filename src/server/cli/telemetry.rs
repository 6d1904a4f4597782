//! The log: one line per event, to standard error.

use crate::server::config::{Config, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts the log. A chore only tells what goes wrong, unless `TRAIN_LOG` says otherwise.
pub(super) fn start(config: &Config, serving: bool) {
    let chosen = std::env::var_os("TRAIN_LOG").is_some_and(|value| !value.is_empty());
    let directives = if serving || chosen { config.log.as_str() } else { "warn" };
    // The directives were checked when the configuration was read.
    let filter = EnvFilter::new(directives);
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Text => {
            log.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
        }
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    };
    if let Err(error) = started {
        eprintln!("The log cannot be started: {error}");
    }
}
