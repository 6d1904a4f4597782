//! JSON bodies, read strictly: what is ambiguous or cannot be stored is refused with its place, never guessed.

use super::answer;
use crate::{api::error::ApiError, domain::field_error::FieldError};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::{StatusCode, header};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{cell::RefCell, fmt};

/// The body as JSON: `application/json`, at most 64 KiB, no duplicate fields.
#[derive(Clone, Debug)]
pub struct JsonBody(pub Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(is_json) {
            let sentence = "Send the body as JSON, with the header Content-Type: application/json.";
            return Err(ApiError::new(415, "unsupported_media_type", sentence));
        }
        parse(&read_body(request).await?).map(Self)
    }
}

/// The whole body, if it is not larger than a request may be. The router sets the limit.
pub async fn read_body(request: Request) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => answer::too_large(),
        _ => ApiError::new(400, "malformed", "The body of the request ended too early. Send it again."),
    })
}

/// `application/json`, or a type that says it is JSON too, such as `application/merge-patch+json`.
fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Parses one JSON value. The error names line, column and path.
pub fn parse(text: &[u8]) -> Result<Value, ApiError> {
    let path = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_slice(text);
    let parsed = Strict { path: &path }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    parsed.map_err(|error| {
        let place = format!("at line {} column {}", error.line(), error.column());
        let full = error.to_string();
        let cause = full.strip_suffix(&place).unwrap_or(&full).trim_end();
        let sentence =
            format!("The body is not acceptable JSON, line {}, column {}: {cause}.", error.line(), error.column());
        let field = FieldError::new(path.into_inner().join("."), sentence.clone());
        ApiError { fields: vec![field], ..ApiError::new(400, "malformed_json", sentence) }
    })
}

/// Like `serde_json::Value`, but refuses a field that appears twice, of which one would silently win, and the character
/// U+0000, which PostgreSQL cannot store. `path` is where the reader stands, for the error.
struct Strict<'a> {
    path: &'a RefCell<Vec<String>>,
}

impl Strict<'_> {
    fn check<E: Error>(text: String) -> Result<String, E> {
        if text.contains('\0') {
            Err(E::custom("a text holds the character U+0000, which cannot be stored"))
        } else {
            Ok(text)
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Self::check(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            self.path.borrow_mut().push(list.len().to_string());
            let Some(item) = items.next_element_seed(Strict { path: self.path })? else { break };
            list.push(item);
            self.path.borrow_mut().pop();
        }
        // The place of the item that did not come.
        self.path.borrow_mut().pop();
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let name = Self::check(name)?;
            self.path.borrow_mut().push(name.clone());
            if object.contains_key(&name) {
                return Err(A::Error::custom("this field appears twice"));
            }
            object.insert(name, fields.next_value_seed(Strict { path: self.path })?);
            self.path.borrow_mut().pop();
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn fault(text: &str) -> (String, String) {
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!((error.status, error.code.as_str()), (400, "malformed_json"));
        (error.fields[0].path.clone(), error.error)
    }

    #[test]
    fn names_the_place_of_a_fault() {
        let (path, sentence) = fault("{\n  \"a\": {\"b\": tru}\n}");
        assert_eq!(path, "a.b");
        assert!(sentence.contains("line 2, column"), "{sentence}");
        assert!(fault("").1.contains("EOF"));
        assert!(fault("{} x").1.contains("trailing"));
        assert_eq!(fault(r#"{"list": [1, NaN]}"#).0, "list.1");
        assert!(fault(r#"{"n": 1e999}"#).1.contains("out of range"));
    }

    #[test]
    fn refuses_what_is_ambiguous_or_cannot_be_stored() {
        let (path, sentence) = fault(r#"{"a": {"theme": 1, "theme": 2}}"#);
        assert_eq!(path, "a.theme");
        assert!(sentence.contains("twice"), "{sentence}");
        assert!(fault(r#"{"a": "x\u0000"}"#).1.contains("U+0000"));
        assert!(fault(r#"{"\u0000": 1}"#).1.contains("U+0000"));
        assert!(fault(&"[".repeat(100_000)).1.contains("recursion"));
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn knows_what_json_is_called() {
        assert!(is_json("application/json; charset=utf-8") && is_json("application/merge-patch+json"));
        assert!(!is_json("text/plain") && !is_json("application/x-www-form-urlencoded") && !is_json(""));
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_reads(text in "[\\[\\]{}:,\"a0-9.eE\\- ]{0,30}") {
            if let Ok(strict) = parse(text.as_bytes()) {
                prop_assert_eq!(strict, serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }

    #[test]
    fn keeps_values_as_they_are() {
        let value = json!({"a": [1, -2, 2.5, null, true, "ü"], "b": {"c": {}}});
        assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
    }
}
