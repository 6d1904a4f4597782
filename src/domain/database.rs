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
    Alert, AlertAction, AlertChange, AlertKind, AlertPage, AlertQuery, AlertRequest, AlertRule,
    AlertRules, AlertState, Comparison, Look, Severity, Stage, Standing, Step, check_rules,
    default_rules, effective_rules, sparse_overrides, step,
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
pub use queries::{ExplainAnswer, QueryPage, QueryQuery, QueryRow, QuerySort};
pub use report::{
    Evidence, LEAST_DAYS, Month, Recommendation, Regression, Report, ReportPlot, SizeForecast,
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
    /// The most urgent severity of the open alerts.
    pub fn worst(&self) -> Option<Severity> {
        let open = [
            (self.open_critical, Severity::Critical),
            (self.open_warning, Severity::Warning),
            (self.open_info, Severity::Info),
        ];
        open.into_iter().find(|(count, _)| *count > 0).map(|(_, severity)| severity)
    }

    pub fn open_alerts(&self) -> i64 {
        self.open_critical + self.open_warning + self.open_info
    }

    /// How the database does, in a few words: "Healthy", "1 critical, 2 warnings".
    pub fn verdict(&self) -> String {
        let several = |count: i64, one: &str, more: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {more}")),
        };
        let urgent = [
            several(self.open_critical, "critical", "critical"),
            several(self.open_warning, "warning", "warnings"),
        ];
        let urgent: Vec<_> = urgent.into_iter().flatten().collect();
        match several(self.open_info, "info", "info") {
            _ if !urgent.is_empty() => urgent.join(", "),
            Some(info) => format!("Healthy, {info}"),
            None => "Healthy".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_counts_what_is_urgent() {
        let verdict = |open_critical, open_warning, open_info| {
            let answer = OverviewAnswer {
                overview: Panel::unavailable("Not here."),
                open_critical,
                open_warning,
                open_info,
                worst_alert: None,
                connection_limits: UsageLimits::default(),
            };
            (answer.verdict(), answer.worst())
        };
        assert_eq!(verdict(0, 0, 0), ("Healthy".into(), None));
        assert_eq!(verdict(0, 0, 2), ("Healthy, 2 info".into(), Some(Severity::Info)));
        assert_eq!(verdict(0, 1, 2), ("1 warning".into(), Some(Severity::Warning)));
        assert_eq!(verdict(1, 2, 0), ("1 critical, 2 warnings".into(), Some(Severity::Critical)));
    }
}
