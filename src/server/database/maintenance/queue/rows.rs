//! Rows of the queue as they are read.

use crate::{
    domain::database::{
        Measurement, Month, ObjectName, Operation, OperationList, OperationOptions, OperationQuery,
        Progress, Target,
    },
    server::postgres::Pool,
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

struct Row {
    id: Uuid,
    operation_type: String,
    schema_name: Option<String>,
    table_name: Option<String>,
    index_name: Option<String>,
    status: String,
    options: Json<OperationOptions>,
    statements: Vec<String>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    duration_ms: Option<i64>,
    initiated_by: Option<Uuid>,
    initiated_by_name: Option<String>,
    schedule_id: Option<Uuid>,
    backend_pid: Option<i32>,
    progress: Option<Json<Progress>>,
    before: Option<Json<Measurement>>,
    after: Option<Json<Measurement>>,
    outcome: Option<String>,
    sentence: Option<String>,
    leftover_index: Option<String>,
    error_message: Option<String>,
    cancel_requested: bool,
}

impl TryFrom<Row> for Operation {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let target = match (&row.schema_name, row.table_name, row.index_name) {
            (Some(schema), Some(_), Some(index)) => Target::Index(ObjectName::new(schema, index)),
            (Some(schema), Some(table), None) => Target::Table(ObjectName::new(schema, table)),
            _ => Target::WholeDatabase,
        };
        let leftover = row.schema_name.zip(row.leftover_index);
        Ok(Self {
            id: row.id,
            operation: parsed(&row.operation_type)?,
            target,
            status: parsed(&row.status)?,
            options: row.options.0,
            statements: row.statements,
            created_at: row.created_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
            duration_ms: row.duration_ms,
            initiated_by: row.initiated_by,
            initiated_by_name: row.initiated_by_name,
            schedule_id: row.schedule_id,
            backend_pid: row.backend_pid,
            progress: row.progress.map(|Json(value)| value),
            before: row.before.map(|Json(value)| value),
            after: row.after.map(|Json(value)| value),
            outcome: row.outcome.and_then(|word| serde_json::from_value(Value::String(word)).ok()),
            sentence: row.sentence,
            leftover_index: leftover.map(|(schema, name)| ObjectName::new(schema, name)),
            error_message: row.error_message,
            cancel_requested: row.cancel_requested,
        })
    }
}

pub(in crate::server::database::maintenance) async fn find(
    executor: impl PgExecutor<'_>,
    id: Uuid,
) -> Result<Option<Operation>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, operation_type, schema_name, table_name, index_name, status,
             options AS "options: Json<OperationOptions>", statements, created_at, started_at,
             completed_at, duration_ms,
             initiated_by, initiated_by_name, schedule_id, backend_pid,
             progress AS "progress: Json<Progress>",
             before AS "before: Json<Measurement>", after AS "after: Json<Measurement>", outcome,
             sentence, leftover_index,
             error_message, cancel_requested
           FROM public.maintenance_operations WHERE id = $1"#,
        id
    )
    .fetch_optional(executor)
    .await?
    .map(Operation::try_from)
    .transpose()
}

/// A page of the log, the newest first, and how many there are.
pub(in crate::server::database::maintenance) async fn list(
    pool: &Pool,
    query: &OperationQuery,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Operation>, i64), sqlx::Error> {
    let running = query.kind == Some(OperationList::Running);
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, operation_type, schema_name, table_name, index_name, status,
             options AS "options: Json<OperationOptions>", statements, created_at, started_at,
             completed_at, duration_ms,
             initiated_by, initiated_by_name, schedule_id, backend_pid,
             progress AS "progress: Json<Progress>",
             before AS "before: Json<Measurement>", after AS "after: Json<Measurement>", outcome,
             sentence, leftover_index,
             error_message, cancel_requested
           FROM public.maintenance_operations
           WHERE (NOT $1::boolean OR status IN ('queued', 'running'))
             AND ($2::text IS NULL OR schema_name = $2)
             AND ($3::text IS NULL OR table_name = $3)
           ORDER BY created_at DESC, id LIMIT $4 OFFSET $5"#,
        running,
        query.schema.as_deref(),
        query.table.as_deref(),
        limit,
        offset
    )
    .fetch_all(pool)
    .await?;
    let total = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM public.maintenance_operations
           WHERE (NOT $1::boolean OR status IN ('queued', 'running'))
             AND ($2::text IS NULL OR schema_name = $2)
             AND ($3::text IS NULL OR table_name = $3)"#,
        running,
        query.schema.as_deref(),
        query.table.as_deref()
    )
    .fetch_one(pool)
    .await?;
    Ok((rows.into_iter().map(Operation::try_from).collect::<Result<_, _>>()?, total))
}

/// Those that were queued in a month, the newest first, at most so many.
pub async fn of_month(pool: &Pool, month: Month, most: i64) -> Result<Vec<Operation>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, operation_type, schema_name, table_name, index_name, status,
             options AS "options: Json<OperationOptions>", statements, created_at, started_at,
             completed_at, duration_ms,
             initiated_by, initiated_by_name, schedule_id, backend_pid,
             progress AS "progress: Json<Progress>",
             before AS "before: Json<Measurement>", after AS "after: Json<Measurement>", outcome,
             sentence, leftover_index,
             error_message, cancel_requested
           FROM public.maintenance_operations
           WHERE created_at >= $1 AND created_at < $2 ORDER BY created_at DESC, id LIMIT $3"#,
        month.from(),
        month.to(),
        most
    )
    .fetch_all(pool)
    .await?;
    // A report is read later: how far something is now does not belong into it.
    rows.into_iter()
        .map(|row| Ok(Operation { backend_pid: None, progress: None, ..row.try_into()? }))
        .collect()
}

/// The value of an enum that is stored as a word.
pub(in crate::server::database::maintenance) fn parsed<T: std::str::FromStr<Err = String>>(
    word: &str,
) -> Result<T, sqlx::Error> {
    word.parse().map_err(|error: String| sqlx::Error::Decode(error.into()))
}
