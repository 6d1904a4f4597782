//! What a request is billed by.

use crate::conversation;
use serde::Serialize;
use serde_json::{Value, json};
use std::ops::AddAssign;

/// Tokens, each counted once: the prompt is the sum of the first four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Neither written to nor read from the cache.
    #[serde(rename = "input_tokens")]
    pub input: u64,
    #[serde(rename = "cache_write_5m_tokens")]
    pub cache_write_5m: u64,
    #[serde(rename = "cache_write_1h_tokens")]
    pub cache_write_1h: u64,
    #[serde(rename = "cache_read_tokens")]
    pub cache_read: u64,
    /// What was thought included.
    #[serde(rename = "output_tokens")]
    pub output: u64,
    /// A part of the output.
    #[serde(rename = "thinking_tokens")]
    pub thinking: u64,
}

impl Usage {
    pub fn prompt(&self) -> u64 {
        self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read
    }

    /// As it stands in a message; `tier` is `standard` or `batch`.
    pub fn json(&self, tier: &str) -> Value {
        json!({
            "input_tokens": self.input, "output_tokens": self.output,
            "cache_creation_input_tokens": self.cache_write_5m + self.cache_write_1h,
            "cache_read_input_tokens": self.cache_read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.cache_write_5m,
                "ephemeral_1h_input_tokens": self.cache_write_1h,
            },
            "output_tokens_details": self.details(),
            "service_tier": tier,
        })
    }

    /// Of the output, what was thought.
    pub fn details(&self) -> Value {
        json!({ "thinking_tokens": self.thinking })
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.cache_write_5m += other.cache_write_5m;
        self.cache_write_1h += other.cache_write_1h;
        self.cache_read += other.cache_read;
        self.output += other.output;
        self.thinking += other.thinking;
    }
}

/// About four characters to a token.
pub fn tokens(text: &str) -> u64 {
    text.chars().count().div_ceil(4) as u64
}

pub fn input_tokens(request: &Value) -> u64 {
    let messages = request["messages"].as_array().into_iter().flatten();
    let said: u64 =
        messages.map(|message| tokens(&conversation::text(&message["content"])) + 4).sum();
    said + tokens(&conversation::text(&request["system"]))
}
