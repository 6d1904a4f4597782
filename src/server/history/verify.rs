//! Whether anybody altered or removed something of the history.

use crate::{
    domain::{
        accounts::Scope,
        admin::{Verification, VerificationAnswer},
    },
    server::{
        foundation::{
            context::RequestContext,
            error::ServiceError,
            operator::{Subject, note_request},
        },
        postgres::Database,
    },
};
use serde_json::json;
use sqlx::Executor;

/// By which word the record knows that an administrator looked through the history.
const VERIFY: &str = "audit verify";
/// Findings that an administrator is told.
const MOST: usize = 100;

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

/// Looks through all of it now for an administrator, and writes down that they did and what was
/// found.
///
/// # Errors
/// 403 for everybody but administrators.
pub async fn verify_for(
    database: &Database,
    request: &RequestContext,
) -> Result<VerificationAnswer, ServiceError> {
    request.administer(Scope::AdminWrite)?;
    let Verified { rows, mut problems } = verify(database).await?;
    let findings = i64::try_from(problems.len()).unwrap_or(i64::MAX);
    problems.truncate(MOST);
    let mut transaction = database.begin().await?;
    let details = json!({"rows": rows, "findings": findings});
    let by = note_request(&mut transaction, request, VERIFY, Subject::default(), details).await?;
    let at = sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "at!""#)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(VerificationAnswer { verification: Verification { at, by, rows, findings }, problems })
}

/// The last time that an administrator did, and what was found.
///
/// # Errors
/// When the database does not answer.
pub async fn last_verification(
    database: &Database,
    request: &RequestContext,
) -> Result<Option<Verification>, ServiceError> {
    let mut transaction = database.as_person(request).await?;
    let last = sqlx::query_as!(
        Verification,
        r#"SELECT done_at AS "at", operator AS "by",
                 coalesce((details ->> 'rows')::bigint, 0) AS "rows!",
                 coalesce((details ->> 'findings')::bigint, 0) AS "findings!"
               FROM public.administrative_actions
               WHERE command = $1 ORDER BY number DESC LIMIT 1"#,
        VERIFY
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(last)
}
