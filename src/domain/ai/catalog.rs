//! Every field of an AI configuration: its path, its section, what it is called, and which values
//! it takes.
//!
//! The page, the validation, the environment and the history all read this one table.

use crate::domain::{ai::models, money::Money, preferences::catalog::Choice};
use serde_json::{Number, Value};

/// A group of fields: one object of the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    Model,
    RateLimiting,
    RetryStrategy,
    CostBudget,
    ApiKeys,
    Timeouts,
}

impl Section {
    pub const ALL: [Self; 6] = [
        Self::Model,
        Self::RateLimiting,
        Self::RetryStrategy,
        Self::CostBudget,
        Self::ApiKeys,
        Self::Timeouts,
    ];

    /// The name in the JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::RateLimiting => "rateLimiting",
            Self::RetryStrategy => "retryStrategy",
            Self::CostBudget => "costBudget",
            Self::ApiKeys => "apiKeys",
            Self::Timeouts => "timeouts",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Model => "Model",
            Self::RateLimiting => "Rate limits",
            Self::RetryStrategy => "Retries",
            Self::CostBudget => "Costs",
            Self::ApiKeys => "API keys",
            Self::Timeouts => "Timeouts",
        }
    }

    pub fn fields(self) -> impl Iterator<Item = &'static Field> {
        FIELDS.iter().filter(move |field| field.section == self)
    }
}

/// Which values a field takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Flag,
    OneOf(&'static [Choice]),
    /// A whole number, both ends included.
    Whole {
        min: i64,
        max: i64,
    },
    /// 0–1 in steps of 0.05.
    Fraction,
    /// US dollars, 0 to a hundred million, to a millionth.
    Dollars,
    /// Ascending shares in (0, 1], to a hundredth.
    Thresholds,
    /// The id of a model. Whether the catalog has it is a rule of [`super::save`].
    Model,
}

/// One field.
#[derive(Debug, PartialEq)]
pub struct Field {
    /// Dotted path in the JSON.
    pub path: &'static str,
    pub section: Section,
    pub kind: Kind,
    pub label: &'static str,
    pub description: &'static str,
    /// What a number counts; empty where there is nothing to say.
    pub unit: &'static str,
}

const fn choice(value: &'static str, label: &'static str) -> Choice {
    Choice { value, label }
}

const BACKOFFS: &[Choice] =
    &[choice("exponential", "Exponential"), choice("linear", "Linear"), choice("fixed", "Fixed")];
const ENFORCEMENTS: &[Choice] = &[choice("block", "Refuse requests"), choice("alert", "Only warn")];
const ROTATIONS: &[Choice] = &[
    choice("manual", "By hand"),
    choice("monthly", "Every month"),
    choice("quarterly", "Every quarter"),
];

/// The largest budget, in dollars: with six decimals below, a JSON number still holds it exactly.
pub const MAX_DOLLARS: i64 = 100_000_000;
/// More than any model's limit; the model's own is a rule of [`super::save`].
const MAX_TOKENS: i64 = 10_000_000;

const fn field(
    path: &'static str,
    section: Section,
    kind: Kind,
    label: &'static str,
    unit: &'static str,
    description: &'static str,
) -> Field {
    Field { path, section, kind, label, description, unit }
}

