//! What a file says about a conversation, under the names that exports use.

use super::{FileRow, ImportFormat, MAX_LICENSE, MAX_ORIGIN, turns::shown};
use crate::domain::conversations::{BETWEEN, ConversationContent, Role, Tier, Turn};
use serde_json::{Map, Value};

/// How much of the first turn becomes the title of a conversation that has none, in Unicode scalar
/// values.
const TITLE: usize = 80;

/// What is read of all that a file may say.
pub(super) const KEYS: [&str; 12] = [
    "title",
    "persona",
    "emotion",
    "topic",
    "intent",
    "tone",
    "tier",
    "tags",
    "categories",
    "origin",
    "license",
    "demonstration",
];

/// The conversation as it is imported, by the rules for one that people save.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn about(
    format: ImportFormat,
    metadata: &Map<String, Value>,
    turns: Vec<Turn>,
) -> Result<FileRow, Vec<String>> {
    if turns.is_empty() {
        return Err(vec!["It has no turns.".into()]);
    }
    let mut problems = Vec::new();
    let mut kept = |what: &str, key: &str, most: usize| {
        let text = text(metadata, key);
        let length = text.chars().count();
        if length > most {
            problems.push(format!("{what} has at most {most} characters, not {length}."));
        } else if text.chars().any(char::is_control) {
            problems.push(format!("{what} must have no control characters."));
        }
        text
    };
    let origin = kept("The origin", "origin", MAX_ORIGIN);
    let license = kept("The licence", "license", MAX_LICENSE);
    let word = text(metadata, "tier");
    let tier = match word.to_lowercase().as_str() {
        "" => Tier::Template,
        lower => lower.parse().unwrap_or_else(|_| {
            let sentence = "is not known: use template, scenario or edge_case.";
            problems.push(format!("The tier “{}” {sentence}", shown(&word)));
            Tier::Template
        }),
    };
    // One that is named and empty stays so: that is how exports write it.
    let title = match metadata.get("title") {
        Some(Value::String(_)) => text(metadata, "title"),
        _ => title_of(&turns),
    };
    let content = ConversationContent {
        title,
        persona: text(metadata, "persona"),
        emotion: text(metadata, "emotion"),
        topic: text(metadata, "topic"),
        intent: text(metadata, "intent"),
        tone: text(metadata, "tone"),
        tier,
        categories: tags(metadata),
        turns,
    };
    match content.check() {
        Ok(content) if problems.is_empty() => {
            let is_demonstration = is_true(metadata, "demonstration");
            Ok(FileRow { format, content, origin, license, is_demonstration })
        }
        Ok(_) => Err(problems),
        Err(errors) => {
            problems.extend(errors.into_iter().map(|error| error.message));
            Err(problems)
        }
    }
}

/// What is no text says nothing.
fn text(metadata: &Map<String, Value>, key: &str) -> String {
    metadata.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// As JSON or a cell writes it.
fn is_true(metadata: &Map<String, Value>, key: &str) -> bool {
    match metadata.get(key) {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::String(word)) => word.trim().eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// Joined as exports join them, or a list.
fn tags(metadata: &Map<String, Value>) -> Vec<String> {
    let given = ["tags", "categories"].into_iter().find_map(|key| metadata.get(key));
    match given {
        Some(Value::String(joined)) => joined.split(BETWEEN).map(str::to_owned).collect(),
        Some(Value::Array(tags)) => {
            let tags = tags.iter().filter_map(Value::as_str);
            tags.flat_map(|tag| tag.split(BETWEEN)).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// The beginning of what the user says first, in one line.
fn title_of(turns: &[Turn]) -> String {
    let first = turns.iter().find(|turn| turn.role == Role::User).or(turns.first());
    let said = first.map_or("", |turn| turn.content.as_str());
    let mut title = String::new();
    let mut length = 0;
    let words = said.split(|letter: char| letter.is_whitespace() || letter.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        let own = word.chars().count();
        if length + own >= TITLE {
            // A text without spaces is cut anywhere.
            if title.is_empty() {
                title.extend(word.chars().take(TITLE - 1));
            }
            return format!("{title}…");
        }
        if !title.is_empty() {
            title.push(' ');
            length += 1;
        }
        title.push_str(word);
        length += own;
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titled(text: &str) -> String {
        title_of(&[Turn { role: Role::User, content: text.into() }])
    }

    #[test]
    fn a_title_is_the_beginning_of_the_first_turn() {
        assert_eq!(titled(" Why is\nthe\t sky blue? "), "Why is the sky blue?");
        assert_eq!(titled(""), "");
        for text in ["word ".repeat(100), "字".repeat(300), format!("{} x", "y".repeat(79))] {
            let title = titled(&text);
            assert!(title.ends_with('…') && title.chars().count() <= TITLE, "{title}");
        }
        let answered = Turn { role: Role::Assistant, content: "Hello".into() };
        assert_eq!(title_of(&[answered]), "Hello");
    }
}
