//! The gates that all servers share through the database: budget, rate, concurrency. They are one
//! atomic statement there, on the database's clock, which passes all of them or takes nothing.

use super::{
    Plan,
    budget_line::{BudgetLine, read},
    reservation::{LEASE, Reservation, interval},
};
use crate::{
    domain::{error_code::ErrorCode, money::Money},
    server::{
        ai::budget_line,
        foundation::{error::ServiceError, shares::Work},
        postgres::Database,
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// A reservation outlives the total timeout by this; then it is nobody's.
const RESERVATION_MARGIN: Duration = Duration::from_secs(60);
/// When a place in a full row of requests may be free again; nobody knows better.
const TRY_AGAIN: u32 = 2;

/// What `admit_generation` answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Admission {
    refused_by: Option<RefusedBy>,
    #[serde(default)]
    attempts: u32,
    #[serde(default)]
    lines: Vec<BudgetLine>,
    /// Of the gate that refused.
    #[serde(default)]
    line: Value,
    #[serde(default)]
    settled: i64,
    #[serde(default)]
    reserved: i64,
    #[serde(default)]
    retry_after_ms: i64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RefusedBy {
    Repeated,
    Budget,
    Rate,
    Concurrency,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLine {
    scope_type: String,
    #[serde(default)]
    requests_per_minute: i64,
    #[serde(default)]
    limit: i64,
}

/// Passes all of them, or takes nothing.
pub async fn pass(
    db: &Database,
    work: &Work,
    request_id: Uuid,
    plan: &Plan,
) -> Result<Reservation, ServiceError> {
    let budgets = budget_lines(plan);
    let _place = work.take().await;
    let answer = sqlx::query_scalar!(
        r#"SELECT admit_generation($1, $2, $3, $4, $5, $6, $7) AS "answer!""#,
        request_id,
        plan.worst_case.nanos(),
        interval(plan.config.timeouts.total() + RESERVATION_MARGIN),
        interval(LEASE),
        budgets,
        rate_lines(plan),
        lease_lines(plan)
    )
    .fetch_one(db.pool())
    .await?;
    let admission: Admission = read(answer, "admit_generation")?;
    let Some(refused_by) = admission.refused_by else {
        let exceeded = admission
            .lines
            .into_iter()
            .filter(|line| line.settled + line.reserved > line.limit)
            .collect();
        return Ok(Reservation::new(db, work, request_id, budgets, admission.attempts, exceeded));
    };
    Err(match refused_by {
        RefusedBy::Repeated => repeated(),
        RefusedBy::Budget => {
            let line: BudgetLine = read(admission.line, "admit_generation")?;
            over_budget(plan, &line, admission.settled, admission.reserved)
        }
        RefusedBy::Rate => too_fast(
            &serde_json::from_value(admission.line).unwrap_or_default(),
            admission.retry_after_ms,
        ),
        RefusedBy::Concurrency => {
            too_many(&serde_json::from_value(admission.line).unwrap_or_default())
        }
    })
}

/// It is running already, or has ended.
fn repeated() -> ServiceError {
    ServiceError::refused(
        ErrorCode::RequestRepeated,
        "This request is running already, or has ended. Send a new one with another \
            Idempotency-Key.",
    )
}

/// The lines of the budget functions for all scopes of a plan.
pub fn budget_lines(plan: &Plan) -> Value {
    let lines = plan.scopes.iter().flat_map(|scope| {
        scope.budgets(plan.started).map(|(window, limit)| budget_line(scope, &window, limit))
    });
    Value::Array(lines.collect())
}

pub fn rate_lines(plan: &Plan) -> Value {
    let lines = plan.scopes.iter().map(|scope| {
        let limits = &scope.config.rate_limiting;
        json!({
            "scopeType": scope.owner.scope_type().as_str(), "scopeId": scope.owner.id(),
            "requestsPerMinute": limits.requests_per_minute, "burst": limits.burst_allowance,
        })
    });
    Value::Array(lines.collect())
}

pub fn lease_lines(plan: &Plan) -> Value {
    let lines = plan.scopes.iter().map(|scope| {
        json!({
            "scopeType": scope.owner.scope_type().as_str(), "scopeId": scope.owner.id(),
            "limit": scope.config.rate_limiting.concurrent_requests,
        })
    });
    Value::Array(lines.collect())
}

fn over_budget(plan: &Plan, line: &BudgetLine, settled: i64, reserved: i64) -> ServiceError {
    let message = format!(
        "{}: {} of {} is left, and this request could cost up to {}. Wait for the next {}, ask for \
            less, or raise the budget under AI configuration, Costs.",
        line.name("is used up"),
        line.left(settled, reserved),
        Money::from_nanos(line.limit),
        plan.worst_case,
        line.period,
    );
    ServiceError::Limited {
        code: ErrorCode::BudgetExceeded,
        message,
        retry_after: plan.seconds_left(line),
    }
}

fn too_fast(line: &ScopeLine, retry_after_ms: i64) -> ServiceError {
    let seconds = u32::try_from((retry_after_ms.max(0) + 999) / 1000).unwrap_or(u32::MAX).max(1);
    let (whose, limit) = (whose(line), line.requests_per_minute);
    ServiceError::Limited {
        code: ErrorCode::RateLimited,
        message: format!(
            "{whose} of {limit} requests a minute is reached. Try again in {seconds} s; it is our \
                own limit, not Claude's."
        ),
        retry_after: seconds,
    }
}

fn too_many(line: &ScopeLine) -> ServiceError {
    let (whose, limit) = (whose(line), line.limit);
    ServiceError::Limited {
        code: ErrorCode::ConcurrencyLimited,
        message: format!(
            "{whose} of {limit} generations at once is reached. Wait until one ends; it is our own \
                limit, not Claude's."
        ),
        retry_after: TRY_AGAIN,
    }
}

fn whose(line: &ScopeLine) -> &'static str {
    if line.scope_type == "organization" { "Your organization's limit" } else { "Your limit" }
}
