//! Database health: what the PostgreSQL underneath does, what is wrong with it, and maintenance, as
//! it crosses the wire.
//!
//! Every number says how sure it is. What cannot be known (a missing right, a missing extension,
//! too little history) is [`Panel::Unavailable`] with the reason and the way to mend it, never a
//! number.

mod alerts;
mod backups;
mod connections;
mod indexes;
mod maintenance;
mod names;
mod overview;
mod panel;
mod queries;
mod report;
mod setup;
mod tables;

pub use alerts::{
    Alert, AlertAction, AlertChange, AlertCounts, AlertKind, AlertPage, AlertQuery, AlertRequest,
    AlertRule, AlertRules, AlertState, AlertTimeline, Comparison, Look, MOST_TIMES, Occurrence,
    Severity, Stage, Standing, Step, TimelineBar, TimelineRow, check_rules, default_rules,
    effective_rules, sparse_overrides, step, timeline,
};
pub use backups::{Backup, BackupSchedule, BackupScheduleRequest, BackupState, BackupsAnswer};
pub use connections::{
    BlockedSession, ConnectionGroup, Connections, PoolView, Session, SignalAnswer,
};
pub use indexes::{IndexPage, IndexProblem, IndexQuery, IndexRow, IndexSort};
pub use maintenance::{
    Measurement, Operation, OperationKind, OperationList, OperationOptions, OperationPage,
    OperationQuery, OperationRequest, OperationStatus, Outcome, Preflight, PreflightCheck,
    PreflightVerdict, Progress, Schedule, ScheduleRequest, ScheduleScope, Target,
};
pub use names::{MAX_NAME_BYTES, ObjectName, quote_identifier};
pub use overview::{
    Growth, Interval, OldTransaction, Overview, PreparedTransaction, Replica, Replication, Slot,
    Usage, UsageLimits, Wraparound, XminHolder,
};
pub use panel::{Panel, Quality, Reading, Unavailable};
pub use queries::{ExplainAnswer, QueryPage, QueryQuery, QueryRow, QuerySort, StatementHistory};
pub use report::{
    DrawnReport, Evidence, LEAST_DAYS, Month, Recommendation, Regression, Report, SizeForecast,
    TableGrowth, forecast, recommend,
};
pub use setup::{SetupAnswer, SetupCheck, SetupState};
pub use tables::{
    AutovacuumDue, Bloat, SequenceUse, TablePage, TableProblem, TableQuery, TableRow, TableSort,
};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a chart of the page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum HealthChart {
    /// Size of the database.
    Size,
    /// Cache hit ratio by interval.
    CacheHitRatio,
    /// Connections in use.
    Connections,
    /// Mean time of a statement by interval.
    QueryTime,
}

/// The overview as its tab and `GET /api/database/health?type=overview` show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OverviewAnswer {
    pub overview: Panel<Overview>,
    /// Open alerts by severity, the worst of them first in `/api/database/alerts`.
    pub open_critical: i64,
    pub open_warning: i64,
    pub open_info: i64,
    /// The sentence of the worst open alert, for the banner.
    pub worst_alert: Option<String>,
    /// From when on the use of connections is called high.
    pub connection_limits: UsageLimits,
}

impl OverviewAnswer {
    /// Its open alerts.
    pub fn alerts(&self) -> AlertCounts {
        AlertCounts {
            critical: self.open_critical,
            warning: self.open_warning,
            info: self.open_info,
            worst: self.worst_alert.clone(),
        }
    }
}
