//! Turns as others write them.

use crate::domain::conversations::{Role, Turn};
use serde_json::Value;

/// How many problems of one row are told one by one.
pub(super) const MOST_TOLD: usize = 10;
/// How much of a strange word is repeated.
const LONGEST_WORD: usize = 40;

/// The turns of a list of objects with a role and a text.
///
/// # Errors
/// What is wrong, turn by turn.
pub(super) fn turns_of(key: &str, said: &Value) -> Result<Vec<Turn>, Vec<String>> {
    let said = said.as_array().ok_or_else(|| vec![format!("“{key}” is no list of turns.")])?;
    let mut turns = Vec::with_capacity(said.len());
    let (mut problems, mut untold) = (Vec::new(), 0);
    for (number, value) in (1..).zip(said) {
        match turn(value, number) {
            Ok(turn) => turns.extend(turn),
            Err(problem) if problems.len() < MOST_TOLD => problems.push(problem),
            Err(_) => untold += 1,
        }
    }
    if untold > 0 {
        problems.push(more(untold));
    }
    if problems.is_empty() { Ok(turns) } else { Err(problems) }
}

/// That there are more problems than are told one by one.
pub(super) fn more(count: usize) -> String {
    match count {
        1 => "One more of its turns has a problem.".into(),
        count => format!("{count} more of its turns have problems."),
    }
}

/// A turn; none of a system message that says nothing.
fn turn(value: &Value, number: usize) -> Result<Option<Turn>, String> {
    let Value::Object(turn) = value else {
        return Err(format!("Turn {number} is no object with a role and a text."));
    };
    let either = |first: &str, second: &str| {
        [first, second].into_iter().filter_map(|key| turn.get(key)).find(|value| !value.is_null())
    };
    let Some(Value::String(word)) = either("role", "from") else {
        return Err(format!("Turn {number} has no role."));
    };
    let text = either("content", "value");
    let Some(role) = role(word, number, || text.and_then(told).is_none_or(|text| is_blank(&text)))?
    else {
        return Ok(None);
    };
    match text {
        None => Err(format!("Turn {number} has no text.")),
        Some(text) => told(text)
            .map(|content| Some(Turn { role, content }))
            .ok_or_else(|| format!("Turn {number} has something else than text.")),
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Who speaks; nobody for a system message without a text.
///
/// # Errors
/// For everybody who is neither user nor assistant.
pub(super) fn role(
    word: &str,
    number: usize,
    is_silent: impl Fn() -> bool,
) -> Result<Option<Role>, String> {
    match word.trim().to_lowercase().as_str() {
        "user" | "human" | "prompter" => Ok(Some(Role::User)),
        "assistant" | "gpt" | "chatgpt" | "bot" | "model" | "ai" => Ok(Some(Role::Assistant)),
        "system" | "developer" if is_silent() => Ok(None),
        "system" | "developer" => Err(format!(
            "Turn {number} is a system message, and conversations here have none. Remove it, or \
             put it into the first turn of the user."
        )),
        "tool" | "function" | "tool_call" | "function_call" | "observation" | "tool_response" => {
            Err(format!(
                "Turn {number} is one of a tool. Conversations here have turns of a user and an \
                 assistant only."
            ))
        }
        "" => Err(format!("Turn {number} has no role.")),
        _ => Err(format!("Turn {number} has an unknown role, “{}”.", shown(word))),
    }
}

/// The beginning of a word, fit for a sentence.
pub(super) fn shown(word: &str) -> String {
    let word = word.trim();
    let mut shown: String = word
        .chars()
        .take(LONGEST_WORD)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if word.chars().nth(LONGEST_WORD).is_some() {
        shown.push('…');
    }
    shown
}

/// A text, or one in parts that are texts.
pub(super) fn told(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) if !parts.is_empty() => parts.iter().map(part).collect(),
        _ => None,
    }
}

fn part(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(part) => match part.get("type")?.as_str()? {
            "text" | "input_text" | "output_text" => part.get("text")?.as_str(),
            _ => None,
        },
        _ => None,
    }
}
