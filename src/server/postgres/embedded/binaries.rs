//! Finds PostgreSQL's programs on this machine.

use super::EmbeddedError;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest PostgreSQL whose SQL the schema uses.
const OLDEST: u32 = 15;

/// A directory that holds `initdb` and `postgres` of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    pub directory: PathBuf,
    /// The major version, for example 17.
    pub version: u32,
}

impl Binaries {
    /// The first fit in PATH, Debian's, Red Hat's and Homebrew's places; of `wanted` when a cluster
    /// of that version exists already.
    pub fn find(wanted: Option<u32>) -> Result<Self, EmbeddedError> {
        let found: Vec<Self> = candidates().into_iter().filter_map(Self::inspect).collect();
        Self::choose(&found, wanted)
    }

    fn choose(found: &[Self], wanted: Option<u32>) -> Result<Self, EmbeddedError> {
        let fits =
            |one: &&Self| wanted.map_or(one.version >= OLDEST, |version| one.version == version);
        if let Some(fit) = found.iter().find(fits) {
            return Ok(fit.clone());
        }
        let mut versions: Vec<u32> = found.iter().map(|one| one.version).collect();
        versions.sort_unstable();
        versions.dedup();
        Err(match wanted {
            Some(wanted) => EmbeddedError::VersionMismatch { wanted, found: versions },
            None => EmbeddedError::BinariesMissing { found: versions },
        })
    }

    fn inspect(directory: PathBuf) -> Option<Self> {
        // Only postgres may be linked into PATH; initdb then lies beside the file that the link
        // names.
        let postgres = directory.join("postgres").canonicalize().ok()?;
        let directory = postgres.parent()?.to_owned();
        if !directory.join("initdb").is_file() {
            return None;
        }
        let answer = Command::new(&postgres).arg("--version").output().ok()?;
        Some(Self { version: major_version(&String::from_utf8_lossy(&answer.stdout))?, directory })
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Whether the library that counts statements is installed; preloading a missing one would keep
    /// the server from starting.
    pub fn has_statement_statistics(&self) -> bool {
        let ask = |what: &str| {
            let answer = Command::new(self.program("pg_config")).arg(what).output().ok()?;
            Some(PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim()))
        };
        let library = |directory: PathBuf| {
            ["so", "dylib"]
                .iter()
                .any(|end| directory.join("pg_stat_statements").with_extension(end).is_file())
        };
        ask("--pkglibdir").is_some_and(library)
            && ask("--sharedir")
                .is_some_and(|share| share.join("extension/pg_stat_statements.control").is_file())
    }
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` → 15. A development version says
/// `18devel`.
pub(super) fn major_version(answer: &str) -> Option<u32> {
    let number = answer.split_once("(PostgreSQL) ")?.1;
    let digits = number.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(number.len());
    number[..digits].parse().ok()
}

/// Where PostgreSQL may be, best first.
pub(super) fn candidates() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    for (parent, before, after) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        all.extend(
            numbered(Path::new(parent), before).into_iter().map(|directory| directory.join(after)),
        );
    }
    all
}

/// The directories named by a prefix and a version number, the highest version first.
fn numbered(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = parent.read_dir() else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path()))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(version: u32) -> Binaries {
        Binaries { directory: format!("/usr/lib/postgresql/{version}/bin").into(), version }
    }

    #[test]
    fn reads_versions_as_distributions_write_them() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 18devel\n"), Some(18));
        assert_eq!(major_version("bash: postgres: command not found"), None);
    }

    #[test]
    fn takes_the_first_new_enough_one_for_a_new_cluster() {
        assert_eq!(Binaries::choose(&[at(13), at(16), at(17)], None).unwrap().version, 16);
        let error = Binaries::choose(&[at(13)], None).unwrap_err().to_string();
        assert!(error.contains("13") && error.contains("apt-get install postgresql"), "{error}");
        assert!(
            Binaries::choose(&[], None)
                .unwrap_err()
                .to_string()
                .contains("brew install postgresql")
        );
    }

    #[test]
    fn an_existing_cluster_needs_its_own_version() {
        assert_eq!(Binaries::choose(&[at(15), at(17)], Some(17)).unwrap().version, 17);
        let error = Binaries::choose(&[at(15), at(17)], Some(16)).unwrap_err().to_string();
        assert!(error.contains("PostgreSQL 16") && error.contains("15, 17"), "{error}");
    }
}
