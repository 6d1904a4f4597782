//! The tokens that Claude counts, whole or out of an answer that broke off.

use crate::domain::{generation::TokenUsage, json};
use serde::Deserialize;

/// Tokens as the provider counts and bills them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Read at the full price: neither written to nor read from the cache.
    pub input: u64,
    /// Everything that was written, `thinking` included.
    pub output: u64,
    /// The part of the output that was thought.
    pub thinking: u64,
    /// Written to the cache for five minutes.
    pub cache_write: u64,
    /// Written to the cache for an hour.
    pub cache_write_1h: u64,
    pub cache_read: u64,
}

impl Usage {
    /// Takes over every number that the provider names; they are totals, not additions.
    pub(super) fn update(&mut self, reported: &ReportedUsage) {
        self.input = reported.input_tokens.unwrap_or(self.input);
        self.output = reported.output_tokens.unwrap_or(self.output);
        let details = reported.output_tokens_details.as_ref();
        // Never more than what it is a part of, whatever a gateway says.
        let thinking = details.and_then(|details| details.thinking_tokens).unwrap_or(self.thinking);
        self.thinking = thinking.min(self.output);
        if let Some(written) = reported.cache_creation_input_tokens {
            let hour = reported.cache_creation.as_ref();
            let hour = hour.and_then(|by_time| by_time.ephemeral_1h_input_tokens).unwrap_or(0);
            self.cache_write_1h = hour.min(written);
            self.cache_write = written - self.cache_write_1h;
        }
        self.cache_read = reported.cache_read_input_tokens.unwrap_or(self.cache_read);
    }
}

/// `usage` as it stands in the JSON. Each of its numbers may be absent or null.
#[derive(Debug, Deserialize)]
pub(super) struct ReportedUsage {
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    /// What the output consists of; the number above is what is billed.
    pub output_tokens_details: Option<OutputDetails>,
    pub cache_creation_input_tokens: Option<u64>,
    pub cache_read_input_tokens: Option<u64>,
    /// How what was written to the cache is kept; part of the number above.
    pub cache_creation: Option<WrittenToCache>,
}

/// What the output consists of.
#[derive(Debug, Deserialize)]
pub(super) struct OutputDetails {
    pub thinking_tokens: Option<u64>,
}

/// By how long it is kept.
#[derive(Debug, Deserialize)]
pub(super) struct WrittenToCache {
    pub ephemeral_1h_input_tokens: Option<u64>,
}

impl From<Usage> for TokenUsage {
    fn from(usage: Usage) -> Self {
        Self {
            input: usage.input,
            output: usage.output,
            thinking: usage.thinking,
            cache_write_5m: usage.cache_write,
            cache_write_1h: usage.cache_write_1h,
            cache_read: usage.cache_read,
        }
    }
}

impl ReportedUsage {
    /// It has the numbers without which nothing can be billed.
    pub fn is_whole(&self) -> bool {
        self.input_tokens.is_some() && self.output_tokens.is_some()
    }
}

/// An answer's JSON as it can be read: bytes that are no UTF-8, and halves of characters outside
/// the basic plane that JSON lets stand alone (`"\ud800"`), become U+FFFD. The rest is as it came.
pub(super) fn readable(body: &[u8]) -> String {
    json::without_lone_surrogates(&String::from_utf8_lossy(body)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_thought_is_a_part_of_the_output_and_a_total_as_well() {
        let mut usage = Usage::default();
        let mut update = |reported: serde_json::Value| {
            usage.update(&serde_json::from_value(reported).unwrap());
            (usage.output, usage.thinking)
        };
        let thought = |output: u64, thinking: u64| {
            json!({
                "output_tokens": output, "output_tokens_details": {"thinking_tokens": thinking},
            })
        };
        assert_eq!(update(thought(10, 8)), (10, 8));
        assert_eq!(update(json!({"output_tokens": 15})), (15, 8), "a total stands until the next");
        assert_eq!(update(thought(20, 12)), (20, 12));
        assert_eq!(update(json!({"output_tokens": 20, "output_tokens_details": null})), (20, 12));
        assert_eq!(update(thought(20, 21)), (20, 20), "never more than what was written");
    }
}
