//! Passing the gates: budget, pace, places.

use super::{
    batch::{Batches, Statement},
    budget_line::{BudgetLine, BudgetState},
    scope::{LimitedScope, ScopeRow, Scopes},
};
use crate::{
    domain::{ai::Owner, error_code::ErrorCode, money::Money},
    server::{
        foundation::error::ServiceError,
        postgres::{Database, Dedicated},
    },
};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// What is held outlives the total timeout by this; then it is nobody's.
const MARGIN: Duration = Duration::from_secs(60);
/// When a place in a full row of requests may be free again, in seconds; nobody knows better.
const TRY_AGAIN: u32 = 2;

/// What a request asks of the gates.
#[derive(Clone, Debug)]
pub struct AdmissionRequest {
    /// The same for every sending of the request.
    pub request_id: Uuid,
    /// This sending.
    pub run_id: Uuid,
    /// The most that one attempt can cost.
    pub worst_case: Money,
    /// The total timeout.
    pub lifetime: Duration,
    /// The person, and after them their organization.
    pub scopes: Arc<[LimitedScope]>,
}

/// How a request passed.
#[derive(Debug, Default)]
pub struct Admitted {
    /// Attempts that an earlier sending of the same request made, when its server ended in the
    /// middle. They are billed.
    pub attempts: u32,
    /// Budgets that this request may exceed, because they only warn.
    pub exceeded: Vec<BudgetLine>,
    pub rows: Arc<[ScopeRow]>,
}

/// What a gate that refuses says.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RefusedBy {
    Repeated,
    Budget,
    Pace,
    Places,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    refused_by: Option<RefusedBy>,
    #[serde(default)]
    attempts: u32,
    #[serde(default)]
    exceeded: Vec<BudgetState>,
    /// Of the gate that refused.
    #[serde(default)]
    scope: usize,
    #[serde(flatten)]
    budget: Option<BudgetState>,
    #[serde(default)]
    retry_after_ms: i64,
}

/// A request as it waits to be asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    request_id: Uuid,
    run_id: Uuid,
    amount: i64,
    lifetime_ms: u64,
    rows: Arc<[ScopeRow]>,
}

#[derive(Serialize)]
struct Row {
    id: Uuid,
    run: Uuid,
    amount: i64,
    lifetime_ms: u64,
    person: Option<usize>,
    organization: Option<usize>,
}

/// `admit_generations` of the database.
#[derive(Debug)]
pub struct Admissions {
    server_id: Uuid,
    connection: Dedicated,
}

impl Admissions {
    pub fn new(db: &Database) -> Self {
        Self { server_id: db.events().server_id(), connection: db.dedicated() }
    }
}

impl Statement for Admissions {
    type Request = Asked;
    type Answer = Answer;

    fn fits(&self, batch: &[&Asked], request: &Asked) -> bool {
        super::scope::fit(batch.iter().map(|one| &one.rows), &request.rows)
    }

    async fn ask(&self, batch: &[&Asked]) -> Result<Vec<Answer>, sqlx::Error> {
        let mut scopes = Scopes::default();
        let requests: Vec<Row> = batch
            .iter()
            .map(|one| Row {
                id: one.request_id,
                run: one.run_id,
                amount: one.amount,
                lifetime_ms: one.lifetime_ms,
                person: scopes.number(one.rows.first()),
                organization: scopes.number(one.rows.get(1)),
            })
            .collect();
        let answers = sqlx::query_scalar!(
            r#"SELECT admit_generations($1, $2, $3) AS "answers!: Json<Vec<Answer>>""#,
            self.server_id,
            Json(scopes) as _,
            Json(requests) as _
        );
        let mut connection = self.connection.take().await?;
        let answers = answers.fetch_one(&mut connection).await;
        self.connection.keep(connection, &answers);
        Ok(answers?.0)
    }
}

/// Passes all of them, or takes nothing.
pub async fn pass(
    admissions: &Batches<Admissions>,
    request: &AdmissionRequest,
) -> Result<Admitted, ServiceError> {
    let now = Utc::now();
    let rows: Arc<[ScopeRow]> = request.scopes.iter().map(|scope| scope.row(now)).collect();
    let lifetime = request.lifetime + MARGIN;
    let asked = Asked {
        request_id: request.request_id,
        run_id: request.run_id,
        amount: request.worst_case.nanos(),
        lifetime_ms: u64::try_from(lifetime.as_millis()).unwrap_or(u64::MAX),
        rows: Arc::clone(&rows),
    };
    let answer = admissions.ask(asked).await?;
    let scope = request.scopes.get(answer.scope);
    match answer.refused_by {
        None => Ok(Admitted {
            attempts: answer.attempts,
            exceeded: answer
                .exceeded
                .iter()
                .filter_map(|state| state.line(&request.scopes))
                .collect(),
            rows,
        }),
        Some(RefusedBy::Repeated) => Err(repeated()),
        Some(RefusedBy::Budget) => {
            let line = answer.budget.and_then(|state| state.line(&request.scopes));
            Err(over_budget(request.worst_case, line.ok_or_else(unknown_scope)?))
        }
        Some(RefusedBy::Pace) => {
            Err(too_fast(scope.ok_or_else(unknown_scope)?, answer.retry_after_ms))
        }
        Some(RefusedBy::Places) => Err(too_many(scope.ok_or_else(unknown_scope)?)),
    }
}

fn unknown_scope() -> ServiceError {
    ServiceError::Internal("admit_generations names a scope that was not given".into())
}

/// It is running already, or has ended.
fn repeated() -> ServiceError {
    ServiceError::refused(
        ErrorCode::RequestRepeated,
        "This request is running already, or has ended. Send a new one with another \
            Idempotency-Key.",
    )
}

fn over_budget(worst_case: Money, line: BudgetLine) -> ServiceError {
    let message = format!(
        "{} Wait for the next {}, ask for less, or raise the budget under AI configuration, Costs.",
        line.not_enough(worst_case),
        line.period.as_str(),
    );
    ServiceError::Limited {
        code: ErrorCode::BudgetExceeded,
        message,
        retry_after: line.seconds_left(Utc::now()),
    }
}

fn too_fast(scope: &LimitedScope, retry_after_ms: i64) -> ServiceError {
    let seconds = u32::try_from((retry_after_ms.max(0) + 999) / 1000).unwrap_or(u32::MAX).max(1);
    let (whose, limit) = (whose(scope), scope.config.rate_limiting.requests_per_minute);
    ServiceError::Limited {
        code: ErrorCode::RateLimited,
        message: format!(
            "{whose} of {limit} requests per minute is reached. Try again in {seconds} s. This is \
                Train's limit, not Claude's."
        ),
        retry_after: seconds,
    }
}

fn too_many(scope: &LimitedScope) -> ServiceError {
    let (whose, limit) = (whose(scope), scope.config.rate_limiting.concurrent_requests);
    ServiceError::Limited {
        code: ErrorCode::ConcurrencyLimited,
        message: format!(
            "{whose} of {limit} concurrent requests is reached. Wait until one ends. This is \
                Train's limit, not Claude's."
        ),
        retry_after: TRY_AGAIN,
    }
}

fn whose(scope: &LimitedScope) -> &'static str {
    match scope.owner {
        Owner::Organization(_) => "Your organization's limit",
        Owner::Person(_) => "Your limit",
    }
}
