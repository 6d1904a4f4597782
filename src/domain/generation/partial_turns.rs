//! The turns of a conversation while Claude is still writing them: what can be read of a JSON
//! answer that has not ended.
//!
//! Only for showing. What is stored is read by a strict parser when the answer is complete.

/// A turn as far as it has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartialTurn {
    /// `user`, `assistant`, or the beginning of such a word.
    pub role: String,
    pub content: String,
}

/// Every turn that has begun, in order. Text that is no such answer has none; nothing is an error.
///
/// The turns are the objects in the list named `turns`, or in the list that the whole answer is.
pub fn partial_turns(text: &str) -> Vec<PartialTurn> {
    let mut turns = Vec::new();
    let mut reader = Reader { rest: text };
    reader.skip_space();
    // Inside of a string the quotation marks of this word would have backslashes.
    if !reader.rest.starts_with('[') {
        let Some((_, rest)) = text.split_once("\"turns\"") else { return turns };
        reader.rest = rest;
        reader.skip_space();
        reader.skip(':');
        reader.skip_space();
    }
    if !reader.skip('[') {
        return turns;
    }
    loop {
        reader.skip_space();
        reader.skip(',');
        reader.skip_space();
        if !reader.skip('{') {
            return turns;
        }
        let mut turn = PartialTurn::default();
        let complete = read_turn(&mut reader, &mut turn);
        turns.push(turn);
        if !complete {
            return turns;
        }
    }
}

/// Reads the fields of an object whose brace was opened. False when the text ends before the object
/// does.
fn read_turn(reader: &mut Reader, turn: &mut PartialTurn) -> bool {
    loop {
        reader.skip_space();
        reader.skip(',');
        reader.skip_space();
        if reader.skip('}') {
            return true;
        }
        let mut name = String::new();
        if !reader.read_string(&mut name) {
            return false;
        }
        reader.skip_space();
        if !reader.skip(':') {
            return false;
        }
        reader.skip_space();
        let mut ignored = String::new();
        let value = match name.as_str() {
            "role" => &mut turn.role,
            "content" => &mut turn.content,
            _ => &mut ignored,
        };
        let read = if reader.rest.starts_with('"') {
            reader.read_string(value)
        } else {
            reader.skip_value()
        };
        if !read {
            return false;
        }
    }
}

/// What of the text is not read yet.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn skip(&mut self, letter: char) -> bool {
        let after = self.rest.strip_prefix(letter);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        Some(letter)
    }

    /// Appends a string's text, as far as there is any. False when the string has not ended.
    fn read_string(&mut self, into: &mut String) -> bool {
        if !self.skip('"') {
            return false;
        }
        while let Some(letter) = self.next() {
            match letter {
                '"' => return true,
                '\\' => match self.read_escape() {
                    Some(letter) => into.push(letter),
                    None => return false,
                },
                letter => into.push(letter),
            }
        }
        false
    }

    /// The letter that an escape stands for, after its backslash; `None` when it is not all there
    /// yet.
    fn read_escape(&mut self) -> Option<char> {
        Some(match self.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let first = self.read_hex()?;
                let is_high = (0xD800..0xDC00).contains(&first);
                let second =
                    if is_high && self.skip('\\') && self.skip('u') { self.read_hex()? } else { 0 };
                if is_high && self.rest.is_empty() && second == 0 {
                    return None;
                }
                let code = if (0xDC00..0xE000).contains(&second) {
                    0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                } else {
                    first
                };
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => other,
        })
    }

    fn read_hex(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        self.rest = &self.rest[4..];
        u32::from_str_radix(digits, 16).ok()
    }

    /// Passes over a number, a word, a list or an object. False when it has not ended.
    fn skip_value(&mut self) -> bool {
        let mut depth = 0_u32;
        loop {
            let Some(letter) = self.rest.chars().next() else { return false };
            match letter {
                '"' => {
                    if !self.read_string(&mut String::new()) {
                        return false;
                    }
                    continue;
                }
                '[' | '{' => depth += 1,
                ',' | ']' | '}' if depth == 0 => return true,
                ']' | '}' => depth -= 1,
                _ => {}
            }
            self.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn turn(role: &str, content: &str) -> PartialTurn {
        PartialTurn { role: role.into(), content: content.into() }
    }

    #[test]
    fn shows_what_is_there_so_far() {
        let beginning = concat!(
            r#"{"title": "Say \"turns\"", "turns": [{"role": "user", "content": "Hello\nyou"}, "#,
            r#"{"role": "assis"#,
        );
        assert_eq!(partial_turns(beginning), [turn("user", "Hello\nyou"), turn("assis", "")]);
        let later =
            format!(r#"{beginning}tant", "tokens": [1, {{"a": "}}"}}], "content": "Good \u00"#);
        assert_eq!(partial_turns(&later)[1], turn("assistant", "Good "));
        assert_eq!(partial_turns(&format!("{later}e9\\ud83d")).last().unwrap().content, "Good é");
        assert_eq!(
            partial_turns(&format!("{later}e9\\ud83d\\ude00")).last().unwrap().content,
            "Good é😀"
        );
        assert_eq!(partial_turns(r#" [{"content": "a", "role": "user"}]"#), [turn("user", "a")]);
    }

    #[test]
    fn anything_else_has_no_turns() {
        for text in [
            "",
            "{",
            "Sorry, I cannot do that.",
            r#"{"turns""#,
            r#"{"turns": "#,
            r#"{"turns": 7}"#,
            "[1, 2]",
        ] {
            assert_eq!(partial_turns(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_beginning_shows_a_beginning_of_the_turns(
            contents in proptest::collection::vec("(\\PC|[\"\\\\\n\t{}\\[\\]]){0,12}", 0..5),
            cut in 0..400usize,
        ) {
            let all: Vec<PartialTurn> =
                contents.iter().map(|content| turn("user", content)).collect();
            let written = |turn: &PartialTurn| {
                json!({"role": turn.role, "score": [0.5, "}"], "content": turn.content})
            };
            let list: Vec<_> = all.iter().map(written).collect();
            let text = json!({"a": "\"turns\": [", "turns": list}).to_string();
            prop_assert_eq!(partial_turns(&text), all.clone());
            let beginning: String = text.chars().take(cut).collect();
            let shown = partial_turns(&beginning);
            prop_assert!(shown.len() <= all.len());
            for (index, (some, whole)) in shown.iter().zip(&all).enumerate() {
                prop_assert!(whole.content.starts_with(&some.content));
                prop_assert!(whole.role.starts_with(&some.role));
                prop_assert!(index + 1 == shown.len() || some == whole, "only the last one is \
                    unfinished");
            }
        }

        #[test]
        fn never_panics(text in "(\\PC|[\"\\\\{}\\[\\]:,]|\"turns\": \
            \\[\\{|\\\\u[0-9a-fé]{0,5}){0,30}") {
            let _ = partial_turns(&text);
        }
    }
}
