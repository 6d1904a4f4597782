//! What the provider would bill, in whole nano-dollars (10⁻⁹ USD), by its own arithmetic on the
//! published prices: a ledger is held against it.

use crate::usage::Usage;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    ops::AddAssign,
    sync::OnceLock,
};

/// The same prices that the product has.
const PRICES: &str = include_str!("../../data/models.json");
const TOKENS_PER_PRICE: u128 = 1_000_000;

/// What some requests cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bill {
    /// Requests that are billed.
    pub requests: u64,
    #[serde(flatten)]
    pub usage: Usage,
    pub nano_usd: u64,
}

/// Everything that was billed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bills {
    /// Messages that were answered whole.
    pub live: Bill,
    /// Results of batches that have ended.
    pub batches: Bill,
    /// The same by batch, deleted ones included.
    pub by_batch: BTreeMap<String, Bill>,
    /// Live and batches together.
    pub nano_usd: u64,
}

impl AddAssign for Bill {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.usage += other.usage;
        self.nano_usd += other.nano_usd;
    }
}

impl Bill {
    /// Of one request at the full price.
    pub fn live(model: &str, usage: Usage, day: &str) -> Self {
        Self { requests: 1, usage, nano_usd: cost(model, &usage, day, 1) }
    }

    /// Of one request of a batch: half of each price, rounded up once.
    pub fn batched(model: &str, usage: Usage, day: &str) -> Self {
        Self { requests: 1, usage, nano_usd: cost(model, &usage, day, 2) }
    }
}

#[derive(Deserialize)]
struct Catalog {
    models: Vec<Priced>,
}

#[derive(Deserialize)]
struct Priced {
    id: String,
    prices: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    from: Option<String>,
    tiers: Vec<Tier>,
}

/// US dollars per million tokens, as decimal text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tier {
    up_to: Option<u64>,
    input: String,
    output: String,
    #[serde(rename = "cacheWrite5m")]
    cache_write_5m: String,
    #[serde(rename = "cacheWrite1h")]
    cache_write_1h: String,
    cache_read: String,
}

/// Nano-dollars per million tokens.
struct Rate {
    up_to: u64,
    input: u128,
    output: u128,
    cache_write_5m: u128,
    cache_write_1h: u128,
    cache_read: u128,
}

/// The rates of a model by their first day, the oldest first.
type Rates = Vec<(String, Vec<Rate>)>;

fn rates() -> &'static HashMap<String, Rates> {
    static RATES: OnceLock<HashMap<String, Rates>> = OnceLock::new();
    RATES.get_or_init(|| {
        let models = serde_json::from_str::<Catalog>(PRICES).map(|read| read.models);
        models.unwrap_or_default().into_iter().map(|model| (model.id, read(model.prices))).collect()
    })
}

fn read(versions: Vec<Version>) -> Rates {
    let rate = |tier: Tier| Rate {
        up_to: tier.up_to.unwrap_or(u64::MAX),
        input: nanos(&tier.input),
        output: nanos(&tier.output),
        cache_write_5m: nanos(&tier.cache_write_5m),
        cache_write_1h: nanos(&tier.cache_write_1h),
        cache_read: nanos(&tier.cache_read),
    };
    let versions = versions.into_iter();
    versions
        .map(|version| {
            let from = version.from.unwrap_or_default();
            (from, version.tiers.into_iter().map(rate).collect())
        })
        .collect()
}

/// `0.125` dollars are 125 000 000.
fn nanos(dollars: &str) -> u128 {
    let (whole, parts) = dollars.split_once('.').unwrap_or((dollars, ""));
    let digits = format!("{whole}{parts:0<9}");
    digits.parse().unwrap_or_default()
}

/// The whole prompt chooses the tier. A model without a price costs nothing.
fn cost(model: &str, usage: &Usage, day: &str, divided_by: u128) -> u64 {
    let versions = rates().get(model).map(Vec::as_slice).unwrap_or_default();
    let version = versions.iter().rfind(|(from, _)| from.as_str() <= day);
    let prompt = usage.prompt();
    let rate = version.and_then(|(_, tiers)| tiers.iter().find(|tier| prompt <= tier.up_to));
    let Some(rate) = rate else { return 0 };
    let sum: u128 = [
        (usage.input, rate.input),
        (usage.output, rate.output),
        (usage.cache_write_5m, rate.cache_write_5m),
        (usage.cache_write_1h, rate.cache_write_1h),
        (usage.cache_read, rate.cache_read),
    ]
    .iter()
    .map(|(tokens, price)| u128::from(*tokens) * price)
    .sum();
    u64::try_from(sum.div_ceil(TOKENS_PER_PRICE * divided_by)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = "2026-12-01";

    #[test]
    fn dollars_are_read_exactly() {
        for (dollars, expected) in [
            ("3", 3_000_000_000),
            ("0.125", 125_000_000),
            ("18.75", 18_750_000_000),
            ("0.005", 5_000_000),
        ] {
            assert_eq!(nanos(dollars), expected, "{dollars}");
        }
    }

    #[test]
    fn half_a_price_is_rounded_up_once_for_the_whole_request() {
        // 5 nano-dollars a token read: half of three tokens is 7.5.
        let usage = Usage { cache_read: 3, ..Usage::default() };
        assert_eq!(Bill::live("claude-haiku-5-5", usage, DAY).nano_usd, 15);
        assert_eq!(Bill::batched("claude-haiku-5-5", usage, DAY).nano_usd, 8);
        // Two halves make a whole: not rounded up part by part.
        let usage = Usage { cache_read: 1, cache_write_5m: 1, ..Usage::default() };
        assert_eq!(Bill::batched("claude-haiku-5-5", usage, DAY).nano_usd, 65);
    }

    #[test]
    fn every_kind_of_token_has_its_price_and_a_long_prompt_the_one_of_its_tier() {
        let usage = Usage {
            input: 1,
            output: 10,
            cache_write_5m: 100,
            cache_write_1h: 1000,
            cache_read: 10_000,
            thinking: 5,
        };
        let expected = 3000 + 150_000 + 375_000 + 6_000_000 + 3_000_000;
        assert_eq!(Bill::live("claude-sonnet-4-6", usage, DAY).nano_usd, expected);
        let long = Usage { input: 100_001, ..Usage::default() };
        assert_eq!(Bill::live("claude-haiku-5-5", long, DAY).nano_usd, 100_001 * 500);
        let short = Usage { input: 100_000, ..Usage::default() };
        assert_eq!(Bill::live("claude-haiku-5-5", short, DAY).nano_usd, 100_000 * 100);
    }
}
