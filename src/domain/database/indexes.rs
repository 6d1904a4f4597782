//! Indexes: size, use, duplicates, validity and bloat.

use super::{Bloat, ObjectName, Panel};
use crate::domain::words::words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Query of the list of indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct IndexQuery {
    /// Part of the table's or index's name.
    pub search: Option<String>,
    pub problem: Option<IndexProblem>,
    pub sort: IndexSort,
    pub reverse: bool,
    /// From 1.
    pub page: Option<i64>,
    /// 1–100, 20 when absent.
    pub limit: Option<i64>,
    /// Looked for now, not within the last five minutes (by bloat: the last hour).
    pub fresh: bool,
}

words! {
    /// What can be wrong with an index.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum IndexProblem {
        /// Never scanned, neither unique nor a key's, with enough history to say so, and at least
        /// 100 KB.
        Unused => "unused", "Unused";
        /// Another index does the same.
        Duplicate => "duplicate", "Duplicate";
        /// Left behind by a build that failed; not those being built at the moment.
        Invalid => "invalid", "Invalid";
        Bloat => "bloat", "Bloated";
    }
}

/// Numbers: the largest first. Names: from A. Scans: the fewest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum IndexSort {
    #[default]
    Size,
    Name,
    Table,
    Scans,
    Bloat,
}

/// One page of indexes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndexPage {
    pub indexes: Vec<IndexRow>,
    pub total: i64,
    pub page: i64,
    pub limit: i64,
    /// Whether the statistics are old enough to call an index unused; the reason when not.
    pub unused_known: Panel<f64>,
}

/// One index.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndexRow {
    pub oid: u32,
    pub index: ObjectName,
    pub table: ObjectName,
    /// The statement that makes it; `null` while the table is locked.
    pub definition: Option<String>,
    pub method: String,
    pub size_bytes: Panel<i64>,
    /// Since the statistics' last reset.
    pub scans: i64,
    /// PostgreSQL 16 and later.
    pub last_scan: Option<DateTime<Utc>>,
    pub unique: bool,
    /// Of a primary key or another constraint.
    pub constraint: bool,
    pub valid: bool,
    /// Being built at the moment.
    pub building: bool,
    /// The index that makes this one superfluous, and a sentence about how.
    pub duplicate_of: Option<ObjectName>,
    pub duplicate_sentence: Option<String>,
    pub bloat: Panel<Bloat>,
    pub problems: Vec<IndexProblem>,
    pub maintainable: bool,
}
