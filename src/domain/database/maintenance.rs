//! Maintenance: what can be done, what it needs, how far it is, and what came of it.

use super::{Bloat, ObjectName, Panel};
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

words! {
    /// What is done.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, ToSchema)]
    pub enum OperationKind {
        #[default]
        Vacuum => "vacuum", "Vacuum";
        VacuumAnalyze => "vacuum_analyze", "Vacuum and analyze";
        VacuumFull => "vacuum_full", "Vacuum full";
        Analyze => "analyze", "Analyze";
        Reindex => "reindex", "Reindex";
        /// PostgreSQL 19 and later.
        Repack => "repack", "Repack";
        /// An invalid index that a failed concurrent build left behind.
        DropInvalidIndex => "drop_invalid_index", "Drop invalid index";
    }
}

impl OperationKind {
    /// What PostgreSQL is told to do.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Vacuum => "VACUUM",
            Self::VacuumAnalyze => "VACUUM ANALYZE",
            Self::VacuumFull => "VACUUM FULL",
            Self::Analyze => "ANALYZE",
            Self::Reindex => "REINDEX",
            Self::Repack => "REPACK",
            Self::DropInvalidIndex => "DROP INDEX",
        }
    }
}

/// As people and SQL write it: `vacuum_analyze`, `VACUUM ANALYZE`, `Vacuum (Analyze)`.
impl std::str::FromStr for OperationKind {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let words = given.split(|letter: char| {
            letter.is_whitespace() || matches!(letter, '_' | '-' | '(' | ')' | ',' | ';')
        });
        let words: Vec<_> =
            words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
        let name = words.join("_");
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        known.ok_or_else(|| format!("“{given}” is not an operation."))
    }
}

impl<'de> Deserialize<'de> for OperationKind {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let given = String::deserialize(reader)?;
        given.parse().map_err(|_| serde::de::Error::unknown_variant(&given, Self::WORDS))
    }
}

/// What it is done to. Exactly one of the three.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    Table(ObjectName),
    Index(ObjectName),
    WholeDatabase,
}

/// Choices beside the operation itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct OperationOptions {
    /// REINDEX: without CONCURRENTLY, which locks out writers. `null`: concurrently.
    pub blocking: bool,
    /// Why VACUUM FULL must run in working hours.
    pub override_reason: Option<String>,
    /// Why it is done; kept in the log.
    pub reason: Option<String>,
}

/// Body of `POST /api/database/maintenance` and `/preflight`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OperationRequest {
    /// In any spelling: `vacuum_analyze`, `VACUUM ANALYZE`.
    #[schema(value_type = String, example = "vacuum_analyze")]
    pub operation: OperationKind,
    pub table: Option<ObjectName>,
    pub index: Option<ObjectName>,
    /// Must be said: without a table and an index nothing is assumed.
    #[serde(default)]
    pub whole_database: bool,
    #[serde(default)]
    pub options: OperationOptions,
    /// What the person typed: the name of the table (the database's for all of it) for VACUUM FULL
    /// and REPACK; not needed for the others.
    #[serde(default)]
    pub confirm: Option<String>,
}

/// What one check before an operation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum PreflightVerdict {
    Fine,
    /// It can be done; know this first.
    Caution,
    /// It cannot be done like this.
    Stop,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreflightCheck {
    /// "Right", "Lock", "Old transactions", "Space", "Leftovers", "Autovacuum", "Working hours",
    /// "Duration".
    pub name: String,
    pub verdict: PreflightVerdict,
    pub sentence: String,
}

/// Everything to know before an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preflight {
    /// Exactly what will run.
    pub statements: Vec<String>,
    /// "SHARE UPDATE EXCLUSIVE: reading and writing go on."
    pub lock: String,
    pub checks: Vec<PreflightCheck>,
    /// The worst of the checks.
    pub verdict: PreflightVerdict,
    /// What must be typed; `null` when nothing.
    pub confirmation: Option<String>,
    /// It is working time and a reason is needed.
    pub needs_override_reason: bool,
    /// Seconds, from our own log of the same operation; `null` without one.
    pub expected_seconds: Option<f64>,
    /// Size, dead rows and bloat now.
    pub before: Measurement,
}

words! {
    /// How an operation stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum OperationStatus: "The status" {
        Queued => "queued", "Queued";
        Running => "running", "Running";
        Completed => "completed", "Completed";
        Failed => "failed", "Failed";
        Cancelled => "cancelled", "Cancelled";
        /// PostgreSQL did nothing, because it may not.
        Skipped => "skipped", "Skipped";
    }
}

impl OperationStatus {
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// What is measured before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    pub size_bytes: Panel<i64>,
    pub live_rows: Option<i64>,
    pub dead_rows: Option<i64>,
    pub bloat: Panel<Bloat>,
}

