//! Tables: rows, dead rows, sizes, vacuum and bloat.

use super::{ObjectName, Panel};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Query of the list of tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct TableQuery {
    /// Part of the schema's or table's name.
    pub search: Option<String>,
    pub problem: Option<TableProblem>,
    pub sort: TableSort,
    /// The other way round than usual: the smallest first, names from Z.
    pub reverse: bool,
    /// From 1.
    pub page: Option<i64>,
    /// 1–100, 20 when absent.
    pub limit: Option<i64>,
    /// Looked for now, not within the last five minutes (by bloat: the last hour).
    pub fresh: bool,
}

/// Only tables with this problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TableProblem {
    Bloat,
    VacuumDue,
    AnalyzeDue,
}

/// Numbers: the largest first. The name: from A.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TableSort {
    #[default]
    Size,
    Name,
    Rows,
    DeadRows,
    DeadRatio,
    Bloat,
    LastVacuum,
    LastAnalyze,
}

/// One page of tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TablePage {
    pub tables: Vec<TableRow>,
    /// All that fit the filter.
    pub total: i64,
    pub page: i64,
    pub limit: i64,
}

/// One table or materialized view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TableRow {
    pub oid: u32,
    pub table: ObjectName,
    pub live_rows: i64,
    pub dead_rows: i64,
    /// dead / (live + dead), 0–1; `null` for an empty table.
    pub dead_ratio: Option<f64>,
    /// Heap with its maps. Exact for the rows that are shown unless the table is locked; then an
    /// estimate from `relpages`.
    pub heap_bytes: Panel<i64>,
    pub index_bytes: Panel<i64>,
    pub toast_bytes: Panel<i64>,
    pub total_bytes: Panel<i64>,
    pub last_vacuum: Option<DateTime<Utc>>,
    pub last_autovacuum: Option<DateTime<Utc>>,
    pub last_analyze: Option<DateTime<Utc>>,
    pub last_autoanalyze: Option<DateTime<Utc>>,
    pub vacuum_count: i64,
    pub autovacuum_count: i64,
    pub analyze_count: i64,
    pub autoanalyze_count: i64,
    pub bloat: Panel<Bloat>,
    pub autovacuum: AutovacuumDue,
    /// The server's maintenance role owns it (or holds MAINTAIN), so that it can be vacuumed from
    /// here.
    pub maintainable: bool,
    /// Somebody holds ACCESS EXCLUSIVE on it at the moment.
    pub locked: bool,
}

/// Space that holds no rows and more than fill factor and page layout explain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bloat {
    pub bytes: i64,
    /// 0–1 of the object's size.
    pub share: f64,
}

/// What autovacuum would do now, by the formula of this version of the server.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AutovacuumDue {
    /// Autovacuum is on, for the server and for this table.
    pub enabled: bool,
    pub vacuum_due: bool,
    /// Dead rows from which on it vacuums.
    pub vacuum_threshold: f64,
    pub analyze_due: bool,
    /// Changed rows from which on it analyzes.
    pub analyze_threshold: f64,
    pub changed_since_analyze: i64,
}

/// A sequence and the column that it fills.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SequenceUse {
    pub sequence: ObjectName,
    /// `schema.table.column`, where it belongs to one.
    pub column: Option<String>,
    pub last_value: i64,
    /// The smaller of the sequence's end and the column type's.
    pub limit: i64,
    /// 0–1.
    pub share: f64,
}
