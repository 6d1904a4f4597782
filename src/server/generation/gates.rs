//! The gates that all servers share through the database: budget, rate, concurrency. Each is one atomic statement there, on the
//! database's clock. What one gate has taken is given back when the next refuses.

use super::Plan;
use crate::{
    domain::money::Money,
    server::{ai_config::budget_line, database::Database, error::ServiceError},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::postgres::types::PgInterval;
use std::time::Duration;
use uuid::Uuid;

/// A lease not renewed for this long is nobody's: its server is gone.
const LEASE: Duration = Duration::from_secs(30);
/// How often it is renewed meanwhile.
pub const RENEWAL: Duration = Duration::from_secs(10);
/// A reservation outlives the total timeout by this; then it is nobody's.
const RESERVATION_MARGIN: Duration = Duration::from_secs(60);
/// When a place in a full row of requests may be free again; nobody knows better.
const TRY_AGAIN: u32 = 2;
/// How often a settlement that the database refused is tried again, and the pause before each.
const SETTLE_AGAIN: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15)];

/// What a request holds while it runs.
pub struct Held {
    db: Database,
    request_id: Uuid,
    thresholds: Vec<Thresholds>,
    /// What an earlier sending of the same request left in the ledger, when its server ended in the middle.
    pub earlier: Earlier,
    /// Budgets that this request may exceed, because they only warn.
    pub exceeded: Vec<BudgetLine>,
}

/// Attempts that were made and billed before, and are not settled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Earlier {
    pub attempts: u32,
    pub cost: Money,
}

/// At which shares of a scope's budgets people are told.
struct Thresholds {
    scope_id: Uuid,
    shares: Vec<f64>,
}

