//! Limits of money and growth, in the words that the provider has for them.
//!
//! The closer reason stands in `error.details.error_code`; which status and kind go with it is what
//! the official libraries say: they make a refused request (400) of one, an unpaid one (402) of
//! another, and limits of rate (429) of the rest. Limits that an organization set itself have no
//! code, only their words.

use crate::behaviour::{error_body, error_kind};
use serde_json::{Value, json};

/// When money is there again.
const AGAIN: &str = "You will regain access on 2027-01-01 at 00:00 UTC.";
/// Of a limit that waiting lifts, in seconds.
const RETRY_AFTER: u64 = 7;

/// A refusal: its status, what to wait in seconds, its body.
pub type Limited = (u16, Option<u64>, Value);

/// The refusal with this code. A status of its own changes the kind with it.
pub fn limited(code: &str, status: Option<u16>, retry_after: Option<u64>) -> Limited {
    let (usual, message) = match code {
        "enforced_spend_limit_reached" => (
            429,
            format!(
                "You have reached your API usage limits: your organization has crossed its \
                 monthly API usage threshold, set based on your organization's API tier. {AGAIN}"
            ),
        ),
        "contract_spend_limit_reached" => {
            (429, "Your organization has reached the spend limit of its contract.".to_owned())
        }
        "ramp_limit_exceeded" => (
            429,
            "This request would exceed your organization's ramp limit, which caps how fast usage \
             can grow."
                .to_owned(),
        ),
        "organization_on_hold" => (400, "This organization has been disabled.".to_owned()),
        "linked_organization_spend_limit_reached" => (
            402,
            "The organization linked to this request's user profile has reached a spend limit or \
             lacks credit."
                .to_owned(),
        ),
        "specified_limit" => {
            (400, format!("You have reached your specified API usage limits. {AGAIN}"))
        }
        "specified_workspace_limit" => {
            (400, format!("You have reached your specified workspace API usage limits. {AGAIN}"))
        }
        _ => (429, "A limit is reached.".to_owned()),
    };
    let status = status.unwrap_or(usual);
    let mut body = error_body(error_kind(status), &message);
    if !code.starts_with("specified_") {
        body["error"]["details"] = json!({ "error_code": code });
    }
    if code == "organization_on_hold" {
        body["error"]["details"]["appeal_url"] = "https://claude.example/appeal".into();
    }
    let waits = (code == "ramp_limit_exceeded").then_some(RETRY_AFTER);
    (status, retry_after.or(waits), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_where_the_libraries_look_for_it() {
        for (code, status, kind, waits) in [
            ("enforced_spend_limit_reached", 429, "rate_limit_error", None),
            ("contract_spend_limit_reached", 429, "rate_limit_error", None),
            ("ramp_limit_exceeded", 429, "rate_limit_error", Some(7)),
            ("organization_on_hold", 400, "invalid_request_error", None),
            ("linked_organization_spend_limit_reached", 402, "billing_error", None),
        ] {
            let (given, retry_after, body) = limited(code, None, None);
            assert_eq!((given, retry_after), (status, waits), "{code}");
            assert_eq!(body["error"]["type"], kind);
            assert_eq!(body["error"]["details"]["error_code"], code);
        }
        let (status, _, body) = limited("specified_workspace_limit", None, None);
        assert_eq!((status, body["error"].get("details")), (400, None));
        let (status, waits, body) = limited("enforced_spend_limit_reached", Some(400), Some(3));
        assert_eq!((status, waits), (400, Some(3)));
        assert_eq!(body["error"]["type"], "invalid_request_error");
    }
}
