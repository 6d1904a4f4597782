//! What a failure means for the decision whether to try again.

use super::ClaudeError;
use crate::domain::generation::retry::{Decision, Failure, RetryPolicy, decide};
use std::time::Duration;

impl ClaudeError {
    /// Whether and when another attempt follows: the `retry`-th, from 1, when all before took
    /// `elapsed`. None does once whoever asked has seen something of an answer.
    pub fn decide(
        &self,
        has_begun: bool,
        retry: u32,
        elapsed: Duration,
        policy: &RetryPolicy,
    ) -> Decision {
        decide(&self.failure(), has_begun, retry, elapsed, policy, chance())
    }

    /// What the rules of retries go by.
    fn failure(&self) -> Failure {
        match self {
            Self::Status { status, .. } => Failure::Status {
                status: *status,
                account_stopped: self.is_account_stopped(),
                retry_after: self.retry_after(),
            },
            _ if self.streamed() => Failure::Interrupted,
            // Such as a certificate that is not accepted, or Claude's last word about the request
            // in a stream: it would end the same way.
            _ if !self.is_transient() => Failure::Malformed,
            Self::Timeout { .. } => Failure::Timeout,
            _ => Failure::Connection,
        }
    }
}

/// From 0 to 1. Without a source of randomness the longest pause is the safe one.
fn chance() -> f64 {
    getrandom::u32().map_or(1.0, |bits| f64::from(bits) / f64::from(u32::MAX))
}
