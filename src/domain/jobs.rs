//! What the servers do regularly for the whole installation, as administrators see it.

use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// Something that the servers do regularly, once for all of them.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
    )]
    pub enum JobName: "A periodic job" {
        AlertRules => "alert_rules", "Look at the alert rules of the database";
        Backups => "backups", "Start the scheduled backup, and end those left behind";
        MaintenanceSchedules => "maintenance_schedules", "Queue the scheduled maintenance";
        Snapshots => "snapshots", "Take snapshots of the database’s statistics";
        Reminders => "reminders", "Remind people of retiring models and old keys";
        HistoryArchive => "history_archive", "Archive old changes";
        Sessions => "sessions", "Remove ended sessions and links";
        Invitations => "invitations", "Remove ended invitations";
        IdempotencyKeys => "idempotency_keys",
            "Forget old idempotency keys, unposted drafts, ended claims, closed proposals, old \
             exports and imports with their files, bulk jobs and deleted conversations";
        Keys => "keys", "Remove keys past their grace";
        ConversationMarks => "conversation_marks",
            "Make new conversations searchable, and mark near duplicates and findings";
        Notifications => "notifications", "Remove old notifications";
        Ledger => "ledger", "Remove old attempts and spending";
        ConversationRetention => "conversation_retention",
            "Archive conversations as organizations decided";
        DatabaseLog => "database_log", "Remove old maintenance and backups without a file";
        CrashedServers => "crashed_servers", "Remove what crashed servers left behind";
    }
}

words! {
    /// How a job is doing.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum JobState: "The state of a periodic job" {
        /// Has not run yet.
        Waiting => "waiting", "Not yet";
        /// A server is at it.
        Running => "running", "Running";
        /// Its last run succeeded.
        Succeeded => "succeeded", "Done";
        /// Its last run failed; it runs again at its next time.
        Failed => "failed", "Failed";
        /// Should have run a while ago, and no server does.
        Overdue => "overdue", "Overdue";
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
pub struct JobsAnswer {
    /// Those that need somebody first, then by name.
    pub jobs: Vec<JobStatus>,
}