/// How far it is, from `pg_stat_progress_…`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// "scanning heap".
    pub phase: String,
    /// 0–1; `null` while PostgreSQL does not tell.
    pub share: Option<f64>,
    /// "1 204 of 5 000 blocks".
    pub text: String,
}

words! {
    /// What came of it, verified.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Outcome {
        /// It did what it is for.
        Effective => "effective";
        /// There was nothing to do.
        NothingToDo => "nothing_to_do";
        /// Dead rows stayed, because somebody may still see them.
        RemovedNothing => "removed_nothing";
        /// Some dead rows stayed.
        RemovedPart => "removed_part";
        /// The role may not maintain the object.
        NotOwner => "not_owner";
        /// An invalid index is left behind.
        LeftInvalidIndex => "left_invalid_index";
        /// The server that ran it ended, and nobody knows how far it came.
        Interrupted => "interrupted";
    }
}

/// One operation, from the queue to its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    pub id: Uuid,
    pub operation: OperationKind,
    pub target: Target,
    pub status: OperationStatus,
    pub options: OperationOptions,
    pub statements: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub duration_ms: Option<i64>,
    pub initiated_by: Option<Uuid>,
    pub initiated_by_name: Option<String>,
    /// The schedule that began it.
    pub schedule_id: Option<Uuid>,
    pub backend_pid: Option<i32>,
    pub progress: Option<Progress>,
    pub before: Option<Measurement>,
    pub after: Option<Measurement>,
    pub outcome: Option<Outcome>,
    /// What came of it, for people: "Freed 12 MB; 9 000 dead rows are gone."
    pub sentence: Option<String>,
    /// An index that a cancelled REINDEX CONCURRENTLY left behind, to be dropped.
    pub leftover_index: Option<ObjectName>,
    pub error_message: Option<String>,
    pub cancel_requested: bool,
}

/// Which operations of the log are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OperationList {
    /// All, the newest first.
    #[default]
    History,
    /// Queued and running ones.
    Running,
}

/// Query of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OperationQuery {
    /// `history` (default): all; `running`: queued and running ones.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub kind: Option<OperationList>,
    /// Only of tables and indexes in this schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Only of this table and its indexes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1–100, 50 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// One page of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationPage {
    pub operations: Vec<Operation>,
    pub total: i64,
    pub page: i64,
    pub limit: i64,
}

/// What a schedule is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ScheduleScope {
    Table(ObjectName),
    /// Tables for which this is due by the server's own formula.
    DueTables,
    WholeDatabase,
}

/// Routine maintenance: ANALYZE and VACUUM only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    pub id: Uuid,
    pub operation: OperationKind,
    pub scope: ScheduleScope,
    /// Five fields as in cron: minute hour day-of-month month day-of-week.
    pub cron: String,
    /// IANA name.
    pub time_zone: String,
    /// A run that is late by more than this many minutes is left out.
    pub window_minutes: i64,
    pub enabled: bool,
    pub next_run: Option<DateTime<Utc>>,
    pub last_run: Option<DateTime<Utc>>,
    pub created_by_name: Option<String>,
}

/// Body of `POST` and `PUT` of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleRequest {
    /// In any spelling: `vacuum_analyze`, `VACUUM ANALYZE`.
    #[schema(value_type = String, example = "vacuum_analyze")]
    pub operation: OperationKind,
    pub scope: ScheduleScope,
    pub cron: String,
    pub time_zone: String,
    pub window_minutes: i64,
    pub enabled: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn issue_13_4_3_an_operation_may_be_written_as_sql_has_it() {
        let read = |word: &str| serde_json::from_value::<OperationKind>(json!(word));
        for (word, expected) in [
            ("VACUUM", OperationKind::Vacuum),
            ("VACUUM ANALYZE", OperationKind::VacuumAnalyze),
            ("vacuum_analyze", OperationKind::VacuumAnalyze),
            (" Vacuum  (FULL);", OperationKind::VacuumFull),
            ("VACUUM_FULL", OperationKind::VacuumFull),
            ("drop-invalid-index", OperationKind::DropInvalidIndex),
        ] {
            assert_eq!(read(word).unwrap(), expected, "{word}");
        }
        for kind in OperationKind::ALL {
            assert_eq!(read(kind.as_str()).unwrap(), kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        let refused = read("DROP TABLE").unwrap_err().to_string();
        for kind in OperationKind::ALL {
            assert!(refused.contains(&format!("`{}`", kind.as_str())), "{refused}");
        }
        assert!(read("").is_err() && read("vacuumanalyze").is_err());
    }
}
