//! The rows of `maintenance_operations`: queue, state and log in one. A row that runs belongs to
//! one server, as long as that one renews its lease.

mod rows;

use super::{backend::Backend, measure::Evidence, subject::Subject};
use crate::{
    domain::database::{
        Measurement, ObjectName, Operation, OperationKind, OperationOptions, OperationStatus,
        Outcome, Progress, Target,
    },
    server::postgres::Pool,
};
use chrono::{DateTime, Utc};
pub use rows::of_month;
pub(super) use rows::{find, list, parsed};
use sqlx::{PgConnection, types::Json};
use std::time::Duration;
use uuid::Uuid;

/// A new row.
pub(super) struct New<'a> {
    pub operation: OperationKind,
    pub target: &'a Target,
    /// Of an index the table that it belongs to.
    pub table: Option<&'a ObjectName>,
    pub options: &'a OperationOptions,
    pub statement: &'a str,
    pub initiated_by: Option<Uuid>,
    pub schedule_id: Option<Uuid>,
}

/// `None` when the table has one that waits or runs.
pub(super) async fn insert(
    connection: &mut PgConnection,
    new: New<'_>,
) -> Result<Option<Uuid>, sqlx::Error> {
    let index = match new.target {
        Target::Index(index) => Some(index.name.as_str()),
        _ => None,
    };
    sqlx::query_scalar!(
        "INSERT INTO public.maintenance_operations
          (operation_type, schema_name, table_name, index_name, options, statements, initiated_by,
            initiated_by_name, schedule_id)
        VALUES ($1, $2, $3, $4, $5, ARRAY[$6], $7,
          (SELECT display_name FROM auth.users WHERE id = $7), $8)
        ON CONFLICT (coalesce(schema_name, ''), coalesce(table_name, ''))
          WHERE status IN ('queued', 'running') DO NOTHING
        RETURNING id",
        new.operation.as_str(),
        new.table.map(|table| table.schema.as_str()),
        new.table.map(|table| table.name.as_str()),
        index,
        Json(new.options) as _,
        new.statement,
        new.initiated_by,
        new.schedule_id
    )
    .fetch_optional(connection)
    .await
}

/// Takes the oldest that may run now, for `server`.
pub(super) async fn claim(
    pool: &Pool,
    server: Uuid,
    lease: Duration,
    limit: i64,
) -> Result<Option<Operation>, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // One server takes rows at a time, so that limits hold over all of them.
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('train.maintenance.claim', 0))")
        .execute(&mut *transaction)
        .await?;
    let claimed = sqlx::query_scalar!(
        "UPDATE public.maintenance_operations SET status = 'running', lease_owner = $1,
           started_at = coalesce(started_at, clock_timestamp()),
           lease_until = clock_timestamp() + $2 * interval '1 ms'
         WHERE id = (
           SELECT waiting.id FROM public.maintenance_operations AS waiting
           WHERE waiting.status = 'queued' AND public.is_due(waiting.not_before, interval '1 hour')
             AND (SELECT count(*) FROM public.maintenance_operations WHERE status = 'running') < $3
             -- The whole database is every table.
             AND NOT EXISTS (SELECT FROM public.maintenance_operations AS other
               WHERE other.status = 'running' AND (other.table_name IS NULL
                 OR waiting.table_name IS NULL))
           ORDER BY waiting.created_at, waiting.id LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id",
        server,
        milliseconds(lease),
        limit
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let operation = match claimed {
        Some(id) => find(&mut *transaction, id).await?,
        None => None,
    };
    transaction.commit().await?;
    Ok(operation)
}

/// One that a server left running.
pub(super) struct Left {
    pub operation: Operation,
    /// The session that ran it; `None` when it did not begin.
    pub backend: Option<Backend>,
    pub evidence: Evidence,
}

/// Takes one that a server left running, for `server`.
pub(super) async fn take_over(
    pool: &Pool,
    server: Uuid,
    lease: Duration,
) -> Result<Option<Left>, sqlx::Error> {
    let taken = sqlx::query!(
        r#"UPDATE public.maintenance_operations SET lease_owner = $1,
             lease_until = clock_timestamp() + $2::float8 * interval '1 ms'
           WHERE id = (SELECT id FROM public.maintenance_operations
             WHERE status = 'running' AND public.is_due(lease_until,
               2 * $2::float8 * interval '1 ms')
             ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id, backend_pid, backend_start, evidence AS "evidence: Json<Evidence>""#,
        server,
        milliseconds(lease)
    );
    let Some(taken) = taken.fetch_optional(pool).await? else { return Ok(None) };
    let operation = find(pool, taken.id).await?;
    Ok(operation.map(|operation| Left {
        operation,
        backend: backend(taken.backend_pid, taken.backend_start),
        evidence: taken.evidence.map(|Json(value)| value).unwrap_or_default(),
    }))
}

fn backend(pid: Option<i32>, start: Option<DateTime<Utc>>) -> Option<Backend> {
    pid.zip(start).map(|(pid, start)| Backend { pid, start })
}

/// Before the statement begins: who runs it, and how things were. False when the row is no longer
/// this server's.
pub(super) async fn mark_started(
    pool: &Pool,
    id: Uuid,
    server: Uuid,
    backend: Backend,
    statement: &str,
    before: &Measurement,
    evidence: &Evidence,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE public.maintenance_operations SET backend_pid = $3, backend_start = $4, before = $5,
         evidence = $6,
           statements = ARRAY[$7] WHERE id = $1 AND lease_owner = $2 AND status = 'running'",
        id,
        server,
        backend.pid,
        backend.start,
        Json(before) as _,
        Json(evidence) as _,
        statement
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Renews the lease and notes how far it is. Answers whether somebody wants it cancelled; `None`
/// when the row is no longer this server's.
pub(super) async fn renew(
    pool: &Pool,
    id: Uuid,
    server: Uuid,
    lease: Duration,
    progress: Option<&Progress>,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE public.maintenance_operations
         SET lease_until = clock_timestamp() + $3 * interval '1 ms',
         progress = coalesce($4, progress)
         WHERE id = $1 AND lease_owner = $2 AND status = 'running' RETURNING cancel_requested",
        id,
        server,
        milliseconds(lease),
        progress.map(Json) as _
    )
    .fetch_optional(pool)
    .await
}

/// Back into the queue for a while: the table is busy elsewhere.
pub(super) async fn put_back(
    pool: &Pool,
    id: Uuid,
    server: Uuid,
    pause: Duration,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE public.maintenance_operations SET status = 'queued', lease_owner = NULL,
         lease_until = NULL,
           backend_pid = NULL, backend_start = NULL,
           not_before = clock_timestamp() + $3 * interval '1 ms'
         WHERE id = $1 AND lease_owner = $2 AND status = 'running'",
        id,
        server,
        milliseconds(pause)
    )
    .execute(pool)
    .await
    .map(drop)
}

/// The others need not wait for the leases of a server that stops.
pub(super) async fn release(pool: &Pool, server: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE public.maintenance_operations SET lease_until = clock_timestamp()
         WHERE lease_owner = $1 AND status = 'running'",
        server
    )
    .execute(pool)
    .await
    .map(drop)
}

