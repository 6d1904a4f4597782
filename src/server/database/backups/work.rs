//! Making a backup, and what is to be done from time to time: ending what was left behind, and what
//! is scheduled.

use super::{
    Access, BackupService, Initiator, contents, dump,
    store::{self, Turn},
    unavailable,
};
use crate::{
    domain::{database::Backup, error_code::ErrorCode},
    server::{
        database::times::Times,
        foundation::{error::ServiceError, shutdown::Shutdown},
    },
};
use chrono::Utc;
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// How often a running backup reports its size.
const REPORT_SIZE: Duration = Duration::from_secs(1);

/// A backup that has its row, and its turn.
#[derive(Debug)]
pub(super) struct Started {
    pub row: Backup,
    access: Access,
    turn: Turn,
    snapshot: Option<String>,
}

impl BackupService {
    /// Backups that are being made end when this server stops.
    pub fn end_with(&self, shutdown: Shutdown) {
        let _ = self.shutdown.set(shutdown);
    }

    /// One look: what was left behind, then what is due. A run that was missed while no server was
    /// there is made now. It goes on by itself: a backup takes as long as it takes, and its turn
    /// keeps others away.
    pub async fn tend(&self) -> Result<(), ServiceError> {
        if let Some(started) = self.start_due().await? {
            let service = self.clone();
            tokio::spawn(async move { service.finish(started).await });
        }
        Ok(())
    }

    /// The same, and waits until what was due is made.
    pub async fn tend_to_the_end(&self) -> Result<(), ServiceError> {
        if let Some(started) = self.start_due().await? {
            self.finish(started).await;
        }
        Ok(())
    }

    async fn start_due(&self) -> Result<Option<Started>, ServiceError> {
        if let Some(turn) = Turn::take(self.database.connect_options()).await? {
            let ended = self.end_abandoned().await;
            turn.give_back().await;
            ended?;
        }
        let pool = self.database.pool();
        let schedule = store::schedule(pool).await?;
        if !schedule.enabled {
            return Ok(None);
        }
        let now = Utc::now();
        let times = Times::of(&schedule.cron, &schedule.time_zone);
        let Some(times) = times else { return Ok(None) };
        let Some(next) = times.next_after(now) else { return Ok(None) };
        let kept = schedule.next_run;
        let reset = match kept {
            None => Some(next),
            Some(kept) => times.set_back(kept, now),
        };
        if reset.is_some() {
            return store::claim(pool, kept, reset).await.map(|_| None);
        }
        match kept {
            Some(due) if due <= now && store::claim(pool, Some(due), Some(next)).await? => {
                let started = self.prepare(Initiator::Schedule, None).await;
                Ok(started
                    .inspect_err(|error| {
                        tracing::error!(%error, "the scheduled backup was not made");
                    })
                    .ok())
            }
            _ => Ok(None), // It is not due, or another server makes it.
        }
    }

    pub(super) async fn prepare(
        &self,
        by: Initiator,
        snapshot: Option<String>,
    ) -> Result<Started, ServiceError> {
        let access = Access::find(&self.settings, &self.database).await.map_err(unavailable)?;
        let directory = self.directory().to_owned();
        let made = spawn_blocking(move || dump::private_directory(&directory)).await;
        made.map_err(|error| ServiceError::Internal(error.to_string()))?
            .map_err(|message| ServiceError::refused(ErrorCode::BackupUnavailable, message))?;
        let turn = Turn::take(self.database.connect_options()).await?;
        let turn = turn.ok_or_else(|| {
            ServiceError::refused(
                ErrorCode::BackupRunning,
                "A backup is being made already; wait until it is over.",
            )
        })?;
        self.end_abandoned().await?;
        // Two within a second must not meet, nor those of databases that share a directory.
        let id = Uuid::new_v4();
        let mark = &id.simple().to_string()[..6];
        let name = format!("train-{}-{mark}.dump", Utc::now().format("%Y%m%dT%H%M%SZ"));
        let row = store::begin(
            self.database.pool(),
            id,
            &name,
            (&access.server_version, access.database_bytes),
            &by,
        )
        .await?;
        Ok(Started { row, access, turn, snapshot })
    }

