//! The rows of `maintenance_operations`: queue, state and log in one. A row that runs belongs to
//! one server, as long as that one renews its lease.

use super::{measure::Evidence, subject::Subject};
use crate::{
    domain::database_health::{
        Measurement, ObjectName, Operation, OperationKind, OperationList, OperationOptions,
        OperationQuery, OperationStatus, Outcome, Progress, Target,
    },
    server::database::Pool,
};
use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, Row, postgres::PgRow, types::Json};
use std::time::Duration;
use uuid::Uuid;

/// One server takes rows at a time, so that limits hold over all of them.
const CLAIM_LOCK: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('train.maintenance.claim', 0))";

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
    let sql = "INSERT INTO public.maintenance_operations
          (operation_type, schema_name, table_name, index_name, options, statements, initiated_by, initiated_by_name, schedule_id)
        VALUES ($1, $2, $3, $4, $5, ARRAY[$6], $7, (SELECT display_name FROM auth.users WHERE id = $7), $8)
        ON CONFLICT (coalesce(schema_name, ''), coalesce(table_name, '')) WHERE status IN ('queued', 'running') DO NOTHING
        RETURNING id";
    sqlx::query_scalar(sql)
        .bind(new.operation.as_str())
        .bind(new.table.map(|table| table.schema.as_str()))
        .bind(new.table.map(|table| table.name.as_str()))
        .bind(index)
        .bind(Json(new.options))
        .bind(new.statement)
        .bind(new.initiated_by)
        .bind(new.schedule_id)
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
    sqlx::query(CLAIM_LOCK).execute(&mut *transaction).await?;
    let sql = "UPDATE public.maintenance_operations SET status = 'running', lease_owner = $1,
          started_at = coalesce(started_at, clock_timestamp()), lease_until = clock_timestamp() + $2 * interval '1 ms'
        WHERE id = (
          SELECT waiting.id FROM public.maintenance_operations AS waiting
          WHERE waiting.status = 'queued' AND public.is_due(waiting.not_before, interval '1 hour')
            AND (SELECT count(*) FROM public.maintenance_operations WHERE status = 'running') < $3
            -- The whole database is every table.
            AND NOT EXISTS (SELECT FROM public.maintenance_operations AS other
              WHERE other.status = 'running' AND (other.table_name IS NULL OR waiting.table_name IS NULL))
          ORDER BY waiting.created_at, waiting.id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING *";
    let row = sqlx::query(sql)
        .bind(server)
        .bind(milliseconds(lease))
        .bind(limit)
        .fetch_optional(&mut *transaction)
        .await?;
    transaction.commit().await?;
    row.as_ref().map(operation).transpose()
}

