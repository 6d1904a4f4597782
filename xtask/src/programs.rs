//! Other programs that a build runs, among them what runs on Node: programs of npm packages, and
//! the scripts in `xtask/scripts`.
//!
//! Compression is Node's own and CSS an npm package, because both come compiled: compiling their
//! Rust twins costs a first build more than everything that they do.

use crate::project::Project;
use anyhow::{Context, Result, ensure};
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// The program of an npm package.
///
/// # Errors
/// When it is not installed.
pub fn program(project: &Project, name: &str) -> Result<Command> {
    ensure_package(project, name)?;
    Ok(Command::new(project.root.join("xtask/node_modules/.bin").join(name)))
}

/// Sees that a package is there, because what Node says of one that is missing helps nobody.
///
/// # Errors
/// When it is not installed.
pub fn ensure_package(project: &Project, name: &str) -> Result<()> {
    ensure!(
        project.root.join("xtask/node_modules").join(name).exists(),
        "{name} is missing: run scripts/setup"
    );
    Ok(())
}

/// One of the scripts in `xtask/scripts`.
pub fn script(project: &Project, name: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(project.root.join("xtask/scripts").join(name));
    node
}

/// Runs a program and returns what it prints; what it complains of is shown only when it fails.
///
/// # Errors
/// When it cannot be started or fails.
pub fn run(command: &mut Command) -> Result<Vec<u8>> {
    run_on(command, "")
}

/// As [`run`], with a text on the program's standard input.
///
/// # Errors
/// As [`run`].
pub fn run_on(command: &mut Command, input: &str) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let started =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.with_context(|| format!("cannot start {name}"))?;
    // Closed behind the text. Who fails before reading it is told by how it ends.
    if let Some(mut pipe) = child.stdin.take() {
        let _ = pipe.write_all(input.as_bytes());
    }
    let answer =
        child.wait_with_output().with_context(|| format!("cannot read what {name} says"))?;
    ensure!(
        answer.status.success(),
        "{name} failed: {}",
        String::from_utf8_lossy(&answer.stderr).trim()
    );
    Ok(answer.stdout)
}
