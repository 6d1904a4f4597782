//! What an attempt is booked with, whatever became of it.

use super::{
    attempt::{Attempted, End},
    plan::Plan,
};
use crate::{
    domain::{ai::usage::LogStatus, error_code::ErrorCode, generation::TokenUsage},
    server::claude::Meter,
};

/// What the ledger says of an attempt.
#[derive(Debug)]
pub struct Booked {
    pub usage: TokenUsage,
    /// The provider did not count it to its end.
    pub estimated: bool,
    pub status: LogStatus,
    pub code: Option<ErrorCode>,
}

pub fn booked(attempted: &Attempted, plan: &Plan) -> Booked {
    let meter = &attempted.meter;
    let (status, code, may_be_billed) = match &attempted.end {
        End::Whole(_) | End::Streamed(_) => (LogStatus::Success, None, true),
        End::Abandoned { has_left, refusal } => {
            (LogStatus::Cancelled, Some(refusal.code()), *has_left)
        }
        End::Failed { error, .. } => (error.outcome(), Some(error.code()), error.may_be_billed()),
    };
    // Counted to its end is billed, even where what came after could not be used.
    let (usage, estimated) = match (meter.is_final, may_be_billed) {
        (true, _) => (meter.usage.into(), false),
        (false, true) => (estimate(meter, plan), true),
        (false, false) => (TokenUsage::default(), false),
    };
    Booked { usage, estimated, status, code }
}

/// The provider reads the whole prompt and bills it, whether or not anybody waits. Output is
/// counted only at the end; until then what was read counts, estimated high, but not higher than
/// what was asked for.
fn estimate(meter: &Meter, plan: &Plan) -> TokenUsage {
    let counted = TokenUsage::from(meter.usage);
    let prompt = match counted.prompt() {
        0 => TokenUsage::new(plan.asked.known_tokens(), 0),
        _ => counted,
    };
    let most = plan.asked.max_tokens.unwrap_or(u64::MAX);
    let written = (meter.written as u64).div_ceil(3).min(most);
    TokenUsage { output: counted.output.max(written), ..prompt }
}
