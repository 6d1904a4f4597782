//! The stand-in as a program: `claude-stand-in --listen 127.0.0.1:4010 [--latency-ms 60]
//! [--stream-ms 15000] [--forget]`. It stops on Ctrl+C.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command answers on the terminal")]

use claude_stand_in::{Options, StandIn};
use std::{net::SocketAddr, process::ExitCode, time::Duration};

const USAGE: &str =
    "usage: claude-stand-in --listen 127.0.0.1:PORT [--latency-ms N] [--stream-ms N] [--forget]";

/// On one thread: more would only wake each other.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some((address, options)) = options(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match StandIn::listen(address, options).await {
        Ok(stand_in) => {
            // Whoever started this waits for the line, and reads the port from it.
            println!("listening on {}", stand_in.url());
            let _ = tokio::signal::ctrl_c().await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{address} cannot be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut words: impl Iterator<Item = String>) -> Option<(SocketAddr, Options)> {
    let mut address = None;
    let mut options = Options::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--listen" => address = Some(words.next()?.parse().ok()?),
            "--latency-ms" => options.latency = Duration::from_millis(words.next()?.parse().ok()?),
            "--stream-ms" => options.stream = Duration::from_millis(words.next()?.parse().ok()?),
            "--forget" => options.forgets = true,
            _ => return None,
        }
    }
    Some((address?, options))
}
