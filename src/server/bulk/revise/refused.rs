//! What a refusal of one revision means for the others of its job.

use crate::{domain::error_code::ErrorCode, server::bulk::lease::LONGEST_REST};
use std::time::Duration;

/// How often a conversation is asked for before it counts as failed.
pub(super) const MOST_TRIES: i16 = 10;
/// The same where each try may be billed.
const MOST_BILLED: i16 = 3;
/// The pause after the first try in vain; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_secs(5);

/// What follows a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The rest would be refused as well, until a person does something.
    Stop,
    /// There is no room at the moment; nothing was sent.
    Room,
    /// It may work later, but it is not tried more often than this.
    Again { most: i16 },
    /// It is this conversation's alone.
    Fail,
}

/// By the code of a refusal. Only what is known to be about all of them stops a job.
pub(super) fn after(code: ErrorCode) -> After {
    use ErrorCode as Code;
    match code {
        Code::KeyMissing
        | Code::StoredKeyUnreadable
        | Code::VaultKeyMissing
        | Code::ClaudeKeyRefused
        | Code::ClaudeKeyForbidden
        | Code::ModelUnknown
        | Code::ModelRetired
        | Code::ModelNotAllowed
        | Code::ClaudeModelNotFound
        | Code::ClaudeAddressNotFound
        | Code::ClaudeRedirected
        | Code::ClaudeTls
        | Code::ClaudeCallInvalid
        | Code::BudgetExceeded
        | Code::ClaudeSpendCap
        | Code::ClaudeSpendLimit
        | Code::ClaudeContractLimit
        | Code::ClaudeLinkedLimit
        | Code::ClaudeOnHold
        | Code::ClaudeBilling => After::Stop,
        Code::RateLimited
        | Code::ConcurrencyLimited
        | Code::TooManyAtOnce
        | Code::TooManyRequests => After::Room,
        Code::ClaudeRateLimited
        | Code::ClaudeRampLimit
        | Code::ClaudeOverloaded
        | Code::ClaudeUnavailable
        | Code::ClaudeFailed
        | Code::ClaudeRequestTimeout
        | Code::ClaudeConflict
        | Code::ClaudeUnreachable
        | Code::ClaudeNameNotFound
        | Code::ClaudeProxyPage
        | Code::ClaudeConnectTimeout
        | Code::Stopping
        | Code::Cancelled => After::Again { most: MOST_TRIES },
        Code::ClaudeInterrupted | Code::ClaudeGenerationTimeout => {
            After::Again { most: MOST_BILLED }
        }
        _ => After::Fail,
    }
}

/// How long to wait before another try: what was asked for, if that is longer.
pub(super) fn pause(tries: i16, asked: Option<Duration>) -> Duration {
    let shift = u32::try_from(tries.clamp(1, 10) - 1).unwrap_or(0);
    let own = if tries == 0 { Duration::from_secs(1) } else { PAUSE * 2_u32.pow(shift) };
    own.max(asked.unwrap_or_default()).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_concerns_all_of_them_stops_a_job() {
        let stopping: Vec<_> =
            ErrorCode::OF_SERVER.iter().filter(|code| after(**code) == After::Stop).collect();
        assert_eq!(stopping.len(), 20, "{stopping:?}");
        for code in [
            ErrorCode::ClaudeMalformed,
            ErrorCode::ClaudeAnswerTooLarge,
            ErrorCode::ClaudeRequestRefused,
            ErrorCode::ClaudeRequestTooLarge,
            ErrorCode::PromptTooLong,
            ErrorCode::ValidationFailed,
        ] {
            assert_eq!(after(code), After::Fail, "{code}");
        }
        for code in [
            ErrorCode::ClaudeRateLimited,
            ErrorCode::ClaudeRampLimit,
            ErrorCode::ClaudeOverloaded,
            ErrorCode::ClaudeInterrupted,
            ErrorCode::ClaudeGenerationTimeout,
            ErrorCode::ClaudeConnectTimeout,
            ErrorCode::Stopping,
        ] {
            assert!(matches!(after(code), After::Again { .. }), "{code}");
        }
        for code in [ErrorCode::RateLimited, ErrorCode::ConcurrencyLimited] {
            assert_eq!(after(code), After::Room, "{code}");
        }
    }

    #[test]
    fn pauses_grow_and_are_bounded() {
        let seconds =
            |tries, asked: Option<u64>| pause(tries, asked.map(Duration::from_secs)).as_secs();
        assert_eq!((seconds(0, None), seconds(1, None), seconds(3, None)), (1, 5, 20));
        assert_eq!((seconds(1, Some(17)), seconds(3, Some(2))), (17, 20));
        assert_eq!(seconds(MOST_TRIES, None), LONGEST_REST.as_secs());
        assert_eq!(seconds(0, Some(86_400)), LONGEST_REST.as_secs());
    }
}
