//! What can go wrong inside a service. It becomes an [`ApiError`] at the boundary, where it is logged once.

use crate::{api::error::ApiError, domain::field_error::FieldError};
use serde_json::Value;

/// The failure of a service call. Database detail stays in here and in the log.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("validation failed")]
    Validation(Vec<FieldError>),
    #[error("not signed in")]
    Unauthenticated,
    #[error("not allowed: {0}")]
    Forbidden(&'static str),
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// Somebody else saved the same field first. `fields` names them; `current` is what stands now.
    #[error("version conflict")]
    Conflict { message: String, fields: Vec<FieldError>, current: Value },
    #[error("too many requests, retry after {retry_after} s")]
    TooMany { message: &'static str, retry_after: u32 },
    /// A limit other than the router's, with its own code and when to try again, in seconds.
    #[error("{code}: {message}")]
    Limited { code: &'static str, message: String, retry_after: u32 },
    /// A request that is well-formed but refused, with its own code.
    #[error("{code}: {message}")]
    Refused { status: u16, code: &'static str, message: String },
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("internal: {0}")]
    Internal(String),
}

impl ServiceError {
    /// One field, one sentence.
    pub fn field(path: &str, message: impl Into<String>) -> Self {
        Self::Validation(vec![FieldError::new(path, message)])
    }

    /// True when the database could not be reached or was too busy: answered 503, not 500.
    fn is_unavailable(error: &sqlx::Error) -> bool {
        match error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
            sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
            // 08: connection, 53: resources, 57: shutdown or starting up, 25006: read-only during a failover
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") || code == "25006"
            }),
            _ => false,
        }
    }

    /// The answer for the client; logs the cause of what is our fault.
    pub fn into_api(self, request_id: &str) -> ApiError {
        let mut answer = match self {
            Self::Validation(fields) => ApiError::validation(fields),
            Self::Unauthenticated => {
                ApiError::new(401, "not_signed_in", "You are not signed in. Sign in and try again.")
            }
            Self::Forbidden(message) => ApiError::new(403, "forbidden", message),
            Self::NotFound(what) => ApiError::new(404, "not_found", format!("{what} does not exist, or is not yours.")),
            Self::Conflict { message, fields, current } => {
                let errors = fields.iter().map(|field| field.message.clone()).collect();
                ApiError { errors, fields, current: Some(current), ..ApiError::new(409, "version_conflict", message) }
            }
            Self::TooMany { message, retry_after } => {
                ApiError { retry_after: Some(retry_after), ..ApiError::new(429, "too_many_requests", message) }
            }
            Self::Limited { code, message, retry_after } => {
                ApiError { retry_after: Some(retry_after), ..ApiError::new(429, code, message) }
            }
            Self::Refused { status, code, message } => ApiError::new(status, code, message),
            Self::Database(error) if Self::is_unavailable(&error) => {
                tracing::error!(request_id, %error, "the database cannot be reached");
                let sentence = "The database cannot be reached right now. Nothing was lost; try again in a moment.";
                ApiError { retry_after: Some(2), ..ApiError::new(503, "database_unavailable", sentence) }
            }
            Self::Database(error) => {
                tracing::error!(request_id, %error, "a database statement failed");
                Self::internal()
            }
            Self::Internal(cause) => {
                tracing::error!(request_id, %cause, "a request failed");
                Self::internal()
            }
        };
        answer.request_id = request_id.to_owned();
        answer
    }

    fn internal() -> ApiError {
        ApiError::new(
            500,
            "internal",
            "Something went wrong here. Try again; if it stays, tell your administrator the request id.",
        )
    }
}
