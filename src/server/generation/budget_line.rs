//! Budgets as the database's functions tell of them.

use crate::{
    domain::{ai::Owner, money::Money},
    server::foundation::error::ServiceError,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

/// One window of a budget as the database tells of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetLine {
    pub scope_type: String,
    pub scope_id: Uuid,
    pub period: String,
    pub window_start: DateTime<Utc>,
    pub limit: i64,
    /// Refuses what would exceed it; otherwise it only warns.
    #[serde(default)]
    pub block: bool,
    #[serde(default)]
    pub settled: i64,
    #[serde(default)]
    pub reserved: i64,
    /// The share that was passed, where the line tells of one.
    #[serde(default)]
    pub threshold: f64,
}

impl BudgetLine {
    /// Whose budget it is.
    pub fn owner(&self) -> Owner {
        Owner::new(self.scope_type.parse().unwrap_or_default(), self.scope_id)
    }

    /// `Your daily budget …`.
    pub fn name(&self, what: &str) -> String {
        let period = match self.period.as_str() {
            "day" => "daily",
            "week" => "weekly",
            _ => "monthly",
        };
        if self.scope_type == "organization" {
            format!("Your organization's {period} budget {what}")
        } else {
            format!("Your {period} budget {what}")
        }
    }

    /// `Your daily budget of $5.00 …`.
    pub fn sentence(&self, what: &str) -> String {
        format!("{}.", self.name(&format!("of {} {what}", Money::from_nanos(self.limit))))
    }

    /// What nobody has spent or set aside.
    pub fn left(&self, settled: i64, reserved: i64) -> Money {
        Money::from_nanos(self.limit.saturating_sub(settled).saturating_sub(reserved).max(0))
    }
}

/// An answer of one of the database's functions.
pub fn read<T: DeserializeOwned>(answer: Value, function: &str) -> Result<T, ServiceError> {
    serde_json::from_value(answer)
        .map_err(|error| ServiceError::Internal(format!("{function}: {error}")))
}
