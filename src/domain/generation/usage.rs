//! Tokens that a request used, as Claude counts them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Tokens of one request, or the sum of many. Output and the four kinds of prompt tokens have
/// different prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenUsage {
    /// Prompt tokens neither read from the cache nor written to it.
    pub input: u64,
    /// Everything that was written, `thinking` included.
    pub output: u64,
    /// The part of the output that the model thought before it answered.
    pub thinking: u64,
    /// Prompt tokens written to the cache for five minutes.
    pub cache_write_5m: u64,
    /// Prompt tokens written to the cache for an hour.
    pub cache_write_1h: u64,
    /// Prompt tokens read from the cache.
    pub cache_read: u64,
}

impl TokenUsage {
    /// A request without caching.
    pub fn new(input: u64, output: u64) -> Self {
        Self { input, output, ..Self::default() }
    }

    /// The whole prompt, however it was read. Prices by size go by this number.
    pub fn prompt(&self) -> u64 {
        [self.input, self.cache_write_5m, self.cache_write_1h, self.cache_read]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    pub fn saturating_add(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            thinking: self.thinking.saturating_add(other.thinking),
            cache_write_5m: self.cache_write_5m.saturating_add(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.saturating_add(other.cache_write_1h),
            cache_read: self.cache_read.saturating_add(other.cache_read),
        }
    }
}
