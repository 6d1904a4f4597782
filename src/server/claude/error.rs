//! Every way in which a call can end without a whole answer.

use super::{
    ApiKey, Usage,
    account_limit::AccountLimit,
    provider_error::ProviderError,
    usage::{ReportedUsage, readable},
};
use crate::domain::{ai::usage::LogStatus, error_code::ErrorCode};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// The failure of one attempt. `Display` is for the log; [`ClaudeError::sentence`] is for people.
/// Neither has the key, the prompt or the address of the provider in it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClaudeError {
    /// Nothing was sent, because this cannot be put into a request.
    #[error("{what} cannot be sent")]
    Invalid { what: &'static str },
    #[error("no connection to Claude: {failure:?}")]
    Connect { failure: ConnectFailure },
    #[error("timeout while \
        {}", match .stage { Stage::Connect => "connecting", Stage::Generation => "generating" })]
    Timeout { stage: Stage, partial: Option<Box<Partial>> },
    /// The provider, or something before it, refused.
    #[error("status {status}: {} {}", .error.kind.as_deref().unwrap_or("without a \
        type"), .error.message)]
    Status {
        status: u16,
        error: ProviderError,
        retry_after: Option<Duration>,
        request_id: Option<String>,
    },
    /// The answer is not what the API gives. `page`: it is a web page, as a proxy or a sign-in wall
    /// shows.
    #[error("the answer is {}", if *.page { "a web page" } else { "malformed" })]
    Malformed { page: bool, partial: Option<Box<Partial>> },
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize, partial: Option<Box<Partial>> },
    /// The answer began and did not end.
    #[error("the answer was interrupted: {by}")]
    Interrupted { by: InterruptedBy, partial: Option<Box<Partial>> },
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectFailure {
    /// Nobody listens there.
    Refused,
    /// The name has no address.
    Name,
    /// The certificate or the encryption is not as it should be.
    Tls,
    Other,
}

/// What took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Connect,
    Generation,
}

/// What ended an answer before its end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InterruptedBy {
    #[error("the connection was cut")]
    Cut,
    #[error("an event cannot be read")]
    Malformed,
    #[error("{} {}", .0.kind.as_deref().unwrap_or("error"), .0.message)]
    Provider(ProviderError),
}

/// What there was of an answer that did not end. It is billed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partial {
    /// All of it was handed out already.
    pub text: String,
    /// Bytes of an answer in one piece, of which nobody has seen anything.
    pub unseen: usize,
    pub usage: Usage,
    /// False if the provider had not counted the output yet, so that `usage.output` is less than
    /// what it bills.
    pub usage_is_final: bool,
    /// The model that answered, once it said so.
    pub model: Option<String>,
    pub request_id: Option<String>,
}

impl Partial {
    pub(super) fn unseen(bytes: usize) -> Self {
        Self { unseen: bytes, ..Self::default() }
    }

    /// Of an answer that cannot be read: what it is billed by can stand in it all the same.
    fn unreadable(body: &[u8]) -> Self {
        let mut partial = Self::unseen(body.len());
        let read: Option<Value> = serde_json::from_str(&readable(body)).ok();
        let usage = read.and_then(|body| ReportedUsage::deserialize(&body["usage"]).ok());
        if let Some(usage) = usage.filter(ReportedUsage::is_whole) {
            partial.usage.update(&usage);
            partial.usage_is_final = true;
        }
        partial
    }

    /// Bytes of the answer, seen or not.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.unseen
    }
}

impl ClaudeError {
    pub(super) fn malformed(body: &[u8]) -> Self {
        let page = body.trim_ascii_start().starts_with(b"<");
        let partial = (!page).then(|| Box::new(Partial::unreadable(body)));
        Self::Malformed { page, partial }
    }

    pub(super) fn with_partial(mut self, came: Partial) -> Self {
        if let Self::Timeout { partial, .. }
        | Self::TooLarge { partial, .. }
        | Self::Interrupted { partial, .. } = &mut self
        {
            *partial = Some(Box::new(came));
        }
        self
    }

    /// Takes the key out of what was said in the middle of a stream.
    pub(super) fn redact(self, key: &ApiKey) -> Self {
        match self {
            Self::Interrupted { by: InterruptedBy::Provider(error), partial } => {
                let by = InterruptedBy::Provider(error.map(|text| key.redact(text)));
                Self::Interrupted { by, partial }
            }
            other => other,
        }
    }

