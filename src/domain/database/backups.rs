//! Backups of the whole database.

use super::Panel;
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// How a backup stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum BackupState: "The state of a backup" {
        Running => "running", "Running";
        /// Written, its checksum known and its table of contents read back.
        Verified => "verified", "Verified";
        Failed => "failed", "Failed";
        /// Its file is gone: deleted by hand or by keeping only the newest.
        Removed => "removed", "Removed";
    }
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Backup {
    pub id: Uuid,
    pub state: BackupState,
    #[schema(example = "train-20261125T120000Z.dump")]
    pub file_name: String,
    pub started_at: DateTime<Utc>,
    pub completed_at: Option<DateTime<Utc>>,
    /// Written so far while it runs.
    pub size_bytes: i64,
    /// Of the database when it began, to estimate progress by.
    pub database_bytes: Option<i64>,
    /// SHA-256 of the file, hexadecimal.
    pub checksum: Option<String>,
    /// Entries in its table of contents.
    pub entries: Option<i64>,
    pub server_version: Option<String>,
    pub initiated_by_name: Option<String>,
    /// Begun by the schedule.
    pub scheduled: bool,
    /// How often `pg_dump` was run: once more after each failure that may pass.
    #[serde(default)]
    #[schema(example = 1)]
    pub attempts: i32,
    /// Why it failed; while it runs, why the try before failed.
    pub error_message: Option<String>,
}

/// All backups, and whether one can be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupsAnswer {
    pub backups: Vec<Backup>,
    /// The version of `pg_dump`, or why there is none that fits.
    pub pg_dump: Panel<String>,
    pub directory: String,
    pub schedule: BackupSchedule,
}

/// When backups are made by themselves, and how many are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackupScheduleRequest {
    pub enabled: bool,
    /// Five fields as in cron.
    pub cron: String,
    pub time_zone: String,
    /// Verified ones that are kept, 1–1000; older ones are removed after the next has been
    /// verified.
    pub keep: i64,
}

/// The schedule that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BackupSchedule {
    pub enabled: bool,
    /// Five fields as in cron.
    pub cron: String,
    pub time_zone: String,
    /// Verified ones that are kept, 1–1000; older ones are removed after the next has been
    /// verified.
    pub keep: i64,
    /// `null` while it is switched off.
    pub next_run: Option<DateTime<Utc>>,
}