/// Every field, in the order of the page.
#[rustfmt::skip]
pub const FIELDS: &[Field] = &[
    field("model.model", Section::Model, Kind::Model, "Model", "", "The model of Claude that writes the conversations."),
    field("model.temperature", Section::Model, Kind::Fraction, "Temperature", "", "Higher is more varied, lower more predictable. Only some models take it."),
    field("model.topP", Section::Model, Kind::Fraction, "Top P", "", "Another way to limit variety: only the likeliest words up to this share. Only some models take it."),
    field("model.maxTokens", Section::Model, Kind::Whole { min: 1, max: MAX_TOKENS }, "Maximum tokens", "tokens", "The longest answer, at most what the model can write."),
    field("model.streaming", Section::Model, Kind::Flag, "Streaming", "", "Show the answer while it is being written."),
    field("rateLimiting.requestsPerMinute", Section::RateLimiting, Kind::Whole { min: 1, max: 100_000 }, "Requests per minute", "requests", "The even pace at which requests are sent."),
    field("rateLimiting.concurrentRequests", Section::RateLimiting, Kind::Whole { min: 1, max: 1000 }, "Concurrent requests", "requests", "How many requests run at the same time."),
    field("rateLimiting.burstAllowance", Section::RateLimiting, Kind::Whole { min: 0, max: 10_000 }, "Burst allowance", "requests", "How many requests may come at once beyond the even pace."),
    field("retryStrategy.maxRetries", Section::RetryStrategy, Kind::Whole { min: 0, max: 10 }, "Maximum retries", "retries", "How often a request that failed is tried again."),
    field("retryStrategy.backoffType", Section::RetryStrategy, Kind::OneOf(BACKOFFS), "Backoff", "", "How the delay grows from one retry to the next."),
    field("retryStrategy.baseDelay", Section::RetryStrategy, Kind::Whole { min: 0, max: 60_000 }, "Base delay", "ms", "The delay before the first retry."),
    field("retryStrategy.maxDelay", Section::RetryStrategy, Kind::Whole { min: 0, max: 300_000 }, "Maximum delay", "ms", "The longest delay between retries."),
    field("costBudget.dailyBudget", Section::CostBudget, Kind::Dollars, "Daily budget", "USD", "What may be spent in a calendar day."),
    field("costBudget.weeklyBudget", Section::CostBudget, Kind::Dollars, "Weekly budget", "USD", "What may be spent in a week from Monday."),
    field("costBudget.monthlyBudget", Section::CostBudget, Kind::Dollars, "Monthly budget", "USD", "What may be spent in a calendar month."),
    field("costBudget.alertThresholds", Section::CostBudget, Kind::Thresholds, "Alert thresholds", "", "The shares of a budget at which a notification is sent."),
    field("costBudget.enforcement", Section::CostBudget, Kind::OneOf(ENFORCEMENTS), "Enforcement", "", "What happens when a budget is used up."),
    field("apiKeys.rotationSchedule", Section::ApiKeys, Kind::OneOf(ROTATIONS), "Key rotation", "", "When to remind of exchanging the API key."),
    field("timeouts.connectionTimeout", Section::Timeouts, Kind::Whole { min: 1000, max: 60_000 }, "Connection timeout", "ms", "How long to wait for a connection to Claude."),
    field("timeouts.generationTimeout", Section::Timeouts, Kind::Whole { min: 1000, max: 600_000 }, "Generation timeout", "ms", "How long one attempt may take."),
    field("timeouts.totalRequestTimeout", Section::Timeouts, Kind::Whole { min: 1000, max: 900_000 }, "Total timeout", "ms", "How long all attempts may take together, with the delays between them."),
];

/// The field at a path.
pub fn field_at(path: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.path == path)
}

/// True for the name of a section.
pub fn is_group(path: &str) -> bool {
    Section::ALL.iter().any(|section| section.key() == path)
}

impl Field {
    /// The last part of the path, which names the input of the page and the ceiling.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The environment variable that sets it: `ANTHROPIC_MAX_TOKENS`.
    pub fn variable(&self) -> String {
        let mut variable = "ANTHROPIC_".to_owned();
        for character in self.name().chars() {
            if character.is_ascii_uppercase() {
                variable.push('_');
            }
            variable.push(character.to_ascii_uppercase());
        }
        variable
    }

