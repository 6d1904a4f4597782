//! Reads one conversation of JSON, in any of the four shapes, each row by its own.

use super::{
    FileRow, ImportFormat,
    about::about,
    turns::{told, turns_of},
};
use crate::domain::conversations::{Role, Turn};
use serde_json::{Map, Value, error::Category};

/// The most values that a row has. A conversation of 400 turns has some thousands; of many more,
/// small ones take far more memory than their text.
const MOST_VALUES: usize = 20_000;

pub(super) const TOO_LARGE: &str = "This row has more than 8 MiB. Make it shorter, or split it.";
pub(super) const NOT_UTF_8: &str = "This row is not UTF-8. Save the file as UTF-8.";
pub(super) const CUT: &str = "This row ends in the middle. The file may be cut off here.";
const NO_SHAPE: &str = "This row has none of the shapes that can be imported: “messages”, \
    “conversations”, “instruction” with “output”, “prompt” with “completion”.";
const SYSTEM: &str = "It has a system prompt, and conversations here have none. Remove it, or put \
    it into the first turn.";

/// # Errors
/// Why it cannot be imported: sentences for people.
pub(super) fn read(bytes: &[u8]) -> Result<FileRow, Vec<String>> {
    let text = std::str::from_utf8(bytes).map_err(|_| vec![NOT_UTF_8.to_owned()])?;
    if values(bytes) > MOST_VALUES {
        return Err(vec!["This row has too many parts to be a conversation.".into()]);
    }
    let value: Value = serde_json::from_str(text).map_err(|error| vec![explain(&error)])?;
    let Value::Object(row) = value else {
        return Err(vec!["This row is no JSON object.".into()]);
    };
    let (format, turns) = shape(&row)?;
    if let Some(Value::String(system)) = row.get("system")
        && !system.trim().is_empty()
    {
        return Err(vec![SYSTEM.into()]);
    }
    let empty = Map::new();
    let metadata = row.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    about(format, metadata, turns)
}

/// How many values a row has, at most: counted by what separates them, outside of strings.
fn values(bytes: &[u8]) -> usize {
    let (mut count, mut in_string, mut is_escaped) = (1, false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = in_string,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

fn explain(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or_default();
    if error.classify() == Category::Eof {
        CUT.into()
    } else if what.contains("surrogate") || what.contains("hex escape") {
        format!(
            "This row has half a character at column {}: a lone surrogate, such as “\\ud83d”. \
             Write the file anew from its source.",
            error.column()
        )
    } else {
        format!("This row is not JSON: {what}, at column {}.", error.column())
    }
}

/// What a row has under a key; nothing when that is null, as tables write what is absent.
fn given<'a>(row: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    row.get(key).filter(|value| !value.is_null())
}

fn shape(row: &Map<String, Value>) -> Result<(ImportFormat, Vec<Turn>), Vec<String>> {
    let key = |key| given(row, key);
    if let Some(said) = key("messages") {
        return Ok((ImportFormat::Openai, turns_of("messages", said)?));
    }
    if let Some(said) = key("conversations") {
        return Ok((ImportFormat::Sharegpt, turns_of("conversations", said)?));
    }
    if let Some(prompt) = key("prompt")
        && let Some(completion) = key("completion")
    {
        let mut turns = side("prompt", prompt, Role::User)?;
        turns.extend(side("completion", completion, Role::Assistant)?);
        return Ok((ImportFormat::PromptCompletion, turns));
    }
    match (key("instruction"), key("output")) {
        (Some(instruction), Some(output)) => {
            Ok((ImportFormat::Alpaca, alpaca(row, instruction, output)?))
        }
        _ => Err(vec![NO_SHAPE.into()]),
    }
}

/// A prompt or a completion: a text, or turns.
fn side(key: &str, said: &Value, role: Role) -> Result<Vec<Turn>, Vec<String>> {
    match said {
        Value::String(content) => Ok(vec![Turn { role, content: content.clone() }]),
        said => turns_of(key, said),
    }
}

fn alpaca(
    row: &Map<String, Value>,
    instruction: &Value,
    output: &Value,
) -> Result<Vec<Turn>, Vec<String>> {
    let text =
        |key: &str, value: &Value| told(value).ok_or_else(|| vec![format!("“{key}” is no text.")]);
    let mut turns = Vec::new();
    let mut say = |role, content| turns.push(Turn { role, content });
    if let Some(history) = given(row, "history") {
        let wrong = || vec!["“history” is no list of pairs of texts.".to_owned()];
        for pair in history.as_array().ok_or_else(wrong)? {
            let [asked, answered] = pair.as_array().map_or(&[][..], Vec::as_slice) else {
                return Err(wrong());
            };
            say(Role::User, told(asked).ok_or_else(wrong)?);
            say(Role::Assistant, told(answered).ok_or_else(wrong)?);
        }
    }
    let mut asked = text("instruction", instruction)?;
    if let Some(input) = given(row, "input") {
        let input = text("input", input)?;
        if !input.is_empty() {
            asked = if asked.is_empty() { input } else { format!("{asked}\n{input}") };
        }
    }
    say(Role::User, asked);
    say(Role::Assistant, text("output", output)?);
    Ok(turns)
}
