//! Failures as the provider tells them: by status and kind. Ours have to fit in, so that programs
//! that know only the provider do the right thing.

use crate::domain::error_code::ErrorCode;
use serde_json::{Value, json};

/// A kind of failure of the provider's interface, with the status that it comes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub status: u16,
    pub word: &'static str,
}

impl Kind {
    /// What is wrong with the request.
    pub const INVALID: Self = Self { status: 400, word: "invalid_request_error" };
    /// Who asks is not known.
    pub const UNKNOWN: Self = Self { status: 401, word: "authentication_error" };
    /// Whoever is billed has no money for it.
    pub const BILLING: Self = Self { status: 402, word: "billing_error" };
    /// Who asks may not.
    pub const FORBIDDEN: Self = Self { status: 403, word: "permission_error" };
    pub const NOT_FOUND: Self = Self { status: 404, word: "not_found_error" };
    pub const TOO_LARGE: Self = Self { status: 413, word: "request_too_large" };
    pub const LIMITED: Self = Self { status: 429, word: "rate_limit_error" };
    pub const FAILED: Self = Self { status: 500, word: "api_error" };
    pub const TIMED_OUT: Self = Self { status: 504, word: "timeout_error" };
    /// Not now; in a moment.
    pub const OVERLOADED: Self = Self { status: 529, word: "overloaded_error" };

    /// How a failure of ours is told.
    pub fn of(code: ErrorCode) -> Self {
        use ErrorCode as Code;
        match code {
            Code::ModelUnknown | Code::ModelRetired | Code::ClaudeModelNotFound => Self::NOT_FOUND,
            Code::KeyMissing
            | Code::StoredKeyUnreadable
            | Code::ClaudeKeyRefused
            | Code::ClaudeKeyForbidden => Self::FORBIDDEN,
            Code::ClaudeRequestRefused | Code::ClaudeOnHold => Self::INVALID,
            Code::ClaudeRequestTooLarge => Self::TOO_LARGE,
            Code::ClaudeLinkedLimit => Self::BILLING,
            Code::ClaudeSpendCap | Code::ClaudeSpendLimit | Code::ClaudeContractLimit => {
                Self::LIMITED
            }
            Code::ClaudeOverloaded => Self::OVERLOADED,
            Code::MethodNotAllowed => Self { status: 405, ..Self::INVALID },
            Code::RequestTimeout => Self { status: 408, ..Self::INVALID },
            code => match code.status() {
                401 => Self::UNKNOWN,
                403 => Self::FORBIDDEN,
                404 => Self::NOT_FOUND,
                413 => Self::TOO_LARGE,
                429 => Self::LIMITED,
                503 => Self::OVERLOADED,
                504 => Self::TIMED_OUT,
                500..=599 => Self::FAILED,
                _ => Self::INVALID,
            },
        }
    }

    /// The provider's own, by the status of its answer.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 => Self::UNKNOWN,
            402 => Self::BILLING,
            403 => Self::FORBIDDEN,
            404 => Self::NOT_FOUND,
            413 => Self::TOO_LARGE,
            429 => Self::LIMITED,
            504 => Self::TIMED_OUT,
            529 => Self::OVERLOADED,
            500..=599 => Self::FAILED,
            _ => Self::INVALID,
        }
    }
}

/// A failure in the provider's form, with our code inside.
pub fn body(kind: Kind, message: &str, code: ErrorCode, request_id: &str) -> Value {
    json!({
        "type": "error",
        "error": {"type": kind.word, "message": message, "code": code},
        "request_id": request_id,
    })
}

/// Whether a program that asks again by itself, as the provider's own libraries do, wastes its
/// time: the same is refused until somebody changes something or a window of a budget ends.
pub fn is_lasting(code: ErrorCode) -> bool {
    use ErrorCode as Code;
    matches!(
        code,
        Code::BudgetExceeded
            | Code::ClaudeSpendCap
            | Code::ClaudeSpendLimit
            | Code::ClaudeContractLimit
            | Code::ClaudeLinkedLimit
            | Code::ClaudeOnHold
            | Code::ClaudeBilling
            | Code::ClaudeTls
            | Code::ClaudeRedirected
            | Code::ClaudeProxyPage
            | Code::ClaudeAddressNotFound
            | Code::ClaudeCallInvalid
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_kind_of_the_provider() {
        for code in ErrorCode::OF_SERVER {
            let kind = Kind::of(*code);
            assert!((400..600).contains(&kind.status), "{code}");
            // A program that only knows the provider must not take a fault of its own for ours.
            assert_eq!(kind.status >= 500, code.status() >= 500 && kind.status >= 500, "{code}");
        }
    }

    #[test]
    fn what_a_program_does_next_goes_by_the_status() {
        for (code, status) in [
            (ErrorCode::InvalidToken, 401),
            (ErrorCode::ScopeMissing, 403),
            (ErrorCode::ModelUnknown, 404),
            (ErrorCode::TooLarge, 413),
            (ErrorCode::RateLimited, 429),
            (ErrorCode::BudgetExceeded, 429),
            (ErrorCode::ClaudeKeyRefused, 403),
            (ErrorCode::ClaudeRequestRefused, 400),
            (ErrorCode::ClaudeLinkedLimit, 402),
            (ErrorCode::ClaudeContractLimit, 429),
            (ErrorCode::ClaudeOnHold, 400),
            (ErrorCode::ClaudeRampLimit, 429),
            (ErrorCode::ClaudeUnreachable, 500),
            (ErrorCode::DatabaseUnavailable, 529),
            (ErrorCode::Stopping, 529),
            (ErrorCode::ClaudeGenerationTimeout, 504),
        ] {
            assert_eq!(Kind::of(code).status, status, "{code}");
        }
        assert!(is_lasting(ErrorCode::BudgetExceeded) && !is_lasting(ErrorCode::RateLimited));
        assert!(is_lasting(ErrorCode::ClaudeOnHold) && !is_lasting(ErrorCode::ClaudeRampLimit));
    }
}
