//! `make dev`: builds, serves, and does it again whenever a file is saved.

use crate::{
    front::{self, Front},
    project::Project,
    reload::Reload,
    say, site,
};
use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    collections::BTreeMap,
    fs,
    io::{IsTerminal, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::{Duration, Instant, SystemTime},
};

/// What decides about the program itself; a change here needs the compilers.
const SOURCES: [&str; 6] =
    ["src", "migrations", ".sqlx", "Cargo.toml", "Cargo.lock", "Leptos.toml"];
/// What is only handed out; a change here needs neither compiler nor restart.
const HANDOUTS: [&str; 2] = ["style", "public"];
/// How often the disk is looked at. Looking at a few hundred files takes about a millisecond.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Builds, serves, watches; returns only with an error.
///
/// # Errors
/// When the reload port is taken. A failing build is reported and tried again after the next
/// change.
pub fn run(project: &Project) -> Result<()> {
    let reload = Reload::listen(project.reload_port)?;
    let mut front = None;
    let mut server = None;
    let (mut sources, mut handouts) =
        (Snapshot::take(&project.root, &SOURCES), Snapshot::take(&project.root, &HANDOUTS));
    let mut rebuild = true;
    loop {
        let result = match (&front, rebuild) {
            (Some(front), false) => site::build(project, front),
            _ => program(project, &mut front, &mut server),
        };
        match result {
            Ok(()) => reload.all(),
            Err(error) => eprintln!("error: {error:#}"),
        }
        say("watching src, style, public, migrations; Ctrl-C ends");
        (rebuild, sources, handouts) = wait_for_change(project, &sources, &handouts);
    }
}

/// Builds both halves side by side, then swaps the running server.
fn program(
    project: &Project,
    front: &mut Option<Front>,
    server: &mut Option<Server>,
) -> Result<()> {
    let started = Instant::now();
    *front = None;
    let (browser_half, server_half) = thread::scope(|scope| {
        let server_half = scope.spawn(|| compile_server(project));
        (front::build(project), server_half.join())
    });
    // Shared rooms make both compilers say the same, so the server's words are kept back unless
    // they are news.
    let built = browser_half?;
    let server_half =
        server_half.map_err(|_| anyhow::anyhow!("the server's build stopped unexpectedly"))??;
    if let Some(words) = server_half {
        std::io::stderr().write_all(&words)?;
        bail!("the server does not compile");
    }
    site::build(project, &built)?;
    *front = Some(built);
    if let Some(old) = server.take() {
        old.stop();
    }
    *server = Some(Server::start(project)?);
    say(format!(
        "ready after {:.1} s: http://{}",
        started.elapsed().as_secs_f32(),
        project.address
    ));
    Ok(())
}

/// Compiles the server; returns what the compiler said when it failed.
fn compile_server(project: &Project) -> Result<Option<Vec<u8>>> {
    let color = if std::io::stderr().is_terminal() { "always" } else { "never" };
    let answer = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&project.root)
        .args(["build", "--package", "train", "--features", "ssr", "--color", color])
        .output()
        .context("cannot start cargo")?;
    Ok((!answer.status.success()).then_some(answer.stderr))
}

/// The running application.
struct Server(Child);

impl Server {
    fn start(project: &Project) -> Result<Self> {
        ensure!(
            TcpStream::connect(&project.address).is_err(),
            "something else already listens at {}",
            project.address
        );
        let mut child = Command::new(project.root.join("target/debug/train"))
            .current_dir(&project.root)
            .env("LEPTOS_SITE_ROOT", &project.site)
            // Makes leptos' AutoReload component put its script into the page.
            .env("LEPTOS_WATCH", "1")
            .spawn()
            .context("cannot start target/debug/train")?;
        let patience = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(&project.address).is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("the server ended at once ({status})");
            }
            if Instant::now() > patience {
                bail!("the server does not answer at {}", project.address);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(Self(child))
    }

    /// Asks the server to end and gives it time to stop its database properly.
    fn stop(mut self) {
        let id = i32::try_from(self.0.id()).unwrap_or(0);
        if id > 0 && kill(Pid::from_raw(id), Signal::SIGTERM).is_ok() {
            let patience = Instant::now() + Duration::from_secs(15);
            while Instant::now() < patience {
                if !matches!(self.0.try_wait(), Ok(None)) {
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
        // It did not listen. Errors here mean that it has just gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// When the watched files were last saved, and how long they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Snapshot(BTreeMap<PathBuf, (SystemTime, u64)>);

impl Snapshot {
    fn take(root: &Path, names: &[&str]) -> Self {
        let mut snapshot = Self::default();
        for name in names {
            snapshot.add(root.join(name));
        }
        snapshot
    }

    /// Files that vanish while being looked at are left out; the next look sees the same.
    fn add(&mut self, path: PathBuf) {
        let Ok(about) = fs::metadata(&path) else { return };
        if about.is_dir() {
            for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
                self.add(entry.path());
            }
        } else if let Ok(saved) = about.modified() {
            self.0.insert(path, (saved, about.len()));
        }
    }
}

/// Waits until something differs and then until it stands still: editors and `git switch` write
/// many files at once. Returns whether the program itself is concerned, and what was seen.
fn wait_for_change(
    project: &Project,
    sources: &Snapshot,
    handouts: &Snapshot,
) -> (bool, Snapshot, Snapshot) {
    let look =
        || (Snapshot::take(&project.root, &SOURCES), Snapshot::take(&project.root, &HANDOUTS));
    let mut last = look();
    loop {
        let changed = last.0 != *sources || last.1 != *handouts;
        thread::sleep(LOOK_EVERY);
        let now = look();
        if changed && now == last {
            return (now.0 != *sources, now.0, now.1);
        }
        last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_file_is_noticed() {
        let folder = std::env::temp_dir().join(format!("train-xtask-{}", std::process::id()));
        let inner = folder.join("src/ui");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("page.rs"), "one").unwrap();
        let before = Snapshot::take(&folder, &["src"]);
        assert_eq!(Snapshot::take(&folder, &["src"]), before);
        fs::write(inner.join("page.rs"), "three").unwrap();
        assert_ne!(Snapshot::take(&folder, &["src"]), before);
        assert_eq!(Snapshot::take(&folder, &["style"]), Snapshot::default());
        fs::remove_dir_all(folder).unwrap();
    }
}