    /// What there was of the answer, if it had begun.
    pub fn partial(&self) -> Option<&Partial> {
        match self {
            Self::Timeout { partial, .. }
            | Self::Malformed { partial, .. }
            | Self::TooLarge { partial, .. }
            | Self::Interrupted { partial, .. } => partial.as_deref(),
            _ => None,
        }
    }

    /// True if somebody may have seen a part of the answer: trying again would show them a second
    /// beginning.
    pub fn streamed(&self) -> bool {
        self.partial().is_some_and(|partial| !partial.text.is_empty())
    }

    /// The provider refuses everything of this account until somebody does something, as when the
    /// month's money is used up: unlike with other limits, waiting a moment does not help.
    pub fn is_account_stopped(&self) -> bool {
        self.account_limit().is_some_and(AccountLimit::is_lasting)
    }

    fn account_limit(&self) -> Option<AccountLimit> {
        match self {
            Self::Status { error, .. }
            | Self::Interrupted { by: InterruptedBy::Provider(error), .. } => error.account_limit(),
            _ => None,
        }
    }

    /// How long the provider asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// True if the provider may bill the attempt without having said for what: the request had
    /// left, and no refusal of its own came back. What it refuses costs nothing.
    pub fn may_be_billed(&self) -> bool {
        match self {
            Self::Timeout { stage, .. } => *stage == Stage::Generation,
            // A web page comes from something that stands before the provider.
            Self::Malformed { page, .. } => !page,
            // Something in between passed the request on and lost the answer.
            Self::Status { status, error, .. } => {
                error.kind.is_none() && matches!(status, 502 | 504 | 520 | 524)
            }
            Self::TooLarge { .. } | Self::Interrupted { .. } => true,
            Self::Invalid { .. } | Self::Connect { .. } => false,
        }
    }