    /// Makes it, and writes down what became of it.
    pub(super) async fn finish(&self, started: Started) {
        let Started { row, access, turn, snapshot } = started;
        let pool = self.database.pool();
        let made = self.dump(&row, &access, snapshot.as_deref()).await;
        let noted = match &made {
            Ok(written) => store::verified(pool, row.id, written).await,
            Err(message) => store::failed(pool, row.id, message).await,
        };
        turn.give_back().await;
        match (&made, noted) {
            (_, Err(error)) => {
                tracing::error!(backup = row.file_name, %error, "what became of a backup could not \
                    be written down")
            }
            (Err(message), _) => {
                tracing::error!(backup = row.file_name, message, "a backup failed")
            }
            (Ok(written), _) => {
                tracing::info!(backup = row.file_name, bytes = written.size, "made a backup");
                if let Err(error) = self.keep_newest().await {
                    tracing::warn!(%error, "older backups could not be removed");
                }
            }
        }
    }

    async fn dump(
        &self,
        row: &Backup,
        access: &Access,
        snapshot: Option<&str>,
    ) -> Result<dump::Written, String> {
        let size = AtomicI64::new(0);
        let target = self.directory().join(&row.file_name);
        let reporting = async {
            loop {
                tokio::time::sleep(REPORT_SIZE).await;
                // Only for the eye.
                let _ = store::progress(self.database.pool(), row.id, size.load(Ordering::Relaxed))
                    .await;
            }
        };
        let stopping = async {
            match self.shutdown.get() {
                Some(shutdown) => shutdown.cancelled().await,
                None => std::future::pending().await,
            }
        };
        let making = self.dump_until_it_passes(row.id, access, &target, snapshot, &size);
        tokio::select! {
            made = making => made,
            () = reporting => Err("The backup was lost.".into()),
            () = stopping => Err("The server was stopped while the backup was made.".into()),
        }
    }

    /// Tries again what may pass. The row says so meanwhile.
    async fn dump_until_it_passes(
        &self,
        id: Uuid,
        access: &Access,
        target: &Path,
        snapshot: Option<&str>,
        size: &AtomicI64,
    ) -> Result<dump::Written, String> {
        let mut tries = dump::Tries::default();
        loop {
            let written = |bytes| size.store(bytes, Ordering::Relaxed);
            let failure = match dump::write(access, target, snapshot, written).await {
                Ok(written) => return Ok(written),
                Err(failure) => failure,
            };
            let Some(pause) = tries.pause_after(&failure) else { return Err(failure.message) };
            size.store(0, Ordering::Relaxed);
            let message = format!("{} It is tried again.", failure.message);
            if let Err(error) = store::tried(self.database.pool(), id, tries.next, &message).await {
                tracing::warn!(%id, %error, "a further try of a backup could not be noted");
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// What is said to run while nobody has the turn was made by a server that is gone. A file that
    /// is whole after all counts: the server may have ended between the file and the row, and the
    /// database may itself be a restored backup, in which its own row says so.
    async fn end_abandoned(&self) -> Result<(), ServiceError> {
        for row in store::abandoned(self.database.pool()).await? {
            let file = self.directory().join(&row.file_name);
            match self.whole(&file).await {
                Some(written) => store::verified(self.database.pool(), row.id, &written).await?,
                None => {
                    // On another machine there is none.
                    let _ = fs::remove_file(dump::partial_file(&file));
                    let message = "The server that made it ended before it was done.";
                    store::failed(self.database.pool(), row.id, message).await?;
                }
            }
            tracing::warn!(
                backup = row.file_name,
                "ended a backup that a server which is gone had left behind"
            );
        }
        Ok(())
    }

    async fn whole(&self, file: &Path) -> Option<dump::Written> {
        let checksum = dump::noted_checksum(file)?;
        let size = i64::try_from(file.metadata().ok()?.len()).ok()?;
        let path = file.to_owned();
        let found = spawn_blocking(move || dump::checksum_of(&path)).await.ok()?.ok()?;
        let access = Access::find(&self.settings, &self.database).await.ok()?;
        let entries = i64::try_from(contents::read(&access, file).await.ok()?.len()).ok()?;
        (found == checksum).then_some(dump::Written { size, checksum, entries })
    }

    async fn keep_newest(&self) -> Result<(), ServiceError> {
        let keep = store::schedule(self.database.pool()).await?.keep;
        for old in store::beyond(self.database.pool(), keep).await? {
            self.delete(&old).await?;
            tracing::info!(backup = old.file_name, keep, "removed an old backup");
        }
        Ok(())
    }

    pub(super) async fn delete(&self, backup: &Backup) -> Result<(), ServiceError> {
        let file = self.directory().join(&backup.file_name);
        for path in [dump::checksum_file(&file), file] {
            match tokio::fs::remove_file(&path).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(ServiceError::Internal(format!(
                        "{} cannot be removed: {error}",
                        path.display()
                    )));
                }
                _ => {}
            }
        }
        store::removed(self.database.pool(), backup.id).await
    }
}
