//! Finds a compiler that can build for the browser.
//!
//! Usually that is rustup's. Where rustup cannot download the target, `scripts/setup` installs a
//! second compiler from the system's packages beside it; the server is still built by rustup's.

use crate::project::Project;
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The target of the browser part.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// A compiler with the library for [`TARGET`].
struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
}

fn find() -> Result<Toolchain> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let everyday = Toolchain { rustc: beside(&cargo, "rustc"), cargo };
    let of_the_system = Toolchain {
        rustc: PathBuf::from("/usr/bin/rustc"),
        cargo: PathBuf::from("/usr/bin/cargo"),
    };
    for toolchain in [everyday, of_the_system] {
        if has_target(&toolchain.rustc) {
            return Ok(toolchain);
        }
    }
    bail!("no Rust compiler here can build for {TARGET}: run scripts/setup")
}

/// The compiler in cargo's own folder; cargo as a bare word means that both are looked up on the
/// path.
fn beside(cargo: &Path, program: &str) -> PathBuf {
    let neighbour = cargo.with_file_name(program);
    if neighbour.is_file() { neighbour } else { PathBuf::from(program) }
}

fn has_target(rustc: &Path) -> bool {
    let answer = without_our_cargo(&mut Command::new(rustc))
        .args(["--print", "target-libdir", "--target", TARGET])
        .output();
    let Ok(answer) = answer else { return false };
    let folder = String::from_utf8_lossy(&answer.stdout);
    let Ok(entries) = fs::read_dir(folder.trim()) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

/// `cargo run` leaves its own library path behind, which must not reach a compiler of another
/// version.
fn without_our_cargo(command: &mut Command) -> &mut Command {
    command
        .env_remove("LD_LIBRARY_PATH")
        .env_remove("DYLD_FALLBACK_LIBRARY_PATH")
        .env_remove("CARGO")
}

/// Compiles the browser part and returns the linked file.
///
/// # Errors
/// When there is no compiler for the target or the application does not compile.
pub fn compile(project: &Project) -> Result<PathBuf> {
    cargo(project, "rustc", &["--crate-type", "cdylib"])?;
    let folder = target_dir(project).join(TARGET).join(project.mode.wasm_profile());
    Ok(folder.join("train.wasm"))
}

/// Sees whether the browser part compiles, which is quicker than compiling it.
///
/// # Errors
/// As [`compile`].
pub fn check(project: &Project) -> Result<()> {
    cargo(project, "check", &[])
}

/// Its own target directory: two compilers sharing one would rebuild everything in turns.
fn target_dir(project: &Project) -> PathBuf {
    project.root.join("target-wasm")
}

fn cargo(project: &Project, command: &str, more: &[&str]) -> Result<()> {
    let toolchain = find()?;
    let mut cargo = Command::new(&toolchain.cargo);
    without_our_cargo(&mut cargo)
        .current_dir(&project.root)
        .env("RUSTC", &toolchain.rustc)
        .env("RUSTFLAGS", rust_flags())
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .args([
            command,
            "--lib",
            "--package",
            "train",
            "--no-default-features",
            "--features",
            "hydrate",
        ])
        .args(["--target", TARGET, "--profile", project.mode.wasm_profile(), "--target-dir"])
        .arg(target_dir(project))
        .args(more);
    let status =
        cargo.status().with_context(|| format!("cannot start {}", toolchain.cargo.display()))?;
    ensure!(status.success(), "the browser part does not compile");
    Ok(())
}

fn rust_flags() -> String {
    // Splitting moves functions between files, so the linker has to say where they are referred to.
    // Views are erased as on the server, see .cargo/config.toml.
    let mut flags = "-Clink-args=--emit-relocs --cfg erase_components".to_owned();
    // Messages of panics name source files; people's browsers need not learn where this machine
    // keeps its packages.
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    if let Some(home) = home.filter(|home| !home.to_string_lossy().contains(' ')) {
        flags += &format!(" --remap-path-prefix={}=", home.join("registry/src").display());
    }
    flags
}
