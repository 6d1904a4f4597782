//! Who works on which job. Only the database's clock counts.

use crate::{
    domain::bulk::BulkAction,
    server::{
        foundation::error::ServiceError,
        jobs::lease,
        postgres::{Pool, Transaction},
    },
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use std::time::Duration;
use uuid::Uuid;

/// What a batch leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// There may be more.
    On,
    /// The job has ended, rests for a while, or is somebody else's.
    Over,
}

/// The longest that a job rests before Claude is asked again.
pub(super) const LONGEST_REST: Duration = Duration::from_secs(300);

/// A job that a server works on.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub job: Uuid,
    pub id: Uuid,
    pub action: BulkAction,
    /// No item has this position or a higher one.
    pub total: i32,
    pub undoes: bool,
    /// Who started it or, when it is undone, who wanted that; `None` when the account is gone.
    pub person: Option<Uuid>,
}

/// Takes the job that waits for the longest, or whose server is gone.
pub(super) async fn take(pool: &Pool, revises: bool) -> Result<Option<Lease>, ServiceError> {
    let id = Uuid::new_v4();
    let longest = if revises { LONGEST_REST.as_secs_f64() } else { lease::LENGTH } * 2.0;
    let taken = sqlx::query!(
        r#"UPDATE bulk_jobs SET lease_id = $1,
             lease_until = clock_timestamp() + make_interval(secs => $2),
             state = CASE state WHEN 'queued' THEN 'running' ELSE state END
           WHERE id = (SELECT id FROM bulk_jobs
             WHERE state IN ('queued', 'running', 'undoing')
               AND (action ->> 'kind' = 'revise') = $3
               AND (lease_until IS NULL
                 OR public.is_due(lease_until, make_interval(secs => $4)))
             ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id, action AS "action: Json<BulkAction>", total,
             state = 'undoing' AS "undoes!",
             CASE state WHEN 'undoing' THEN undone_by ELSE created_by END AS person"#,
        id,
        lease::LENGTH,
        revises,
        longest
    )
    .fetch_optional(pool)
    .await?;
    Ok(taken.map(|row| Lease {
        job: row.id,
        id,
        action: row.action.0,
        total: row.total,
        undoes: row.undoes,
        person: row.person,
    }))
}

/// Leaves the job to whichever server comes first.
pub(super) async fn release(pool: &Pool, lease: &Lease) -> Result<(), ServiceError> {
    lease::release!(pool, "bulk_jobs", lease.job, lease.id)
}

/// Leaves the job alone for a while; then whichever server comes first goes on.
pub(super) async fn rest(
    transaction: &mut Transaction,
    lease: &Lease,
    length: Duration,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE bulk_jobs SET lease_id = NULL,
           lease_until = clock_timestamp() + make_interval(secs => $3)
         WHERE id = $1 AND lease_id = $2",
        lease.job,
        lease.id,
        length.min(LONGEST_REST).as_secs_f64()
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Goes on working; false when it is another server's now, or was stopped.
pub(super) async fn renew(pool: &Pool, lease: &Lease) -> Result<bool, ServiceError> {
    lease::renew!(pool, "bulk_jobs", "'running', 'undoing'", lease.job, lease.id)
}

/// Holds the job until the end of the transaction and answers the moment; `None` when it is another
/// server's now, or was stopped.
pub(super) async fn hold(
    transaction: &mut Transaction,
    lease: &Lease,
) -> Result<Option<DateTime<Utc>>, ServiceError> {
    let Lease { job, id, undoes, .. } = *lease;
    lease::hold!(&mut **transaction, "bulk_jobs", "'undoing', 'running'", job, id, undoes)
}

/// What a batch did.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub changed: i32,
    pub failed: i32,
    pub restored: i32,
    pub kept: i32,
    pub skips: super::rows::Skips,
}

/// Adds what a batch did to what the job did, and keeps the job for another while.
pub(super) async fn count(
    transaction: &mut Transaction,
    lease: &Lease,
    counts: &Counts,
) -> Result<(), ServiceError> {
    let skips = serde_json::json!(super::rows::words(&counts.skips).0);
    sqlx::query!(
        "UPDATE bulk_jobs SET changed = changed + $2, failed = failed + $3,
           restored = restored + $4, kept = kept + $5,
           skipped = CASE WHEN $6::jsonb = '{}' THEN skipped ELSE
             (SELECT jsonb_object_agg(reason, total) FROM (
               SELECT reason, sum(count::bigint) AS total FROM (
                 SELECT * FROM jsonb_each_text(skipped) AS old (reason, count)
                 UNION ALL SELECT * FROM jsonb_each_text($6) AS new (reason, count)) AS one
               GROUP BY reason) AS added) END,
           lease_until = clock_timestamp() + make_interval(secs => $7)
         WHERE id = $1",
        lease.job,
        counts.changed,
        counts.failed,
        counts.restored,
        counts.kept,
        skips,
        lease::LENGTH
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
