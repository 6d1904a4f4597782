//! Why there is no answer.

use crate::{
    domain::{error_code::ErrorCode, generation::retry::GiveUp},
    server::{claude::ClaudeError, foundation::error::ServiceError},
};
use std::time::Duration;

/// Why there is no answer, for whoever asked.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: ErrorCode,
    pub message: String,
    pub retry_after: Option<Duration>,
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, message, retry_after } = refusal;
        match retry_after {
            Some(wait) if code.status() == 429 => {
                let retry_after = u32::try_from(wait.as_secs().max(1)).unwrap_or(u32::MAX);
                Self::Limited { code, message, retry_after }
            }
            _ => Self::Refused { code, message },
        }
    }
}

pub(super) fn refusal(error: &ClaudeError, reason: &GiveUp) -> Refusal {
    let (sentence, more) = (error.sentence(), reason.sentence());
    let message = if more.is_empty() { sentence } else { format!("{sentence} {more}") };
    Refusal {
        code: error.code(),
        message,
        retry_after: error.retry_after().or(Some(Duration::from_secs(5))),
    }
}

pub(super) fn cancelled() -> Refusal {
    Refusal {
        code: ErrorCode::Cancelled,
        message: "The generation was stopped. What Claude had written until then is billed.".into(),
        retry_after: None,
    }
}

pub(super) fn stopping() -> Refusal {
    Refusal {
        code: ErrorCode::Stopping,
        message: "The server is stopping. What Claude had written until then is billed; generate \
            it again."
            .into(),
        retry_after: None,
    }
}
