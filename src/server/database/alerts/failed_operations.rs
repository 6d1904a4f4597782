//! Maintenance whose last run failed, read from its log.

use super::FailedOperation;
use crate::{domain::database::Panel, server::postgres::Database};
use chrono::Utc;

/// For each operation and target its last run, if that failed.
pub(super) async fn read(database: &Database) -> Panel<Vec<FailedOperation>> {
    // What failed longer ago nobody will mend any more.
    let failed = sqlx::query_as!(
        FailedOperation,
        r#"SELECT operation, target AS "target!", error, completed_at AS "completed_at!" FROM (
             SELECT DISTINCT ON (operation_type, schema_name, table_name,
               index_name) operation_type AS operation,
               coalesce(schema_name || '.' || coalesce(index_name, table_name), '') AS target,
               error_message AS error,
               completed_at, status
             FROM public.maintenance_operations
             WHERE completed_at > now() - interval '7 days'
               AND status IN ('completed', 'failed', 'skipped')
             ORDER BY operation_type, schema_name, table_name, index_name, completed_at DESC
           ) AS last
           WHERE status = 'failed' ORDER BY completed_at DESC LIMIT 200"#
    );
    match failed.fetch_all(database.operations()).await {
        Ok(failed) => Panel::exact(failed, Utc::now()),
        Err(error) => unreadable(&error),
    }
}

fn unreadable(error: &sqlx::Error) -> Panel<Vec<FailedOperation>> {
    tracing::warn!(%error, "the log of maintenance could not be read");
    Panel::unavailable("The log of maintenance could not be read.")
}
