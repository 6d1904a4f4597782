//! What an attempt is booked with, whatever became of it.

use super::Sent;
use crate::{
    domain::{ai::usage::LogStatus, error_code::ErrorCode, generation::TokenUsage},
    server::{gates::LedgerRow, generation::Plan},
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// How one attempt ended.
pub(super) struct Attempt {
    pub request_id: Uuid,
    pub run_id: Uuid,
    /// From 1, over every sending of the request.
    pub number: u32,
    /// From 1, in this sending.
    pub ordinal: u32,
    /// Retries before it; asking again with another key is none.
    pub retry: u32,
    pub conversation_id: Uuid,
    /// The name of the API token that asked.
    pub client: Option<Arc<str>>,
    pub booked: Booked,
    pub duration: Duration,
}

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
            let usage = reply.usage.into();
            return Booked { usage, estimated: false, status: LogStatus::Success, code: None };
        }
        Err(error) => error,
    };
    let counted = error.partial().filter(|partial| partial.usage_is_final);
    let estimated = counted.is_none() && error.may_be_billed();
    let usage = match (counted, error.partial()) {
        (Some(counted), _) => counted.usage.into(),
        (None, Some(partial)) if estimated => {
            let usage = partial.usage.into();
            Seen { usage, bytes: partial.bytes() }.estimate(plan)
        }
        (None, None) if estimated => Seen::default().estimate(plan),
        (None, _) => TokenUsage::default(),
    };
    Booked { usage, estimated, status: error.outcome(), code: Some(error.code()) }
}

pub(super) fn ledger_row(plan: &Plan, attempt: Attempt) -> LedgerRow {
    let Booked { usage, estimated, status, code } = attempt.booked;
    LedgerRow {
        request_id: attempt.request_id,
        run_id: attempt.run_id,
        attempt: attempt.number,
        ordinal: attempt.ordinal,
        retry: attempt.retry,
        conversation_id: Some(attempt.conversation_id),
        client: attempt.client.as_deref().map(str::to_owned),
        model: plan.model.id.clone(),
        parameters: plan.parameters(),
        price_version: plan.model.price_at(plan.started).label(usage.prompt()),
        cost: plan.cost(&usage),
        usage,
        estimated,
        duration: attempt.duration,
        status,
        error_code: code,
        user_id: plan.standing.user_id,
        organization_id: plan.standing.organization.as_ref().map(|its| its.id),
    }
}
