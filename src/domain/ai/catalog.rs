//! Every field of an AI configuration: its path, its section, what it is called, and which values
//! it takes.
//!
//! The page, the validation, the environment and the history all read this one table.

use super::values::{BackoffType, Enforcement, RotationSchedule};
use crate::domain::{
    ai::models::Effort,
    settings::{Field, Kind, Table},
    words::words,
};
use serde::Serialize;

words! {
    /// A group of fields: one object of the JSON.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
    pub enum Section {
        Model => "model", "Model";
        RateLimiting => "rateLimiting", "Rate limits";
        RetryStrategy => "retryStrategy", "Retries";
        CostBudget => "costBudget", "Costs";
        ApiKeys => "apiKeys", "API keys";
        Timeouts => "timeouts", "Timeouts";
    }
}

impl Section {
    pub fn fields(self) -> impl Iterator<Item = &'static Field> {
        TABLE.section(self.choice())
    }
}

/// More than any model's limit; the model's own is a rule of [`super::save`].
const MAX_TOKENS: i64 = 10_000_000;
/// 0–1 in steps of 0.05, or not sent at all.
const fn fraction(offered: f64) -> Kind {
    Kind::Steps { max: 1, parts: 20, offered: Some(offered) }
}

const fn field(
    path: &'static str,
    section: Section,
    kind: Kind,
    label: &'static str,
    unit: &'static str,
    description: &'static str,
) -> Field {
    Field::new(path, section.choice(), kind, label, description).counting(unit)
}

/// Every field, in the order of the page.
pub static FIELDS: &[Field] = &[
    field(
        "model.model",
        Section::Model,
        Kind::Model,
        "Model",
        "",
        "The Claude model that writes the conversations.",
    ),
    field(
        "model.temperature",
        Section::Model,
        fraction(0.7),
        "Temperature",
        "",
        "Higher is more varied, lower more predictable. Only some models accept it.",
    ),
    field(
        "model.topP",
        Section::Model,
        fraction(0.9),
        "Top P",
        "",
        "Limits variety to the most likely words up to this share. Only some models accept it.",
    ),
    field(
        "model.maxTokens",
        Section::Model,
        Kind::Whole { min: 1, max: MAX_TOKENS },
        "Maximum tokens",
        "tokens",
        "Maximum length of an answer, up to the model’s own limit.",
    ),
    field(
        "model.streaming",
        Section::Model,
        Kind::Flag,
        "Streaming",
        "",
        "Show the answer while it is being written.",
    ),
    field(
        "model.effort",
        Section::Model,
        Kind::OneOf(Effort::CHOICES),
        "Effort",
        "",
        "How much the model puts into an answer. Higher costs more tokens; above High, newer \
         models think first. Only some models accept it.",
    ),
    field(
        "rateLimiting.requestsPerMinute",
        Section::RateLimiting,
        Kind::Whole { min: 1, max: 100_000 },
        "Requests per minute",
        "requests",
        "Sustained rate.",
    ),
    field(
        "rateLimiting.concurrentRequests",
        Section::RateLimiting,
        Kind::Whole { min: 1, max: 1000 },
        "Concurrent requests",
        "requests",
        "Requests that may run at the same time.",
    ),
    field(
        "rateLimiting.burstAllowance",
        Section::RateLimiting,
        Kind::Whole { min: 0, max: 10_000 },
        "Burst allowance",
        "requests",
        "Requests allowed at once above the sustained rate.",
    ),
    field(
        "retryStrategy.maxRetries",
        Section::RetryStrategy,
        Kind::Whole { min: 0, max: 10 },
        "Maximum retries",
        "retries",
        "How many times a failed request is retried.",
    ),
    field(
        "retryStrategy.backoffType",
        Section::RetryStrategy,
        Kind::OneOf(BackoffType::CHOICES),
        "Backoff",
        "",
        "How the delay grows between retries.",
    ),
    field(
        "retryStrategy.baseDelay",
        Section::RetryStrategy,
        Kind::Whole { min: 0, max: 60_000 },
        "Base delay",
        "ms",
        "Delay before the first retry.",
    ),
    field(
        "retryStrategy.maxDelay",
        Section::RetryStrategy,
        Kind::Whole { min: 0, max: 300_000 },
        "Maximum delay",
        "ms",
        "Longest delay between retries.",
    ),
    field(
        "costBudget.dailyBudget",
        Section::CostBudget,
        Kind::Dollars,
        "Daily budget",
        "USD",
        "Spending limit per calendar day.",
    ),
    field(
        "costBudget.weeklyBudget",
        Section::CostBudget,
        Kind::Dollars,
        "Weekly budget",
        "USD",
        "Spending limit per week, from Monday.",
    ),
    field(
        "costBudget.monthlyBudget",
        Section::CostBudget,
        Kind::Dollars,
        "Monthly budget",
        "USD",
        "Spending limit per calendar month.",
    ),
    field(
        "costBudget.alertThresholds",
        Section::CostBudget,
        Kind::Shares,
        "Alert thresholds",
        "",
        "Percentages of a budget at which a notification is sent.",
    ),
    field(
        "costBudget.enforcement",
        Section::CostBudget,
        Kind::OneOf(Enforcement::CHOICES),
        "Enforcement",
        "",
        "What happens when a budget is used up.",
    ),
    field(
        "apiKeys.rotationSchedule",
        Section::ApiKeys,
        Kind::OneOf(RotationSchedule::CHOICES),
        "Key rotation",
        "",
        "When to remind you to rotate the API key.",
    ),
    field(
        "timeouts.connectionTimeout",
        Section::Timeouts,
        Kind::Whole { min: 1000, max: 60_000 },
        "Connection timeout",
        "ms",
        "Time to connect to Claude.",
    ),
    field(
        "timeouts.generationTimeout",
        Section::Timeouts,
        Kind::Whole { min: 1000, max: 600_000 },
        "Generation timeout",
        "ms",
        "Time for one attempt.",
    ),
    field(
        "timeouts.totalRequestTimeout",
        Section::Timeouts,
        Kind::Whole { min: 1000, max: 900_000 },
        "Total timeout",
        "ms",
        "Time for all attempts together, delays included.",
    ),
];

pub static TABLE: Table = Table { noun: "AI setting", fields: FIELDS };

/// The field at a path.
pub fn field_at(path: &str) -> Option<&'static Field> {
    TABLE.field(path)
}
