//! The effective configuration as types, with its defaults.

use super::Overrides;
use crate::domain::{
    ai::models::{Catalog, Effort},
    money::{Money, number_usd},
    words::words,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use utoipa::ToSchema;

/// Everything that applies for one scope: each field has a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AiConfig {
    pub model: ModelSettings,
    pub rate_limiting: RateLimiting,
    pub retry_strategy: RetryStrategy,
    pub cost_budget: CostBudget,
    pub api_keys: ApiKeys,
    pub timeouts: Timeouts,
}

/// The model and what is asked of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelSettings {
    /// An id of the catalog.
    #[schema(example = "claude-sonnet-4-6")]
    pub model: String,
    /// 0–1; `null` when none is sent, because the model takes none or top P is used instead.
    pub temperature: Option<f64>,
    /// The longest answer, in tokens.
    #[schema(example = 4096)]
    pub max_tokens: u32,
    /// 0–1; `null` when none is sent.
    pub top_p: Option<f64>,
    /// Whether answers arrive as they are written.
    pub streaming: bool,
    /// How much the model puts into an answer; `null` when none is sent, because it takes none or
    /// decides by itself. Up to `high` it is told not to think, where it lets itself be told.
    pub effort: Option<Effort>,
}

/// Our own limits, kept for all server processes together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RateLimiting {
    pub requests_per_minute: u32,
    pub concurrent_requests: u32,
    /// Requests that may come at once beyond the even pace.
    pub burst_allowance: u32,
}

/// How a failed request is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RetryStrategy {
    pub max_retries: u32,
    pub backoff_type: BackoffType,
    /// Milliseconds before the first retry.
    pub base_delay: u32,
    /// The longest delay of our own, in milliseconds.
    pub max_delay: u32,
}

words! {
    /// How the delay grows from one retry to the next.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum BackoffType {
        Exponential => "exponential", "Exponential";
        Linear => "linear", "Linear";
        Fixed => "fixed", "Fixed";
    }
}

/// What may be spent. Windows are calendar days, weeks (from Monday) and months in the scope's time
/// zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CostBudget {
    /// US dollars.
    #[serde(with = "number_usd")]
    #[schema(value_type = f64, example = 100)]
    pub daily_budget: Money,
    /// US dollars.
    #[serde(with = "number_usd")]
    #[schema(value_type = f64, example = 500)]
    pub weekly_budget: Money,
    /// US dollars.
    #[serde(with = "number_usd")]
    #[schema(value_type = f64, example = 2000)]
    pub monthly_budget: Money,
    /// Ascending shares of a budget, each in (0, 1].
    pub alert_thresholds: Vec<f64>,
    pub enforcement: Enforcement,
}

words! {
    /// What happens when a budget is used up.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Enforcement {
        /// Requests are refused.
        Block => "block", "Refuse requests";
        /// Requests go on, with a warning.
        Alert => "alert", "Only warn";
    }
}

words! {
    /// How often a key should be exchanged.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum RotationSchedule {
        Manual => "manual", "By hand";
        Monthly => "monthly", "Every month";
        Quarterly => "quarterly", "Every quarter";
    }
}

/// About the keys; the keys themselves are in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeys {
    pub rotation_schedule: RotationSchedule,
}

/// How long to wait, in milliseconds. Connection ≤ generation ≤ total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timeouts {
    /// For the connection to Claude.
    pub connection_timeout: u32,
    /// For one attempt.
    pub generation_timeout: u32,
    /// For all attempts and the delays between them.
    pub total_request_timeout: u32,
}

impl AiConfig {
    /// The built-in defaults. The temperature is there for models that take one;
    /// [`super::explain::effective`] leaves it out for others, and adds the effort of those that
    /// think unless told otherwise.
    pub fn defaults(catalog: &Catalog) -> Self {
        Self {
            model: ModelSettings {
                model: catalog.default_model().id.clone(),
                temperature: Some(0.7),
                max_tokens: 4096,
                top_p: None,
                streaming: false,
                effort: None,
            },
            rate_limiting: RateLimiting {
                requests_per_minute: 50,
                concurrent_requests: 3,
                burst_allowance: 10,
            },
            retry_strategy: RetryStrategy {
                max_retries: 3,
                backoff_type: BackoffType::Exponential,
                base_delay: 1000,
                max_delay: 16_000,
            },
            cost_budget: CostBudget {
                daily_budget: Money::from_dollars(100),
                weekly_budget: Money::from_dollars(500),
                monthly_budget: Money::from_dollars(2000),
                alert_thresholds: vec![0.5, 0.75, 0.9],
                enforcement: Enforcement::Block,
            },
            api_keys: ApiKeys { rotation_schedule: RotationSchedule::Manual },
            timeouts: Timeouts {
                connection_timeout: 10_000,
                generation_timeout: 60_000,
                total_request_timeout: 120_000,
            },
        }
    }

    /// The same as JSON, every field present.
    pub fn to_json(&self) -> Overrides {
        match serde_json::to_value(self) {
            Ok(Value::Object(object)) => object,
            _ => unreachable!("a struct of plain fields is a JSON object"),
        }
    }
}

impl RotationSchedule {
    /// The age in days from which a key should be exchanged; `None` when nobody asked to be
    /// reminded.
    pub fn days(self) -> Option<i64> {
        match self {
            Self::Manual => None,
            Self::Monthly => Some(30),
            Self::Quarterly => Some(90),
        }
    }
}

impl Timeouts {
    pub fn connection(&self) -> Duration {
        Duration::from_millis(self.connection_timeout.into())
    }

    pub fn generation(&self) -> Duration {
        Duration::from_millis(self.generation_timeout.into())
    }

    pub fn total(&self) -> Duration {
        Duration::from_millis(self.total_request_timeout.into())
    }
}
