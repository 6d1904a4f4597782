//! Measured before and after: size and rows for people, counters and file numbers as evidence.

use super::subject::Subject;
use crate::{
    domain::database_health::{Bloat, Measurement, Panel, Target},
    server::{database::Pool, health::HealthService},
};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeMap;

/// A table and its partitions, or every table.
const PARTS: &str = "WITH parts AS (SELECT $1::int8::oid AS oid UNION SELECT relid FROM \
    pg_partition_tree($1::int8::oid::regclass))";

/// What proves that something was done. PostgreSQL says success also when it skipped the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Evidence {
    /// The server counts (`track_counts`).
    pub counted: bool,
    pub vacuums: i64,
    pub analyzes: i64,
    /// By name of the table and its indexes: number of the object and of its file. A rewrite
    /// changes one of them.
    pub files: BTreeMap<String, String>,
    /// Invalid indexes.
    pub invalid: Vec<String>,
    /// Who held old rows when it began.
    pub holder: Option<String>,
}

/// # Errors
/// Only when the database cannot be asked at all; what alone cannot be read is unavailable in the
/// answer.
pub(super) async fn measure(
    pool: &Pool,
    health: &HealthService,
    subject: &Subject,
) -> Result<Measurement, sqlx::Error> {
    let sql = match subject.table_oid() {
        Some(_) => format!(
            "{PARTS} SELECT sum(n_live_tup)::int8, sum(n_dead_tup)::int8 FROM pg_stat_all_tables \
                JOIN parts ON relid = oid"
        ),
        None => {
            "SELECT sum(n_live_tup)::int8, sum(n_dead_tup)::int8 FROM pg_stat_user_tables WHERE \
                $1::int8 IS NULL"
                .into()
        }
    };
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(subject.table_oid()).fetch_one(pool).await?;
    Ok(Measurement {
        size_bytes: size(pool, subject).await,
        live_rows: rows.try_get(0)?,
        dead_rows: rows.try_get(1)?,
        bloat: bloat(health, subject).await,
    })
}

/// The estimate from statistics; measuring would read all of it.
async fn bloat(health: &HealthService, subject: &Subject) -> Panel<Bloat> {
    match (subject.index_oid(), subject.table_oid()) {
        (Some(index), _) => health.estimated_bloat(index, true).await,
        (None, Some(table)) => health.estimated_bloat(table, false).await,
        (None, None) => {
            Panel::unavailable("Bloat is told of one table or index, not of the whole database.")
        }
    }
}

/// A size waits for whoever locks the table; that must not stop the rest.
async fn size(pool: &Pool, subject: &Subject) -> Panel<i64> {
    let (sql, oid) = match (&subject.target, subject.index_oid()) {
        (Target::WholeDatabase, _) => {
            ("SELECT pg_database_size(current_database()) WHERE $1::int8 IS NULL".into(), None)
        }
        (_, Some(index)) => ("SELECT pg_relation_size($1::int8::oid)".into(), Some(index)),
        _ => (
            format!("{PARTS} SELECT sum(pg_total_relation_size(oid))::int8 FROM parts"),
            subject.table_oid(),
        ),
    };
    match sqlx::query_scalar::<_, Option<i64>>(AssertSqlSafe(sql)).bind(oid).fetch_one(pool).await {
        Ok(Some(bytes)) => Panel::exact(bytes, Utc::now()),
        Ok(None) => Panel::unavailable("It is gone."),
        Err(error) if code(&error).as_deref() == Some("55P03") => {
            Panel::unavailable("Somebody holds a lock on the table that its size has to wait for.")
        }
        Err(error) => {
            tracing::warn!(%error, "a size could not be read");
            Panel::unavailable("The size could not be read.")
        }
    }
}

pub(super) async fn evidence(pool: &Pool, subject: &Subject) -> Result<Evidence, sqlx::Error> {
    let oid = subject.table_oid();
    let counts = match oid {
        Some(_) => format!(
            "{PARTS} SELECT coalesce(sum(vacuum_count), 0)::int8, coalesce(sum(analyze_count), 0)::int8,
               current_setting('track_counts')::bool FROM pg_stat_all_tables JOIN parts ON relid = oid"
        ),
        None => "SELECT coalesce(sum(vacuum_count), 0)::int8, coalesce(sum(analyze_count), 0)::int8,
               current_setting('track_counts')::bool FROM pg_stat_all_tables WHERE $1::int8 IS NULL"
            .into(),
    };
    let row = sqlx::query(AssertSqlSafe(counts)).bind(oid).fetch_one(pool).await?;
    let mut evidence = Evidence {
        vacuums: row.try_get(0)?,
        analyzes: row.try_get(1)?,
        counted: row.try_get(2)?,
        ..Evidence::default()
    };
    if oid.is_some() {
        let files = format!(
            "{PARTS} SELECT n.nspname || '.' || c.relname, c.oid::int8 || ':' || pg_relation_filenode(c.oid)::int8
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE pg_relation_filenode(c.oid) IS NOT NULL AND (c.oid IN (SELECT oid FROM parts)
               OR c.oid IN (SELECT indexrelid FROM pg_index JOIN parts ON indrelid = oid))"
        );
        for row in sqlx::query(AssertSqlSafe(files)).bind(oid).fetch_all(pool).await? {
            evidence.files.insert(row.try_get(0)?, row.try_get(1)?);
        }
        evidence.invalid = invalid_indexes(pool, subject).await?;
    }
    evidence.holder = super::holders::oldest(pool).await?.map(|holder| holder.text);
    Ok(evidence)
}

/// Invalid indexes of the table that nobody builds at this moment, by name.
pub(super) async fn invalid_indexes(
    pool: &Pool,
    subject: &Subject,
) -> Result<Vec<String>, sqlx::Error> {
    let sql = format!(
        "{PARTS} SELECT c.relname::text FROM pg_index i JOIN parts ON i.indrelid = parts.oid JOIN pg_class c ON c.oid = i.indexrelid
         WHERE NOT i.indisvalid AND c.relkind = 'i'
           AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
         ORDER BY c.relname"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(subject.table_oid()).fetch_all(pool).await
}

pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(std::borrow::Cow::into_owned)
}
