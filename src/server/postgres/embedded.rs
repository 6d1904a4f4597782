//! The private PostgreSQL of an installation without `DATABASE_URL`: made, started, watched and
//! stopped by the server.
//!
//! Everything here blocks and runs on threads of its own, so that the cluster is stopped whatever
//! becomes of the async runtime; callers on it use `spawn_blocking`. In the data directory lie
//! `postgres/` (the cluster), `run/` (its socket), `postgres.log` and `server.lock`.

mod binaries;
mod clients;
mod error;
mod identity;
mod memory;
mod postmaster;
mod supervisor;

pub use clients::ClientPrograms;
pub use error::EmbeddedError;

use binaries::Binaries;
use identity::Identity;
use nix::fcntl::{Flock, FlockArg};
use postmaster::{PostmasterFile, clear_leftover};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};
use supervisor::Supervisor;

/// Longest path of a socket that every system takes (macOS 104 bytes, Linux 108, one for the end).
const LONGEST_SOCKET_PATH: usize = 103;
/// Only part of the socket's file name: the cluster does not listen on the network.
pub const PORT: u16 = 5432;
/// The log is set aside at start when it is longer than this.
const LONGEST_LOG: u64 = 10 * 1024 * 1024;

/// How to run the cluster.
#[derive(Clone, Debug)]
pub struct EmbeddedConfig {
    /// `TRAIN_DATA_DIR`; made when missing.
    pub data_dir: PathBuf,
    /// Settings of PostgreSQL beyond the usual; a test turns durability off here.
    pub settings: Vec<(String, String)>,
}

/// A running private PostgreSQL. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Cluster {
    socket_directory: PathBuf,
    supervisor: Supervisor,
    /// Held as long as the cluster runs: one server per data directory.
    lock: Mutex<Option<Flock<File>>>,
}

impl Cluster {
    /// Makes the cluster if there is none, ends what an earlier server left running, starts it and
    /// waits until it answers.
    pub fn start(config: &EmbeddedConfig) -> Result<Self, EmbeddedError> {
        let fresh = !config.data_dir.exists();
        fs::create_dir_all(&config.data_dir).map_err(io("make", &config.data_dir))?;
        let data_dir = config.data_dir.canonicalize().map_err(io("find", &config.data_dir))?;
        let lock = lock(&data_dir)?;
        let cluster = data_dir.join("postgres");
        let identity = Identity::choose(&cluster)?;
        if fresh {
            identity.keep_private(&data_dir)?;
        }
        identity.can_reach(&data_dir)?;
        let binaries = Binaries::find(version_of(&cluster))?;
        if !cluster.join("PG_VERSION").is_file() {
            initialise(&data_dir, &cluster, &identity, &binaries)?;
        }
        clear_leftover(&cluster)?;
        let socket_directory = socket_directory(&data_dir, &identity)?;
        let log = data_dir.join("postgres.log");
        set_long_log_aside(&log);
        let launch = supervisor::Launch {
            program: binaries.program("postgres"),
            arguments: arguments(&cluster, &socket_directory, &binaries, &config.settings),
            identity,
            cluster,
            log,
        };
        let supervisor = Supervisor::start(launch)?;
        Ok(Self { socket_directory, supervisor, lock: Mutex::new(Some(lock)) })
    }

    /// The socket's directory of a cluster that another server on this machine keeps running, for
    /// commands beside it.
    pub fn running_in(data_dir: &Path) -> Option<PathBuf> {
        let cluster = data_dir.canonicalize().ok()?.join("postgres");
        let lock = OpenOptions::new().read(true).open(data_dir.join("server.lock")).ok()?;
        if Flock::lock(lock, FlockArg::LockExclusiveNonblock).is_ok() {
            return None; // Nobody holds it.
        }
        PostmasterFile::read(&cluster).filter(|file| file.ready)?.socket_directory
    }

    pub fn socket_directory(&self) -> &Path {
        &self.socket_directory
    }

    /// The process id of PostgreSQL at this moment; another one after it was restarted.
    pub fn process(&self) -> Option<u32> {
        self.supervisor.process()
    }

    /// Ends all connections and stops PostgreSQL; returns when it is gone. A second call does
    /// nothing.
    pub fn stop(&self) {
        self.supervisor.stop();
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Takes the data directory for this process, or says who has it.
fn lock(data_dir: &Path) -> Result<Flock<File>, EmbeddedError> {
    let path = data_dir.join("server.lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = open_private(&mut options, &path)?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut lock) => {
            lock.set_len(0)
                .and_then(|()| writeln!(lock, "{}", std::process::id()))
                .map_err(io("write", &path))?;
            Ok(lock)
        }
        Err((mut file, _)) => {
            let mut text = String::new();
            // Only for the message; the lock is what counts.
            let _ = file.read_to_string(&mut text);
            Err(EmbeddedError::InUse {
                directory: data_dir.to_owned(),
                process: text.trim().parse().ok(),
            })
        }
    }
}

/// Opens a file of ours that nobody else may read, and closes one that an earlier version left open
/// to others.
fn open_private(options: &mut OpenOptions, path: &Path) -> Result<File, EmbeddedError> {
    let file = options.mode(0o600).open(path).map_err(io("open", path))?;
    if file.metadata().map_err(io("look at", path))?.mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600)).map_err(io("close", path))?;
    }
    Ok(file)
}

