//! Conversations as JSON, one in a line.

use super::{
    JsonlKind, LeftOut, Record,
    fields::{Field, Value},
    texts::Said,
};
use crate::domain::conversations::{FindingKind, Role};
use std::fmt::Write;

/// Writes a conversation, without a line break.
///
/// # Errors
/// When this kind cannot say it.
pub fn push(text: &mut String, kind: JsonlKind, turns: &[Said<'_>]) -> Result<(), LeftOut> {
    let cannot = LeftOut::Inexpressible;
    match kind {
        _ if turns.is_empty() => return Err(cannot),
        JsonlKind::Openai => {
            text.push_str("{\"messages\":");
            push_messages(text, turns);
        }
        JsonlKind::Sharegpt => {
            text.push_str("{\"conversations\":");
            push_list(text, turns, |text, turn| {
                text.push_str("{\"from\":\"");
                text.push_str(if turn.role == Role::User { "human" } else { "gpt" });
                push_pair(text, "\",\"value\":", &turn.text, "}");
            });
        }
        JsonlKind::Alpaca => push_alpaca(text, turns)?,
        JsonlKind::PromptCompletion => {
            let (last, before) = turns.split_last().ok_or(cannot)?;
            if before.is_empty() || last.role != Role::Assistant {
                return Err(cannot);
            }
            text.push_str("{\"prompt\":");
            push_messages(text, before);
            text.push_str(",\"completion\":");
            push_messages(text, std::slice::from_ref(last));
        }
    }
    Ok(())
}

/// The last question with its answer; what was said before them is history, in pairs.
fn push_alpaca(text: &mut String, turns: &[Said<'_>]) -> Result<(), LeftOut> {
    let (pairs, rest) = turns.as_chunks::<2>();
    let takes_turns =
        |[one, other]: &[Said<'_>; 2]| one.role == Role::User && other.role == Role::Assistant;
    let Some(([question, answer], history)) = pairs.split_last() else {
        return Err(LeftOut::Inexpressible);
    };
    if !rest.is_empty() || !pairs.iter().all(takes_turns) {
        return Err(LeftOut::Inexpressible);
    }
    push_pair(text, "{\"instruction\":", &question.text, ",\"input\":\"\"");
    push_pair(text, ",\"output\":", &answer.text, ",\"system\":\"\",\"history\":");
    push_list(text, history, |text, [question, answer]| {
        push_pair(text, "[", &question.text, "");
        push_pair(text, ",", &answer.text, "]");
    });
    Ok(())
}

/// Writes the end of a conversation, with what is said about it.
pub fn push_end(
    text: &mut String,
    fields: &[&'static Field],
    record: &Record,
    masked: &[FindingKind],
) {
    if !fields.is_empty() {
        text.push_str(",\"metadata\":");
        push_fields(text, fields, record, masked);
    }
    text.push('}');
}

/// Writes what is said about a conversation, as an object.
pub fn push_fields(
    text: &mut String,
    fields: &[&'static Field],
    record: &Record,
    masked: &[FindingKind],
) {
    for (field, before) in fields.iter().zip(std::iter::once('{').chain(std::iter::repeat(','))) {
        text.push(before);
        push_string(text, field.name);
        text.push(':');
        match field.of(record, masked) {
            Value::Text(value) => push_string(text, &value),
            value => text.push_str(&value.plain()),
        }
    }
    text.push('}');
}

fn push_messages(text: &mut String, turns: &[Said<'_>]) {
    push_list(text, turns, |text, turn| {
        text.push_str("{\"role\":\"");
        text.push_str(turn.role.as_str());
        push_pair(text, "\",\"content\":", &turn.text, "}");
    });
}

fn push_list<T>(text: &mut String, items: &[T], push: impl Fn(&mut String, &T)) {
    text.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        push(text, item);
    }
    text.push(']');
}

fn push_pair(text: &mut String, before: &str, value: &str, after: &str) {
    text.push_str(before);
    push_string(text, value);
    text.push_str(after);
}

/// Writes a text. Beyond what JSON asks for, whatever some reader takes for the end of a line is
/// escaped: an example is one line to every one of them.
pub fn push_string(text: &mut String, value: &str) {
    text.push('"');
    let mut rest = value;
    while let Some(at) = rest.find(is_escaped) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let mut letters = from.chars();
        match letters.next() {
            Some('"') => text.push_str("\\\""),
            Some('\\') => text.push_str("\\\\"),
            Some('\n') => text.push_str("\\n"),
            Some('\r') => text.push_str("\\r"),
            Some('\t') => text.push_str("\\t"),
            // Nothing that is escaped needs two of these.
            Some(letter) => _ = write!(text, "\\u{:04x}", u32::from(letter)),
            None => {}
        }
        rest = letters.as_str();
    }
    text.push_str(rest);
    text.push('"');
}

/// Control characters, DEL and C1 among them, and the separators of lines and paragraphs.
fn is_escaped(letter: char) -> bool {
    matches!(letter,
        '"' | '\\' | '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_is_read_back_and_is_one_line(
            value in "(\\PC|[\0-\u{a0}\u{2028}\u{2029}\u{feff}\u{10ffff}\"\\\\]){0,40}",
        ) {
            let mut text = String::new();
            push_string(&mut text, &value);
            let breaks = |letter: char| {
                letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
            };
            prop_assert!(!text.contains(breaks));
            prop_assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
        }
    }
}
