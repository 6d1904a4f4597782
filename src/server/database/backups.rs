//! Backups of the whole database by `pg_dump`, verified, scheduled, and restored into new
//! databases.
//!
//! The file is written as `….partial`, renamed when it is whole, and its checksum lies beside it.
//! Of all servers one makes a backup at a time, by an advisory lock that goes with its connection;
//! what a server that is gone left behind is ended truthfully by the next one.

mod access;
mod contents;
mod dump;
mod restore;
mod store;
mod work;

pub use access::{Access, BackupSettings, DumpRole};
pub use dump::{Written, checksum_file};
pub use restore::{Restored, Switched, restore, switch};
pub use store::{Initiator, Standing, standing};

use crate::{
    domain::{
        accounts::{Scope, TimeZoneName},
        cron::Cron,
        database::{
            Backup, BackupSchedule, BackupScheduleRequest, BackupState, BackupsAnswer, Panel,
            Unavailable,
        },
        error_code::ErrorCode,
        field_error::FieldError,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError, shutdown::Shutdown},
        postgres::Database,
    },
};
use chrono::Utc;
use chrono_tz::Tz;
use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How long what was found out about `pg_dump` is believed: the page asks often while a backup
/// runs.
const REMEMBERED: Duration = Duration::from_secs(30);

/// Makes and keeps backups.
#[derive(Clone, Debug)]
pub struct BackupService {
    database: Database,
    settings: Arc<BackupSettings>,
    shutdown: Arc<OnceLock<Shutdown>>,
    tools: Arc<Mutex<Option<Tools>>>,
}

/// What was found out about `pg_dump`, and when.
#[derive(Clone, Debug)]
struct Tools(Instant, Panel<String>);

/// A backup to be sent.
#[derive(Debug)]
pub struct Download {
    pub file_name: String,
    pub size: u64,
    pub file: tokio::fs::File,
}

impl BackupService {
    pub fn new(database: Database, settings: BackupSettings) -> Self {
        Self {
            database,
            settings: Arc::new(settings),
            shutdown: Arc::default(),
            tools: Arc::default(),
        }
    }

