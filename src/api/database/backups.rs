//! Backups and their schedule.

use crate::{
    api::{
        codec::Answer,
        error::ApiError,
        operation::{Done, Raw, operations},
    },
    domain::database::{Backup, BackupSchedule, BackupScheduleRequest, BackupsAnswer},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

operations! { "Database";
    /// All backups, the newest first, their schedule, and whether one can be made here.
    ListBackups = GET "/api/database/backups" => BackupsAnswer;

    /// Begins a backup, which goes on by itself. The list tells how far it is.
    MakeBackup = POST "/api/database/backups" => 201 BackupAnswer,
        refuses { 409: "`backup_running`, or `backup_unavailable` with the reason" };

    /// The file of a verified backup. It holds everything in the database: a token needs
    /// `database:write`.
    DownloadBackup = GET "/api/database/backups/{id}/download", at Uuid => Raw,
        content "application/octet-stream", about "The file, in PostgreSQL’s own format";

    /// Removes a backup's file. Its line stays in the list, as removed.
    RemoveBackup = DELETE "/api/database/backups/{id}", at Uuid => Done,
        refuses { 409: "`backup_running`" };

    /// Says when backups are made by themselves and how many are kept; `nextRun` is the server's to
    /// say.
    SetBackupSchedule = PUT "/api/database/backups/schedule", body BackupScheduleRequest
        => BackupScheduleAnswer;
}

/// `{backup}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BackupAnswer {
    pub backup: Backup,
}

/// `{schedule}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BackupScheduleAnswer {
    pub schedule: BackupSchedule,
}

/// All backups, the newest first, and their schedule.
#[server(endpoint = "fn/database-backups", input = Json, output = Answer)]
pub async fn load_backups() -> Result<BackupsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListBackups>((), Nothing {}, Nothing {}).await
}
