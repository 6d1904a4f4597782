//! Why the private cluster cannot run: each is one sentence for the operator, with what to do.

use std::{io, path::PathBuf};

/// A start of the embedded PostgreSQL that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error(
        "PostgreSQL 15 or later was not found{}. Install it (apt-get install postgresql, or brew \
            install postgresql@17), \
         or set DATABASE_URL to use one elsewhere.", only(.found)
    )]
    BinariesMissing { found: Vec<u32> },
    #[error(
        "The database was made by PostgreSQL {wanted}, which was not found{}. Install that \
            version (apt-get install \
         postgresql-{wanted}, or brew install postgresql@{wanted}), or move the data with \
         pg_upgrade.", only(.found)
    )]
    VersionMismatch { wanted: u32, found: Vec<u32> },
    #[error(
        "Another Train server{} is using {}. Stop it first, or give this one its own \
            TRAIN_DATA_DIR.",
        number(.process), .directory.display()
    )]
    InUse { directory: PathBuf, process: Option<i32> },
    #[error(
        "{} belongs to the user {owner}. Run Train as that user, or give it its own \
            TRAIN_DATA_DIR.",
        .directory.display()
    )]
    NotTheOwner { directory: PathBuf, owner: String },
    #[error(
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as. \
            Run Train as an \
         ordinary user, or set DATABASE_URL."
    )]
    NoUnprivilegedUser,
    #[error(
        "PostgreSQL refuses to run as root, so it runs as {user}; but {user} cannot enter {}, and \
            the database lies in \
         {}. Set TRAIN_DATA_DIR to a directory that {user} can reach (for example \
         /var/lib/train), or run Train as an \
         ordinary user.", .parent.display(), .directory.display()
    )]
    NotReachable { directory: PathBuf, parent: PathBuf, user: String },
    #[error(
        "{} exists but is not a private directory of the user {user}. Remove it, or choose a \
            shorter TRAIN_DATA_DIR.",
        .directory.display()
    )]
    SocketDirectory { directory: PathBuf, user: String },
    #[error("The database could not be created: {detail}")]
    Initialise { detail: String },
    #[error("PostgreSQL does not start: {detail} (its log is {})", .log.display())]
    Start { detail: String, log: PathBuf },
    #[error(
        "A PostgreSQL left over from an earlier run (process {process}) does not stop. End it, \
            then start Train again."
    )]
    Leftover { process: i32 },
    #[error("Cannot {what} {}: {source}", .path.display())]
    Io { what: &'static str, path: PathBuf, source: io::Error },
}

fn only(found: &[u32]) -> String {
    if found.is_empty() {
        return String::new();
    }
    let list: Vec<String> = found.iter().map(u32::to_string).collect();
    format!(" (only {})", list.join(", "))
}

fn number(process: &Option<i32>) -> String {
    process.map_or_else(String::new, |process| format!(" (process {process})"))
}
