//! The ledger: one row per attempt, unique by request and attempt, so that nothing is billed twice.
//! A row is written together with what it adds to the budgets, see [`super::reservation`].

use super::Plan;
use crate::{
    domain::{ai::usage::LogStatus, error_code::ErrorCode, generation::TokenUsage, money::Money},
    server::claude::Usage,
};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// How one attempt ended.
pub struct Attempt {
    pub request_id: Uuid,
    /// From 1, over every sending of the request.
    pub number: u32,
    /// From 1, in this sending.
    pub ordinal: u32,
    /// Retries before it; asking again with another key is none.
    pub retry: u32,
    pub conversation_id: Uuid,
    pub usage: TokenUsage,
    pub cost: Money,
    /// Claude did not say what it used; usage and cost are ours.
    pub estimated: bool,
    pub duration: Duration,
    pub status: LogStatus,
    pub error_code: Option<ErrorCode>,
}

/// Tokens in the words of the domain. We ask for no caching, and a gateway that caches uses the
/// short kind.
pub fn tokens(usage: &Usage) -> TokenUsage {
    TokenUsage {
        input: usage.input,
        output: usage.output,
        cache_write_5m: usage.cache_write,
        cache_write_1h: 0,
        cache_read: usage.cache_read,
    }
}

/// What tokens cost at the prices of the request's beginning.
pub fn cost(plan: &Plan, usage: &TokenUsage) -> Money {
    // The plan has priced the same model already; more tokens than can be counted cost at least
    // what was reserved.
    plan.model.cost(usage, plan.started).unwrap_or(plan.worst_case)
}

/// A row as `record_attempts` of the database reads it.
pub fn row(plan: &Plan, attempt: &Attempt) -> Value {
    let usage = &attempt.usage;
    json!({
        "request_id": attempt.request_id,
        "ordinal": attempt.ordinal,
        "attempt": attempt.number,
        "model": plan.model.id,
        "parameters": plan.parameters(),
        "input_tokens": count(usage.input),
        "output_tokens": count(usage.output),
        "cache_write_tokens": count(usage.cache_write_5m.saturating_add(usage.cache_write_1h)),
        "cache_read_tokens": count(usage.cache_read),
        "cost_nano_usd": attempt.cost.nanos(),
        "estimated": attempt.estimated,
        "price_version": plan.model.price_at(plan.started).label(usage.prompt()),
        "duration_ms": i64::try_from(attempt.duration.as_millis()).unwrap_or(i64::MAX),
        "status": attempt.status.as_str(),
        "error_code": attempt.error_code,
        "retry_number": attempt.retry,
        "conversation_id": attempt.conversation_id,
        "user_id": plan.standing.user_id,
        "organization_id": plan.standing.organization.as_ref().map(|organization| organization.id),
    })
}

/// More tokens than this no answer has, whatever a gateway says. Sums of them stay within what
/// PostgreSQL counts.
const MOST_TOKENS: i64 = 1_000_000_000_000;

/// As PostgreSQL counts.
pub fn count(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(MOST_TOKENS).min(MOST_TOKENS)
}
