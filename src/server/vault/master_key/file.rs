//! The key file of the embedded default: one key per line, the one in use first.

use super::{KeyError, Keyring, LENGTH, MasterKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// For the owner alone.
const MODE: u32 = 0o600;

impl Keyring {
    /// Makes the file with a fresh key, unless there is one, and reads it. Only for who knows that
    /// nothing is sealed under a key that was in it before.
    ///
    /// # Errors
    /// One sentence for the operator, naming the file.
    pub fn make_file(path: &Path) -> Result<Self, KeyError> {
        let first = Self { current: MasterKey::generate()?, previous: Vec::new() };
        first.place(path, |temporary, path| match fs::hard_link(temporary, path) {
            // Somebody else made it first; theirs is the key.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        })?;
        Self::from_file(path)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// One sentence for the operator, naming the file; [`KeyError::Missing`] when there is none.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.mode() & 0o077 != 0 => {
                return Err(KeyError::Open { path: path.to_owned() });
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyError::Missing { path: path.to_owned() });
            }
            Err(error) => return Err(io_error(path)(error)),
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(io_error(path))?);
        let unusable = |error| KeyError::InFile { path: path.to_owned(), error: Box::new(error) };
        let keys: Result<Vec<_>, _> =
            text.lines().filter(|line| !line.trim().is_empty()).map(MasterKey::parse).collect();
        let mut keys = keys.map_err(unusable)?;
        if keys.is_empty() {
            return Err(unusable(KeyError::Malformed));
        }
        let current = keys.remove(0);
        Ok(Self { current, previous: keys })
    }

    /// Replaces the file in one step: whoever reads it finds the old keys or the new ones.
    pub(in crate::server::vault) fn to_file(&self, path: &Path) -> Result<(), KeyError> {
        self.place(path, |temporary, path| fs::rename(temporary, path))
    }

    /// A fresh key before all that are here.
    pub(in crate::server::vault) fn with_fresh_key(&self) -> Result<Self, KeyError> {
        let previous = std::iter::once(&self.current).chain(&self.previous).cloned().collect();
        Ok(Self { current: MasterKey::generate()?, previous })
    }

    /// Writes a temporary file beside `path` and lets `put` bring it there.
    fn place(
        &self,
        path: &Path,
        put: impl Fn(&Path, &Path) -> io::Result<()>,
    ) -> Result<(), KeyError> {
        let temporary = temporary(path);
        let written = self.write(&temporary).and_then(|()| put(&temporary, path)).and_then(|()| {
            // A key that encrypted something must survive a power failure as well as what it
            // encrypted.
            path.parent().map_or(Ok(()), |directory| fs::File::open(directory)?.sync_all())
        });
        let _ = fs::remove_file(&temporary);
        written.map_err(io_error(path))
    }

    fn write(&self, temporary: &Path) -> io::Result<()> {
        if let Some(directory) = temporary.parent() {
            fs::create_dir_all(directory)?;
        }
        let mut text =
            Zeroizing::new(String::with_capacity((1 + self.previous.len()) * 2 * LENGTH));
        for key in std::iter::once(&self.current).chain(&self.previous) {
            STANDARD.encode_string(*key.bytes, &mut text);
            text.push('\n');
        }
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(MODE).open(temporary)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }
}

/// Of this attempt alone, so that two processes do not write into one file.
fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", uuid::Uuid::new_v4().simple()));
    path.with_file_name(name)
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> KeyError {
    let path = path.to_owned();
    move |error| KeyError::Io { path: path.clone(), error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn is_made_once_and_only_for_its_owner() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data").join("vault.key");
        assert!(
            matches!(Keyring::from_file(&path), Err(KeyError::Missing { .. })),
            "not by reading"
        );
        let made = Keyring::make_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(Keyring::from_file(&path).unwrap().current().id(), made.current().id());
        assert_eq!(Keyring::make_file(&path).unwrap().current().id(), made.current().id());
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "nothing is left beside it"
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(Keyring::from_file(&path).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn keeps_the_keys_before_it_until_they_are_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.key");
        let old = Keyring::make_file(&path).unwrap();
        let both = old.with_fresh_key().unwrap();
        both.to_file(&path).unwrap();
        let read = Keyring::from_file(&path).unwrap();
        assert_eq!(read.current().id(), both.current().id());
        assert_eq!(read.previous[0].id(), old.current().id());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_broken_file_is_told_without_its_text() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.key");
        for text in ["", "\n", "changeme\n"] {
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(MODE)
                .open(&path)
                .unwrap();
            fs::write(&path, text).unwrap();
            let error = Keyring::from_file(&path).unwrap_err().to_string();
            assert!(error.contains("vault.key") && !error.contains("changeme"), "{error}");
        }
    }
}