fn version_of(cluster: &Path) -> Option<u32> {
    fs::read_to_string(cluster.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// Makes the cluster beside its place and moves it there when it is whole: a start that is killed
/// leaves nothing half made.
fn initialise(
    data_dir: &Path,
    cluster: &Path,
    identity: &Identity,
    binaries: &Binaries,
) -> Result<(), EmbeddedError> {
    tracing::info!(directory = %cluster.display(), version = binaries.version, "making the \
        database");
    let unfinished = data_dir.join("postgres.new");
    let mut complaint = String::new();
    // Letters beyond ASCII have an upper and a lower case, and the order is the same on every
    // machine. PostgreSQL 17 brings that itself; before, the system's C.UTF-8 is the same, where
    // there is one.
    let locales: &[&[&str]] = match binaries.version {
        17.. => &[&["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]],
        _ => &[&["--locale=C.UTF-8"], &["--locale=C"]],
    };
    for locale in locales {
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(io("remove", &unfinished))?;
        }
        private_directory(&unfinished)?;
        identity.give(&unfinished)?;
        let mut command = identity.command(&binaries.program("initdb"), &unfinished);
        command.arg("--pgdata").arg(&unfinished).args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
        ]);
        let answer = command.args(["--data-checksums", "--no-instructions"]).args(*locale).output();
        let answer = answer.map_err(io("run", &binaries.program("initdb")))?;
        if answer.status.success() {
            // Whoever may open the socket's directory, which is private, may sign in; nobody from
            // the network.
            let rules = unfinished.join("pg_hba.conf");
            fs::write(&rules, "local all all trust\n").map_err(io("write", &rules))?;
            let own = unfinished.join("postgresql.conf");
            let settings = fs::read_to_string(&own).map_err(io("read", &own))?;
            let settings = settings + &memory::settings();
            fs::write(&own, settings).map_err(io("write", &own))?;
            return fs::rename(&unfinished, cluster).map_err(io("make", cluster));
        }
        complaint = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
    }
    Err(EmbeddedError::Initialise { detail: complaint })
}

/// Where the socket lies: in the data directory, or in the temporary one when that path is too long
/// for a socket.
fn socket_directory(data_dir: &Path, identity: &Identity) -> Result<PathBuf, EmbeddedError> {
    let fits = |directory: &Path| {
        directory.join(format!(".s.PGSQL.{PORT}")).as_os_str().len() <= LONGEST_SOCKET_PATH
    };
    let mut directory = data_dir.join("run");
    if !fits(&directory) {
        let name = hex::encode(&Sha256::digest(data_dir.as_os_str().as_encoded_bytes())[..8]);
        directory = [std::env::temp_dir(), "/tmp".into()]
            .into_iter()
            .map(|parent| parent.join(format!("train-{name}")))
            .find(|directory| fits(directory))
            .unwrap_or(directory);
    }
    if directory.symlink_metadata().is_err() {
        private_directory(&directory)?;
        identity.give(&directory)?;
    }
    // The temporary directory is everybody's: somebody else may have been there first.
    if !identity.owns_privately(&directory) {
        return Err(EmbeddedError::SocketDirectory { directory, user: identity.name.clone() });
    }
    identity.can_reach(&directory)?;
    Ok(directory)
}

fn private_directory(directory: &Path) -> Result<(), EmbeddedError> {
    DirBuilder::new().mode(0o700).create(directory).map_err(io("make", directory))
}

/// What must hold whatever the cluster's own configuration file says; the rest an operator may tune
/// there.
fn arguments(
    cluster: &Path,
    socket: &Path,
    binaries: &Binaries,
    more: &[(String, String)],
) -> Vec<String> {
    let mut settings = vec![
        ("listen_addresses".to_owned(), String::new()),
        ("port".to_owned(), PORT.to_string()),
        ("unix_socket_directories".to_owned(), socket.display().to_string()),
        ("unix_socket_permissions".to_owned(), "0700".to_owned()),
        ("logging_collector".to_owned(), "off".to_owned()),
        ("log_destination".to_owned(), "stderr".to_owned()),
        ("cluster_name".to_owned(), "train".to_owned()),
    ];
    if binaries.has_statement_statistics() {
        settings.push(("shared_preload_libraries".to_owned(), "pg_stat_statements".to_owned()));
    }
    settings.extend(more.iter().cloned());
    let mut arguments = vec!["-D".to_owned(), cluster.display().to_string()];
    arguments.extend(
        settings.into_iter().flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")]),
    );
    arguments
}

/// Keeps one older log. Failing to is no reason not to start.
fn set_long_log_aside(log: &Path) {
    let older = log.with_extension("log.1");
    if log.metadata().is_ok_and(|file| file.len() > LONGEST_LOG) {
        let _ = fs::rename(log, &older);
    }
    // An earlier version left it open to others.
    let _ = fs::set_permissions(&older, Permissions::from_mode(0o600));
}

/// Adds to a failure of the file system what we were about to do, and to what.
fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> EmbeddedError {
    let path = path.to_owned();
    move |source| EmbeddedError::Io { what, path, source }
}
