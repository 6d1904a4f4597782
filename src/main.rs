//! The `train` program: serves the application and does an operator's chores.

use std::process::ExitCode;

fn main() -> ExitCode {
    train::server::cli::run()
}
