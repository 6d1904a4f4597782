//! Spending and the usage log as they cross the wire. All amounts are nano-US-dollars.

use super::{ScopeType, values::Enforcement};
use crate::domain::{
    generation::{Period, TokenUsage},
    money::Money,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Query of `GET /api/ai-usage`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UsageQuery {
    /// The current day, week or month; the day when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Period>,
    /// What spending is summed by; the model when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_by: Option<GroupBy>,
    /// Whose spending; the person's when absent.
    #[serde(default)]
    pub scope: ScopeType,
}

/// What spending is summed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    #[default]
    Model,
    Day,
    Status,
    Person,
}

/// Answer to `GET /api/ai-usage`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageAnswer {
    pub window: Period,
    pub window_start: DateTime<Utc>,
    pub window_end: DateTime<Utc>,
    /// The zone of the calendar, an IANA name.
    pub time_zone: String,
    /// Settled in the window.
    pub spend: Money,
    /// Held back for requests that are running.
    pub reserved: Money,
    /// The part of `spend` that Claude did not count, as after a timeout.
    #[serde(default)]
    pub estimated: Money,
    pub requests: i64,
    pub tokens: TokenUsage,
    /// Every budget that counts: the person's and the organization's, by day, week and month.
    pub budgets: Vec<BudgetView>,
    /// Spending at the window's end if it goes on like this; absent while it is too early to tell.
    pub projection: Option<Money>,
    pub group_by: GroupBy,
    /// The dearest first; by day in the order of time.
    pub groups: Vec<UsageGroup>,
}

/// One budget and how far it is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BudgetView {
    pub scope: ScopeType,
    pub period: Period,
    pub window_start: DateTime<Utc>,
    pub window_end: DateTime<Utc>,
    pub limit: Money,
    pub spend: Money,
    pub reserved: Money,
    /// Spending at the window's end if it goes on like this; absent while it is too early to tell.
    pub projection: Option<Money>,
    pub enforcement: Enforcement,
    pub alert_thresholds: Vec<f64>,
}

impl BudgetView {
    /// What can still be reserved; 0 when nothing can.
    pub fn left(&self) -> Money {
        self.limit.saturating_sub(self.spend).saturating_sub(self.reserved).max(Money::ZERO)
    }
}

/// The sum of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageGroup {
    /// A model's id, a day, a status or a person's id.
    pub key: String,
    /// The same for people.
    pub label: String,
    pub requests: i64,
    pub tokens: TokenUsage,
    pub cost: Money,
    /// The part of `cost` that Claude did not count.
    #[serde(default)]
    pub estimated: Money,
}

/// How an attempt ended, as it is stored in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogStatus {
    Success,
    Failed,
    RateLimited,
    Timeout,
    Cancelled,
}

impl LogStatus {
    pub const ALL: [Self; 5] =
        [Self::Success, Self::Failed, Self::RateLimited, Self::Timeout, Self::Cancelled];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::RateLimited => "rate_limited",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::RateLimited => "Rate limited",
            Self::Timeout => "Timed out",
            Self::Cancelled => "Cancelled",
        }
    }
}

impl std::str::FromStr for LogStatus {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|status| status.as_str() == word);
        known.ok_or_else(|| {
            "The status must be success, failed, rate_limited, timeout or cancelled.".into()
        })
    }
}

/// One row of the usage log: one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GenerationLogView {
    pub id: i64,
    pub request_id: Uuid,
    /// 1 for the first attempt of a request.
    pub attempt: i32,
    pub model: String,
    pub tokens: TokenUsage,
    pub cost: Money,
    /// Claude did not say what the attempt used, as after a timeout: tokens and cost are ours, at
    /// least the prompt and what was seen of the answer.
    #[serde(default)]
    pub estimated: bool,
    /// Which prices were used.
    pub price_version: String,
    pub duration_ms: i64,
    pub status: LogStatus,
    pub error_code: Option<String>,
    pub conversation_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}
