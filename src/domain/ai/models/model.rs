//! One model and its prices.

use super::thinking::{Effort, Thinking, ThinkingOff};
use crate::domain::{
    money::{Money, decimal_usd},
    words::words,
};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A model of Claude.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Model {
    /// The name that a request carries.
    #[schema(example = "claude-sonnet-4-6")]
    pub id: String,
    /// The name that people read.
    #[schema(example = "Claude Sonnet 4.6")]
    pub name: String,
    /// Tokens that prompt and answer may have together.
    pub context_window: u64,
    /// The most tokens that one answer may have.
    pub output_limit: u64,
    pub sampling: Sampling,
    #[serde(default)]
    pub thinking: Thinking,
    /// How a request turns thinking off, of a model with `default_on`; `disabled` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking_off: Option<ThinkingOff>,
    /// The efforts that it takes, the lowest first; empty when it refuses to be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub efforts: Vec<Effort>,
    /// The shortest beginning of a prompt, in tokens, that it keeps in its cache. It passes over
    /// marks on shorter ones in silence. Absent: it keeps none, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1024)]
    pub cache_minimum: Option<u64>,
    /// What a request of a batch costs, in percent of the prices.
    #[serde(default = "half")]
    #[schema(example = 50)]
    pub batch_percent: u32,
    /// Applies where nobody chose a model. Exactly one model has it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// Still works, but should not be chosen any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// The first day on which requests are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retires: Option<NaiveDate>,
    /// The id of the model to use instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    pub features: Vec<Feature>,
    /// The prices in the order in which they came into force; never empty.
    pub prices: Vec<PriceVersion>,
}

/// Any part of a [`Model`]: what an administrator lays over it, `null` for what it does not have. A
/// mark that the description of the interface is made from; it fills in the fields.
#[derive(Debug, ToSchema)]
pub struct ModelCorrection;

words! {
    /// Which sampling parameters a model takes. It refuses the request otherwise, even when they
    /// have its own default values.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    pub enum Sampling {
        /// `temperature` and `top_p`, also together.
        Both => "both";
        /// `temperature` or `top_p`, not both.
        OneOf => "one_of";
        /// Neither.
        None => "none";
    }
}

/// Something that a model can do beyond answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    Streaming,
    ToolUse,
    Vision,
    PromptCaching,
}

/// What a model costs from a day on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceVersion {
    /// The first day (UTC) of these prices; absent for those that the model came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// By the size of the prompt, the smallest first; the last one has no end.
    pub tiers: Vec<PriceTier>,
}

/// Prices per million tokens, in US dollars. The tier that the whole prompt falls into applies to
/// all its tokens and to the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceTier {
    /// The largest prompt, in tokens, that this tier is for; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u64>,
    #[serde(with = "decimal_usd")]
    #[schema(value_type = String, example = "3")]
    pub input: Money,
    #[serde(with = "decimal_usd")]
    #[schema(value_type = String, example = "15")]
    pub output: Money,
    #[serde(with = "decimal_usd", rename = "cacheWrite5m")]
    #[schema(value_type = String, example = "3.75")]
    pub cache_write_5m: Money,
    #[serde(with = "decimal_usd", rename = "cacheWrite1h")]
    #[schema(value_type = String, example = "6")]
    pub cache_write_1h: Money,
    #[serde(with = "decimal_usd")]
    #[schema(value_type = String, example = "0.3")]
    pub cache_read: Money,
}

/// The provider's price of batches, for models of which nothing else is said.
fn half() -> u32 {
    50
}

impl Sampling {
    pub fn takes_temperature(self) -> bool {
        self != Self::None
    }

    /// Why a person finds the fields for it disabled, or has to choose between them; `None` where
    /// both are free.
    pub fn explanation(self, model: &str) -> Option<String> {
        match self {
            Self::Both => None,
            Self::OneOf => Some(format!("{model} takes temperature or top P, not both.")),
            Self::None => {
                Some(format!("{model} takes neither temperature nor top P; it chooses for itself."))
            }
        }
    }
}

