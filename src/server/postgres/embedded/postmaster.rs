//! The file in which a running PostgreSQL says who and where it is, and the processes it may name.

use super::{EmbeddedError, io};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// What `postmaster.pid` in the cluster's directory says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PostmasterFile {
    pub process: i32,
    pub socket_directory: Option<PathBuf>,
    /// PostgreSQL accepts connections.
    pub ready: bool,
}

impl PostmasterFile {
    /// `None` when there is none, or none that can be read: PostgreSQL is then starting or gone.
    pub fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(cluster.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        // process, cluster, start time, port, socket directory, listen address, shared memory,
        // state
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            process: lines.first()?.parse().ok()?,
            socket_directory: lines.get(4).filter(|line| !line.is_empty()).map(PathBuf::from),
            ready: lines.get(7) == Some(&"ready"),
        })
    }
}

/// Ends whatever an earlier server left: a PostgreSQL that outlived it is stopped, a file that
/// names a stranger is removed. Only for who holds the data directory's lock.
pub(super) fn clear_leftover(cluster: &Path) -> Result<(), EmbeddedError> {
    let Some(file) = PostmasterFile::read(cluster) else { return Ok(()) };
    if !is_alive(file.process) {
        return Ok(()); // PostgreSQL recognises a dead process's file by itself.
    }
    if !serves(file.process, cluster) {
        // The number was given to somebody else since, as happens after a reboot or in a new
        // container. PostgreSQL would take it for a running server and refuse to start.
        let path = cluster.join("postmaster.pid");
        return fs::remove_file(&path).map_err(io("remove", &path));
    }
    tracing::warn!(
        process = file.process,
        "stopping a PostgreSQL that an earlier server left running"
    );
    for (signal, patience) in [(Signal::SIGINT, 15), (Signal::SIGQUIT, 10)] {
        // It may be gone by now, which is what we want.
        let _ = signal::kill(Pid::from_raw(file.process), signal);
        if waits_for_end(file.process, Duration::from_secs(patience)) {
            return Ok(());
        }
    }
    Err(EmbeddedError::Leftover { process: file.process })
}

fn waits_for_end(process: i32, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while is_alive(process) {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

fn is_alive(process: i32) -> bool {
    // Signal 0 only asks. "Not permitted" means that there is one.
    !matches!(signal::kill(Pid::from_raw(process), None), Err(nix::errno::Errno::ESRCH))
        && !fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| is_zombie(&stat))
}

/// Ended, but its parent has not asked for the result yet.
fn is_zombie(stat: &str) -> bool {
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'))
}

/// Whether a process is a PostgreSQL that was started for this cluster: its command line names the
/// directory.
fn serves(process: i32, cluster: &Path) -> bool {
    // Linux says it in /proc, separated by zero bytes; elsewhere ps does.
    let words = fs::read(format!("/proc/{process}/cmdline")).ok().or_else(|| {
        let answer = std::process::Command::new("ps")
            .args(["-o", "args=", "-p", &process.to_string()])
            .output()
            .ok()?;
        Some(answer.stdout)
    });
    words.is_some_and(|words| {
        let words = String::from_utf8_lossy(&words).replace('\0', " ");
        words.contains("postgres") && words.contains(&*cluster.to_string_lossy())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_running_one() {
        let text =
            "4711\n/srv/train/postgres\n1700000000\n5432\n/srv/train/run\n\n  1234 5\nready   \n";
        let file = PostmasterFile::parse(text).unwrap();
        assert_eq!(
            file,
            PostmasterFile {
                process: 4711,
                socket_directory: Some("/srv/train/run".into()),
                ready: true
            }
        );
    }

    #[test]
    fn a_starting_one_is_not_ready_yet() {
        assert!(!PostmasterFile::parse("4711\n/d\n1700000000\n5432\n/s\n\n").unwrap().ready);
        assert!(
            !PostmasterFile::parse("4711\n/d\n1\n5432\n/s\n\n  1 2\nstarting\n").unwrap().ready
        );
        assert_eq!(PostmasterFile::parse(""), None);
    }

    #[test]
    fn knows_the_living_and_the_dead() {
        assert!(is_alive(std::process::id() as i32));
        assert!(!serves(std::process::id() as i32, Path::new("/nowhere/postgres")));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let process = child.id() as i32;
        assert!(waits_for_end(process, Duration::from_secs(5)), "a zombie counts as ended");
        child.wait().unwrap();
        assert!(!is_alive(process));
        assert!(is_zombie("42 (a) b) Z 1 2"));
    }
}
