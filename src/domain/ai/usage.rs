//! Spending and the usage log as they cross the wire. All amounts are nano-US-dollars.

use super::{ScopeType, values::Enforcement};
use crate::domain::{
    generation::{Period, TokenUsage},
    money::Money,
    words::words,
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
    /// The API token that a program asked with, by its name; what people generated on the pages is
    /// one group, with an empty key.
    Client,
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

/// The requests to Claude that are running in a scope, on all servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunningView {
    pub scope: ScopeType,
    #[schema(example = 1)]
    pub running: i64,
    /// So many may run at once.
    #[schema(example = 3)]
    pub places: i64,
}

/// How a person's money and places stand at this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct UsageNow {
    /// Every budget that counts and that they may see.
    pub budgets: Vec<BudgetView>,
    /// Their own requests, then those of the organization that they manage.
    pub running: Vec<RunningView>,
}

/// The sum of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageGroup {
    /// A model's id, a day, how attempts ended, a person's id or the name of a token.
    pub key: String,
    /// The same for people.
    pub label: String,
    pub requests: i64,
    pub tokens: TokenUsage,
    pub cost: Money,
    /// The part of `cost` that Claude did not count.
    #[serde(default)]
    pub estimated: Money,
    /// When the last of its attempts ended.
    pub last_used: DateTime<Utc>,
}

words! {
    /// How an attempt ended, as it is stored in the ledger.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum LogStatus: "The status" {
        Success => "success";
        Failed => "failed";
        RateLimited => "rate_limited";
        Timeout => "timeout";
        Cancelled => "cancelled";
    }
}

words! {
    /// How an attempt ended, as people look for it: Claude may have answered without making a
    /// conversation, and what was billed for nothing is no success.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum AttemptOutcome: "The status" {
        Success => "success", "Success";
        Unusable => "unusable", "Unusable answer";
        Failed => "failed", "Failed";
        RateLimited => "rate_limited", "Rate limited";
        Timeout => "timeout", "Timed out";
        Cancelled => "cancelled", "Cancelled";
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
    /// The name of the API token that asked; absent for what was asked on the pages.
    #[serde(default)]
    pub client: Option<String>,
    /// Who asked, in the log of an organization; absent in one's own.
    #[serde(default)]
    pub person: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl GenerationLogView {
    /// How it ended, as `status` of a [`LedgerQuery`](super::ledger::LedgerQuery) finds it.
    pub fn outcome(&self) -> AttemptOutcome {
        match self.status {
            LogStatus::Success if self.error_code.is_some() => AttemptOutcome::Unusable,
            LogStatus::Success => AttemptOutcome::Success,
            LogStatus::Failed => AttemptOutcome::Failed,
            LogStatus::RateLimited => AttemptOutcome::RateLimited,
            LogStatus::Timeout => AttemptOutcome::Timeout,
            LogStatus::Cancelled => AttemptOutcome::Cancelled,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_that_made_no_conversation_is_no_success() {
        let of = |status: LogStatus, code: Option<&str>| {
            let entry = json!({
                "id": 1, "requestId": Uuid::nil(), "attempt": 1, "model": "m",
                "tokens": TokenUsage::default(), "cost": 5, "priceVersion": "1", "durationMs": 1,
                "status": status, "errorCode": code, "createdAt": "2026-11-25T12:00:00Z",
            });
            serde_json::from_value::<GenerationLogView>(entry).unwrap().outcome()
        };
        assert_eq!(of(LogStatus::Success, Some("claude_malformed")), AttemptOutcome::Unusable);
        for status in LogStatus::ALL {
            assert_eq!(of(status, None).as_str(), status.as_str());
            assert_ne!(of(status, Some("claude_failed")), AttemptOutcome::Success, "{status}");
        }
    }
}
