//! Whether anybody altered or removed something of the history.

use crate::server::{foundation::error::ServiceError, postgres::Database};
use sqlx::Executor;

/// What looking through all of it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Changes that were looked at, the archive included.
    pub rows: i64,
    /// What was altered or removed, each with its place.
    pub problems: Vec<String>,
}

/// Looks through history, archive and registers, one caller after the other.
pub async fn verify(database: &Database) -> Result<Verified, ServiceError> {
    let mut transaction = database.begin().await?;
    // A long history takes longer than any request may.
    transaction.execute("SET LOCAL statement_timeout = 0").await?;
    transaction.one_by_one("verify-history").await?;
    let found = sqlx::query!(
        r#"SELECT target_id, version, problem AS "problem!" FROM public.verify_audit_chain()"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    let rows = sqlx::query_scalar!(
        r#"SELECT (SELECT count(*) FROM public.configuration_audit_log)
             + (SELECT count(*) FROM public.configuration_audit_archive) AS "rows!""#
    )
    .fetch_one(&mut *transaction)
    .await?;
    // It only read.
    transaction.rollback().await?;
    let problems = found.into_iter().map(|row| {
        let version = row.version.map_or_else(String::new, |version| format!(" version {version}"));
        let target = row.target_id.map_or_else(String::new, |id| id.to_string());
        format!("{target}{version}: {}", row.problem)
    });
    Ok(Verified { rows, problems: problems.collect() })
}
