//! The `train` program: serves the application and does an operator's chores.

use std::process::ExitCode;

/// A quarter of a short request was spent in the system's allocator (`make bench` under `perf`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    train::server::cli::run()
}
