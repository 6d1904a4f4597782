//! The monthly report.

mod forecast;
mod month;
mod recommend;

pub use forecast::{LEAST_DAYS, forecast};
pub use month::Month;
pub use recommend::{Evidence, recommend};

use super::{Alert, Operation, Panel};
use crate::domain::chart::Chart;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the database did in one calendar month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// `2026-11`.
    pub month: String,
    /// Of the database, and where its server is; of Train's own PostgreSQL `embedded`.
    pub database: String,
    pub host: String,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub made_at: DateTime<Utc>,
    /// The month is not over yet.
    pub running: bool,
    /// Months that snapshots know of, the newest first.
    pub months: Vec<String>,
    pub size: Panel<SizeForecast>,
    /// The tables that grew the most, the largest growth first.
    pub largest_growth: Panel<Vec<TableGrowth>>,
    pub regressions: Panel<Vec<Regression>>,
    pub alerts: Vec<Alert>,
    pub operations: Vec<Operation>,
    pub recommendations: Vec<Recommendation>,
}

/// Size at both ends of the month and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SizeForecast {
    pub start_bytes: i64,
    pub end_bytes: i64,
    /// In 30 days, if it goes on like this: a range that holds with about 80 % of what was seen.
    pub forecast_low_bytes: i64,
    pub forecast_high_bytes: i64,
}

/// How one table grew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TableGrowth {
    pub table: String,
    pub start_bytes: i64,
    pub end_bytes: i64,
}

/// A statement that became slower.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Regression {
    pub id: String,
    pub query: String,
    pub mean_ms_before: f64,
    pub mean_ms_after: f64,
    pub calls: i64,
}

/// What to do, the most useful first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recommendation {
    pub sentence: String,
    /// 1 small – 3 large.
    pub impact: u8,
    /// 1 small – 3 large.
    pub effort: u8,
    pub href: Option<String>,
}

/// A report with the pictures of its sections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DrawnReport {
    pub report: Report,
    pub size: Chart,
    pub growth: Chart,
    /// By severity.
    pub alerts: Chart,
    /// By what came of them.
    pub operations: Chart,
}
