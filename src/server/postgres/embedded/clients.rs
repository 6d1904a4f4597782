//! Finds PostgreSQL's programs for dumping and restoring; a machine may have them without a server.

use super::binaries::{candidates, major_version};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// A directory with `pg_dump` and `pg_restore` of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientPrograms {
    directory: PathBuf,
    /// The major version, for example 17.
    pub version: u32,
    /// As the program says it: "15.18".
    pub full_version: String,
}

impl ClientPrograms {
    /// Those of the server's own major version, else the nearest newer ones: an older `pg_dump`
    /// refuses the server, and what a newer one writes may set what the server does not know.
    ///
    /// # Errors
    /// The versions that were found, none of them new enough.
    pub fn find(server: u32) -> Result<Self, Vec<u32>> {
        let found: Vec<Self> =
            candidates().iter().filter_map(|directory| Self::inspect(directory)).collect();
        let fit =
            found.iter().filter(|one| one.version >= server).min_by_key(|one| one.version).cloned();
        fit.ok_or_else(|| {
            let mut versions: Vec<u32> = found.iter().map(|one| one.version).collect();
            versions.sort_unstable();
            versions.dedup();
            versions
        })
    }

    fn inspect(directory: &Path) -> Option<Self> {
        // Debian links a program into PATH that chooses a version by itself; the real ones are in
        // their own directory.
        let dump = directory.join("pg_dump").canonicalize().ok()?;
        let directory = dump.parent()?.to_owned();
        if dump.file_name()? != "pg_dump" || !directory.join("pg_restore").is_file() {
            return None;
        }
        let answer = Command::new(&dump).arg("--version").output().ok()?;
        let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
        let full_version =
            answer.split_once("(PostgreSQL) ")?.1.split_whitespace().next()?.to_owned();
        Some(Self { directory, version: major_version(&answer)?, full_version })
    }

    pub fn pg_dump(&self) -> PathBuf {
        self.directory.join("pg_dump")
    }

    pub fn pg_restore(&self) -> PathBuf {
        self.directory.join("pg_restore")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_s_own_version_is_preferred_and_an_older_one_never_taken() {
        let found = ClientPrograms::find(15).expect("PostgreSQL is installed where tests run");
        assert!(
            found.version >= 15 && found.full_version.starts_with(&found.version.to_string()),
            "{found:?}"
        );
        assert!(found.pg_dump().is_file() && found.pg_restore().is_file());
        assert!(ClientPrograms::find(999).unwrap_err().contains(&found.version));
    }
}
