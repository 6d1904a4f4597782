//! Conversations as Markdown, to be read by people. What was said stands in blocks of code, so that
//! whatever it has of Markdown is shown and not acted on, and a parser gives it back.

use super::{Record, fields::Field, json, texts::Said};
use crate::domain::conversations::FindingKind;
use std::fmt::Write;

/// Writes a conversation as a document. `number` is its place in the file.
pub fn push(
    text: &mut String,
    number: u64,
    turns: &[Said<'_>],
    fields: &[&'static Field],
    record: &Record,
    masked: &[FindingKind],
) {
    if number > 1 {
        text.push_str("\n---\n\n");
    }
    _ = write!(text, "# Conversation {number}");
    if let Some(title) = fields.iter().find(|field| field.name == "title") {
        let title = title.of(record, masked);
        let title = title.plain();
        let words: Vec<&str> = title.split_whitespace().collect();
        if !words.is_empty() {
            text.push_str(": ");
            push_inline(text, &words.join(" "));
        }
    }
    text.push('\n');
    if !fields.is_empty() {
        let mut about = String::new();
        json::push_fields(&mut about, fields, record, masked);
        push_block(text, "json", &about);
    }
    for turn in turns {
        _ = write!(text, "\n## {}\n", turn.role.label());
        if turn.text.contains('\r') {
            // Parsers take every carriage return for the end of a line; only an entity keeps it.
            text.push('\n');
            push_inline(text, &turn.text);
            text.push('\n');
        } else {
            push_block(text, "text", &turn.text);
        }
    }
}

/// Writes a block of code, fenced by more backticks than the text has in a row.
fn push_block(text: &mut String, kind: &str, content: &str) {
    let (mut longest, mut run) = (0, 0);
    for byte in content.bytes() {
        run = if byte == b'`' { run + 1 } else { 0 };
        longest = run.max(longest);
    }
    let fence = "`".repeat(longest.max(2) + 1);
    _ = write!(text, "\n{fence}{kind}\n{content}");
    if !content.is_empty() {
        text.push('\n');
    }
    text.push_str(&fence);
    text.push('\n');
}

/// Writes a text in one line, in which nothing is Markdown.
pub fn push_inline(text: &mut String, content: &str) {
    for letter in content.chars() {
        match letter {
            '\n' | '\r' | '\t' => _ = write!(text, "&#{};", u32::from(letter)),
            letter if letter.is_ascii_punctuation() => text.extend(['\\', letter]),
            letter => text.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_what_it_encloses() {
        for (content, fence) in [("a", "```"), ("```rust\n```", "````"), ("a ````` b", "``````")] {
            let mut text = String::new();
            push_block(&mut text, "text", content);
            assert_eq!(text, format!("\n{fence}text\n{content}\n{fence}\n"));
        }
        let mut text = String::new();
        push_block(&mut text, "text", "");
        assert_eq!(text, "\n```text\n```\n");
    }

    #[test]
    fn a_line_has_no_markdown() {
        let mut text = String::new();
        push_inline(&mut text, "# *a*\r\n1. &amp; <b>");
        assert_eq!(text, "\\# \\*a\\*&#13;&#10;1\\. \\&amp\\; \\<b\\>");
    }
}
