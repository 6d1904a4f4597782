//! What Claude is told to make one training conversation, and how its answer is read.

mod revision;

pub use revision::revision;

use crate::domain::{
    conversations::{GateRule, NewConversation, Role, Tier, Turn},
    json,
};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// The longest turn that is kept, in Unicode scalar values. More is no conversation.
const MAX_TURN: usize = 20_000;

/// Everything that a request says, apart from the model's settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Instructions {
    pub system: String,
    /// The one message of the user.
    pub prompt: String,
    /// JSON schema of the answer: `{"title", "turns": [{"role", "content"}, …]}`.
    pub schema: Arc<Value>,
}

/// A conversation as Claude wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Absent when Claude gave none.
    pub title: Option<String>,
    pub turns: Vec<Turn>,
}

/// Why an answer is no conversation. It is kept as failed with this reason, and can be tried again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    #[error(
        "Claude's answer was cut off at the token limit before the conversation was complete. \
            Raise the maximum tokens or ask for fewer turns."
    )]
    CutOff,
    #[error("Claude declined to write this conversation. Change the topic or the instructions.")]
    Declined,
    #[error("Claude's answer is empty.")]
    Empty,
    #[error("Claude's answer is not the JSON that was asked for: {0}.")]
    NotJson(String),
    #[error("Claude's answer has no list of turns.")]
    NoTurns,
    #[error("Turn {number} of Claude's answer {problem}.")]
    Turn { number: usize, problem: &'static str },
}

impl BadAnswer {
    /// Which rule of the gate the conversation breaks that came of it.
    pub fn gate_rule(&self) -> GateRule {
        match self {
            Self::CutOff => GateRule::CutOff,
            Self::Declined => GateRule::Refused,
            Self::Empty | Self::NotJson(_) | Self::NoTurns | Self::Turn { .. } => {
                GateRule::TooFewTurns
            }
        }
    }
}

/// The instructions for one conversation.
pub fn instructions(request: &NewConversation) -> Instructions {
    let tier = match request.tier() {
        Tier::Template => {
            "A common situation: it takes the course that most conversations of this kind take."
        }
        Tier::Scenario => {
            "A situation with concrete circumstances of its own that shape what is said."
        }
        Tier::EdgeCase => {
            "A rare or difficult situation: unusual needs, contradictions or limits of what the \
                assistant can do."
        }
    };
    let mut prompt = format!(
        "Write one conversation.\n\nKind: {tier}\nPersona of the user: {}\nEmotion of the user: \
            {}\nTopic: {}\n",
        request.persona(),
        request.emotion(),
        request.topic()
    );
    for (label, text) in [("What the user wants", request.intent()), ("Tone", request.tone())] {
        if let Some(text) = text {
            prompt.push_str(&format!("{label}: {text}\n"));
        }
    }
    prompt.push_str(&format!(
        "Number of turns: {}\n\nCount each message of either side as one turn: exactly {} turns, \
            beginning with the user, taking turns, and ending on the assistant.\n",
        request.turns(),
        request.turns()
    ));
    if let Some(more) = request.instructions() {
        prompt.push_str(&format!("\nFurther instructions:\n{more}\n"));
    }
    Instructions { system: SYSTEM.to_owned(), prompt, schema: Arc::clone(&SCHEMA) }
}

const SYSTEM: &str = "You write training conversations between a user and a helpful assistant. \
    They are used to fine-tune a language model, \
so every turn must be worth learning from. The user sounds like a real person with the given \
persona and emotion. The assistant is \
correct, kind and concrete, notices how the user feels, and does not repeat itself. Turns have \
one to a few sentences, rarely more than a \
short paragraph. Use no placeholders and never mention that the conversation was made up. Answer \
only with the structure asked for.";

/// The schema of an answer. Kept to what every model's structured output understands: no lengths or
/// counts.
static SCHEMA: LazyLock<Arc<Value>> = LazyLock::new(|| {
    Arc::new(json!({
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "A short title of the conversation."},
            "turns": {
                "type": "array",
                "description": "The turns in their order.",
                "items": {
                    "type": "object",
                    "properties": {
                        "role": {"type": "string", "enum": ["user", "assistant"]},
                        "content": {"type": "string", "description": "What is said in this turn."}
                    },
                    "required": ["role", "content"],
                    "additionalProperties": false
                }
            }
        },
        "required": ["title", "turns"],
        "additionalProperties": false
    }))
});

/// Reads an answer that came as text. A fence of Markdown around the JSON is taken off.
/// `stop_reason` is Claude's word for why it stopped.
pub fn read_text(text: &str, stop_reason: Option<&str>) -> Result<Written, BadAnswer> {
    refuse_unfinished(stop_reason)?;
    let text = unfenced(text.trim());
    if text.is_empty() {
        return Err(BadAnswer::Empty);
    }
    // Half a character is no reason to lose an answer that is paid for. It becomes U+FFFD, which no
    // conversation is approved with unseen: the gate names it.
    let text = json::without_lone_surrogates(text);
    let value = json::parse(text.as_bytes())
        .map_err(|error| BadAnswer::NotJson(shortened(&error.to_string())))?;
    read_turns(&value)
}

/// Reads an answer that came as JSON, such as the input of a tool.
pub fn read_value(value: &Value, stop_reason: Option<&str>) -> Result<Written, BadAnswer> {
    refuse_unfinished(stop_reason)?;
    read_turns(value)
}

fn refuse_unfinished(stop_reason: Option<&str>) -> Result<(), BadAnswer> {
    match stop_reason {
        Some("max_tokens" | "model_context_window_exceeded") => Err(BadAnswer::CutOff),
        Some("refusal") => Err(BadAnswer::Declined),
        _ => Ok(()),
    }
}

/// Strict about what cannot be repaired without guessing. A wrong number or order of turns is no
/// failure: the quality score says so, and a person decides.
fn read_turns(value: &Value) -> Result<Written, BadAnswer> {
    let list = match value {
        Value::Array(list) => list,
        value => value.get("turns").and_then(Value::as_array).ok_or(BadAnswer::NoTurns)?,
    };
    if list.is_empty() {
        return Err(BadAnswer::Empty);
    }
    let mut turns = Vec::with_capacity(list.len());
    for (index, turn) in list.iter().enumerate() {
        let wrong = |problem| BadAnswer::Turn { number: index + 1, problem };
        let role = turn.get("role").and_then(Value::as_str).ok_or(wrong("has no role"))?;
        let role: Role =
            role.parse().map_err(|_| wrong("has a role that is neither user nor assistant"))?;
        let content = turn.get("content").and_then(Value::as_str).ok_or(wrong("has no text"))?;
        // PostgreSQL stores no NUL in a text.
        let content = content.replace('\0', "").trim().to_owned();
        if content.is_empty() {
            return Err(wrong("is empty"));
        }
        if content.chars().count() > MAX_TURN {
            return Err(wrong("is longer than 20,000 characters"));
        }
        turns.push(Turn { role, content });
    }
    let title = value
        .get("title")
        .and_then(Value::as_str)
        .map(|title| title.replace(char::is_control, " "));
    let title = title
        .map(|title| title.trim().chars().take(200).collect::<String>())
        .filter(|title| !title.is_empty());
    Ok(Written { title, turns })
}

/// The text between ```` ```json ```` and ```` ``` ````, when that is all there is.
fn unfenced(text: &str) -> &str {
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inner.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner).trim())
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests;
