//! The ledger: one row per attempt, unique by request and attempt, so that nothing is billed twice.
//! A row is written together with what it adds to the budgets.

use crate::domain::{
    ai::usage::LogStatus, error_code::ErrorCode, generation::TokenUsage, money::Money,
};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// More tokens than this no answer has, whatever a gateway says. Sums of them stay within what
/// PostgreSQL counts.
const MOST_TOKENS: i64 = 1_000_000_000_000;

/// One call of the model.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    pub request_id: Uuid,
    /// This sending: its calls are counted apart from those of others.
    pub run_id: Uuid,
    /// From 1, over every sending of the request.
    pub attempt: u32,
    /// From 1, in this sending.
    pub ordinal: u32,
    /// Retries before it; asking again with another key is none.
    pub retry: u32,
    /// What it was for; `None` for a request of the gateway.
    pub conversation_id: Option<Uuid>,
    /// The token by which a program asked, by its name; `None` from the application itself.
    pub client: Option<String>,
    pub model: String,
    /// What was sent beside the text.
    pub parameters: Value,
    pub usage: TokenUsage,
    pub cost: Money,
    /// Which prices the cost was computed with.
    pub price_version: String,
    /// Claude did not say what it used; usage and cost are ours.
    pub estimated: bool,
    pub duration: Duration,
    pub status: LogStatus,
    pub error_code: Option<ErrorCode>,
    pub user_id: Uuid,
    pub organization_id: Option<Uuid>,
}

/// As `end_generations` of the database reads it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    request_id: Uuid,
    run_id: Uuid,
    attempt: u32,
    ordinal: u32,
    retry_number: u32,
    conversation_id: Option<Uuid>,
    client: Option<&'a str>,
    model: &'a str,
    parameters: &'a Value,
    input_tokens: i64,
    output_tokens: i64,
    thinking_tokens: i64,
    cache_write_tokens: i64,
    cache_read_tokens: i64,
    cost_nano_usd: i64,
    price_version: &'a str,
    estimated: bool,
    duration_ms: i64,
    status: &'static str,
    error_code: Option<ErrorCode>,
    user_id: Uuid,
    organization_id: Option<Uuid>,
}

impl Serialize for LedgerRow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let usage = &self.usage;
        Row {
            request_id: self.request_id,
            run_id: self.run_id,
            attempt: self.attempt,
            ordinal: self.ordinal,
            retry_number: self.retry,
            conversation_id: self.conversation_id,
            client: self.client.as_deref(),
            model: &self.model,
            parameters: &self.parameters,
            input_tokens: count(usage.input),
            output_tokens: count(usage.output),
            thinking_tokens: count(usage.thinking.min(usage.output)),
            cache_write_tokens: count(usage.cache_write_5m.saturating_add(usage.cache_write_1h)),
            cache_read_tokens: count(usage.cache_read),
            cost_nano_usd: self.cost.nanos(),
            price_version: &self.price_version,
            estimated: self.estimated,
            duration_ms: i64::try_from(self.duration.as_millis()).unwrap_or(i64::MAX),
            status: self.status.as_str(),
            error_code: self.error_code,
            user_id: self.user_id,
            organization_id: self.organization_id,
        }
        .serialize(serializer)
    }
}

/// As PostgreSQL counts.
pub fn count(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(MOST_TOKENS).min(MOST_TOKENS)
}
