//! What Claude says to a request, as a message in one piece or as a stream.

use crate::{
    conversation,
    models::Model,
    steps::{Step, event},
    usage::{Usage, tokens},
};
use serde_json::{Value, json};

const THOUGHTS: &str = "First what was asked for, then in which order to say it.";

/// What was thought and said.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// In tokens; 0 if nothing was thought.
    pub thinking: u64,
    /// As it is told.
    thoughts: &'static str,
    pub text: String,
    pub stop_reason: String,
}

impl Said {
    /// By its own words.
    pub fn usual(request: &Value, model: Option<&Model>) -> Self {
        let mut said = Self::with(request, model, conversation::answer(request), "end_turn");
        let most = request["max_tokens"].as_u64().unwrap_or(u64::MAX);
        let room = most.saturating_sub(said.thinking).saturating_mul(4) as usize;
        if let Some((end, _)) = said.text.char_indices().nth(room) {
            said.text.truncate(end);
            "max_tokens".clone_into(&mut said.stop_reason);
        }
        said
    }

    /// With words from elsewhere.
    pub fn with(request: &Value, model: Option<&Model>, text: String, stop_reason: &str) -> Self {
        let most = request["max_tokens"].as_u64().unwrap_or(u64::MAX);
        let thinking = model.map_or(0, |model| model.thinks(request)).min(most);
        let told = model.is_some_and(|model| model.tells_thoughts(request));
        let thoughts = if told { THOUGHTS } else { "" };
        Self { thinking, thoughts, text, stop_reason: stop_reason.to_owned() }
    }

    /// Billed as output, in tokens.
    pub fn output(&self) -> u64 {
        self.thinking + tokens(&self.text)
    }

    /// Everything may be used up by thinking.
    fn has_text(&self) -> bool {
        self.thinking == 0 || !self.text.is_empty()
    }

    fn content(&self, request: &Value) -> Vec<Value> {
        let mut content = Vec::new();
        if self.thinking > 0 {
            content.push(json!({ "type": "thinking", "thinking": self.thoughts,
                "signature": "c3RhbmQtaW4=" }));
        }
        if self.has_text() {
            content.push(match request["tools"][0]["name"].as_str() {
                Some(name) => json!({ "type": "tool_use", "id": "toolu_stand_in", "name": name,
                    "input": serde_json::from_str::<Value>(&self.text).unwrap_or_default() }),
                None => json!({ "type": "text", "text": self.text }),
            });
        }
        content
    }

    /// As the body of an answer that is no stream.
    pub fn in_one_piece(&self, id: &str, request: &Value, usage: &Usage, tier: &str) -> Value {
        json!({
            "id": id, "type": "message", "role": "assistant", "model": request["model"],
            "content": self.content(request), "stop_reason": self.stop_reason,
            "stop_sequence": null, "usage": usage.json(tier),
        })
    }

    /// The place of the text among the blocks.
    fn place(&self) -> usize {
        usize::from(self.thinking > 0)
    }

    /// The events before the first piece of text: what was thought, and that text comes.
    pub fn beginning(&self, request: &Value, usage: &Usage) -> Vec<Step> {
        let so_far = Usage { output: 1, thinking: 0, ..*usage };
        let message = json!({
            "id": "msg_stand_in", "type": "message", "role": "assistant",
            "model": request["model"], "content": [], "stop_reason": null, "stop_sequence": null,
            "usage": so_far.json("standard"),
        });
        let mut all =
            vec![event("message_start", &json!({ "type": "message_start", "message": message }))];
        if self.thinking > 0 {
            let block = json!({ "type": "thinking", "thinking": "", "signature": "" });
            all.push(start(0, &block));
            if !self.thoughts.is_empty() {
                let thoughts = json!({ "type": "thinking_delta", "thinking": self.thoughts });
                all.push(delta(0, &thoughts));
            }
            all.push(delta(0, &json!({ "type": "signature_delta", "signature": "c3RhbmQtaW4=" })));
            all.push(stop(0));
        }
        if self.has_text() {
            let tool = &request["tools"][0]["name"];
            let block = if tool.is_string() {
                json!({ "type": "tool_use", "id": "toolu_stand_in", "name": tool, "input": {} })
            } else {
                json!({ "type": "text", "text": "" })
            };
            all.push(start(self.place(), &block));
        }
        all.push(event("ping", &json!({ "type": "ping" })));
        all
    }

    /// The text, some characters at a time.
    pub fn pieces(&self) -> Vec<Step> {
        let letters: Vec<char> = self.text.chars().collect();
        let piece = |letters: &[char]| {
            let text: String = letters.iter().collect();
            delta(self.place(), &json!({ "type": "text_delta", "text": text }))
        };
        letters.chunks(40).map(piece).collect()
    }

    /// The input of the tool that is called.
    pub fn tool_input(&self) -> Step {
        let input = serde_json::from_str::<Value>(&self.text).unwrap_or_else(|_| json!({}));
        let piece = json!({ "type": "input_json_delta", "partial_json": input.to_string() });
        delta(self.place(), &piece)
    }

    /// The events after the last piece.
    pub fn ending(&self, stop_reason: &str, usage: &Usage) -> Vec<Step> {
        let delta = json!({
            "type": "message_delta",
            "delta": { "stop_reason": stop_reason, "stop_sequence": null },
            "usage": { "output_tokens": usage.output, "output_tokens_details": usage.details() },
        });
        let block = self.has_text().then(|| stop(self.place()));
        let rest = [
            event("message_delta", &delta),
            event("message_stop", &json!({ "type": "message_stop" })),
        ];
        block.into_iter().chain(rest).collect()
    }
}

fn start(place: usize, block: &Value) -> Step {
    let start = json!({ "type": "content_block_start", "index": place, "content_block": block });
    event("content_block_start", &start)
}

fn delta(place: usize, delta: &Value) -> Step {
    let piece = json!({ "type": "content_block_delta", "index": place, "delta": delta });
    event("content_block_delta", &piece)
}

fn stop(place: usize) -> Step {
    event("content_block_stop", &json!({ "type": "content_block_stop", "index": place }))
}
