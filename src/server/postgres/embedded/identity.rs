//! As whom the private cluster runs: PostgreSQL refuses to run as root.

use super::{EmbeddedError, io};
use nix::unistd::{Gid, Uid, User, chown};
use std::{
    fs::{self, Permissions},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

/// The operating system's user who owns the cluster's files and runs its programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub name: String,
    uid: Uid,
    gid: Gid,
    /// Whether we are root and have to become this user.
    becomes: bool,
}

impl Identity {
    /// Ourselves; for root the owner of the existing cluster, else `postgres`, else `nobody`.
    pub fn choose(cluster: &Path) -> Result<Self, EmbeddedError> {
        let ours = Uid::effective();
        let owner = cluster.metadata().ok().map(|existing| Uid::from_raw(existing.uid()));
        if !ours.is_root() {
            if let Some(owner) = owner.filter(|owner| *owner != ours) {
                return Err(EmbeddedError::NotTheOwner {
                    directory: cluster.to_owned(),
                    owner: user_name(owner),
                });
            }
            return Ok(Self {
                name: user_name(ours),
                uid: ours,
                gid: Gid::effective(),
                becomes: false,
            });
        }
        if let Some(owner) = owner.filter(|owner| !owner.is_root()) {
            let gid = User::from_uid(owner)
                .ok()
                .flatten()
                .map_or(Gid::from_raw(owner.as_raw()), |user| user.gid);
            return Ok(Self { name: user_name(owner), uid: owner, gid, becomes: true });
        }
        let user =
            ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten());
        let user = user.ok_or(EmbeddedError::NoUnprivilegedUser)?;
        Ok(Self { name: user.name, uid: user.uid, gid: user.gid, becomes: true })
    }

    /// A command that runs as this user, in a directory that the user can enter, without our
    /// PostgreSQL settings.
    pub fn command(&self, program: &Path, directory: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(directory);
        for (name, _) in std::env::vars_os() {
            // PGDATA, PGPORT and the like are meant for another cluster than this one.
            if name.to_str().is_some_and(|name| name.starts_with("PG")) {
                command.env_remove(name);
            }
        }
        if self.becomes {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        command
    }

    /// Makes the user own a file or directory that we made.
    pub fn give(&self, path: &Path) -> Result<(), EmbeddedError> {
        if !self.becomes {
            return Ok(());
        }
        chown(path, Some(self.uid), Some(self.gid))
            .map_err(|error| io("hand over", path)(error.into()))
    }

    /// Closes a directory of ours to everybody; the user may pass through, and no more.
    pub fn keep_private(&self, directory: &Path) -> Result<(), EmbeddedError> {
        let mode = if self.becomes { 0o711 } else { 0o700 };
        fs::set_permissions(directory, Permissions::from_mode(mode)).map_err(io("close", directory))
    }

    /// Refuses a directory that the user cannot reach, and names the parent that is in the way.
    pub fn can_reach(&self, directory: &Path) -> Result<(), EmbeddedError> {
        if !self.becomes {
            return Ok(());
        }
        for parent in directory.ancestors() {
            let seen = parent.metadata().map_err(io("look at", parent))?;
            let mode = seen.mode();
            let enters = match () {
                () if seen.uid() == self.uid.as_raw() => mode & 0o100 != 0,
                () if seen.gid() == self.gid.as_raw() => mode & 0o010 != 0,
                () => mode & 0o001 != 0,
            };
            if !enters {
                return Err(EmbeddedError::NotReachable {
                    directory: directory.to_owned(),
                    parent: parent.to_owned(),
                    user: self.name.clone(),
                });
            }
        }
        Ok(())
    }

    /// Whether a directory is this user's own and nobody else's to enter.
    pub fn owns_privately(&self, directory: &Path) -> bool {
        directory.symlink_metadata().is_ok_and(|seen| {
            seen.is_dir() && seen.uid() == self.uid.as_raw() && seen.mode() & 0o077 == 0
        })
    }
}

fn user_name(uid: Uid) -> String {
    User::from_uid(uid).ok().flatten().map_or_else(|| format!("number {uid}"), |user| user.name)
}
