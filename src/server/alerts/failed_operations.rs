//! Maintenance whose last run failed, read from its log.

use super::FailedOperation;
use crate::{domain::database_health::Panel, server::database::Database};
use chrono::Utc;
use sqlx::Row;

/// What failed longer ago nobody will mend any more.
const FAILED: &str = "
    SELECT operation, target, error, completed_at FROM (
      SELECT DISTINCT ON (operation_type::text, schema_name, table_name, index_name) operation_type::text AS operation,
        coalesce(schema_name || '.' || coalesce(index_name, table_name), '') AS target, error_message AS error, completed_at, status::text AS status
      FROM public.maintenance_operations
      WHERE completed_at > now() - interval '7 days' AND status::text IN ('completed', 'failed', 'skipped')
      ORDER BY operation_type::text, schema_name, table_name, index_name, completed_at DESC
    ) AS last
    WHERE status = 'failed' ORDER BY completed_at DESC LIMIT 200";

/// For each operation and target its last run, if that failed.
pub(super) async fn read(database: &Database) -> Panel<Vec<FailedOperation>> {
    let mut connection = match database.operations().acquire().await {
        Ok(connection) => connection,
        Err(error) => return unreadable(&error),
    };
    // A schema without the log is one whose maintenance never ran.
    let exists = sqlx::query_scalar::<_, bool>("SELECT to_regclass('public.maintenance_operations') IS NOT NULL");
    match exists.fetch_one(&mut *connection).await {
        Ok(true) => {}
        Ok(false) => return Panel::exact(Vec::new(), Utc::now()),
        Err(error) => return unreadable(&error),
    }
    let rows = match sqlx::query(FAILED).fetch_all(&mut *connection).await {
        Ok(rows) => rows,
        Err(error) => return unreadable(&error),
    };
    let read = |row: &sqlx::postgres::PgRow| {
        Ok(FailedOperation {
            operation: row.try_get("operation")?,
            target: row.try_get("target")?,
            error: row.try_get("error")?,
            completed_at: row.try_get("completed_at")?,
        })
    };
    match rows.iter().map(read).collect::<Result<Vec<_>, sqlx::Error>>() {
        Ok(failed) => Panel::exact(failed, Utc::now()),
        Err(error) => unreadable(&error),
    }
}

fn unreadable(error: &sqlx::Error) -> Panel<Vec<FailedOperation>> {
    tracing::warn!(%error, "the log of maintenance could not be read");
    Panel::unavailable("The log of maintenance could not be read.")
}
