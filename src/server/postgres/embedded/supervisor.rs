//! Keeps PostgreSQL running: a thread that starts it, starts it again when it dies, and stops it on
//! request.

use super::{
    EmbeddedError, identity::Identity, io, open_private, postmaster::PostmasterFile,
    postmaster::clear_leftover,
};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use std::{
    fs::{self, OpenOptions},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How often the thread looks whether PostgreSQL still runs.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Before the first try to start it again; doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A run this long forgives the deaths before it.
const LONG_RUN: Duration = Duration::from_secs(60);
/// How long a stop may take before connections are cut without writing a checkpoint.
const PATIENCE: Duration = Duration::from_secs(30);

/// The command that runs PostgreSQL.
#[derive(Debug)]
pub(super) struct Launch {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub identity: Identity,
    pub cluster: PathBuf,
    pub log: PathBuf,
}

#[derive(Debug, Default)]
struct State {
    process: Option<u32>,
    stopping: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole after every statement, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps, but not through a request to stop. Says whether there is one.
    fn pauses(&self, pause: Duration) -> bool {
        let wait = self.changed.wait_timeout_while(self.state(), pause, |state| !state.stopping);
        wait.unwrap_or_else(PoisonError::into_inner).0.stopping
    }
}

/// Owns the thread. Dropping it stops PostgreSQL.
#[derive(Debug)]
pub(super) struct Supervisor {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Supervisor {
    /// Starts PostgreSQL and returns when it accepts connections.
    pub fn start(launch: Launch) -> Result<Self, EmbeddedError> {
        let shared = Arc::new(Shared::default());
        let child = launch.first_start()?;
        shared.state().process = Some(child.id());
        let watched = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("postgres".into())
            .spawn(move || watch(&launch, &watched, child));
        let thread =
            thread.map_err(io("start the thread that watches", &PathBuf::from("postgres")))?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    pub fn process(&self) -> Option<u32> {
        self.shared.state().process
    }

    pub fn stop(&self) {
        self.shared.state().stopping = true;
        self.shared.changed.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that watches PostgreSQL panicked");
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Launch {
    fn spawn(&self) -> Result<Child, EmbeddedError> {
        // Statements stand in it, with what people saved.
        let log = open_private(OpenOptions::new().create(true).append(true), &self.log)?;
        let errors = log.try_clone().map_err(io("open", &self.log))?;
        let mut command = self.identity.command(&self.program, &self.cluster);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(log).stderr(errors);
        // A group of its own: Ctrl+C in a terminal reaches every process of the group, and
        // PostgreSQL has to outlive the requests that the server is still answering.
        command.process_group(0);
        command.spawn().map_err(io("run", &self.program))
    }

    /// Waits as long as PostgreSQL is at it: after a crash it first replays its log, however long
    /// that takes.
    fn first_start(&self) -> Result<Child, EmbeddedError> {
        let written = self.log.metadata().map_or(0, |log| log.len());
        let mut child = self.spawn()?;
        let started = Instant::now();
        let mut reported = started;
        loop {
            if let Some(status) = child.try_wait().map_err(io("watch", &self.program))? {
                return Err(EmbeddedError::Start {
                    detail: self.last_words(written, status),
                    log: self.log.clone(),
                });
            }
            if PostmasterFile::read(&self.cluster)
                .is_some_and(|file| file.ready && file.process == child.id() as i32)
            {
                return Ok(child);
            }
            if reported.elapsed() > Duration::from_secs(10) {
                reported = Instant::now();
                tracing::info!(
                    seconds = started.elapsed().as_secs(),
                    "PostgreSQL is recovering from its last run"
                );
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The reason that PostgreSQL gave in its log since `written` bytes, or else how it ended.
    fn last_words(&self, written: u64, status: ExitStatus) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let fresh =
            String::from_utf8_lossy(log.get(written as usize..).unwrap_or_default()).into_owned();
        let reason = fresh
            .lines()
            .rev()
            .find_map(|line| line.split_once("FATAL:").map(|(_, reason)| reason.trim()));
        let last = || fresh.lines().last().map(str::to_owned);
        reason.map(str::to_owned).or_else(last).unwrap_or_else(|| status.to_string())
    }
}

/// The thread: returns when PostgreSQL was stopped on request.
fn watch(launch: &Launch, shared: &Shared, mut child: Child) {
    let mut pause = FIRST_PAUSE;
    loop {
        let started = Instant::now();
        let Some(ended) = runs(shared, &mut child) else {
            stop(&mut child);
            shared.state().process = None;
            return;
        };
        shared.state().process = None;
        if started.elapsed() > LONG_RUN {
            pause = FIRST_PAUSE;
        }
        tracing::error!(%ended, log = %launch.log.display(), "PostgreSQL ended unexpectedly; \
            starting it again");
        child = loop {
            if shared.pauses(pause) {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            match clear_leftover(&launch.cluster).and_then(|()| launch.spawn()) {
                Ok(child) => break child,
                Err(error) => {
                    tracing::error!(%error, "PostgreSQL cannot be started again; trying on")
                }
            }
        };
        shared.state().process = Some(child.id());
    }
}

/// How PostgreSQL ended by itself; `None` when it is to be stopped.
fn runs(shared: &Shared, child: &mut Child) -> Option<String> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.to_string()),
            Ok(None) => {}
            Err(error) => return Some(error.to_string()),
        }
        if shared.pauses(LOOK_EVERY) {
            return None;
        }
    }
}

fn stop(child: &mut Child) {
    // A child that was not waited for keeps its number, so no stranger can be hit.
    let process = Pid::from_raw(child.id() as i32);
    for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGKILL] {
        let _ = signal::kill(process, signal);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        tracing::warn!(?signal, "PostgreSQL did not stop in time");
    }
}
