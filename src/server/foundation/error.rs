//! What can go wrong inside a service. It becomes an [`ApiError`] at the boundary, where it is
//! logged once.

use crate::{
    api::error::ApiError,
    domain::{error_code::ErrorCode, field_error::FieldError},
};
use serde_json::{Map, Value};

/// What the disk is full for is the operator's to find out; people need to know that nothing is
/// lost.
const DISK_FULL: &str = "The disk of the database is full, so nothing can be stored. What is \
    stored \
    is safe. Your administrator has to make room.";
/// Of a database that takes no changes, as a copy that has not taken over yet.
pub const READ_ONLY: &str = "The database takes no changes right now, as while another takes over. \
    Nothing was lost; try again in a moment.";

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
    Limited { code: ErrorCode, message: String, retry_after: u32 },
    /// A request that is well-formed but refused, with its own code.
    #[error("{code}: {message}")]
    Refused { code: ErrorCode, message: String },
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

    /// Refuses a save of `what` (“The defaults were”) that is based on another version than the one
    /// that stands.
    pub fn check_version(
        what: &str,
        base: Option<i64>,
        version: i64,
        current: &Map<String, Value>,
    ) -> Result<(), Self> {
        let Some(base) = base.filter(|base| *base != version) else { return Ok(()) };
        Err(Self::Conflict {
            message: format!(
                "{what} changed in the meantime: you saw version {base}, now it is {version}."
            ),
            fields: Vec::new(),
            current: Value::Object(current.clone()),
        })
    }

    pub fn refused(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::Refused { code, message: message.into() }
    }

    /// What keeps the database from working although it can be reached: answered 503 as well, each
    /// with a code and a sentence of its own, because something else mends it.
    fn exhausted(error: &sqlx::Error) -> Option<(ErrorCode, &'static str)> {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code)?;
        Some(match &*code {
            "53100" => (ErrorCode::DiskFull, DISK_FULL),
            "53200" => (
                ErrorCode::DatabaseOutOfMemory,
                "The database has no memory left for this. Nothing was changed; try again in a \
                 moment, and tell your administrator if it stays.",
            ),
            "53300" => (
                ErrorCode::DatabaseConnectionsUsedUp,
                "The database takes no more connections. Nothing was lost; try again in a moment, \
                 and tell your administrator if it stays.",
            ),
            "25006" => (ErrorCode::DatabaseReadOnly, READ_ONLY),
            _ => return None,
        })
    }

    /// True when the database is in a state that it leaves again, by itself or with some help.
    pub fn is_known_trouble(error: &sqlx::Error) -> bool {
        Self::exhausted(error).is_some() || Self::is_unavailable(error) || Self::is_busy(error)
    }

    /// True when the database could not be reached or took nobody in: answered 503, not 500.
    pub fn is_unavailable(error: &sqlx::Error) -> bool {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed => true,
            sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
            // 08: connection, 53: resources, 57: shutdown or starting up
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                code.starts_with("08") || code.starts_with("53") || code.starts_with("57P")
            }),
            _ => false,
        }
    }

    /// True when the database gave up for the moment and took everything back; another try may well
    /// succeed. Answered 503 too.
    fn is_busy(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        // lock_not_available, query_canceled (which is a time limit), deadlock_detected,
        // serialization_failure
        code.is_some_and(|code| matches!(&*code, "55P03" | "57014" | "40P01" | "40001"))
    }

    /// The answer for the client; logs the cause of what is our fault.
    pub fn into_api(self, request_id: &str) -> ApiError {
        let mut answer = match self {
            Self::Validation(fields) => ApiError::validation(fields),
            Self::Unauthenticated => ApiError::new(
                ErrorCode::NotSignedIn,
                "You are not signed in. Sign in and try again.",
            ),
            Self::Forbidden(message) => ApiError::new(ErrorCode::Forbidden, message),
            Self::NotFound(what) => ApiError::new(
                ErrorCode::NotFound,
                format!("{what} does not exist, or is not yours."),
            ),
            Self::Conflict { message, fields, current } => {
                let errors = fields.iter().map(|field| field.message.clone()).collect();
                ApiError {
                    errors,
                    fields,
                    current: Some(current),
                    ..ApiError::new(ErrorCode::VersionConflict, message)
                }
            }
            Self::TooMany { message, retry_after } => ApiError {
                retry_after: Some(retry_after),
                ..ApiError::new(ErrorCode::TooManyRequests, message)
            },
            Self::Limited { code, message, retry_after } => {
                ApiError { retry_after: Some(retry_after), ..ApiError::new(code, message) }
            }
            Self::Refused { code, message } => ApiError::new(code, message),
            Self::Database(error) => Self::of_database(&error, request_id),
            Self::Internal(cause) => {
                tracing::error!(request_id, %cause, "a request failed");
                Self::internal()
            }
        };
        answer.request_id = request_id.to_owned();
        answer
    }

    fn of_database(error: &sqlx::Error, request_id: &str) -> ApiError {
        let later = |seconds, code, sentence| {
            tracing::error!(request_id, %error, %code, "the database cannot do this now");
            ApiError { retry_after: Some(seconds), ..ApiError::new(code, sentence) }
        };
        if let Some((code, sentence)) = Self::exhausted(error) {
            return later(30, code, sentence);
        }
        if Self::is_unavailable(error) {
            let sentence = "The database cannot be reached right now. Nothing was lost; try again \
                in a moment.";
            return later(2, ErrorCode::DatabaseUnavailable, sentence);
        }
        if Self::is_busy(error) {
            let sentence = "The database is busy and could not do this in time. Nothing was lost; \
                try again in a moment.";
            return later(2, ErrorCode::DatabaseUnavailable, sentence);
        }
        tracing::error!(request_id, %error, "a database statement failed");
        Self::internal()
    }

    fn internal() -> ApiError {
        ApiError::new(
            ErrorCode::Internal,
            "Something went wrong here. Try again; if it stays, tell your administrator the \
                request id.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::error::{DatabaseError, ErrorKind};
    use std::borrow::Cow;

    /// What PostgreSQL says, with its code.
    #[derive(Debug, thiserror::Error)]
    #[error("refused: {0}")]
    struct Refused(&'static str);

    impl DatabaseError for Refused {
        fn message(&self) -> &str {
            "refused"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    fn answer(code: &'static str) -> ApiError {
        ServiceError::Database(sqlx::Error::Database(Box::new(Refused(code)))).into_api("r")
    }

    #[test]
    fn what_the_database_could_not_do_in_time_is_worth_another_try() {
        for code in ["55P03", "57014", "40P01", "40001"] {
            let answer = answer(code);
            assert_eq!(
                (answer.status, answer.code),
                (503, ErrorCode::DatabaseUnavailable),
                "{code}"
            );
            assert!(
                answer.retry_after.is_some() && answer.error.contains("busy"),
                "{code}: {}",
                answer.error
            );
        }
    }

    #[test]
    fn a_full_disk_and_its_kind_have_a_code_and_a_sentence_each() {
        let mut sentences = std::collections::BTreeSet::new();
        for (state, code, word) in [
            ("53100", ErrorCode::DiskFull, "disk"),
            ("53200", ErrorCode::DatabaseOutOfMemory, "memory"),
            ("53300", ErrorCode::DatabaseConnectionsUsedUp, "connections"),
            ("25006", ErrorCode::DatabaseReadOnly, "no changes"),
        ] {
            let answer = answer(state);
            assert_eq!((answer.status, answer.code), (503, code), "{state}");
            assert!(answer.error.contains(word) && !answer.error.contains("cannot be reached"));
            assert!(answer.retry_after.is_some());
            assert!(sentences.insert(answer.error), "{state} has its own sentence");
        }
    }

    #[test]
    fn a_database_out_of_reach_and_a_fault_of_ours_stay_apart() {
        for code in ["08006", "53000", "57P01"] {
            let answer = answer(code);
            assert_eq!(
                (answer.status, answer.code),
                (503, ErrorCode::DatabaseUnavailable),
                "{code}"
            );
            assert!(answer.error.contains("cannot be reached"), "{code}: {}", answer.error);
        }
        for code in ["22021", "42P01", "40002", "57000"] {
            assert_eq!(answer(code).status, 500, "{code}");
        }
    }
}
