//! The tokens that Claude counts, whole or out of an answer that broke off.

use crate::domain::json;
use serde::Deserialize;

/// Tokens as the provider counts and bills them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Read at the full price: neither written to nor read from the cache.
    pub input: u64,
    pub output: u64,
    pub cache_write: u64,
    pub cache_read: u64,
}

impl Usage {
    /// Takes over every number that the provider names; they are totals, not additions.
    pub(super) fn update(&mut self, reported: &ReportedUsage) {
        self.input = reported.input_tokens.unwrap_or(self.input);
        self.output = reported.output_tokens.unwrap_or(self.output);
        self.cache_write = reported.cache_creation_input_tokens.unwrap_or(self.cache_write);
        self.cache_read = reported.cache_read_input_tokens.unwrap_or(self.cache_read);
    }
}

/// `usage` as it stands in the JSON. Each of its numbers may be absent or null.
#[derive(Debug, Deserialize)]
pub(super) struct ReportedUsage {
    pub input_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    pub cache_creation_input_tokens: Option<u64>,
    pub cache_read_input_tokens: Option<u64>,
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