/// One window of a budget as the database tells of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetLine {
    scope_type: String,
    scope_id: Uuid,
    period: String,
    window_start: DateTime<Utc>,
    limit: i64,
    #[serde(default)]
    settled: i64,
    #[serde(default)]
    reserved: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reserved {
    admitted: bool,
    #[serde(default)]
    repeated: bool,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    line: Option<BudgetLine>,
    #[serde(default)]
    lines: Vec<BudgetLine>,
    #[serde(default)]
    settled: i64,
    #[serde(default)]
    reserved: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    admitted: bool,
    #[serde(default)]
    retry_after_ms: i64,
    #[serde(default)]
    line: Option<ScopeLine>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLine {
    scope_type: String,
    #[serde(default)]
    requests_per_minute: i64,
    #[serde(default)]
    limit: i64,
}

#[derive(Deserialize)]
struct Settled {
    #[serde(default)]
    billed: i64,
    #[serde(default)]
    lines: Vec<BudgetLine>,
}

/// Passes all of them, or takes nothing.
pub async fn pass(db: &Database, request_id: Uuid, plan: &Plan) -> Result<Held, ServiceError> {
    let held = reserve(db, request_id, plan).await?;
    if let Err(refusal) = rate(db, plan).await {
        held.give_back().await;
        return Err(refusal);
    }
    if let Err(refusal) = lease(db, request_id, plan).await {
        give_rate_back(db, plan).await;
        held.give_back().await;
        return Err(refusal);
    }
    Ok(held)
}

/// The lines of the budget functions for all scopes of a plan.
pub fn budget_lines(plan: &Plan) -> Value {
    let lines = plan
        .scopes
        .iter()
        .flat_map(|scope| scope.budgets(plan.begun).map(|(window, limit)| budget_line(scope, &window, limit)));
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

async fn reserve(db: &Database, request_id: Uuid, plan: &Plan) -> Result<Held, ServiceError> {
    let expires = interval(plan.config.timeouts.total() + RESERVATION_MARGIN);
    let row = sqlx::query!(
        r#"select reserve_budget($1, $2, $3, $4) as "answer!", coalesce(max(attempt), 0) as "attempts!",
                  coalesce(sum(cost_nano_usd), 0)::bigint as "cost!"
             from generation_logs where request_id = $1"#,
        request_id,
        plan.worst_case.nanos(),
        expires,
        budget_lines(plan)
    )
    .fetch_one(db.pool())
    .await?;
    let reserved: Reserved = read(row.answer, "reserve_budget")?;
    if reserved.admitted && !reserved.repeated {
        let thresholds = plan.scopes.iter().map(|scope| Thresholds {
            scope_id: scope.owner.id(),
            shares: scope.config.cost_budget.alert_thresholds.clone(),
        });
        let exceeded = reserved.lines.into_iter().filter(|line| line.settled + line.reserved > line.limit);
        return Ok(Held {
            db: db.clone(),
            request_id,
            thresholds: thresholds.collect(),
            earlier: Earlier {
                attempts: u32::try_from(row.attempts).unwrap_or_default(),
                cost: Money::from_nanos(row.cost),
            },
            exceeded: exceeded.collect(),
        });
    }
    Err(match reserved.line {
        _ if reserved.admitted || reserved.reason.as_deref() == Some("settled") => ServiceError::Refused {
            status: 409,
            code: "request_repeated",
            message: "This request is running already, or has ended. Send a new one with another Idempotency-Key."
                .into(),
        },
        Some(line) => over_budget(plan, &line, reserved.settled, reserved.reserved),
        None => ServiceError::Internal("reserve_budget refused without a line".into()),
    })
}

fn over_budget(plan: &Plan, line: &BudgetLine, settled: i64, reserved: i64) -> ServiceError {
    let left = Money::from_nanos(line.limit.saturating_sub(settled).saturating_sub(reserved).max(0));
    let message = format!(
        "{}: {left} of {} is left, and this request could cost up to {}. Wait for the next {}, ask for less, or raise the budget under AI configuration, Costs.",
        line.name("is used up"),
        Money::from_nanos(line.limit),
        plan.worst_case,
        line.period,
    );
    let end = plan.scopes.iter().find(|scope| scope.owner.id() == line.scope_id).and_then(|scope| {
        scope
            .budgets(plan.begun)
            .into_iter()
            .map(|(window, _)| window)
            .find(|window| window.period.as_str() == line.period)
    });
    let seconds = end.map_or(0, |window| (window.end - Utc::now()).num_seconds().max(1));
    ServiceError::Limited { code: "budget_exceeded", message, retry_after: u32::try_from(seconds).unwrap_or(u32::MAX) }
}

async fn rate(db: &Database, plan: &Plan) -> Result<(), ServiceError> {
    let answer =
        sqlx::query_scalar!(r#"select take_rate($1) as "answer!""#, rate_lines(plan)).fetch_one(db.pool()).await?;
    let taken: Taken = read(answer, "take_rate")?;
    if taken.admitted {
        return Ok(());
    }
    let seconds = u32::try_from((taken.retry_after_ms.max(0) + 999) / 1000).unwrap_or(u32::MAX).max(1);
    let (whose, limit) =
        taken.line.map_or(("The limit", 0), |line| (whose(&line.scope_type), line.requests_per_minute));
    Err(ServiceError::Limited {
        code: "rate_limited",
        message: format!(
            "{whose} of {limit} requests a minute is reached. Try again in {seconds} s; it is our own limit, not Claude's."
        ),
        retry_after: seconds,
    })
}

/// Whoever waits for a free place asks again and again; that must not use up the rate of the requests that are sent.
async fn give_rate_back(db: &Database, plan: &Plan) {
    let given = sqlx::query!("select give_rate_back($1)", rate_lines(plan));
    if let Err(error) = given.fetch_one(db.pool()).await {
        tracing::warn!(%error, "a request that was not sent still counts for the rate");
    }
}

async fn lease(db: &Database, request_id: Uuid, plan: &Plan) -> Result<(), ServiceError> {
    let answer = sqlx::query_scalar!(
        r#"select take_lease($1, $2, $3) as "answer!""#,
        request_id,
        interval(LEASE),
        lease_lines(plan)
    )
    .fetch_one(db.pool())
    .await?;
    let taken: Taken = read(answer, "take_lease")?;
    if taken.admitted {
        return Ok(());
    }
    let (whose, limit) = taken.line.map_or(("The limit", 0), |line| (whose(&line.scope_type), line.limit));
    Err(ServiceError::Limited {
        code: "concurrency_limited",
        message: format!(
            "{whose} of {limit} generations at once is reached. Wait until one ends; it is our own limit, not Claude's."
        ),
        retry_after: TRY_AGAIN,
    })
}

fn whose(scope_type: &str) -> &'static str {
    if scope_type == "organization" { "Your organization's limit" } else { "Your limit" }
}

impl BudgetLine {
    fn name(&self, what: &str) -> String {
        let period = match self.period.as_str() {
            "day" => "daily",
            "week" => "weekly",
            _ => "monthly",
        };
        if self.scope_type == "organization" {
            format!("Your organization's {period} budget {what}")
        } else {
            format!("Your {period} budget {what}")
        }
    }

    /// `Your daily budget of $5.00 …`.
    pub fn sentence(&self, what: &str) -> String {
        format!("{}.", self.name(&format!("of {} {what}", Money::from_nanos(self.limit))))
    }
}

impl Held {
    /// Keeps the place among the concurrent requests; to be called every [`RENEWAL`].
    pub async fn renew(&self) {
        let renewed = sqlx::query_scalar!("select renew_lease($1, $2)", self.request_id, interval(LEASE));
        if let Err(error) = renewed.fetch_one(self.db.pool()).await {
            tracing::warn!(%error, "the place of a generation could not be renewed");
        }
    }

    /// Nothing was sent: as if the request had never been.
    async fn give_back(&self) {
        if let Err(error) =
            sqlx::query_scalar!("select release_budget($1)", self.request_id).fetch_one(self.db.pool()).await
        {
            tracing::warn!(%error, "a reservation could not be given back; it expires by itself");
        }
    }

    /// Turns the reservation into what was spent, now and in [`Self::earlier`] attempts, ends the lease, and tells of thresholds that were passed: each once per window.
    pub async fn settle(&self, cost: Money) -> Vec<String> {
        let cost = cost.saturating_add(self.earlier.cost);
        if let Err(error) =
            sqlx::query_scalar!("select release_lease($1)", self.request_id).fetch_one(self.db.pool()).await
        {
            tracing::warn!(%error, "the place of a generation could not be released; it expires by itself");
        }
        let mut pauses = SETTLE_AGAIN.iter();
        let settled = loop {
            match self.try_settle(cost).await {
                Ok(settled) => break settled,
                Err(error) => match pauses.next() {
                    Some(pause) => {
                        tracing::warn!(%error, request_id = %self.request_id, "a generation could not be settled yet");
                        tokio::time::sleep(*pause).await;
                    }
                    None => {
                        tracing::error!(%error, request_id = %self.request_id, cost_nano_usd = cost.nanos(), "a generation was not settled");
                        return Vec::new();
                    }
                },
            }
        };
        let mut told = Vec::new();
        for line in &settled.lines {
            for share in self.passed(line, settled.billed) {
                if self.is_first(line, share).await {
                    told.push(line.sentence(&format!("is used to {:.0} %", share * 100.0)));
                }
            }
        }
        told
    }

    async fn try_settle(&self, cost: Money) -> Result<Settled, ServiceError> {
        let answer = sqlx::query_scalar!(r#"select settle_budget($1, $2) as "answer!""#, self.request_id, cost.nanos())
            .fetch_one(self.db.pool())
            .await?;
        read(answer, "settle_budget")
    }

    /// The shares that this request's bill has carried a budget over.
    fn passed(&self, line: &BudgetLine, billed: i64) -> Vec<f64> {
        let shares = self.thresholds.iter().find(|known| known.scope_id == line.scope_id).map(|known| &known.shares);
        let reaches = |nanos: i64, share: f64| line.limit > 0 && nanos as f64 >= line.limit as f64 * share;
        let passed = shares.into_iter().flatten().copied();
        passed.filter(|share| reaches(line.settled, *share) && !reaches(line.settled - billed, *share)).collect()
    }

    async fn is_first(&self, line: &BudgetLine, share: f64) -> bool {
        let noted = sqlx::query_scalar!(
            r#"select note_budget_alert($1, $2, $3, $4, $5) as "first!""#,
            line.scope_type,
            line.scope_id,
            line.period,
            line.window_start,
            share
        );
        match noted.fetch_one(self.db.pool()).await {
            Ok(first) => {
                if first {
                    tracing::info!(scope = %line.scope_id, period = line.period, share, "a budget passed a threshold");
                }
                first
            }
            Err(error) => {
                tracing::warn!(%error, "a passed threshold could not be noted");
                false
            }
        }
    }
}

fn interval(duration: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX) }
}

fn read<T: serde::de::DeserializeOwned>(answer: Value, function: &str) -> Result<T, ServiceError> {
    serde_json::from_value(answer).map_err(|error| ServiceError::Internal(format!("{function}: {error}")))
}