    /// All backups, the newest first, and whether one can be made.
    pub async fn list(&self, request: &RequestContext) -> Result<BackupsAnswer, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        let pool = self.database.pool();
        Ok(BackupsAnswer {
            backups: store::list(pool).await?,
            pg_dump: self.tools().await,
            directory: self.directory().display().to_string(),
            schedule: store::schedule(pool).await?,
        })
    }

    /// Whether backups are made by themselves.
    pub async fn is_scheduled(&self, request: &RequestContext) -> Result<bool, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Ok(standing(self.database.pool()).await?.scheduled)
    }

    /// Begins one; it goes on when whoever asked is gone.
    ///
    /// # Errors
    /// 409 while another runs, and when none can be made here.
    pub async fn begin(&self, request: &RequestContext) -> Result<Backup, ServiceError> {
        let actor = request.administer(Scope::DatabaseWrite)?;
        let started = self.prepare(Initiator::Person(actor.user_id), None).await?;
        let row = started.row.clone();
        let service = self.clone();
        tokio::spawn(async move { service.finish(started).await });
        Ok(row)
    }

    /// Makes one and waits for it. `snapshot`: as exported by `pg_export_snapshot()`, for a backup
    /// that agrees with what another transaction sees.
    ///
    /// # Errors
    /// As for [`Self::begin`]; and the reason when it failed.
    pub async fn make(
        &self,
        by: Initiator,
        snapshot: Option<&str>,
    ) -> Result<Backup, ServiceError> {
        let started = self.prepare(by, snapshot.map(str::to_owned)).await?;
        let id = started.row.id;
        self.finish(started).await;
        let row = store::find(self.database.pool(), id)
            .await?
            .ok_or(ServiceError::NotFound("The backup"))?;
        match row.state {
            BackupState::Verified => Ok(row),
            _ => Err(ServiceError::refused(
                ErrorCode::BackupFailed,
                row.error_message.unwrap_or_else(|| "The backup failed.".into()),
            )),
        }
    }

    /// Writes one to a file of the operator's own, which is not listed.
    ///
    /// # Errors
    /// When none can be made, or the file exists.
    pub async fn write_to(&self, file: &Path) -> Result<Written, ServiceError> {
        let access = Access::find(&self.settings, &self.database).await.map_err(unavailable)?;
        let mut tries = dump::Tries::default();
        loop {
            let failure = match dump::write(&access, file, None, |_| ()).await {
                Ok(written) => return Ok(written),
                Err(failure) => failure,
            };
            match tries.pause_after(&failure) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => {
                    return Err(ServiceError::refused(ErrorCode::BackupFailed, failure.message));
                }
            }
        }
    }

    /// Removes a backup's file. Its row stays, as removed.
    ///
    /// # Errors
    /// 404 when there is none, 409 while it runs.
    pub async fn remove(&self, request: &RequestContext, id: Uuid) -> Result<(), ServiceError> {
        let actor = request.administer(Scope::DatabaseWrite)?;
        let backup = self.find(id).await?;
        if backup.state == BackupState::Running {
            return Err(ServiceError::refused(
                ErrorCode::BackupRunning,
                "This backup is still being made; wait until it is over.",
            ));
        }
        self.delete(&backup).await?;
        tracing::info!(backup = backup.file_name, by = %actor.user_id, "removed a backup");
        Ok(())
    }

    /// A verified backup's file. Whoever has it has everything in the database, so a token needs
    /// the right to change things.
    ///
    /// # Errors
    /// 404 when there is none, or its file is gone.
    pub async fn download(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<Download, ServiceError> {
        let actor = request.administer(Scope::DatabaseWrite)?;
        let backup = self.find(id).await?;
        if backup.state != BackupState::Verified {
            return Err(ServiceError::NotFound("The file of this backup"));
        }
        let gone = |_| ServiceError::NotFound("The file of this backup");
        let file =
            tokio::fs::File::open(self.directory().join(&backup.file_name)).await.map_err(gone)?;
        let size = file.metadata().await.map_err(gone)?.len();
        tracing::info!(backup = backup.file_name, by = %actor.user_id, "a backup is downloaded");
        Ok(Download { file_name: backup.file_name, size, file })
    }

    /// Says when backups are made by themselves and how many are kept.
    pub async fn set_schedule(
        &self,
        request: &RequestContext,
        body: &BackupScheduleRequest,
    ) -> Result<BackupSchedule, ServiceError> {
        let actor = request.administer(Scope::DatabaseWrite)?;
        let mut wrong = Vec::new();
        let cron = Cron::parse(&body.cron)
            .map_err(|message| wrong.push(FieldError::new("cron", message)))
            .ok();
        let name = TimeZoneName::parse(&body.time_zone).ok();
        let zone = name.and_then(|name| Some((name.as_str().parse::<Tz>().ok()?, name)));
        if zone.is_none() {
            wrong.push(FieldError::new("timeZone", TimeZoneName::UNKNOWN));
        }
        if !(1..=1000).contains(&body.keep) {
            wrong.push(FieldError::new("keep", "Between 1 and 1000 backups can be kept."));
        }
        let (Some(cron), Some((zone, name)), []) = (cron, zone, wrong.as_slice()) else {
            return Err(ServiceError::Validation(wrong));
        };
        let next_run = if body.enabled { cron.next_after(Utc::now(), &zone) } else { None };
        let BackupScheduleRequest { enabled, cron, keep, .. } = body.clone();
        let time_zone = name.as_str().to_owned();
        let schedule = BackupSchedule { enabled, cron, time_zone, keep, next_run };
        store::set_schedule(self.database.pool(), &schedule, actor.user_id).await?;
        Ok(schedule)
    }

    async fn find(&self, id: Uuid) -> Result<Backup, ServiceError> {
        store::find(self.database.pool(), id).await?.ok_or(ServiceError::NotFound("This backup"))
    }

    fn directory(&self) -> &Path {
        &self.settings.directory
    }

    /// The version of `pg_dump`, or why none fits.
    async fn tools(&self) -> Panel<String> {
        let known = self.tools.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(Tools(at, panel)) = known
            && at.elapsed() < REMEMBERED
        {
            return panel;
        }
        let panel = match Access::find(&self.settings, &self.database).await {
            Ok(access) => Panel::exact(access.programs.full_version, Utc::now()),
            Err(unavailable) => Panel::Unavailable { unavailable },
        };
        *self.tools.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Tools(Instant::now(), panel.clone()));
        panel
    }
}

fn unavailable(Unavailable { reason, fix }: Unavailable) -> ServiceError {
    ServiceError::refused(
        ErrorCode::BackupUnavailable,
        fix.map_or_else(|| reason.clone(), |fix| format!("{reason} {fix}")),
    )
}