    /// True if the same call may work a moment later, and nobody has seen a part of its answer.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { failure } => *failure != ConnectFailure::Tls,
            Self::Timeout { .. } => !self.streamed(),
            Self::Status { status, .. } => {
                matches!(status, 408 | 409 | 429 | 500..=599) && !self.is_account_stopped()
            }
            Self::Interrupted { by, .. } => {
                let final_word =
                    matches!(by, InterruptedBy::Provider(error) if !error.is_transient());
                !final_word && !self.streamed()
            }
            Self::Invalid { .. } | Self::Malformed { .. } | Self::TooLarge { .. } => false,
        }
    }

    /// True if another key may be accepted where this one was not.
    pub fn is_key_refused(&self) -> bool {
        matches!(self, Self::Status { status: 401 | 403, .. }) && self.account_limit().is_none()
    }

    /// What the ledger says of the attempt.
    pub fn outcome(&self) -> LogStatus {
        match self {
            Self::Status { status: 429, .. } => LogStatus::RateLimited,
            Self::Timeout { .. } => LogStatus::Timeout,
            _ => LogStatus::Failed,
        }
    }

    /// A stable name of this failure, and a sentence for people: what happened and what to do.
    fn explain(&self) -> (ErrorCode, String) {
        let (code, sentence) = match self {
            Self::Invalid { what } => {
                let sentence = format!(
                    "Nothing was sent to Claude: {what} cannot be used as it is. Correct it in the \
                        AI configuration."
                );
                return (ErrorCode::ClaudeCallInvalid, sentence);
            }
            Self::Status { status, error, .. } => return error.explain(*status),
            Self::Interrupted { by: InterruptedBy::Provider(error), .. } => {
                if let Some(limit) = error.account_limit() {
                    let (code, sentence) = limit.explain();
                    return (code, sentence.to_owned());
                }
                return (
                    ErrorCode::ClaudeInterrupted,
                    format!(
                        "Claude stopped in the middle of its answer: {} Try again.",
                        error.quoted()
                    ),
                );
            }
            Self::Connect { failure: ConnectFailure::Refused } => (
                ErrorCode::ClaudeUnreachable,
                "Claude cannot be reached: the connection was refused. Check the API address and \
                    your network.",
            ),
            Self::Connect { failure: ConnectFailure::Name } => (
                ErrorCode::ClaudeNameNotFound,
                "Claude cannot be reached: the name in the API address was not found. Check the \
                    address and your \
                network.",
            ),
            Self::Connect { failure: ConnectFailure::Tls } => (
                ErrorCode::ClaudeTls,
                "The connection to Claude is not secure: its certificate was not accepted. Check \
                    the API address, \
                and whether a proxy stands in between.",
            ),
            Self::Connect { failure: ConnectFailure::Other } => (
                ErrorCode::ClaudeUnreachable,
                "Claude cannot be reached. Check the API address and your network.",
            ),
            Self::Timeout { stage: Stage::Connect, .. } => (
                ErrorCode::ClaudeConnectTimeout,
                "Connecting to Claude took longer than the connection timeout. Check your \
                    network, or raise the \
                timeout.",
            ),
            Self::Timeout { stage: Stage::Generation, .. } => (
                ErrorCode::ClaudeGenerationTimeout,
                "Claude took longer than the generation timeout. Raise the timeout, or ask for \
                    less at once.",
            ),
            Self::Malformed { page: true, .. } => (
                ErrorCode::ClaudeProxyPage,
                "A web page came instead of Claude's answer, as a proxy or a sign-in wall shows. \
                    Check the API \
                address and your network.",
            ),
            Self::Malformed { page: false, .. } => (
                ErrorCode::ClaudeMalformed,
                "The answer cannot be read, so it is not from Claude's API as we know it. Check \
                    the API address; if \
                it is right, try again.",
            ),
            Self::TooLarge { .. } => (
                ErrorCode::ClaudeAnswerTooLarge,
                "The answer is far larger than Claude can give. Check the API address.",
            ),
            Self::Interrupted { .. } => (
                ErrorCode::ClaudeInterrupted,
                "The connection to Claude broke in the middle of the answer. Try again.",
            ),
        };
        (code, sentence.to_owned())
    }

    /// A stable name of this failure, for logs and the wire.
    pub fn code(&self) -> ErrorCode {
        self.explain().0
    }

    /// For people: what happened and what to do.
    pub fn sentence(&self) -> String {
        self.explain().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, body: &str) -> ClaudeError {
        ClaudeError::Status {
            status,
            error: ProviderError::parse(body.as_bytes()),
            retry_after: None,
            request_id: None,
        }
    }

    #[test]
    fn a_limit_of_the_pace_is_one_that_waiting_lifts() {
        let limit = status(
            429,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down."}}"#,
        );
        assert!(!limit.is_account_stopped() && limit.is_transient());
        assert_eq!(
            (limit.code(), limit.outcome()),
            (ErrorCode::ClaudeRateLimited, LogStatus::RateLimited)
        );
    }

    #[test]
    fn what_may_work_a_moment_later() {
        for code in [408, 409, 429, 500, 502, 503, 504, 529] {
            assert!(status(code, "").is_transient(), "{code}");
        }
        for code in [301, 400, 401, 402, 403, 404, 413, 422] {
            assert!(!status(code, "").is_transient(), "{code}");
        }
        assert!(ClaudeError::Connect { failure: ConnectFailure::Refused }.is_transient());
        assert!(!ClaudeError::Connect { failure: ConnectFailure::Tls }.is_transient());
        assert!(!ClaudeError::malformed(b"<html>").is_transient());
    }

    #[test]
    fn nothing_is_tried_again_after_the_first_text() {
        let all = [
            ClaudeError::Interrupted { by: InterruptedBy::Cut, partial: None },
            ClaudeError::Timeout { stage: Stage::Generation, partial: None },
        ];
        for error in all {
            assert!(error.is_transient());
            assert!(error.clone().with_partial(Partial::default()).is_transient());
            let seen = error.with_partial(Partial { text: "Once".into(), ..Partial::default() });
            assert!(seen.streamed() && !seen.is_transient(), "{seen}");
        }
    }

    #[test]
    fn every_failure_has_a_code_and_a_sentence_of_its_own() {
        let codes = [
            (400, ErrorCode::ClaudeRequestRefused),
            (401, ErrorCode::ClaudeKeyRefused),
            (402, ErrorCode::ClaudeBilling),
            (403, ErrorCode::ClaudeKeyForbidden),
            (404, ErrorCode::ClaudeAddressNotFound),
            (408, ErrorCode::ClaudeRequestTimeout),
            (409, ErrorCode::ClaudeConflict),
            (413, ErrorCode::ClaudeRequestTooLarge),
            (429, ErrorCode::ClaudeRateLimited),
            (500, ErrorCode::ClaudeFailed),
            (503, ErrorCode::ClaudeUnavailable),
            (529, ErrorCode::ClaudeOverloaded),
            (302, ErrorCode::ClaudeRedirected),
            (418, ErrorCode::ClaudeUnexpectedStatus),
        ];
        for (code, expected) in codes {
            let error = status(code, "");
            assert_eq!(error.code(), expected);
            assert!(error.sentence().ends_with('.'), "{}", error.sentence());
        }
    }
}
