//! One file: `pg_dump` streamed into it, its checksum computed on the way, on the disk for sure,
//! and its table of contents read back.

use super::{access::Access, contents};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    task::spawn_blocking,
};

/// Read and written at once.
const PIECE: usize = 256 * 1024;
/// Of what a program complains about, this much is kept.
const LONGEST_COMPLAINT: u64 = 4096;
/// How long `pg_dump` waits for a table that somebody has locked.
const LOCK_WAIT: &str = "--lock-wait-timeout=60000";

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub size: i64,
    /// SHA-256, hexadecimal.
    pub checksum: String,
    /// Of the table of contents.
    pub entries: i64,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One sentence for people.
    pub message: String,
    /// `pg_dump` came to no end, and may come to one if it is run again: somebody rebuilt or
    /// removed an index or a table between its look at the catalog and its reading, held a lock for
    /// too long, or ended its session.
    pub passes: bool,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { message, passes: false }
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl Failure {
    /// What `pg_dump` complained about. Its words can be in any language that the database speaks,
    /// so those are known that stay as they are until somebody does something; the rest may pass.
    fn of_pg_dump(complaint: &str) -> Self {
        const STAYS: [&str; 8] = [
            "permission denied",
            "must be owner",
            "must be superuser",
            "row-level security",
            "server version mismatch",
            "authentication failed",
            "no pg_hba.conf entry",
            "invalid snapshot identifier",
        ];
        let passes = !STAYS.iter().any(|words| complaint.contains(words));
        Self { message: format!("pg_dump failed: {complaint}"), passes }
    }

    /// What is in the dump by name only.
    fn lost(names: &[String]) -> Self {
        let names = names.join(", ");
        let message = format!(
            "pg_dump wrote no definition of {names}: it was replaced or removed meanwhile, as \
             REINDEX CONCURRENTLY does."
        );
        Self { message, passes: true }
    }
}

/// The pause before each further try. REINDEX CONCURRENTLY removes indexes that `pg_dump` has
/// already seen, which is over when its table is done.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

/// Counts the tries of one backup.
#[derive(Debug)]
pub struct Tries {
    /// The number of the one that runs or comes next, from 1.
    pub next: i32,
    pauses: std::slice::Iter<'static, Duration>,
}

impl Default for Tries {
    fn default() -> Self {
        Self { next: 1, pauses: PAUSES.iter() }
    }
}

impl Tries {
    /// How long to wait before it is tried again; `None` when that is over or pointless.
    pub fn pause_after(&mut self, failure: &Failure) -> Option<Duration> {
        let pause = *self.pauses.next().filter(|_| failure.passes)?;
        self.next += 1;
        tracing::warn!(attempt = self.next, failure.message, "a backup is tried again");
        Some(pause)
    }
}

/// Dumps the database into `target`, which must not exist, and its checksum into a file beside it.
/// Until it is whole it is called `….partial`; whatever stops this, also dropping it, removes that.
///
/// # Errors
/// One sentence for people, and whether it may pass.
pub async fn write(
    access: &Access,
    target: &Path,
    snapshot: Option<&str>,
    mut written: impl FnMut(i64),
) -> Result<Written, Failure> {
    let partial = Partial::new(target)?;
    let mut file = tokio::fs::File::from_std(partial.open()?);
    let mut command = access.command(&access.programs.pg_dump());
    command.args(["--format=custom", "--no-password", LOCK_WAIT]);
    command.args(snapshot.map(|snapshot| format!("--snapshot={snapshot}")));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("pg_dump cannot be started: {error}"))?;
    let complaint = tokio::spawn(complaint(child.stderr.take()));
    let mut stdout = child.stdout.take().ok_or("pg_dump has no output.")?;
    let (mut hash, mut size, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let read = stdout
            .read(&mut piece)
            .await
            .map_err(|error| format!("pg_dump could not be read: {error}"))?;
        if read == 0 {
            break;
        }
        hash.update(&piece[..read]);
        file.write_all(&piece[..read]).await.map_err(|error| disk(&partial.path, &error))?;
        size += i64::try_from(read).unwrap_or_default();
        written(size);
    }
    let status = child.wait().await.map_err(|error| format!("pg_dump was lost: {error}"))?;
    if !status.success() {
        return Err(Failure::of_pg_dump(&complaint.await.unwrap_or_default()));
    }
    file.flush().await.map_err(|error| disk(&partial.path, &error))?;
    file.sync_all().await.map_err(|error| disk(&partial.path, &error))?;
    drop(file);
    let entries = contents::read(access, &partial.path).await?.len();
    let lost = contents::lost(access, &partial.path).await?;
    if !lost.is_empty() {
        return Err(Failure::lost(&lost));
    }
    let checksum = hex::encode(hash.finalize());
    let sum = checksum.clone();
    let target = target.to_owned();
    spawn_blocking(move || partial.keep(&target, &sum))
        .await
        .map_err(|error| error.to_string())??;
    Ok(Written { size, checksum, entries: i64::try_from(entries).unwrap_or(i64::MAX) })
}

