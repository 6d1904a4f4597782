//! What is wrong with one field of an input. The browser and the server make the same ones.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One field that cannot be accepted, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Dotted path in the names of the JSON, `qualityThresholds.flagging`; empty for the whole
    /// input.
    #[schema(example = "qualityThresholds.flagging")]
    pub path: String,
    /// One sentence: what is wrong and what is allowed.
    #[schema(example = "Flagging must be at most the auto-approval threshold, 8.0.")]
    pub message: String,
}

impl FieldError {
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// Collects what is wrong while an input is parsed, so that a person is told everything at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    /// Only the first sentence about a field counts; what follows from it would only confuse.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let error = FieldError::new(path, message);
        if !self.0.iter().any(|known| known.path == error.path) {
            self.0.push(error);
        }
    }

    /// Keeps the value, or notes the sentence under `path` and answers `None`.
    pub fn keep<T>(&mut self, path: &str, parsed: Result<T, impl Into<String>>) -> Option<T> {
        parsed.map_err(|message| self.add(path, message)).ok()
    }

    pub fn extend(&mut self, errors: Vec<FieldError>) {
        for error in errors {
            self.add(error.path, error.message);
        }
    }

    /// The value, unless something was noted.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }

    /// What was noted so far.
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }
}
