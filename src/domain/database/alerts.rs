//! Alerts: what is wrong, since when, and what to do.

mod counts;
mod rules;
mod standing;
mod timeline;

pub use counts::AlertCounts;
pub use rules::{Comparison, check_rules, default_rules, effective_rules, sparse_overrides};
pub use standing::{Look, Stage, Standing, Step, step};
pub use timeline::{AlertTimeline, MOST_TIMES, Occurrence, TimelineBar, TimelineRow, timeline};

use super::ObjectName;
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

words! {
    /// How bad it is. The order is the order of urgency.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
    )]
    #[schema(as = AlertSeverity)]
    pub enum Severity: "The severity" {
        Info => "info", "Info";
        Warning => "warning", "Warning";
        Critical => "critical", "Critical";
    }
}

words! {
    /// What is wrong.
    #[derive(
        Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
    )]
    pub enum AlertKind: "The kind of an alert" {
        HighBloat => "high_bloat", "High bloat";
        SlowQuery => "slow_query", "Slow query";
        UnusedIndex => "unused_index", "Unused index";
        DuplicateIndex => "duplicate_index", "Duplicate index";
        InvalidIndex => "invalid_index", "Invalid index";
        LowCacheHitRatio => "low_cache_hit_ratio", "Low cache hit ratio";
        HighConnectionUsage => "high_connection_usage", "High connection usage";
        VacuumOverdue => "vacuum_overdue", "Vacuum overdue";
        AnalyzeOverdue => "analyze_overdue", "Analyze overdue";
        IdleInTransaction => "idle_in_transaction", "Idle in transaction";
        LongQuery => "long_query", "Long query";
        Blocking => "blocking", "Blocking";
        Wraparound => "wraparound", "Wraparound";
        SequenceExhaustion => "sequence_exhaustion", "Sequence running out";
        Deadlocks => "deadlocks", "Deadlocks";
        ChecksumFailure => "checksum_failure", "Checksum failure";
        InactiveSlot => "inactive_slot", "Inactive replication slot";
        PreparedTransaction => "prepared_transaction", "Prepared transaction";
        MaintenanceFailed => "maintenance_failed", "Maintenance failed";
    }
}

words! {
    /// How an alert stands.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum AlertState: "The state of an alert" {
        #[default]
        Open => "open";
        /// Somebody has seen it; it is still so.
        Acknowledged => "acknowledged";
        Resolved => "resolved";
    }
}

/// Where an alert leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertAction {
    /// "Vacuum…".
    pub label: String,
    /// A page of ours with everything filled in:
    /// `/database/maintenance?operation=vacuum&schema=public&table=t`.
    pub href: String,
}

/// One thing that is or was wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    pub id: Uuid,
    pub kind: AlertKind,
    pub severity: Severity,
    pub state: AlertState,
    /// What it is about: `public.conversations`, `pid 4711`, a statement's id; one open alert per
    /// kind and subject.
    pub subject: String,
    pub object: Option<ObjectName>,
    /// What is wrong, with the number.
    pub cause: String,
    /// What comes of it.
    pub effect: String,
    /// What to do.
    pub remedy: String,
    pub action: Option<AlertAction>,
    pub first_seen: DateTime<Utc>,
    pub last_seen: DateTime<Utc>,
    pub acknowledged_by: Option<String>,
    pub acknowledged_at: Option<DateTime<Utc>>,
    pub resolved_at: Option<DateTime<Utc>>,
    /// The person who resolved it; `null` when it resolved itself.
    pub resolved_by: Option<String>,
    /// Nobody is told again before this time.
    pub muted_until: Option<DateTime<Utc>>,
}

impl Alert {
    /// As [`AlertKind::about`].
    pub fn title(&self) -> String {
        self.kind.about(&self.subject)
    }
}

impl AlertKind {
    /// "High bloat: public.conversations"; the kind alone where it is about the server as a whole.
    pub fn about(self, subject: &str) -> String {
        match self {
            Self::LowCacheHitRatio
            | Self::HighConnectionUsage
            | Self::Deadlocks
            | Self::ChecksumFailure => self.label().to_owned(),
            kind => format!("{}: {subject}", kind.label()),
        }
    }
}

/// Query of the list of alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlertQuery {
    /// Open and acknowledged ones when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub state: Option<AlertState>,
    /// Of every severity when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub severity: Option<Severity>,
    /// Of every kind when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(inline)]
    pub kind: Option<AlertKind>,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<i64>,
    /// 1–100, 20 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// One page of alerts, the worst first, then the newest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertPage {
    pub alerts: Vec<Alert>,
    pub total: i64,
    pub page: i64,
    pub limit: i64,
    /// When all rules were looked at the last time.
    pub checked_at: Option<DateTime<Utc>>,
    /// What could not be looked at, a sentence each.
    pub unchecked: Vec<String>,
}

/// What is done with an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlertChange {
    Acknowledge,
    Resolve,
    Mute,
}

/// Body of `PATCH /api/database/alerts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlertRequest {
    pub alert_id: Uuid,
    pub action: AlertChange,
    /// With `mute`: hours, 1–8760; 24 when absent.
    pub hours: Option<i64>,
}

/// When one kind of alert is raised. Numbers are in the unit that `unit` names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AlertRule {
    pub kind: AlertKind,
    pub enabled: bool,
    /// `null`: this severity is never raised.
    pub info: Option<f64>,
    pub warning: Option<f64>,
    pub critical: Option<f64>,
    /// "%", "ms", "s", "days", "MiB", "count". Ignored on the way in: each kind has its own.
    #[serde(default)]
    pub unit: String,
    /// It must be so for this long before anybody is told.
    pub for_seconds: i64,
}

/// All rules, and where they are told besides the notifications. Written, kinds that are left out
/// have their usual rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertRules {
    pub rules: Vec<AlertRule>,
    /// `https://` or `http://`; `null` for none. A secret in its query is shown masked.
    pub webhook: Option<String>,
    pub version: i64,
}
