//! The one shape in which every failure reaches a client, a page or a script alike.

use super::codec::Answers;
use crate::domain::{credential::Credential, error_code::ErrorCode, field_error::FieldError};
use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A failure as it crosses the wire. It never carries internal detail: the cause is in the server's
/// log under `request_id`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{error}")]
pub struct ApiError {
    /// Always `false`, so that a script can test one word.
    #[schema(example = false)]
    pub success: bool,
    /// The HTTP status of the answer. 0 in the browser when no answer came at all.
    pub status: u16,
    /// One sentence for a person: what happened and what to do.
    pub error: String,
    pub code: ErrorCode,
    /// Every sentence, when there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// The same by field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// What stands on the server now; only with 409.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Value>,
    /// Seconds to wait before another try; only with 429 and 503.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Name this to an operator: it is in the log line of the cause.
    #[serde(default)]
    pub request_id: String,
}

impl ApiError {
    /// With the status that the code has.
    pub fn new(code: ErrorCode, error: impl Into<String>) -> Self {
        Self {
            success: false,
            status: code.status(),
            error: error.into(),
            code,
            errors: Vec::new(),
            fields: Vec::new(),
            current: None,
            retry_after: None,
            request_id: String::new(),
        }
    }

    /// 400 with every field that is wrong. The sentence is the first one's.
    pub fn validation(fields: Vec<FieldError>) -> Self {
        let errors: Vec<String> = fields.iter().map(|field| field.message.clone()).collect();
        let sentence = errors.first().cloned().unwrap_or_else(|| "The input is not valid.".into());
        Self { errors, fields, ..Self::new(ErrorCode::ValidationFailed, sentence) }
    }

    /// 400: a key or token stands in a text that would be kept. `path` is empty for an address.
    pub fn credential(path: &str, found: Credential) -> Self {
        let field = FieldError::new(path, found.sentence());
        Self { fields: vec![field], ..Self::new(ErrorCode::CredentialInText, found.sentence()) }
    }

    /// The server could not be reached, or its answer did not arrive: the outcome is unknown.
    pub fn unreachable() -> Self {
        Self::new(
            ErrorCode::Unreachable,
            "The server cannot be reached. Check your connection; your changes are kept.",
        )
    }

    /// True when trying the same request again may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self.status, 0 | 429 | 502 | 503 | 504)
    }
}

impl FromServerFnError for ApiError {
    type Encoder = Answers;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::unreachable(),
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Deserialization(_) => Self::new(
                ErrorCode::Malformed,
                "The request could not be read. Reload the page and try again.",
            ),
            _ => Self::new(
                ErrorCode::Internal,
                "Something went wrong here. Try again; if it stays, tell your administrator.",
            ),
        }
    }
}
