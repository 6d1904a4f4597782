//! What Claude answered.

use super::{
    ClaudeError,
    usage::{ReportedUsage, Usage, readable},
};
use serde::Deserialize;
use serde_json::Value;

/// Why Claude stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopReason {
    EndTurn,
    /// It wanted to say more than `max_tokens` allows.
    MaxTokens,
    /// Prompt and answer together are more than the model can hold.
    ContextWindow,
    StopSequence,
    Refusal,
    Other(String),
}

impl StopReason {
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "end_turn" => Self::EndTurn,
            "max_tokens" => Self::MaxTokens,
            "model_context_window_exceeded" => Self::ContextWindow,
            "stop_sequence" => Self::StopSequence,
            "refusal" => Self::Refusal,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// All its text, in order; what the model thought is not in it. JSON if the call had an output
    /// schema.
    pub text: String,
    pub stop_reason: StopReason,
    pub usage: Usage,
    /// The model that answered, which can be a dated version of the one asked for.
    pub model: String,
    /// What the provider's support asks for.
    pub request_id: Option<String>,
}

/// Why an answer with an output schema cannot be used although it arrived and is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error(
        "Claude's answer was cut off because it grew longer than the limit on tokens. Raise it, or \
            ask for fewer turns."
    )]
    Truncated,
    #[error("Claude declined to answer this. Change the prompt and try again.")]
    Refused,
    #[error("Claude's answer does not have the shape that was asked for. Try again.")]
    NotJson,
}

/// The parts of a message in the JSON that matter here; others may come and go.
#[derive(Deserialize)]
struct RawMessage {
    model: String,
    content: Vec<RawBlock>,
    stop_reason: Option<String>,
    usage: ReportedUsage,
}

#[derive(Deserialize)]
struct RawBlock {
    r#type: String,
    text: Option<String>,
}

impl Reply {
    /// The answer to a call without `stream`.
    ///
    /// # Errors
    /// [`ClaudeError::Malformed`] if this is no message, or one without the numbers that it is
    /// billed by.
    pub(super) fn parse(body: &[u8], request_id: Option<String>) -> Result<Self, ClaudeError> {
        let raw: RawMessage =
            serde_json::from_str(&readable(body)).map_err(|_| ClaudeError::malformed(body))?;
        if !raw.usage.is_whole() {
            return Err(ClaudeError::malformed(body));
        }
        let mut usage = Usage::default();
        usage.update(&raw.usage);
        let text = raw
            .content
            .into_iter()
            .filter(|block| block.r#type == "text")
            .filter_map(|block| block.text)
            .collect();
        let stop_reason = StopReason::parse(raw.stop_reason.as_deref().unwrap_or_default());
        Ok(Self { text, stop_reason, usage, model: raw.model, request_id })
    }

    /// The answer to a call with an output schema.
    ///
    /// # Errors
    /// What kept Claude from giving it, see [`Unusable`].
    pub fn json(&self) -> Result<Value, Unusable> {
        match self.stop_reason {
            StopReason::Refusal => Err(Unusable::Refused),
            StopReason::MaxTokens | StopReason::ContextWindow => Err(Unusable::Truncated),
            _ => serde_json::from_str(&self.text).map_err(|_| Unusable::NotJson),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(body: &Value) -> Result<Reply, ClaudeError> {
        Reply::parse(body.to_string().as_bytes(), None)
    }

    #[test]
    fn thoughts_and_unknown_blocks_are_not_part_of_the_text() {
        let reply = parse(&json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5-5",
            "content": [
                { "type": "thinking", "thinking": "hm", "signature": "x" },
                { "type": "redacted_thinking", "data": "x" },
                { "type": "text", "text": "{\"a\":" },
                { "type": "something_new", "text": 1.5.to_string() },
                { "type": "text", "text": "1}" },
            ],
            "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {
                "input_tokens": 12, "output_tokens": 7, "cache_creation_input_tokens": null,
                "cache_read_input_tokens": 5, "output_tokens_details": { "thinking_tokens": 4 },
            },
        }))
        .unwrap();
        assert_eq!(reply.json(), Ok(json!({ "a": 1 })));
        assert_eq!(
            reply.usage,
            Usage { input: 12, output: 7, thinking: 4, cache_read: 5, ..Usage::default() }
        );
    }

    #[test]
    fn an_answer_that_cannot_be_billed_is_malformed() {
        let body = json!({
            "model": "m", "content": [], "stop_reason": "end_turn", "usage": { "input_tokens": 3 },
        });
        assert!(matches!(parse(&body), Err(ClaudeError::Malformed { .. })));
    }

    #[test]
    fn an_answer_that_was_cut_off_is_not_taken_for_json() {
        for (stop_reason, expected) in [
            ("max_tokens", Unusable::Truncated),
            ("model_context_window_exceeded", Unusable::Truncated),
            ("refusal", Unusable::Refused),
            ("end_turn", Unusable::NotJson),
        ] {
            let reply = parse(&json!({
                "model": "m", "content": [{ "type": "text", "text": "{\"a\":" }],
                "stop_reason": stop_reason,
                "usage": { "input_tokens": 1, "output_tokens": 1 },
            }));
            assert_eq!(reply.unwrap().json(), Err(expected), "{stop_reason}");
        }
    }
}
