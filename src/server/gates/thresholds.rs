//! Thresholds after a change of budgets: what is spent stays, so it may be above a threshold now,
//! or below one again.

use super::{
    budget_line::{BudgetLine, BudgetState},
    scope::LimitedScope,
};
use crate::server::{foundation::error::ServiceError, postgres::Database};
use chrono::Utc;
use serde::Deserialize;
use sqlx::types::Json;

#[derive(Deserialize)]
struct Passed {
    threshold: f64,
    #[serde(flatten)]
    state: BudgetState,
}

/// Notes the thresholds that scopes are above, as spending does when it passes them, and forgets
/// those that they are not above any more. Answers of each budget the highest that was not noted
/// yet, unless a higher one was: nobody needs to know of that one any more.
pub async fn note_thresholds(
    db: &Database,
    scopes: &[LimitedScope],
) -> Result<Vec<(BudgetLine, f64)>, ServiceError> {
    let now = Utc::now();
    let rows: Vec<_> = scopes.iter().map(|scope| scope.row(now)).collect();
    let passed = sqlx::query_scalar!(
        r#"SELECT note_thresholds($1) AS "passed!: Json<Vec<Passed>>""#,
        Json(rows) as _
    )
    .fetch_one(db.pool())
    .await?;
    let line = |passed: Passed| Some((passed.state.line(scopes)?, passed.threshold));
    Ok(passed.0.into_iter().filter_map(line).collect())
}