/// The SHA-256 of a file.
pub fn checksum_of(file: &Path) -> io::Result<String> {
    let (mut file, mut hash, mut piece) = (fs::File::open(file)?, Sha256::new(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&piece[..read]),
        }
    }
}

/// The file that holds a backup's checksum, as `sha256sum --check` reads it.
pub fn checksum_file(backup: &Path) -> PathBuf {
    with_ending(backup, ".sha256")
}

/// The checksum that was written beside a backup.
pub fn noted_checksum(backup: &Path) -> Option<String> {
    let text = fs::read_to_string(checksum_file(backup)).ok()?;
    let sum = text.split_whitespace().next()?;
    (sum.len() == 64 && sum.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .then(|| sum.to_ascii_lowercase())
}

/// What an unfinished backup is called.
pub fn partial_file(backup: &Path) -> PathBuf {
    with_ending(backup, ".partial")
}

/// Makes a directory for the server's user alone.
pub fn private_directory(directory: &Path) -> Result<(), String> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|error| format!("The directory {} cannot be made: {error}", directory.display()))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// What a program wrote to standard error, in one line.
pub async fn complaint(stderr: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stderr) = stderr else { return String::new() };
    let mut text = Vec::new();
    // The rest is read as well: a program whose complaints nobody takes would wait for ever.
    let _ = (&mut stderr).take(LONGEST_COMPLAINT).read_to_end(&mut text).await;
    let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn disk(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}

/// An unfinished file, removed when it is dropped before it was kept.
struct Partial {
    path: PathBuf,
    kept: bool,
}

impl Partial {
    fn new(target: &Path) -> Result<Self, String> {
        if target.symlink_metadata().is_ok() {
            return Err(format!("{} exists already.", target.display()));
        }
        Ok(Self { path: partial_file(target), kept: false })
    }

    fn open(&self) -> Result<fs::File, String> {
        let _ = fs::remove_file(&self.path); // Of a try that was killed.
        let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path);
        made.map_err(|error| disk(&self.path, &error))
    }

    fn keep(mut self, target: &Path, checksum: &str) -> Result<(), String> {
        let done = || {
            let name = target.file_name().unwrap_or_default().to_string_lossy();
            let note = checksum_file(target);
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(note)?;
            writeln!(file, "{checksum}  {name}")?;
            file.sync_all()?;
            fs::rename(&self.path, target)?;
            // The new names are on the disk only when their directory is.
            let directory = target
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty())
                .unwrap_or(Path::new("."));
            fs::File::open(directory)?.sync_all()
        };
        done().map_err(|error| disk(target, &error))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again_within_bounds() {
        let gone = "pg_dump: error: query failed: ERROR: could not open relation with OID 16412";
        let german = "pg_dump: Fehler: Anfrage fehlgeschlagen: Verklemmung entdeckt";
        for complaint in [gone, german, "server closed the connection unexpectedly"] {
            let (failure, mut tries) = (Failure::of_pg_dump(complaint), Tries::default());
            let pauses: Vec<_> =
                std::iter::from_fn(|| tries.pause_after(&failure)).map(|it| it.as_secs()).collect();
            assert_eq!((pauses, tries.next), (vec![1, 5, 20], 4), "{complaint}");
        }
        let refused = Failure::of_pg_dump("ERROR: permission denied for table users");
        assert_eq!(Tries::default().pause_after(&refused), None);
        assert_eq!(Tries::default().pause_after(&"No room on the disk.".into()), None);
    }
}
