//! Statements by `pg_stat_statements`.

use super::Panel;
use crate::domain::chart::Chart;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Query of the list of statements.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct QueryQuery {
    /// Part of the statement.
    pub search: Option<String>,
    /// Only slow ones: a mean over 500 ms or a share of the time over 20 %.
    pub slow: bool,
    /// Train's own too: reading these figures, maintenance, steps of the schema.
    pub own: bool,
    pub sort: QuerySort,
    pub reverse: bool,
    pub page: Option<i64>,
    /// 1–100, 20 when absent.
    pub limit: Option<i64>,
}

/// The largest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum QuerySort {
    #[default]
    TotalTime,
    MeanTime,
    MaxTime,
    Calls,
    Rows,
}

/// One page of statements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryPage {
    pub queries: Vec<QueryRow>,
    pub total: i64,
    pub page: i64,
    pub limit: i64,
}

/// One statement, constants replaced by `$1`, …
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryRow {
    /// `queryid`, as text: a browser's numbers do not hold 64 bits.
    pub id: String,
    pub query: String,
    pub calls: i64,
    /// Milliseconds, as are the next four.
    pub total_ms: f64,
    pub mean_ms: f64,
    pub min_ms: f64,
    pub max_ms: f64,
    pub stddev_ms: f64,
    pub rows: i64,
    /// 0–1; `null` when it read no block.
    pub cache_hit_ratio: Option<f64>,
    /// 0–1 of the time of all statements.
    pub share: f64,
    pub slow: bool,
    /// The last interval alone, where there are two snapshots.
    pub recent_calls: Panel<i64>,
    pub recent_mean_ms: Panel<f64>,
}

/// What one statement did over time, drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementHistory {
    /// Its text; `None` when neither PostgreSQL nor a snapshot knows it any more.
    pub query: Option<String>,
    pub calls: Chart,
    pub mean_time: Chart,
}

/// A plan, made without executing the statement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainAnswer {
    /// The plan as PostgreSQL prints it, or why there is none.
    pub plan: Panel<String>,
}