    /// The value in the one form in which it is stored, or the sentence that says what is allowed.
    pub fn canonical(&self, value: &Value) -> Result<Value, String> {
        let accepted = match self.kind {
            Kind::Flag => value.is_boolean().then(|| value.clone()),
            Kind::OneOf(choices) => value
                .as_str()
                .filter(|word| choices.iter().any(|choice| choice.value == *word))
                .map(Value::from),
            Kind::Whole { min, max } => {
                whole(value).filter(|number| (min..=max).contains(number)).map(Value::from)
            }
            Kind::Fraction => step(value, 20).and_then(Number::from_f64).map(Value::Number),
            Kind::Dollars => dollars(value).map(|amount| Value::Number(amount.to_json_usd())),
            Kind::Thresholds => thresholds(value),
            Kind::Model => {
                value.as_str().map(str::trim).filter(|id| models::is_id(id)).map(Value::from)
            }
        };
        accepted.ok_or_else(|| format!("{} must be {}.", self.label, self.allowed()))
    }

    /// What is allowed, to complete "… must be …".
    pub fn allowed(&self) -> String {
        match self.kind {
            Kind::Flag => "true or false".into(),
            Kind::OneOf(choices) => {
                format!(
                    "one of {}",
                    choices.iter().map(|choice| choice.value).collect::<Vec<_>>().join(", ")
                )
            }
            Kind::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Kind::Fraction => "a number from 0 to 1 in steps of 0.05, or left out".into(),
            Kind::Dollars => format!("an amount of US dollars from 0 to {MAX_DOLLARS}"),
            Kind::Thresholds => {
                "a list of 1 to 10 ascending shares above 0 and at most 1, such as 0.5, 0.75, 0.9"
                    .into()
            }
            Kind::Model => "the id of a model in the catalog, such as claude-sonnet-4-6".into(),
        }
    }

    /// A value in the words of a person.
    pub fn display(&self, value: &Value) -> String {
        match (self.kind, value) {
            (_, Value::Null) => "Not sent".into(),
            (Kind::Flag, Value::Bool(on)) => if *on { "On" } else { "Off" }.into(),
            (Kind::OneOf(choices), Value::String(word)) => choices
                .iter()
                .find(|choice| choice.value == word)
                .map_or(word.clone(), |choice| choice.label.to_owned()),
            (Kind::Dollars, value) => Money::from_json_usd(value)
                .map_or_else(|| value.to_string(), |amount| amount.to_string()),
            (Kind::Fraction, Value::Number(number)) => {
                format!("{:.2}", number.as_f64().unwrap_or_default())
            }
            (Kind::Thresholds, Value::Array(shares)) => shares
                .iter()
                .map(|share| format!("{:.0} %", share.as_f64().unwrap_or_default() * 100.0))
                .collect::<Vec<_>>()
                .join(", "),
            (Kind::Whole { .. }, Value::Number(number)) if !self.unit.is_empty() => {
                format!("{} {}", crate::domain::money::grouped(&number.to_string()), self.unit)
            }
            (_, Value::String(word)) => word.clone(),
            (_, other) => other.to_string(),
        }
    }
}

/// A whole number, however it is written (`25` or `25.0`).
fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        value
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() < 1e9)
            .map(|n| n as i64)
    })
}

/// A number from 0 to 1 in steps of one `parts`-th, as the number that always reads the same.
fn step(value: &Value, parts: u32) -> Option<f64> {
    let number = value.as_f64().filter(|number| (0.0..=1.0).contains(number))?;
    let parts = f64::from(parts);
    let steps = (number * parts).round();
    // `+ 0.0` turns -0.0 into 0.0, which would otherwise be another text in the row.
    ((number * parts - steps).abs() <= 1e-6).then_some(steps / parts + 0.0)
}

fn dollars(value: &Value) -> Option<Money> {
    let amount = Money::from_json_usd(value)?;
    let fits = (Money::ZERO..=Money::from_dollars(MAX_DOLLARS)).contains(&amount)
        && amount.nanos() % 1000 == 0;
    fits.then_some(amount)
}

fn thresholds(value: &Value) -> Option<Value> {
    let shares =
        value.as_array()?.iter().map(|share| step(share, 100)).collect::<Option<Vec<_>>>()?;
    let fits = (1..=10).contains(&shares.len())
        && shares[0] > 0.0
        && shares.is_sorted_by(|lower, upper| lower < upper);
    fits.then(|| Value::from(shares))
}
