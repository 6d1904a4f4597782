//! The provider's own words for a failure:
//! `{"type":"error","error":{"type","message","details"},"request_id"}`.

use super::account_limit::AccountLimit;
use crate::domain::error_code::ErrorCode;
use serde_json::Value;

/// More of a message than this, in characters, is left out.
const LONGEST_MESSAGE: usize = 300;

/// A failure as the provider tells it. Its text comes from outside: one line of bounded length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderError {
    /// `invalid_request_error`, `overloaded_error`, …; `None` if the answer is not the provider's.
    pub kind: Option<String>,
    /// A closer reason within the kind.
    pub reason: Option<String>,
    /// Empty if there is none.
    pub message: String,
}

impl ProviderError {
    /// From the body of an answer; one that is no JSON gives an error without kind and message.
    pub fn parse(body: &[u8]) -> Self {
        serde_json::from_slice(body).map(|body| Self::from_json(&body)).unwrap_or_default()
    }

    pub fn from_json(body: &Value) -> Self {
        let error = &body["error"];
        let text = |value: &Value| value.as_str().map(one_line).filter(|text| !text.is_empty());
        Self {
            kind: text(&error["type"]),
            reason: text(&error["details"]["error_code"]).or_else(|| text(&error["code"])),
            message: text(&error["message"]).unwrap_or_default(),
        }
    }

    /// With every text changed, to take out what must not be shown.
    pub fn map(self, change: impl Fn(&str) -> String) -> Self {
        Self {
            kind: self.kind.as_deref().map(&change),
            reason: self.reason.as_deref().map(&change),
            message: change(&self.message),
        }
    }

    /// The limit of the account that it names, whatever its status. Gateways put the word
    /// elsewhere.
    pub(super) fn account_limit(&self) -> Option<AccountLimit> {
        AccountLimit::named(|word| {
            [self.kind.as_deref(), self.reason.as_deref()].contains(&Some(word))
                || self.message.contains(word)
        })
    }

    /// Of a 404: the provider says that it is the model that it does not know, not the address.
    fn names_a_model(&self) -> bool {
        self.kind.as_deref() == Some("not_found_error")
            && self.message.to_lowercase().contains("model")
    }

    /// In the middle of a stream there is no status, so the kind must tell whether another attempt
    /// may work.
    pub(super) fn is_transient(&self) -> bool {
        let kinds = ["api_error", "overloaded_error", "rate_limit_error", "timeout_error"];
        self.kind.as_deref().is_none_or(|kind| kinds.contains(&kind))
            && !self.account_limit().is_some_and(AccountLimit::is_lasting)
    }

    /// The message as a part of a sentence of ours.
    pub(super) fn quoted(&self) -> String {
        match self.message.as_str() {
            "" => "It gave no reason.".to_owned(),
            message => format!("“{message}”."),
        }
    }

    /// A stable name of the failure with this status, and what happened and what to do.
    pub(super) fn explain(&self, status: u16) -> (ErrorCode, String) {
        if let Some(limit) = self.account_limit() {
            let (code, sentence) = limit.explain();
            return (code, sentence.to_owned());
        }
        // A limit that the organization set itself, and a prepaid balance, come as 400 and are told
        // by their words only.
        let own_limit = self.message.starts_with("You have reached your specified");
        let no_credit = self.message.contains("credit balance is too low");
        let (code, sentence) = match status {
            300..=399 => (
                ErrorCode::ClaudeRedirected,
                "The API address sends requests elsewhere, which would take the API key with it. \
                    Check the API \
                address.",
            ),
            400 if own_limit => (
                ErrorCode::ClaudeSpendLimit,
                "The spend limit that your organization set at Anthropic is reached. Raise it in \
                    the Claude Console.",
            ),
            400 | 402 if no_credit || status == 402 => (
                ErrorCode::ClaudeBilling,
                "Anthropic has a question about the bill: check the balance and the payment \
                    details in the Claude \
                Console.",
            ),
            401 => (
                ErrorCode::ClaudeKeyRefused,
                "Claude refused the API key. Check that it is complete and was not deleted in the \
                    Claude Console.",
            ),
            403 => (
                ErrorCode::ClaudeKeyForbidden,
                "The API key is not allowed to do this. Check its workspace and permissions in the \
                    Claude Console.",
            ),
            404 if self.names_a_model() => (
                ErrorCode::ClaudeModelNotFound,
                "Claude does not know this model, or the API key may not use it. Choose another \
                 model.",
            ),
            404 => (
                ErrorCode::ClaudeAddressNotFound,
                "There is no Claude API at this address. Check ANTHROPIC_API_BASE_URL: it is the \
                 address to which /v1/messages is added.",
            ),
            408 => (
                ErrorCode::ClaudeRequestTimeout,
                "Claude waited too long for the request. Try again.",
            ),
            409 => (
                ErrorCode::ClaudeConflict,
                "Claude was busy with a conflicting request. Try again.",
            ),
            413 => (
                ErrorCode::ClaudeRequestTooLarge,
                "The request is larger than Claude accepts. Make the prompt shorter.",
            ),
            429 => (
                ErrorCode::ClaudeRateLimited,
                "Claude's own rate limit is reached, not Train's. Wait a moment and try again.",
            ),
            529 => (
                ErrorCode::ClaudeOverloaded,
                "Claude is overloaded right now. Try again in a few minutes.",
            ),
            502..=504 => (
                ErrorCode::ClaudeUnavailable,
                "Claude is not available right now. Try again in a few minutes.",
            ),
            500..=599 => {
                (ErrorCode::ClaudeFailed, "Something went wrong at Claude. Try again in a moment.")
            }
            400 | 422 => {
                return (
                    ErrorCode::ClaudeRequestRefused,
                    format!(
                        "Claude refused the request: {} Check the model and its parameters.",
                        self.quoted()
                    ),
                );
            }
            _ => {
                return (
                    ErrorCode::ClaudeUnexpectedStatus,
                    format!(
                        "The answer has the unexpected status {status}. Check the API address."
                    ),
                );
            }
        };
        (code, sentence.to_owned())
    }
}

