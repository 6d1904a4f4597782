//! What a failure means for the decision whether to try again.

use super::ClaudeError;
use crate::domain::generation::retry::Failure;

impl ClaudeError {
    /// What the rules of retries go by.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Status { status, .. } => Failure::Status {
                status: *status,
                spend_cap: self.is_spend_cap(),
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
