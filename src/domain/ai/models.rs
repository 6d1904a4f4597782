//! The models of Claude: what they cost, how much they read and write, which sampling they take,
//! whether they think, when they retire.
//!
//! The facts are data (`data/models.json`), not code. An installation's administrators may correct
//! a model or add one; their entries are laid over the built-in file by id.

pub mod correction;
mod cost;
mod model;
mod overrides;
mod thinking;

pub use cost::CostError;
pub use model::{Feature, Model, ModelCorrection, PriceTier, PriceVersion, Sampling};
pub use overrides::{CatalogError, is_id};
pub use thinking::{Effort, Thinking, ThinkingOff};

use crate::domain::{days, money::Money};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;
use utoipa::ToSchema;

/// Days before a model's retirement from which everybody who is pinned to it is warned.
pub const RETIREMENT_WARNING_DAYS: i64 = 60;

/// Every model known, with exactly one default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Catalog {
    /// The day on which the facts were looked up.
    pub as_of: NaiveDate,
    models: Vec<Model>,
}

/// A model that is retired or soon will be, and what to use instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Retirement {
    #[schema(example = "claude-sonnet-4-5-20250929")]
    pub model: String,
    pub name: String,
    pub date: NaiveDate,
    /// Days from today; 0 or less when it is retired.
    #[schema(example = 7)]
    pub days_left: i64,
    pub replacement: Option<Replacement>,
}

/// The model to use instead of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Replacement {
    #[schema(example = "claude-sonnet-4-6")]
    pub model: String,
    pub name: String,
    /// By how much a million input tokens cost more (or, negative, less).
    pub input_difference: Money,
    /// By how much a million output tokens cost more (or, negative, less).
    pub output_difference: Money,
}

impl Catalog {
    /// The catalog of this release.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceLock<Catalog> = OnceLock::new();
        BUILT_IN.get_or_init(|| match Self::parse(include_str!("../../../data/models.json")) {
            Ok(catalog) => catalog,
            Err(error) => unreachable!("data/models.json is checked by a test: {error}"),
        })
    }

    /// Every model, the current ones first, in the order of the file.
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    pub fn get(&self, id: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The model that applies where nobody chose one.
    pub fn default_model(&self) -> &Model {
        // Both ways into a catalog refuse one without models and give it exactly one default.
        self.models.iter().find(|model| model.default).unwrap_or(&self.models[0])
    }

    /// The models that can be chosen on a day.
    pub fn usable(&self, today: NaiveDate) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| !model.is_retired(today))
    }

    /// The model to use instead of this one, following replacements that are retired themselves.
    pub fn replacement_of(&self, model: &Model, today: NaiveDate) -> Option<&Model> {
        let mut next = self.get(model.replacement.as_deref()?)?;
        // As many steps as there are models: a circle of replacements ends.
        for _ in 0..self.models.len() {
            if !next.is_retired(today) {
                return Some(next);
            }
            next = self.get(next.replacement.as_deref()?)?;
        }
        None
    }

    /// What to tell somebody who is pinned to a model that is retired or retires within
    /// [`RETIREMENT_WARNING_DAYS`]; `None` when there is nothing to tell.
    pub fn retirement(&self, id: &str, today: NaiveDate) -> Option<Retirement> {
        let model = self.get(id)?;
        if !model.is_retired(today) && !model.retires_within(RETIREMENT_WARNING_DAYS, today) {
            return None;
        }
        let date = model.retires?;
        let replacement = self.replacement_of(model, today).map(|other| {
            let (old, new) = (model.base_price(today), other.base_price(today));
            Replacement {
                model: other.id.clone(),
                name: other.name.clone(),
                input_difference: new.input.saturating_sub(old.input),
                output_difference: new.output.saturating_sub(old.output),
            }
        });
        Some(Retirement {
            model: model.id.clone(),
            name: model.name.clone(),
            date,
            days_left: (date - today).num_days(),
            replacement,
        })
    }
}

impl Retirement {
    /// The warning in words, with the price of the way out.
    pub fn sentence(&self) -> String {
        let (name, date) = (&self.name, days::date(self.date));
        let fate = match self.days_left {
            ..=0 => format!("{name} was retired on {date} and can no longer be used."),
            1 => format!("{name} retires tomorrow, on {date}."),
            days => format!("{name} retires in {days} days, on {date}."),
        };
        match &self.replacement {
            None => format!("{fate} Choose another model."),
            Some(replacement) => {
                format!("{fate} Use {} instead: {}.", replacement.name, replacement.price_words())
            }
        }
    }
}

impl Replacement {
    /// `$2.00 more per million input tokens and $10.00 less per million output tokens`.
    pub fn price_words(&self) -> String {
        if self.input_difference == Money::ZERO && self.output_difference == Money::ZERO {
            return "it costs the same".into();
        }
        let words = |difference: Money, kind: &str| {
            if difference == Money::ZERO {
                return format!("the same per million {kind} tokens");
            }
            let more = if difference > Money::ZERO { "more" } else { "less" };
            format!(
                "{} {more} per million {kind} tokens",
                Money::from_nanos(difference.nanos().saturating_abs())
            )
        };
        format!(
            "{} and {}",
            words(self.input_difference, "input"),
            words(self.output_difference, "output")
        )
    }
}

#[cfg(test)]
mod tests;
