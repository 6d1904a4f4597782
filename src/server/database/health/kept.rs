//! Snapshots of a month, for the report. They belong to the owner, so they are read on the
//! connections for operations.

use super::{queries::StatementsSnapshot, snapshots::TablesSnapshot};
use crate::{domain::database::Month, server::postgres::Pool};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A snapshot as it is stored.
struct Row {
    taken_at: DateTime<Utc>,
    payload: Value,
}

/// The months of which there is something, the newest first: `2026-11`.
pub async fn months(pool: &Pool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT to_char(taken_at AT TIME ZONE 'UTC', 'YYYY-MM') AS "month!"
           FROM public.database_snapshots WHERE kind = 'overview' ORDER BY 1 DESC"#
    )
    .fetch_all(pool)
    .await
}

/// The size of the database in bytes at the end of each day.
pub async fn sizes(pool: &Pool, month: Month) -> Result<Vec<(DateTime<Utc>, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (date_trunc('day', taken_at, 'UTC')) taken_at,
             (payload->>'size')::int8 AS "bytes!"
           FROM public.database_snapshots
           WHERE kind = 'overview' AND taken_at >= $1 AND taken_at < $2 AND payload ? 'size'
           ORDER BY date_trunc('day', taken_at, 'UTC'), taken_at DESC"#,
        month.from(),
        month.to()
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.taken_at, row.bytes)).collect())
}

/// The first and the last look at the tables.
pub async fn tables(
    pool: &Pool,
    month: Month,
) -> Result<Vec<(DateTime<Utc>, TablesSnapshot)>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"WITH kept AS (SELECT taken_at, payload FROM public.database_snapshots
             WHERE kind = 'tables' AND taken_at >= $1 AND taken_at < $2)
           (SELECT taken_at AS "taken_at!", payload AS "payload!" FROM kept ORDER BY taken_at
             LIMIT 1)
           UNION ALL (SELECT taken_at, payload FROM kept ORDER BY taken_at DESC LIMIT 1)"#,
        month.from(),
        month.to()
    )
    .fetch_all(pool)
    .await?;
    Ok(known(rows))
}

/// One look a day at the statements, and the newest.
pub async fn statements(
    pool: &Pool,
    month: Month,
) -> Result<Vec<(DateTime<Utc>, StatementsSnapshot)>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT taken_at, payload FROM public.database_snapshots
         WHERE kind = 'queries' AND taken_at >= $1 AND taken_at < $2
           AND (tier = 'daily' OR taken_at = (
           SELECT max(newest.taken_at) FROM public.database_snapshots AS newest
           WHERE newest.kind = 'queries' AND newest.taken_at >= $1 AND newest.taken_at < $2))
         ORDER BY taken_at",
        month.from(),
        month.to()
    )
    .fetch_all(pool)
    .await?;
    Ok(known(rows))
}

/// Those that are written as this version knows them.
fn known<T: DeserializeOwned>(rows: Vec<Row>) -> Vec<(DateTime<Utc>, T)> {
    rows.into_iter()
        .filter_map(|row| Some((row.taken_at, serde_json::from_value(row.payload).ok()?)))
        .collect()
}
