//! Train's build tool. `cargo xtask build --release` turns the sources of the browser part into
//! `target/site`.
//!
//! It does what cargo-leptos does, on the same libraries, and joins the parts of lazy pages to few
//! files, which the server expects. It downloads no tool; see `docs/architecture.md`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command answers on the terminal")]

mod assets;
mod dev;
mod front;
mod house;
mod join;
mod merge;
mod order;
mod programs;
mod project;
mod reload;
mod site;
mod size;
mod style;
mod tables;
mod toolchain;
mod unused;

use anyhow::{Result, bail};
use project::{Mode, Project};

const HELP: &str = "\
cargo xtask build [--release]   compile the browser part and put the site together
cargo xtask check               only see whether the browser part compiles
cargo xtask house               hold the structure of src against its rules
cargo xtask size                the weight of a first visit to the release site, brotli, by file
cargo xtask dev                 build, serve, and do it again whenever a file is saved";

fn main() {
    if let Err(error) = run() {
        eprintln!("error: {error:#}");
        std::process::exit(1);
    }
}

fn run() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["build"] => build(Mode::Dev),
        ["build", "--release"] => build(Mode::Release),
        ["check"] => check(),
        ["house"] => house::check(&project::repository()),
        ["size"] => size::print(&Project::find(Mode::Release)?),
        ["dev"] => dev::run(&Project::find(Mode::Dev)?),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("unknown command \"{}\"\n{HELP}", other.join(" ")),
    }
}

fn build(mode: Mode) -> Result<()> {
    let project = Project::find(mode)?;
    let front = front::build(&project)?;
    site::build(&project, &front)
}

fn check() -> Result<()> {
    say("checking the browser part");
    toolchain::check(&Project::find(Mode::Dev)?)
}

/// One line per step, so that a long build never looks stuck.
fn say(message: impl std::fmt::Display) {
    println!("» {message}");
}