impl Model {
    /// Whether requests are refused on a day.
    pub fn is_retired(&self, today: NaiveDate) -> bool {
        self.retires.is_some_and(|date| date <= today)
    }

    /// Whether it still works today but no longer in so many days.
    pub fn retires_within(&self, days: i64, today: NaiveDate) -> bool {
        let last =
            u64::try_from(days).ok().and_then(|days| today.checked_add_days(Days::new(days)));
        self.retires.is_some_and(|date| date > today && last.is_none_or(|last| date <= last))
    }

    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// The word by which a request of this effort turns thinking off; `None` where it need not or
    /// cannot.
    pub fn turns_thinking_off(&self, effort: Option<Effort>) -> Option<ThinkingOff> {
        let lets = self.thinking == Thinking::DefaultOn
            && effort.is_none_or(|effort| effort <= Effort::MOST_WITHOUT_THINKING);
        lets.then(|| self.thinking_off.unwrap_or_default())
    }

    /// The effort that applies where nobody chose one: the lowest, where it thinks unless told
    /// otherwise; else none is sent.
    pub fn usual_effort(&self) -> Option<Effort> {
        self.efforts.first().copied().filter(|_| self.thinking != Thinking::None)
    }

    /// What of a chosen effort it takes: the next lower one that it offers, or its lowest.
    pub fn nearest_effort(&self, chosen: Effort) -> Option<Effort> {
        let lower = self.efforts.iter().rev().find(|effort| **effort <= chosen);
        lower.or(self.efforts.first()).copied()
    }

    /// Which efforts it takes, for whoever chose another.
    pub fn effort_explanation(&self) -> String {
        let labels: Vec<_> = self.efforts.iter().map(|effort| effort.as_str()).collect();
        match labels.as_slice() {
            [] => format!("{} takes no effort.", self.name),
            [only] => format!("{} takes the effort {only} only.", self.name),
            [others @ .., last] => {
                format!("{} takes the efforts {} and {last}.", self.name, others.join(", "))
            }
        }
    }

    /// Whether it keeps the beginning of a prompt that has about so many tokens.
    pub fn caches(&self, tokens: u64) -> bool {
        self.has(Feature::PromptCaching) && self.cache_minimum.is_some_and(|least| tokens >= least)
    }

    /// The prices in force on a day (UTC). Before the first ones came into force, those apply as
    /// well: a request of that time has no others.
    pub fn price_on(&self, day: NaiveDate) -> &PriceVersion {
        let in_force =
            self.prices.iter().rev().find(|version| version.from.is_none_or(|from| from <= day));
        in_force.unwrap_or(&self.prices[0])
    }

    /// The prices in force at a moment.
    pub fn price_at(&self, at: DateTime<Utc>) -> &PriceVersion {
        self.price_on(at.date_naive())
    }

    /// The prices of a small prompt, to compare models by.
    pub fn base_price(&self, day: NaiveDate) -> &PriceTier {
        &self.price_on(day).tiers[0]
    }
}

impl PriceVersion {
    /// The tier for a prompt of so many tokens.
    pub fn tier(&self, prompt_tokens: u64) -> &PriceTier {
        let fits =
            self.tiers.iter().find(|tier| tier.up_to.is_none_or(|up_to| prompt_tokens <= up_to));
        fits.unwrap_or(&self.tiers[self.tiers.len() - 1])
    }

    /// A short text for the ledger that says which prices were used: since when, and input/output
    /// of the tier. A corrected price is told apart by it even when the day stayed the same.
    pub fn label(&self, prompt_tokens: u64) -> String {
        let tier = self.tier(prompt_tokens);
        let from = self.from.map_or("initial".to_owned(), |day| day.to_string());
        format!("{from} {}/{}", tier.input.to_decimal(), tier.output.to_decimal())
    }
}
