//! Sessions: who is connected, who waits for whom.

use super::{Panel, Usage, UsageLimits};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// All about connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connections {
    pub usage: Panel<Usage>,
    /// From when on their use is called high.
    pub limits: UsageLimits,
    pub by_state: Panel<Vec<ConnectionGroup>>,
    pub by_database: Panel<Vec<ConnectionGroup>>,
    pub by_user: Panel<Vec<ConnectionGroup>>,
    /// The longest running first, at most 50.
    pub active: Panel<Vec<Session>>,
    /// Idle in a transaction, the longest first, at most 50.
    pub idle_in_transaction: Panel<Vec<Session>>,
    /// Who waits for whom: roots first, each followed by those that wait for it.
    pub blocking: Panel<Vec<BlockedSession>>,
    /// The connections of this server process.
    pub pool: PoolView,
}

/// Connections that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionGroup {
    pub name: String,
    pub count: i64,
}

/// One session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    pub pid: i32,
    pub user: Option<String>,
    pub database: Option<String>,
    pub application: Option<String>,
    pub state: Option<String>,
    /// `wait_event_type: wait_event`.
    pub wait: Option<String>,
    pub transaction_seconds: Option<f64>,
    /// In this state.
    pub state_seconds: Option<f64>,
    /// What it runs or ran last; `null` without the right to read it.
    pub query: Option<String>,
    /// When its process began: tells it from a later process with the same number.
    pub started_at: Option<DateTime<Utc>>,
    /// Whether it can be cancelled and terminated from here.
    pub signalable: bool,
}

/// A session in the tree of those that wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockedSession {
    pub session: Session,
    /// 0 for a root, which waits for nobody and keeps others waiting.
    pub depth: u32,
    /// Whom it waits for.
    pub blocked_by: Vec<i32>,
    /// The relation it waits for, where it is one.
    pub relation: Option<String>,
}

/// The connections that this server process holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolView {
    pub size: u32,
    pub idle: u32,
    pub max: u32,
    /// How long a request waited for a connection just now.
    pub wait_ms: Option<f64>,
}

/// Answer to cancelling or terminating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignalAnswer {
    /// Whether a process with this number was there to be told.
    pub sent: bool,
    pub sentence: String,
}
