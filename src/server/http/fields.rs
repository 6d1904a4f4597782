//! Reads the fields of a JSON object one by one and tells everything that is wrong with them at
//! once.

use super::json::JsonBody;
use crate::{
    domain::{
        account::SecretText,
        field_error::{FieldError, FieldErrors},
        instant,
    },
    server::error::ServiceError,
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// An object being read. What is left over when [`Fields::finish`] is called is unknown, and
/// refused: a misspelt name would otherwise be ignored in silence.
#[derive(Debug)]
pub struct Fields {
    object: Map<String, Value>,
    known: Vec<&'static str>,
    errors: FieldErrors,
}

impl Fields {
    /// # Errors
    /// 400 when the body is something else than an object.
    pub fn of(JsonBody(body): JsonBody) -> Result<Self, ServiceError> {
        match body {
            Value::Object(object) => {
                Ok(Self { object, known: Vec::new(), errors: FieldErrors::default() })
            }
            _ => Err(ServiceError::field("", "The body must be a JSON object.")),
        }
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.push(name);
        self.object.remove(name).filter(|value| !value.is_null())
    }

    /// A text; empty when it is missing, so that the parser of the whole says what it needs.
    pub fn text(&mut self, name: &'static str) -> String {
        self.optional_text(name).unwrap_or_default()
    }

    /// A text that need not be there; `null` is the same as nothing.
    pub fn optional_text(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => Some(text),
            _ => {
                self.errors.add(name, format!("{name} must be a text."));
                None
            }
        }
    }

    /// A text that must not reach a log.
    pub fn secret(&mut self, name: &'static str) -> SecretText {
        SecretText::new(self.text(name))
    }

    /// A text read by its type.
    pub fn parse<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(name);
        self.errors.keep(name, parse(&text))
    }

    /// A text read by its type, if it is there.
    pub fn parse_optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.optional_text(name)?;
        self.errors.keep(name, parse(&text))
    }

    /// A list of texts; empty when it is missing.
    pub fn texts(&mut self, name: &'static str) -> Vec<String> {
        let Some(value) = self.take(name) else { return Vec::new() };
        serde_json::from_value(value).unwrap_or_else(|_| {
            self.errors.add(name, format!("{name} must be a list of texts."));
            Vec::new()
        })
    }

    /// A time in ISO 8601, if it is there.
    pub fn time(&mut self, name: &'static str) -> Option<DateTime<Utc>> {
        self.parse_optional(name, |text| {
            let time = DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
            time.ok()
                .filter(|time| instant::is_plausible(*time))
                .ok_or_else(|| format!("{name} must be a time such as 2030-12-31T00:00:00Z."))
        })
    }

    /// Notes what a parser of several fields together found.
    pub fn keep<T>(&mut self, parsed: Result<T, Vec<FieldError>>) -> Option<T> {
        parsed.map_err(|errors| self.errors.extend(errors)).ok()
    }

    /// Notes what the parser of one field found.
    pub fn keep_at<T>(&mut self, name: &str, parsed: Result<T, String>) -> Option<T> {
        self.errors.keep(name, parsed)
    }

    /// The value, if nothing was wrong and nothing is left over.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, ServiceError> {
        for name in self.object.keys() {
            let short: String = name.chars().take(60).collect();
            let known = self.known.join(", ");
            self.errors
                .add(name.clone(), format!("“{short}” is not a field here. Allowed are {known}."));
        }
        let errors = self.errors.into_vec();
        match value {
            Some(value) if errors.is_empty() => Ok(value),
            None if errors.is_empty() => {
                Err(ServiceError::Internal("a field is missing without an error".into()))
            }
            _ => Err(ServiceError::Validation(errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::{Scope, TokenName};
    use serde_json::json;

    fn errors(result: Result<(), ServiceError>) -> Vec<String> {
        match result {
            Err(ServiceError::Validation(errors)) => {
                errors.into_iter().map(|error| error.path).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn tells_all_that_is_wrong_at_once() {
        let body = json!({"name": 5, "scopes": ["x", 1], "expiresAt": "tomorrow", "scope": "a"});
        let mut fields = Fields::of(JsonBody(body)).unwrap();
        let name = fields.parse("name", TokenName::parse);
        let scopes = fields.texts("scopes");
        let time = fields.time("expiresAt");
        assert!(name.is_none() && scopes.is_empty() && time.is_none());
        assert_eq!(errors(fields.finish(Some(()))), ["name", "scopes", "expiresAt", "scope"]);
    }

    #[test]
    fn null_is_the_same_as_nothing() {
        let mut fields = Fields::of(JsonBody(json!({"expiresAt": null}))).unwrap();
        assert_eq!(fields.time("expiresAt"), None);
        assert!(fields.finish(Some(())).is_ok());
        assert!(Scope::parse_set(["history:read"]).is_ok());
    }

    #[test]
    fn only_objects_have_fields() {
        assert!(Fields::of(JsonBody(json!([]))).is_err());
    }
}
