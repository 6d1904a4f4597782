//! JSON bodies, read strictly: what is ambiguous or cannot be stored is refused with its place,
//! never guessed.

use super::answer;
use crate::{
    api::error::ApiError,
    domain::{self, credential, error_code::ErrorCode, field_error::FieldError, json::JsonError},
    server::http::listener::TooSlow,
};
use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request},
};
use http::{StatusCode, header};
use serde_json::Value;
use std::error::Error;

/// The body as JSON: `application/json`, at most so many bytes, no duplicate fields, and no key or
/// token outside of the fields for secrets.
pub async fn read(request: Request, largest: usize) -> Result<Value, ApiError> {
    let content_type =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !content_type.is_some_and(is_json) {
        let sentence = "Send the body as JSON, with the header Content-Type: application/json.";
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType, sentence));
    }
    let body = parse(&read_body(request, largest).await?)?;
    match credential::find_in_body(&body) {
        Some((path, found)) => Err(ApiError::credential(&path, found)),
        None => Ok(body),
    }
}

/// The whole body, if it has at most so many bytes.
pub async fn read_body(mut request: Request, largest: usize) -> Result<Bytes, ApiError> {
    // In place of the router's limit, which is the usual one.
    DefaultBodyLimit::max(largest).apply(&mut request);
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => answer::too_large(largest),
        _ if was_too_slow(&rejection) => answer::too_slow(),
        _ => ApiError::new(
            ErrorCode::Malformed,
            "The body of the request ended too early. Send it again.",
        ),
    })
}

/// Whether the body did not come in time.
pub(super) fn was_too_slow(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<TooSlow>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// `application/json`, or a type that says it is JSON too, such as `application/merge-patch+json`.
fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Parses one JSON value. The error names line, column and path.
pub fn parse(text: &[u8]) -> Result<Value, ApiError> {
    domain::json::parse(text).map_err(|JsonError { message, path, line, column }| {
        let sentence =
            format!("The body is not acceptable JSON, line {line}, column {column}: {message}.");
        let field = FieldError::new(path, sentence.clone());
        ApiError { fields: vec![field], ..ApiError::new(ErrorCode::MalformedJson, sentence) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_place_of_a_fault() {
        let error = parse(b"{\n  \"a\": {\"b\": tru}\n}").unwrap_err();
        assert_eq!((error.status, error.code), (400, ErrorCode::MalformedJson));
        assert_eq!(error.fields[0].path, "a.b");
        assert!(error.error.contains("line 2, column"), "{}", error.error);
    }

    #[test]
    fn knows_what_json_is_called() {
        assert!(
            is_json("application/json; charset=utf-8") && is_json("application/merge-patch+json")
        );
        assert!(
            !is_json("text/plain") && !is_json("application/x-www-form-urlencoded") && !is_json("")
        );
    }
}
