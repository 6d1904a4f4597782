//! How much a connection may cost, and how many there may be.

use crate::server::gateway::LARGEST_BODY;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::time::Duration;

/// Files that are kept for everything but connections of clients, beside a tenth of them: the
/// database, Claude, mail, backups.
const RESERVED_FILES: u64 = 100;
/// More are not taken in, however many files may be open: each costs memory.
const MOST_CONNECTIONS: u64 = 10_000;

/// The slowest that a large body may come, in bytes a second.
const SLOWEST: u64 = 256 * 1024;

/// The bounds of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Open at once. When there are more, the one that has waited longest for a request is ended;
    /// when none waits, the new one is answered 503.
    pub connections: usize,
    /// From the first byte of a request, or from the beginning of the connection, to the end of its
    /// head.
    pub head: Duration,
    /// From the head of a request to the end of a small body; then it is answered 408. A large one
    /// has longer, see [`Bounds::body_of`].
    pub body: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// Without a byte of an answer being taken.
    pub stalled: Duration,
}

impl Bounds {
    /// For a process that may have so many files open.
    pub fn with_files(files: u64) -> Self {
        let rest = files.saturating_sub(RESERVED_FILES + files / 10).max(files / 2);
        Self {
            connections: usize::try_from(rest.clamp(1, MOST_CONNECTIONS)).unwrap_or(usize::MAX),
            head: Duration::from_secs(15),
            body: Duration::from_secs(30),
            // Longer than proxies keep a connection in reserve, usually 60 s: they would send a
            // request just as it is closed.
            idle: Duration::from_secs(75),
            stalled: Duration::from_secs(30),
        }
    }

    /// How long a body may take that says how many bytes it has.
    pub fn body_of(&self, bytes: Option<u64>) -> Duration {
        // More is refused before it is read.
        let bytes = bytes.unwrap_or_default().min(LARGEST_BODY as u64);
        self.body + Duration::from_secs(bytes / SLOWEST)
    }

    /// For this process. Raises its limit of open files as far as it may.
    pub fn of_this_process() -> Self {
        let files = getrlimit(Resource::RLIMIT_NOFILE).map(|(soft, hard)| {
            if soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() {
                hard
            } else {
                soft
            }
        });
        let bounds = Self::with_files(files.unwrap_or(1024));
        tracing::debug!(connections = bounds.connections, "the most connections at once");
        bounds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_has_longer_but_not_for_ever() {
        let bounds = Bounds::with_files(1024);
        let seconds = |bytes| bounds.body_of(bytes).as_secs();
        assert_eq!([seconds(None), seconds(Some(64 * 1024))], [30, 30]);
        assert_eq!(seconds(Some(32 * 1024 * 1024)), 30 + 128);
        assert_eq!(seconds(Some(u64::MAX)), 30 + 128);
    }

    #[test]
    fn connections_leave_files_for_everything_else() {
        for (files, connections) in
            [(64, 32), (300, 170), (1024, 822), (65_536, 10_000), (u64::MAX, 10_000), (0, 1)]
        {
            assert_eq!(Bounds::with_files(files).connections, connections, "{files}");
        }
    }
}