/// One that a server left running, now of `server`.
pub(super) async fn take_over(
    pool: &Pool,
    server: Uuid,
    lease: Duration,
) -> Result<Option<(Operation, Option<DateTime<Utc>>, Evidence)>, sqlx::Error> {
    let sql = "UPDATE public.maintenance_operations SET lease_owner = $1, lease_until = clock_timestamp() + $2 * interval '1 ms'
        WHERE id = (SELECT id FROM public.maintenance_operations
          WHERE status = 'running' AND public.is_due(lease_until, 2 * $2 * interval '1 ms') ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING *";
    let row = sqlx::query(sql).bind(server).bind(milliseconds(lease)).fetch_optional(pool).await?;
    let Some(row) = row else { return Ok(None) };
    let evidence = row
        .try_get::<Option<Json<Evidence>>, _>("evidence")?
        .map(|Json(value)| value)
        .unwrap_or_default();
    Ok(Some((operation(&row)?, row.try_get("backend_start")?, evidence)))
}

/// Before the statement begins: who runs it, and how things were. False when the row is no longer
/// this server's.
pub(super) async fn begun(
    pool: &Pool,
    id: Uuid,
    server: Uuid,
    backend: (i32, DateTime<Utc>),
    statement: &str,
    before: &Measurement,
    evidence: &Evidence,
) -> Result<bool, sqlx::Error> {
    let sql =
        "UPDATE public.maintenance_operations SET backend_pid = $3, backend_start = $4, before = $5, evidence = $6,
          statements = ARRAY[$7] WHERE id = $1 AND lease_owner = $2 AND status = 'running'";
    let done = sqlx::query(sql)
        .bind(id)
        .bind(server)
        .bind(backend.0)
        .bind(backend.1)
        .bind(Json(before))
        .bind(Json(evidence))
        .bind(statement)
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
    let sql = "UPDATE public.maintenance_operations
        SET lease_until = clock_timestamp() + $3 * interval '1 ms', progress = coalesce($4, progress)
        WHERE id = $1 AND lease_owner = $2 AND status = 'running' RETURNING cancel_requested";
    sqlx::query_scalar(sql)
        .bind(id)
        .bind(server)
        .bind(milliseconds(lease))
        .bind(progress.map(Json))
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
    let sql = "UPDATE public.maintenance_operations SET status = 'queued', lease_owner = NULL, lease_until = NULL,
          backend_pid = NULL, backend_start = NULL, not_before = clock_timestamp() + $3 * interval '1 ms'
        WHERE id = $1 AND lease_owner = $2 AND status = 'running'";
    sqlx::query(sql).bind(id).bind(server).bind(milliseconds(pause)).execute(pool).await.map(drop)
}

/// The others need not wait for the leases of a server that stops.
pub(super) async fn let_go(pool: &Pool, server: Uuid) -> Result<(), sqlx::Error> {
    let sql = "UPDATE public.maintenance_operations SET lease_until = clock_timestamp() WHERE \
        lease_owner = $1 AND status = 'running'";
    sqlx::query(sql).bind(server).execute(pool).await.map(drop)
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
    let sql = "UPDATE public.maintenance_operations SET status = $3, outcome = $4, sentence = $5, error_message = $6, after = $7,
          leftover_index = $8, completed_at = clock_timestamp(), progress = NULL, lease_owner = NULL, lease_until = NULL,
          duration_ms = (extract(epoch FROM clock_timestamp() - started_at) * 1000)::int8
        WHERE id = $1 AND lease_owner = $2 AND status = 'running'";
    let done = sqlx::query(sql)
        .bind(id)
        .bind(server)
        .bind(ending.status.as_str())
        .bind(ending.outcome.map(word))
        .bind(&ending.sentence)
        .bind(&ending.error)
        .bind(ending.after.as_ref().map(Json))
        .bind(&ending.leftover)
        .execute(pool)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// What is cancelled, and the session to be told when it runs.
pub(super) struct Cancelled {
    pub operation: Operation,
    pub backend: Option<(i32, DateTime<Utc>)>,
}

/// One that waits is over at once; one that runs is marked. `None` when there is none with this id.
pub(super) async fn cancel(pool: &Pool, id: Uuid) -> Result<Option<Cancelled>, sqlx::Error> {
    let sql = "UPDATE public.maintenance_operations SET cancel_requested = cancel_requested OR status IN ('queued', 'running'),
          sentence = CASE WHEN status = 'queued' THEN 'It was cancelled before it began.' ELSE sentence END,
          completed_at = CASE WHEN status = 'queued' THEN clock_timestamp() ELSE completed_at END,
          status = CASE WHEN status = 'queued' THEN 'cancelled' ELSE status END
        WHERE id = $1 RETURNING *";
    let Some(row) = sqlx::query(sql).bind(id).fetch_optional(pool).await? else { return Ok(None) };
    let operation = operation(&row)?;
    let start: Option<DateTime<Utc>> = row.try_get("backend_start")?;
    Ok(Some(Cancelled { backend: operation.backend_pid.zip(start), operation }))
}

pub(super) async fn find(pool: &Pool, id: Uuid) -> Result<Option<Operation>, sqlx::Error> {
    let sql = "SELECT * FROM public.maintenance_operations WHERE id = $1";
    sqlx::query(sql).bind(id).fetch_optional(pool).await?.as_ref().map(operation).transpose()
}

/// A page of the log, the newest first, and how many there are.
pub(super) async fn list(
    pool: &Pool,
    query: &OperationQuery,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Operation>, i64), sqlx::Error> {
    let filter = "WHERE (NOT $1 OR status IN ('queued', 'running')) AND ($2::text IS NULL OR schema_name = $2)
        AND ($3::text IS NULL OR table_name = $3)";
    let running = query.kind == Some(OperationList::Running);
    let count = format!("SELECT count(*) FROM public.maintenance_operations {filter}");
    let total = sqlx::query_scalar(AssertSqlSafe(count))
        .bind(running)
        .bind(&query.schema)
        .bind(&query.table);
    let page = format!(
        "SELECT * FROM public.maintenance_operations {filter} ORDER BY created_at DESC, id LIMIT \
            $4 OFFSET $5"
    );
    let rows = sqlx::query(AssertSqlSafe(page))
        .bind(running)
        .bind(&query.schema)
        .bind(&query.table)
        .bind(limit)
        .bind(offset);
    let operations = rows.fetch_all(pool).await?.iter().map(operation).collect::<Result<_, _>>()?;
    Ok((operations, total.fetch_one(pool).await?))
}

/// What waits or runs on the same table.
pub(super) async fn open_on(
    pool: &Pool,
    subject: &Subject,
) -> Result<Option<(OperationKind, OperationStatus)>, sqlx::Error> {
    let table = subject.relation.as_ref().map(|relation| &relation.table);
    let sql = "SELECT operation_type, status FROM public.maintenance_operations
        WHERE status IN ('queued', 'running') AND coalesce(schema_name, '') = $1 AND coalesce(table_name, '') = $2";
    let row = sqlx::query(sql)
        .bind(table.map_or("", |table| table.schema.as_str()))
        .bind(table.map_or("", |table| table.name.as_str()))
        .fetch_optional(pool)
        .await?;
    row.map(|row| Ok((parsed(&row, "operation_type")?, parsed(&row, "status")?))).transpose()
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
        .map(|(name, _)| &name.name);
    let sql = "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms / 1000.0) FROM (
          SELECT duration_ms::float8 AS duration_ms FROM public.maintenance_operations
          WHERE operation_type = $1 AND status = 'completed' AND schema_name IS NOT DISTINCT FROM $2
            AND table_name IS NOT DISTINCT FROM $3 AND index_name IS NOT DISTINCT FROM $4
          ORDER BY created_at DESC LIMIT 10) AS past";
    sqlx::query_scalar(sql)
        .bind(subject.operation.as_str())
        .bind(table.map(|table| &table.schema))
        .bind(table.map(|table| &table.name))
        .bind(index)
        .fetch_one(pool)
        .await
}

/// A row as it crosses the wire.
fn operation(row: &PgRow) -> Result<Operation, sqlx::Error> {
    let schema: Option<String> = row.try_get("schema_name")?;
    let (table, index): (Option<String>, Option<String>) =
        (row.try_get("table_name")?, row.try_get("index_name")?);
    let leftover: Option<String> = row.try_get("leftover_index")?;
    let target = match (&schema, table, index) {
        (Some(schema), Some(_), Some(index)) => Target::Index(ObjectName::new(schema, index)),
        (Some(schema), Some(table), None) => Target::Table(ObjectName::new(schema, table)),
        _ => Target::WholeDatabase,
    };
    let outcome: Option<String> = row.try_get("outcome")?;
    Ok(Operation {
        id: row.try_get("id")?,
        operation: parsed(row, "operation_type")?,
        target,
        status: parsed(row, "status")?,
        options: json(row, "options")?.unwrap_or_default(),
        statements: row.try_get("statements")?,
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        completed_at: row.try_get("completed_at")?,
        duration_ms: row.try_get("duration_ms")?,
        initiated_by: row.try_get("initiated_by")?,
        initiated_by_name: row.try_get("initiated_by_name")?,
        schedule_id: row.try_get("schedule_id")?,
        backend_pid: row.try_get("backend_pid")?,
        progress: json(row, "progress")?,
        before: json(row, "before")?,
        after: json(row, "after")?,
        outcome: outcome.and_then(|word| serde_json::from_value(Value::String(word)).ok()),
        sentence: row.try_get("sentence")?,
        leftover_index: schema.zip(leftover).map(|(schema, name)| ObjectName::new(schema, name)),
        error_message: row.try_get("error_message")?,
        cancel_requested: row.try_get("cancel_requested")?,
    })
}

fn json<T: DeserializeOwned + Send + Unpin + 'static>(
    row: &PgRow,
    column: &str,
) -> Result<Option<T>, sqlx::Error> {
    Ok(row.try_get::<Option<Json<T>>, _>(column)?.map(|Json(value)| value))
}

pub(super) fn parsed<T: std::str::FromStr<Err = String>>(
    row: &PgRow,
    column: &str,
) -> Result<T, sqlx::Error> {
    row.try_get::<String, _>(column)?
        .parse()
        .map_err(|error: String| sqlx::Error::Decode(error.into()))
}

/// The word of an enum as serde writes it.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
