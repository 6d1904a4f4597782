//! The record of operators' commands: written by those that have no transaction of their own, and
//! read.

use crate::server::{
    foundation::{
        error::ServiceError,
        operator::{self, Subject},
    },
    postgres::Database,
};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Something that was done.
#[derive(Clone, Debug)]
pub struct Action {
    pub number: i64,
    pub done_at: DateTime<Utc>,
    pub command: String,
    pub subject: Option<String>,
    pub details: Value,
    pub operator: String,
    pub host: String,
}

/// Writes down a command that has no transaction of its own. `details` never hold a password or
/// key.
pub async fn note_alone(
    database: &Database,
    command: &str,
    subject: Subject<'_>,
    details: Value,
) -> Result<(), ServiceError> {
    let mut transaction = database.begin().await?;
    operator::note(&mut transaction, command, subject, details).await?;
    Ok(transaction.commit().await?)
}

/// What operators and administrators did, the newest first.
pub async fn actions(database: &Database, most: i64) -> Result<Vec<Action>, ServiceError> {
    Ok(sqlx::query_as!(
        Action,
        "SELECT number, done_at, command, subject, details, operator, host
           FROM public.administrative_actions ORDER BY number DESC LIMIT $1",
        most
    )
    .fetch_all(database.pool())
    .await?)
}