/// How it ended.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub status: OperationStatus,
    pub outcome: Option<Outcome>,
    pub sentence: String,
    pub error: Option<String>,
    pub after: Option<Measurement>,
    pub leftover: Option<String>,
}

impl Ending {
    pub fn new(
        status: OperationStatus,
        outcome: Option<Outcome>,
        sentence: impl Into<String>,
    ) -> Self {
        Self {
            status,
            outcome,
            sentence: sentence.into(),
            error: None,
            after: None,
            leftover: None,
        }
    }
}

pub(super) async fn finish(
    pool: &Pool,
    id: Uuid,
    server: Uuid,
    ending: &Ending,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE public.maintenance_operations SET status = $3, outcome = $4, sentence = $5,
         error_message = $6, after = $7,
           leftover_index = $8, completed_at = clock_timestamp(), progress = NULL,
           lease_owner = NULL, lease_until = NULL,
           duration_ms = (extract(epoch FROM clock_timestamp() - started_at) * 1000)::int8
         WHERE id = $1 AND lease_owner = $2 AND status = 'running'",
        id,
        server,
        ending.status.as_str(),
        ending.outcome.map(Outcome::as_str),
        ending.sentence,
        ending.error,
        ending.after.as_ref().map(Json) as _,
        ending.leftover
    )
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What is cancelled, and the session to be told when it runs.
pub(super) struct Cancelled {
    pub operation: Operation,
    pub backend: Option<Backend>,
}

/// One that waits is over at once; one that runs is marked. `None` when there is none with this id.
pub(super) async fn cancel(pool: &Pool, id: Uuid) -> Result<Option<Cancelled>, sqlx::Error> {
    let marked = sqlx::query!(
        "UPDATE public.maintenance_operations SET cancel_requested = cancel_requested
         OR status IN ('queued', 'running'),
           sentence = CASE WHEN status = 'queued' THEN 'It was cancelled before it began.'
             ELSE sentence END,
           completed_at = CASE WHEN status = 'queued' THEN clock_timestamp() ELSE completed_at END,
           status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END
         WHERE id = $1 RETURNING backend_pid, backend_start",
        id
    );
    let Some(marked) = marked.fetch_optional(pool).await? else { return Ok(None) };
    let backend = backend(marked.backend_pid, marked.backend_start);
    Ok(find(pool, id).await?.map(|operation| Cancelled { operation, backend }))
}

/// What waits or runs on the same table.
pub(super) async fn open_on(
    pool: &Pool,
    subject: &Subject,
) -> Result<Option<(OperationKind, OperationStatus)>, sqlx::Error> {
    let table = subject.relation.as_ref().map(|relation| &relation.table);
    let open = sqlx::query!(
        "SELECT operation_type, status FROM public.maintenance_operations
         WHERE status IN ('queued', 'running') AND coalesce(schema_name, '') = $1
           AND coalesce(table_name, '') = $2",
        table.map_or("", |table| table.schema.as_str()),
        table.map_or("", |table| table.name.as_str())
    )
    .fetch_optional(pool)
    .await?;
    open.map(|open| Ok((parsed(&open.operation_type)?, parsed(&open.status)?))).transpose()
}

/// The median of the last ten of the same on the same target.
pub(super) async fn expected_seconds(
    pool: &Pool,
    subject: &Subject,
) -> Result<Option<f64>, sqlx::Error> {
    let table = subject.relation.as_ref().map(|relation| &relation.table);
    let index = subject
        .relation
        .as_ref()
        .and_then(|relation| relation.index.as_ref())
        .map(|(name, _)| name.name.as_str());
    sqlx::query_scalar!(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms / 1000.0) FROM (
           SELECT duration_ms::float8 AS duration_ms FROM public.maintenance_operations
           WHERE operation_type = $1 AND status = 'completed' AND schema_name IS NOT DISTINCT
             FROM $2
             AND table_name IS NOT DISTINCT FROM $3 AND index_name IS NOT DISTINCT FROM $4
           ORDER BY created_at DESC LIMIT 10) AS past",
        subject.operation.as_str(),
        table.map(|table| table.schema.as_str()),
        table.map(|table| table.name.as_str()),
        index
    )
    .fetch_one(pool)
    .await
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
