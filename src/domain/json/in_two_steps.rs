//! Reading an object in two steps: first the word that says what it is, then everything else.
//!
//! serde does that too (`#[serde(tag = "…")]`), but then an error no longer says which field is
//! wrong. Here the second step tells it in the message.

use serde::de::{DeserializeOwned, Error};
use serde_json::Value;

const BEGIN: &str = "at `";
const END: &str = "`: ";

/// The second step. The message of its error begins with the path of what is wrong; [`split_path`]
/// takes it off again.
///
/// # Errors
/// What is wrong, and where.
pub fn read_rest<T: DeserializeOwned, E: Error>(rest: Value) -> Result<T, E> {
    serde_path_to_error::deserialize(rest).map_err(|error| {
        let path = error.path().to_string();
        let message = error.into_inner().to_string();
        if path == "." { E::custom(message) } else { error_at(&path, &message) }
    })
}

/// An error of the first step: what the word at `path` must be.
pub fn unknown_word<E: Error>(path: &str, allowed: &'static [&'static str]) -> E {
    let unknown = serde_json::Error::unknown_variant("", allowed);
    error_at(path, &unknown.to_string())
}

fn error_at<E: Error>(path: &str, message: &str) -> E {
    E::custom(format_args!("{BEGIN}{path}{END}{message}"))
}

/// The path in a message (empty when it has none), and the message without it.
pub fn split_path(message: &str) -> (&str, &str) {
    let split = message.strip_prefix(BEGIN).and_then(|rest| rest.split_once(END));
    split.unwrap_or(("", message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only how it is read matters")]
    struct Rest {
        sizes: Vec<u8>,
    }

    #[test]
    fn an_error_tells_where_it_is() {
        let wrong = |rest: Value| -> String {
            read_rest::<Rest, serde_json::Error>(rest).unwrap_err().to_string()
        };
        let message = wrong(json!({"sizes": [1, "x"]}));
        let (path, message) = split_path(&message);
        assert_eq!(path, "sizes[1]");
        assert!(message.starts_with("invalid type"), "{message}");
        assert_eq!(split_path(&wrong(json!({}))), ("", "missing field `sizes`"));
        let unknown: serde_json::Error = unknown_word("action", &["eat", "drink"]);
        assert_eq!(
            split_path(&unknown.to_string()),
            ("action", "unknown variant ``, expected `eat` or `drink`")
        );
    }
}
