//! Reading JSON strictly: what a lenient reader would quietly repair is refused, with its place.
//!
//! Beyond the grammar, an object that names a key twice is refused (a lenient reader keeps one of
//! the two values and the sender never learns which), and so is nesting deeper than [`MAX_DEPTH`].
//! Numbers outside the range of a double (`1e999`) are refused by the grammar itself here.

mod in_two_steps;
mod read;
mod surrogates;

pub use in_two_steps::{read_rest, split_path, unknown_word};
pub use read::{Unreadable, read, read_text};
pub use surrogates::{Borders, split_surrogates, without_lone_surrogates};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{cell::RefCell, fmt};

/// Levels of nesting allowed. Nothing of ours needs more than five.
pub const MAX_DEPTH: usize = 16;

/// Why a text is not JSON that we accept, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct JsonError {
    pub message: String,
    /// Dotted names down to the value that is wrong; empty for the whole text.
    pub path: String,
    pub line: usize,
    pub column: usize,
}

/// Reads one JSON value that fills the whole text.
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let path = RefCell::new(Vec::new());
    let value = Strict { depth: 0, path: &path }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| JsonError {
        message: sentence(&error.to_string()),
        path: path.take().join("."),
        line: error.line(),
        column: error.column(),
    })
}

/// The library's message without the place, which we tell apart.
fn sentence(message: &str) -> String {
    match message.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => message.to_owned(),
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    /// Where the reader stands. Not taken back after a mistake, so that it names the place.
    path: &'a RefCell<Vec<String>>,
}

impl Strict<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self { depth: self.depth + 1, path: self.path })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        // PostgreSQL's jsonb cannot hold it, so it would fail later and less clearly.
        if value.contains('\0') {
            return Err(E::custom("a text contains the character U+0000"));
        }
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        loop {
            self.path.borrow_mut().push(list.len().to_string());
            let item = items.next_element_seed(inner)?;
            self.path.borrow_mut().pop();
            match item {
                Some(item) => list.push(item),
                None => break,
            }
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if key.contains('\0') {
                return Err(A::Error::custom("a name contains the character U+0000"));
            }
            self.path.borrow_mut().push(key.clone());
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!(
                    "the name \"{key}\" appears twice in one object"
                )));
            }
            let value = entries.next_value_seed(inner)?;
            self.path.borrow_mut().pop();
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_the_place_of_a_mistake() {
        let error = parse(b"{\"theme\":\n  dark}").unwrap_err();
        assert_eq!((error.line, error.column), (2, 3));
        for (text, path) in [
            (r#"{"a": {"b": tru}}"#, "a.b"),
            (r#"{"list": [1, NaN]}"#, "list.1"),
            (r#"{"a": {"theme": 1, "theme": 2}}"#, "a.theme"),
            (r#"{"a": [{"b": 1}, {"c": 1e999}]}"#, "a.1.c"),
            (r#"{"a": 1} x"#, ""),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().path, path, "{text}");
        }
    }

    #[test]
    fn refuses_what_a_lenient_reader_would_repair() {
        for (text, part) in [
            (r#"{"a":1,"a":2}"#, "appears twice"),
            (r#"{"x":{"a":1,"b":2,"a":3}}"#, "\"a\" appears twice"),
            ("1e999", "out of range"),
            ("NaN", "expected"),
            (r#"{"a":1} x"#, "trailing"),
            ("", "EOF"),
            ("\"\\u0000\"", "U+0000"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.message.contains(part), "{text}: {}", error.message);
        }
    }

    #[test]
    fn refuses_deep_nesting_without_exhausting_the_stack() {
        let text = "[".repeat(100_000);
        assert!(parse(text.as_bytes()).unwrap_err().message.contains("nested deeper"));
        assert!(
            parse(format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH)).as_bytes()).is_ok()
        );
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn agrees_with_the_plain_reader_on_what_both_accept(text in "[\\[\\]{}\":,0-9a-c \
            .-]{0,40}") {
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }
    }
}
