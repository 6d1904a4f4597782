//! What the gates would find now, taking nothing.

use super::{budget_line::BudgetLine, scope::LimitedScope};
use crate::{
    domain::money::Money,
    server::{foundation::error::ServiceError, postgres::Database},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::types::Json;

/// What is left of the limits of one scope.
#[derive(Clone, Debug)]
pub struct ScopeHeadroom {
    /// Of the day, the week, the month.
    pub budgets: Vec<BudgetLine>,
    /// Requests that would be admitted at once by pace.
    pub requests: i64,
    /// How long the next would wait for its pace.
    pub retry_after_ms: i64,
    /// Requests in flight.
    pub places_taken: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    amount: i64,
    places: i64,
    window_starts: [DateTime<Utc>; 3],
    window_ends: [DateTime<Utc>; 3],
    settled: [i64; 3],
    requests: i64,
    retry_after_ms: i64,
}

/// Of each scope, in their order.
pub async fn headroom(
    db: &Database,
    scopes: &[LimitedScope],
) -> Result<Vec<ScopeHeadroom>, ServiceError> {
    let now = Utc::now();
    let rows: Vec<_> = scopes.iter().map(|scope| scope.row(now)).collect();
    let answers = sqlx::query_scalar!(
        r#"SELECT gates_headroom($1, $2) AS "answers!: Json<Vec<Answer>>""#,
        db.events().server_id(),
        Json(rows) as _
    )
    .fetch_one(db.pool())
    .await?;
    Ok(scopes.iter().zip(answers.0).map(|(scope, answer)| answer.of(scope)).collect())
}

impl Answer {
    fn of(self, scope: &LimitedScope) -> ScopeHeadroom {
        let budgets = scope.budgets().into_iter().enumerate();
        ScopeHeadroom {
            budgets: budgets
                .map(|(place, (period, limit))| BudgetLine {
                    owner: scope.owner,
                    period,
                    window_start: self.window_starts[place],
                    window_end: self.window_ends[place],
                    limit,
                    blocks: scope.blocks(),
                    settled: Money::from_nanos(self.settled[place]),
                    reserved: Money::from_nanos(self.amount),
                })
                .collect(),
            requests: self.requests,
            retry_after_ms: self.retry_after_ms,
            places_taken: self.places,
        }
    }
}
