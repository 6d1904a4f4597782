//! What the provider keeps of prompts: the beginning of a prompt, up to a mark, is written by the
//! first request that has it and read by later ones.

use crate::usage::{Usage, tokens};
use serde_json::Value;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

const MINUTE_MS: u64 = 60_000;

/// The beginning of a prompt up to a mark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prefix {
    /// Of whose it is, the model, the tools and the text.
    hash: u64,
    pub tokens: u64,
    /// Kept for an hour and not for five minutes.
    for_an_hour: bool,
}

/// What was written and read, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cached {
    pub write_5m: u64,
    pub write_1h: u64,
    pub read: u64,
}

impl Cached {
    /// What is billed of a prompt of so many tokens and the answer to it.
    pub fn usage(self, prompt: u64, output: u64, thinking: u64) -> Usage {
        Usage {
            input: prompt.saturating_sub(self.write_5m + self.write_1h + self.read),
            cache_write_5m: self.write_5m,
            cache_write_1h: self.write_1h,
            cache_read: self.read,
            output,
            thinking,
        }
    }
}

/// Until when each prefix is kept, in milliseconds since 1970.
#[derive(Default)]
pub struct PromptCache(HashMap<u64, u64>);

/// The marks in `system` of a request, the shortest prefix first. Ones that are shorter than
/// `minimum` tokens are none.
pub fn prefixes(request: &Value, workspace: &str, minimum: u64) -> Vec<Prefix> {
    let Some(blocks) = request["system"].as_array() else { return Vec::new() };
    let mut text = String::new();
    let mut found = Vec::new();
    for block in blocks {
        text.push_str(block["text"].as_str().unwrap_or_default());
        let mark = &block["cache_control"];
        if !mark.is_object() || tokens(&text) < minimum {
            continue;
        }
        let mut hasher = DefaultHasher::new();
        (workspace, request["model"].as_str(), request["tools"].to_string()).hash(&mut hasher);
        text.hash(&mut hasher);
        found.push(Prefix {
            hash: hasher.finish(),
            tokens: tokens(&text),
            for_an_hour: mark["ttl"] == "1h",
        });
    }
    found
}

/// A mark at the top of a request: the whole prompt is written, however short it is.
pub fn whole_prompt(request: &Value, prompt: u64) -> Option<Cached> {
    let mark = request["cache_control"].as_object()?;
    let for_an_hour = mark.get("ttl").is_some_and(|ttl| ttl == "1h");
    Some(written(prompt, for_an_hour))
}

fn written(tokens: u64, for_an_hour: bool) -> Cached {
    let (write_5m, write_1h) = if for_an_hour { (0, tokens) } else { (tokens, 0) };
    Cached { write_5m, write_1h, read: 0 }
}

impl PromptCache {
    /// Whether a prefix is kept at this moment.
    fn keeps(&self, prefix: &Prefix, now: u64) -> bool {
        self.0.get(&prefix.hash).is_some_and(|until| *until > now)
    }

    /// Reads the longest prefix that is kept, and writes the rest up to the last mark. What is read
    /// is kept anew. Without `reads` nothing is found.
    pub fn pass(&mut self, prefixes: &[Prefix], reads: bool, now: u64) -> Cached {
        let Some(last) = prefixes.last() else { return Cached::default() };
        let found = prefixes.iter().rfind(|prefix| reads && self.keeps(prefix, now));
        let read = found.map_or(0, |prefix| prefix.tokens);
        for prefix in prefixes {
            let minutes = if prefix.for_an_hour { 60 } else { 5 };
            self.0.insert(prefix.hash, now + minutes * MINUTE_MS);
        }
        Cached { read, ..written(last.tokens - read, last.for_an_hour) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn block(text: &str, ttl: Option<&str>) -> Value {
        let mut block = json!({ "type": "text", "text": text });
        if let Some(ttl) = ttl {
            block["cache_control"] = json!({ "type": "ephemeral", "ttl": ttl });
        }
        block
    }

    fn request(blocks: Vec<Value>) -> Value {
        json!({ "model": "m", "system": blocks })
    }

    #[test]
    fn the_first_request_writes_and_later_ones_read_for_five_minutes() {
        let guide = "a".repeat(4096);
        let asked = request(vec![block(&guide, Some("5m")), block("Today: rain.", None)]);
        let mut cache = PromptCache::default();
        let prefixes = prefixes(&asked, "team", 1024);
        let mut pass = |now| cache.pass(&prefixes, true, now);
        assert_eq!(pass(0), Cached { write_5m: 1024, ..Cached::default() });
        assert_eq!(pass(299_999), Cached { read: 1024, ..Cached::default() });
        assert_eq!(pass(599_998).read, 1024, "reading keeps it anew");
        assert_eq!(pass(899_998).write_5m, 1024, "five minutes later it is gone");
    }

    #[test]
    fn what_differs_or_is_too_short_is_not_read() {
        let asked = |text: &str| request(vec![block(text, Some("1h"))]);
        let (one, other) = (asked(&"a".repeat(4096)), asked(&"b".repeat(4096)));
        assert_eq!(prefixes(&one, "team", 1025), []);
        let mut cache = PromptCache::default();
        let mut pass =
            |request, workspace| cache.pass(&prefixes(request, workspace, 1024), true, 0);
        assert_eq!(pass(&one, "team"), Cached { write_1h: 1024, ..Cached::default() });
        assert_eq!((pass(&other, "team").read, pass(&one, "others").read), (0, 0));
        assert_eq!(pass(&one, "team").read, 1024);
    }

    #[test]
    fn of_two_marks_the_longer_one_is_written_on_top_of_the_shorter() {
        let (guide, examples) = ("a".repeat(4096), "b".repeat(400));
        let marked = |text: &str| block(text, Some("5m"));
        let mut cache = PromptCache::default();
        cache.pass(&prefixes(&request(vec![marked(&guide)]), "team", 1024), true, 0);
        let both = request(vec![marked(&guide), marked(&examples)]);
        let cached = cache.pass(&prefixes(&both, "team", 1024), true, 0);
        assert_eq!(cached, Cached { write_5m: 100, read: 1024, ..Cached::default() });
    }
}
