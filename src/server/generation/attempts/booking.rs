//! What an attempt is booked with, whatever became of it.

use super::Sent;
use crate::{
    domain::{ai::usage::LogStatus, error_code::ErrorCode, generation::TokenUsage},
    server::generation::{Plan, ledger},
};

/// What the ledger says of an attempt.
pub(super) struct Booked {
    pub usage: TokenUsage,
    pub estimated: bool,
    pub status: LogStatus,
    pub code: Option<ErrorCode>,
}

/// What has come of an answer so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    pub usage: TokenUsage,
    pub bytes: usize,
}

impl Seen {
    /// What an attempt is booked with that left and that Claude did not count to its end: it reads
    /// the whole prompt and bills it, whether or not we wait. Output is counted only at the end;
    /// until then what was read counts, estimated high, but not higher than what was asked for and
    /// set aside at most.
    fn estimate(self, plan: &Plan) -> TokenUsage {
        let is_counted = self.usage.prompt() > 0;
        let prompt = if is_counted { self.usage } else { TokenUsage::new(plan.input_tokens, 0) };
        let written = (self.bytes as u64).div_ceil(3).min(plan.max_tokens.into());
        TokenUsage { output: self.usage.output.max(written), ..prompt }
    }
}

pub(super) fn booked(sent: &Sent, plan: &Plan) -> Booked {
    let answer = match sent {
        Sent::Answer(answer) => answer.as_ref(),
        Sent::Abandoned(seen, refusal) => {
            let usage = seen.map(|seen| seen.estimate(plan));
            return Booked {
                usage: usage.unwrap_or_default(),
                estimated: usage.is_some(),
                status: LogStatus::Cancelled,
                code: Some(refusal.code),
            };
        }
    };
    let error = match answer {
        Ok(reply) => {
            let usage = ledger::tokens(&reply.usage);
            return Booked { usage, estimated: false, status: LogStatus::Success, code: None };
        }
        Err(error) => error,
    };
    let counted = error.partial().filter(|partial| partial.usage_is_final);
    let estimated = counted.is_none() && error.may_be_billed();
    let usage = match (counted, error.partial()) {
        (Some(counted), _) => ledger::tokens(&counted.usage),
        (None, Some(partial)) if estimated => {
            let usage = ledger::tokens(&partial.usage);
            Seen { usage, bytes: partial.bytes() }.estimate(plan)
        }
        (None, None) if estimated => Seen::default().estimate(plan),
        (None, _) => TokenUsage::default(),
    };
    let status = match error.outcome() {
        "rate_limited" => LogStatus::RateLimited,
        "timeout" => LogStatus::Timeout,
        _ => LogStatus::Failed,
    };
    Booked { usage, estimated, status, code: Some(error.code()) }
}
