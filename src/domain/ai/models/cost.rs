//! What a request costs: exact whole-number arithmetic on published prices.

use super::{Catalog, Model, PriceTier};
use crate::domain::{generation::TokenUsage, money::Money};
use chrono::{DateTime, Utc};

/// Why there is no cost. Never answered with 0: a request that nobody can price is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    #[error(
        "The model “{0}” is not in the catalog, so its price is not known. An administrator can \
            add it."
    )]
    UnknownModel(String),
    #[error("This number of tokens costs more than can be counted.")]
    TooLarge,
}

/// Prices are per this many tokens.
const TOKENS_PER_PRICE: i128 = 1_000_000;

impl Catalog {
    /// What a request cost that was made at a moment.
    pub fn cost(
        &self,
        model: &str,
        usage: &TokenUsage,
        at: DateTime<Utc>,
    ) -> Result<Money, CostError> {
        self.known(model)?.cost(usage, at)
    }

    /// The most that a request without caching can cost: as many input tokens as estimated, and
    /// every token of the answer used, whether it is thought or said.
    pub fn worst_case(
        &self,
        model: &str,
        input_tokens: u64,
        max_tokens: u64,
        at: DateTime<Utc>,
    ) -> Result<Money, CostError> {
        self.known(model)?.worst_case(input_tokens, max_tokens, at)
    }

    /// The prices that [`Self::cost`] uses, in words for the ledger.
    pub fn price_version(
        &self,
        model: &str,
        usage: &TokenUsage,
        at: DateTime<Utc>,
    ) -> Result<String, CostError> {
        Ok(self.known(model)?.price_at(at).label(usage.prompt()))
    }

    fn known(&self, id: &str) -> Result<&Model, CostError> {
        self.get(id).ok_or_else(|| CostError::UnknownModel(id.chars().take(100).collect()))
    }
}

impl Model {
    /// See [`Catalog::cost`]. What was thought is part of the output, at its price.
    pub fn cost(&self, usage: &TokenUsage, at: DateTime<Utc>) -> Result<Money, CostError> {
        rounded(self.priced(usage, at)?, TOKENS_PER_PRICE)
    }

    /// The same of a request of a batch, rounded up to a whole nano-dollar once.
    ///
    /// # Errors
    /// As [`Catalog::cost`].
    pub fn batch_cost(&self, usage: &TokenUsage, at: DateTime<Utc>) -> Result<Money, CostError> {
        let whole = self.priced(usage, at)?;
        let part = whole.checked_mul(i128::from(self.batch_percent)).ok_or(CostError::TooLarge)?;
        rounded(part, TOKENS_PER_PRICE * 100)
    }

    /// The sum of tokens × price.
    fn priced(&self, usage: &TokenUsage, at: DateTime<Utc>) -> Result<i128, CostError> {
        let tier = self.price_at(at).tier(usage.prompt());
        sum(&[
            (usage.input, tier.input),
            (usage.output, tier.output),
            (usage.cache_write_5m, tier.cache_write_5m),
            (usage.cache_write_1h, tier.cache_write_1h),
            (usage.cache_read, tier.cache_read),
        ])
    }

    /// See [`Catalog::worst_case`]. The prompt is priced as plain input; every tier that the prompt
    /// may fall into up to the estimate counts, because a larger tier is not dearer by necessity.
    pub fn worst_case(
        &self,
        input_tokens: u64,
        max_tokens: u64,
        at: DateTime<Utc>,
    ) -> Result<Money, CostError> {
        self.worst_case_by(input_tokens, max_tokens, at, |tier| tier.input)
    }

    /// The same for a request that may have its whole prompt written to the cache; `for_an_hour` or
    /// for five minutes.
    pub fn worst_case_caching(
        &self,
        input_tokens: u64,
        max_tokens: u64,
        for_an_hour: bool,
        at: DateTime<Utc>,
    ) -> Result<Money, CostError> {
        self.worst_case_by(input_tokens, max_tokens, at, |tier| {
            tier.input.max(if for_an_hour { tier.cache_write_1h } else { tier.cache_write_5m })
        })
    }

    fn worst_case_by(
        &self,
        input_tokens: u64,
        max_tokens: u64,
        at: DateTime<Utc>,
        input: impl Fn(&PriceTier) -> Money,
    ) -> Result<Money, CostError> {
        let version = self.price_at(at);
        let tier = version.tier(input_tokens);
        let mut worst = total(&[(input_tokens, input(tier)), (max_tokens, tier.output)])?;
        for tier in &version.tiers {
            if let Some(up_to) = tier.up_to.filter(|up_to| *up_to < input_tokens) {
                worst = worst.max(total(&[(up_to, input(tier)), (max_tokens, tier.output)])?);
            }
        }
        Ok(worst)
    }
}

fn total(parts: &[(u64, Money)]) -> Result<Money, CostError> {
    rounded(sum(parts)?, TOKENS_PER_PRICE)
}

/// The sum of tokens × price, in nano-dollars × [`TOKENS_PER_PRICE`].
fn sum(parts: &[(u64, Money)]) -> Result<i128, CostError> {
    let mut sum: i128 = 0;
    for (tokens, price) in parts {
        let part = i128::from(*tokens).checked_mul(i128::from(price.nanos()));
        sum = part.and_then(|part| sum.checked_add(part)).ok_or(CostError::TooLarge)?;
    }
    Ok(sum)
}

/// Rounded up to a whole nano-dollar once at the end: never less than what is billed.
fn rounded(sum: i128, divisor: i128) -> Result<Money, CostError> {
    let nanos = sum / divisor + i128::from(sum % divisor > 0);
    i64::try_from(nanos).map(Money::from_nanos).map_err(|_| CostError::TooLarge)
}
