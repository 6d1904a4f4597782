//! Why there is no answer, for the client.

use crate::{
    domain::{error_code::ErrorCode, gateway::Kind, generation::retry::GiveUp},
    server::{claude::ClaudeError, foundation::error::ServiceError},
};
use http::HeaderMap;
use serde_json::{Map, Value};
use std::time::Duration;

/// Why there is no answer.
#[derive(Debug)]
pub enum Refusal {
    /// In our words.
    Ours(ServiceError),
    /// In the words of the provider.
    Provider(Box<Words>),
}

/// What the provider said of a request.
#[derive(Debug)]
pub struct Words {
    pub status: u16,
    /// The object `error` of its answer, whatever it consists of.
    pub error: Map<String, Value>,
    pub code: ErrorCode,
    /// Those of its headers that are passed on.
    pub headers: HeaderMap,
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Self::Ours(error)
    }
}

impl Refusal {
    /// The code for the ledger.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Provider(words) => words.code,
            Self::Ours(ServiceError::Refused { code, .. } | ServiceError::Limited { code, .. }) => {
                *code
            }
            Self::Ours(_) => ErrorCode::Internal,
        }
    }

    /// Of a failed attempt that no other follows. `words` is the body of an answer that the
    /// provider refused with.
    pub fn of(error: &ClaudeError, words: Option<(String, HeaderMap)>, reason: &GiveUp) -> Self {
        if let (ClaudeError::Status { status, error: said, .. }, Some((body, headers))) =
            (error, words)
            // What it says of the key concerns nobody but those who look after the key.
            && !error.is_key_refused()
            && said.kind.is_some()
            && let Some(object) = error_object(&body)
        {
            let words = Words { status: *status, error: object, code: error.code(), headers };
            return Self::Provider(Box::new(words));
        }
        let (sentence, more) = (error.sentence(), reason.sentence());
        let message = match more.is_empty() {
            true => sentence,
            false => format!("{sentence} {more}"),
        };
        ours(error.code(), message, error.retry_after())
    }

    /// Of an attempt that another would have followed, had it been billed or paid for.
    pub fn not_again(error: &ClaudeError, why: &str, retry_after: Option<u32>) -> Self {
        let message = format!("{} {why}", error.sentence());
        match retry_after {
            Some(retry_after) => {
                ServiceError::Limited { code: ErrorCode::BudgetExceeded, message, retry_after }
                    .into()
            }
            None => ours(error.code(), message, error.retry_after()),
        }
    }

    /// Nobody waits for the answer any more.
    pub fn cancelled() -> Self {
        let message = "The request was given up. What Claude had written until then is billed.";
        ServiceError::refused(ErrorCode::Cancelled, message).into()
    }

    pub fn stopping() -> Self {
        let message = "The server is stopping. What Claude had written until then is billed; send \
            the request again.";
        ours(ErrorCode::Stopping, message.into(), Some(Duration::from_secs(2)))
    }

    /// Kind, sentence and code, for an event in the middle of a stream.
    pub fn told(self, request_id: &str) -> (Kind, String, ErrorCode) {
        match self {
            Self::Ours(error) => {
                let error = error.into_api(request_id);
                (Kind::of(error.code), error.error, error.code)
            }
            Self::Provider(words) => {
                let message = words.error.get("message").and_then(Value::as_str);
                let message = message.unwrap_or_default().to_owned();
                (Kind::of_status(words.status), message, words.code)
            }
        }
    }
}

fn ours(code: ErrorCode, message: String, retry_after: Option<Duration>) -> Refusal {
    let retry_after = retry_after.map(|wait| u32::try_from(wait.as_secs().max(1)));
    match retry_after {
        Some(retry_after) => {
            let retry_after = retry_after.unwrap_or(u32::MAX);
            ServiceError::Limited { code, message, retry_after }.into()
        }
        None => ServiceError::Refused { code, message }.into(),
    }
}

fn error_object(body: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str::<Value>(body).ok()?.get_mut("error")?.take() {
        Value::Object(error) => Some(error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::claude::ProviderError;

    fn refused(status: u16, body: &str) -> Refusal {
        let error = ClaudeError::Status {
            status,
            error: ProviderError::parse(body.as_bytes()),
            retry_after: None,
            request_id: None,
        };
        Refusal::of(&error, Some((body.into(), HeaderMap::new())), &GiveUp::NotRetryable)
    }

    const OVERLOADED: &str =
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Busy","details":{}}}"#;

    #[test]
    fn what_the_provider_says_of_the_request_is_passed_on_whole() {
        let Refusal::Provider(words) = refused(529, OVERLOADED) else { panic!("its own words") };
        assert_eq!((words.status, words.code), (529, ErrorCode::ClaudeOverloaded));
        assert_eq!(words.error["message"], "Busy");
        assert!(words.error.contains_key("details"));
    }

    #[test]
    fn what_it_says_of_the_key_and_what_others_say_is_not() {
        let said = r#"{"error":{"type":"authentication_error","message":"invalid x-api-key"}}"#;
        for (status, body) in [(401, said), (403, said), (502, "<html>"), (500, "{}")] {
            assert!(matches!(refused(status, body), Refusal::Ours(_)), "{status} {body}");
        }
    }
}
