//! The ledger: one row per attempt, unique by request and attempt, so that nothing is billed twice.

use super::Plan;
use crate::{
    domain::{ai_config::usage::LogStatus, generation::TokenUsage, money::Money},
    server::{claude::Usage, database::Database},
};
use std::time::Duration;
use uuid::Uuid;

/// How one attempt ended.
pub struct Attempt {
    pub request_id: Uuid,
    /// From 1.
    pub number: u32,
    /// Retries before it; asking again with another key is none.
    pub retry: u32,
    pub conversation_id: Uuid,
    pub usage: TokenUsage,
    pub cost: Money,
    pub duration: Duration,
    pub status: LogStatus,
    pub error_code: Option<&'static str>,
}

/// Tokens in the words of the domain. We ask for no caching, and a gateway that caches uses the short kind.
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
    // The plan has priced the same model already; more tokens than can be counted cost at least what was reserved.
    plan.model.cost(usage, plan.begun).unwrap_or(plan.worst_case)
}

/// Writes a row. A database that does not answer must not lose the person's answer: the budget is settled all the same.
pub async fn write(db: &Database, plan: &Plan, attempt: &Attempt) {
    let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    let usage = &attempt.usage;
    let written = sqlx::query!(
        "insert into generation_logs (request_id, attempt, model, parameters, input_tokens, output_tokens, cache_write_tokens,
           cache_read_tokens, cost_nano_usd, price_version, duration_ms, status, error_code, retry_number, conversation_id,
           user_id, organization_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict on constraint generation_logs_attempt_key do nothing",
        attempt.request_id,
        i32::try_from(attempt.number).unwrap_or(i32::MAX),
        plan.model.id,
        plan.parameters(),
        count(usage.input),
        count(usage.output),
        count(usage.cache_write_5m.saturating_add(usage.cache_write_1h)),
        count(usage.cache_read),
        attempt.cost.nanos(),
        plan.model.price_at(plan.begun).label(usage.prompt()),
        i64::try_from(attempt.duration.as_millis()).unwrap_or(i64::MAX),
        attempt.status.as_str(),
        attempt.error_code,
        i32::try_from(attempt.retry).unwrap_or(i32::MAX),
        attempt.conversation_id,
        plan.standing.user_id,
        plan.standing.organization.as_ref().map(|organization| organization.id)
    )
    .execute(db.pool())
    .await;
    if let Err(error) = written {
        tracing::error!(%error, request_id = %attempt.request_id, attempt = attempt.number, cost_nano_usd = attempt.cost.nanos(), "a row of the ledger could not be written");
    }
}
