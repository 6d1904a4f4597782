//! What the servers do regularly for the whole installation, as administrators see it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// Something that the servers do regularly, once for all of them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum JobName {
    AlertRules,
    Backups,
    MaintenanceSchedules,
    Snapshots,
    Reminders,
    HistoryArchive,
    Sessions,
    Invitations,
    IdempotencyKeys,
    KeysAndReservations,
    Notifications,
    Ledger,
    DatabaseLog,
    CrashedServers,
}

impl JobName {
    pub const ALL: [Self; 14] = [
        Self::AlertRules,
        Self::Backups,
        Self::MaintenanceSchedules,
        Self::Snapshots,
        Self::Reminders,
        Self::HistoryArchive,
        Self::Sessions,
        Self::Invitations,
        Self::IdempotencyKeys,
        Self::KeysAndReservations,
        Self::Notifications,
        Self::Ledger,
        Self::DatabaseLog,
        Self::CrashedServers,
    ];

    /// The word stored in the database and sent on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlertRules => "alert_rules",
            Self::Backups => "backups",
            Self::MaintenanceSchedules => "maintenance_schedules",
            Self::Snapshots => "snapshots",
            Self::Reminders => "reminders",
            Self::HistoryArchive => "history_archive",
            Self::Sessions => "sessions",
            Self::Invitations => "invitations",
            Self::IdempotencyKeys => "idempotency_keys",
            Self::KeysAndReservations => "keys_and_reservations",
            Self::Notifications => "notifications",
            Self::Ledger => "ledger",
            Self::DatabaseLog => "database_log",
            Self::CrashedServers => "crashed_servers",
        }
    }

    /// What it does, as people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::AlertRules => "Look at the alert rules of the database",
            Self::Backups => "Begin the scheduled backup, and end those left behind",
            Self::MaintenanceSchedules => "Queue the scheduled maintenance",
            Self::Snapshots => "Take snapshots of the database’s statistics",
            Self::Reminders => "Remind people of retiring models and old keys",
            Self::HistoryArchive => "Archive old changes",
            Self::Sessions => "Remove ended sessions",
            Self::Invitations => "Remove ended invitations",
            Self::IdempotencyKeys => "Forget old idempotency keys",
            Self::KeysAndReservations => "Remove keys past their grace and ended reservations",
            Self::Notifications => "Remove old notifications",
            Self::Ledger => "Remove old attempts and spending",
            Self::DatabaseLog => "Remove old maintenance and backups without a file",
            Self::CrashedServers => "Remove what crashed servers left behind",
        }
    }
}

impl FromStr for JobName {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == word);
        known.ok_or_else(|| format!("“{word}” is not a periodic job."))
    }
}

/// How a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Has not run yet.
    Waiting,
    /// A server is at it.
    Running,
    /// Its last run succeeded.
    Succeeded,
    /// Its last run failed; it runs again at its next time.
    Failed,
    /// Should have run a while ago, and no server does.
    Overdue,
}

impl FromStr for JobState {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "waiting" => Ok(Self::Waiting),
            "running" => Ok(Self::Running),
            "succeeded" => Ok(Self::Succeeded),
            "failed" => Ok(Self::Failed),
            "overdue" => Ok(Self::Overdue),
            _ => Err(format!("“{word}” is not a state of a periodic job.")),
        }
    }
}

/// A job and its last run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobStatus {
    pub name: JobName,
    pub state: JobState,
    /// How often it runs.
    #[schema(example = 3600)]
    pub period_seconds: u64,
    pub last_started_at: Option<DateTime<Utc>>,
    pub last_finished_at: Option<DateTime<Utc>>,
    /// How long the last run took that ended.
    pub duration_ms: Option<u64>,
    /// Why the last run failed.
    #[schema(example = "The disk of the database is full.")]
    pub error: Option<String>,
    /// Runs so far.
    pub runs: u64,
    pub failures_in_a_row: u32,
    /// Which server runs it, or ran it last: its machine and the number of its process.
    #[schema(example = "train-1 (4711)")]
    pub server: Option<String>,
    /// Until when that server has it, unless it renews this; absent while it does not run.
    pub lease_until: Option<DateTime<Utc>>,
    pub next_due_at: DateTime<Utc>,
}

/// The periodic jobs of the installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobList {
    /// Those that need somebody first, then by name.
    pub jobs: Vec<JobStatus>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_is_known_by_its_word() {
        for name in JobName::ALL {
            assert_eq!(name.as_str().parse(), Ok(name));
            let on_the_wire = serde_json::to_value(name).ok();
            assert_eq!(on_the_wire, Some(name.as_str().into()));
        }
    }
}