/// On one line, without control characters, not longer than [`LONGEST_MESSAGE`].
fn one_line(text: &str) -> String {
    let words = text
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if let Some((end, _)) = line.char_indices().nth(LONGEST_MESSAGE) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::claude::ClaudeError;
    use serde_json::json;

    #[test]
    fn a_message_is_one_line_of_bounded_length() {
        let message = format!("first\r\nsecond\u{1b}[31m  third {}", "é".repeat(1000));
        let error = ProviderError::from_json(
            &json!({ "error": { "type": "api_error", "message": message } }),
        );
        assert!(error.message.starts_with("first second [31m third éé"), "{}", error.message);
        assert_eq!(error.message.chars().count(), LONGEST_MESSAGE + 1);
    }

    #[test]
    fn an_answer_that_is_not_the_providers_says_nothing() {
        for body in
            ["", "<html>", "[]", "{}", "null", r#"{"error":"text"}"#, r#"{"error":{"type":7}}"#]
        {
            assert_eq!(ProviderError::parse(body.as_bytes()), ProviderError::default(), "{body}");
        }
    }

    #[test]
    fn issue_13_2_4_a_404_of_the_address_is_told_apart_from_one_of_the_model() {
        for (body, expected) in [
            (
                r#"{"error":{"type":"not_found_error","message":"model: claude-9"}}"#,
                ErrorCode::ClaudeModelNotFound,
            ),
            (
                r#"{"error":{"type":"not_found_error","message":"Not Found"}}"#,
                ErrorCode::ClaudeAddressNotFound,
            ),
            (r#"{"detail":"no model here"}"#, ErrorCode::ClaudeAddressNotFound),
            ("<h1>404</h1>", ErrorCode::ClaudeAddressNotFound),
            ("", ErrorCode::ClaudeAddressNotFound),
        ] {
            assert_eq!(ProviderError::parse(body.as_bytes()).explain(404).0, expected, "{body}");
        }
    }

    #[test]
    fn money_that_the_organization_limits_itself_is_told_by_its_words() {
        for (message, expected) in [
            (
                "You have reached your specified API usage limits. You will regain access on \
                    2026-12-01.",
                ErrorCode::ClaudeSpendLimit,
            ),
            ("Your credit balance is too low to access the API.", ErrorCode::ClaudeBilling),
            ("temperature: not supported", ErrorCode::ClaudeRequestRefused),
        ] {
            let error = ProviderError { message: message.into(), ..ProviderError::default() };
            assert_eq!(error.explain(400).0, expected);
        }
    }

    fn limited(status: u16, word: &str) -> ClaudeError {
        let body = json!({
            "type": "error",
            "error": {
                "type": "rate_limit_error", "message": "Paused.",
                "details": {"error_code": word},
            },
        });
        ClaudeError::Status {
            status,
            error: ProviderError::from_json(&body),
            retry_after: None,
            request_id: None,
        }
    }

    #[test]
    fn each_word_of_the_provider_has_a_code_and_a_sentence_of_its_own() {
        let mut told = Vec::new();
        for (word, code, statuses) in [
            ("enforced_spend_limit_reached", ErrorCode::ClaudeSpendCap, [400, 429]),
            ("contract_spend_limit_reached", ErrorCode::ClaudeContractLimit, [400, 429]),
            ("organization_on_hold", ErrorCode::ClaudeOnHold, [400, 403]),
            ("linked_organization_spend_limit_reached", ErrorCode::ClaudeLinkedLimit, [402, 429]),
        ] {
            for status in statuses {
                let error = limited(status, word);
                assert_eq!(error.code(), code, "{status} {word}");
                assert!(error.is_account_stopped() && !error.is_transient(), "{status} {word}");
                assert!(!error.is_key_refused() && !error.may_be_billed(), "{status} {word}");
            }
            told.push(limited(statuses[0], word).sentence());
        }
        let ramp = limited(429, "ramp_limit_exceeded");
        assert_eq!(ramp.code(), ErrorCode::ClaudeRampLimit);
        assert!(!ramp.is_account_stopped() && ramp.is_transient(), "it passes");
        told.push(ramp.sentence());
        told.sort();
        told.dedup();
        assert_eq!(told.len(), 5, "{told:?}");
    }

    #[test]
    fn a_word_that_stands_elsewhere_counts_as_well_and_another_does_not() {
        let of = |value| ProviderError::from_json(&value).account_limit();
        let word = "contract_spend_limit_reached";
        assert_eq!(of(json!({"error": {"type": word}})), Some(AccountLimit::Contract));
        assert_eq!(of(json!({"error": {"code": word}})), Some(AccountLimit::Contract));
        let message = format!("refused: {word}");
        assert_eq!(of(json!({"error": {"message": message}})), Some(AccountLimit::Contract));
        assert_eq!(of(json!({"error": {"type": "rate_limit_error"}})), None);
    }
}
