//! Measured before and after: size and rows for people, counters and file numbers as evidence.

use super::subject::Subject;
use crate::{
    domain::database::{Bloat, Measurement, Panel, Target},
    server::{database::health::HealthService, postgres::Pool},
};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// Rows of a table and its partitions, or of every table.
struct Rows {
    live: Option<i64>,
    dead: Option<i64>,
}

/// # Errors
/// Only when the database cannot be asked at all; what alone cannot be read is unavailable in the
/// answer.
pub(super) async fn measure(
    pool: &Pool,
    health: &HealthService,
    subject: &Subject,
) -> Result<Measurement, sqlx::Error> {
    let rows = match subject.table_oid() {
        Some(table) => {
            sqlx::query_as!(
                Rows,
                "WITH parts AS (SELECT $1::int8::oid AS oid UNION SELECT relid
                 FROM pg_partition_tree($1::int8::oid::regclass))
                 SELECT sum(n_live_tup)::int8 AS live, sum(n_dead_tup)::int8 AS dead
                 FROM pg_stat_all_tables JOIN parts ON relid = oid",
                table
            )
            .fetch_one(pool)
            .await?
        }
        None => {
            sqlx::query_as!(
                Rows,
                "SELECT sum(n_live_tup)::int8 AS live, sum(n_dead_tup)::int8 AS dead
                 FROM pg_stat_user_tables"
            )
            .fetch_one(pool)
            .await?
        }
    };
    Ok(Measurement {
        size_bytes: size(pool, subject).await,
        live_rows: rows.live,
        dead_rows: rows.dead,
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
    match bytes(pool, subject).await {
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

async fn bytes(pool: &Pool, subject: &Subject) -> Result<Option<i64>, sqlx::Error> {
    if subject.target == Target::WholeDatabase {
        return sqlx::query_scalar!("SELECT pg_database_size(current_database())")
            .fetch_one(pool)
            .await;
    }
    if let Some(index) = subject.index_oid() {
        return sqlx::query_scalar!("SELECT pg_relation_size($1::int8::oid)", index)
            .fetch_one(pool)
            .await;
    }
    sqlx::query_scalar!(
        "WITH parts AS (SELECT $1::int8::oid AS oid UNION SELECT relid
         FROM pg_partition_tree($1::int8::oid::regclass))
         SELECT sum(pg_total_relation_size(oid))::int8 FROM parts",
        subject.table_oid()
    )
    .fetch_one(pool)
    .await
}

/// How often a table and its partitions, or all tables, were vacuumed and analyzed.
struct Counts {
    vacuums: i64,
    analyzes: i64,
    counted: bool,
}

async fn counts(pool: &Pool, table: Option<i64>) -> Result<Counts, sqlx::Error> {
    match table {
        Some(table) => {
            sqlx::query_as!(
                Counts,
                r#"WITH parts AS (SELECT $1::int8::oid AS oid UNION SELECT relid
                   FROM pg_partition_tree($1::int8::oid::regclass))
                   SELECT coalesce(sum(vacuum_count), 0)::int8 AS "vacuums!",
                   coalesce(sum(analyze_count), 0)::int8 AS "analyzes!",
                     current_setting('track_counts')::bool AS "counted!"
                   FROM pg_stat_all_tables JOIN parts ON relid = oid"#,
                table
            )
            .fetch_one(pool)
            .await
        }
        None => {
            sqlx::query_as!(
                Counts,
                r#"SELECT coalesce(sum(vacuum_count), 0)::int8 AS "vacuums!",
                   coalesce(sum(analyze_count), 0)::int8 AS "analyzes!",
                     current_setting('track_counts')::bool AS "counted!"
                   FROM pg_stat_all_tables"#
            )
            .fetch_one(pool)
            .await
        }
    }
}

pub(super) async fn evidence(pool: &Pool, subject: &Subject) -> Result<Evidence, sqlx::Error> {
    let table = subject.table_oid();
    let counts = counts(pool, table).await?;
    let mut evidence = Evidence {
        vacuums: counts.vacuums,
        analyzes: counts.analyzes,
        counted: counts.counted,
        ..Evidence::default()
    };
    if let Some(table) = table {
        let files = sqlx::query!(
            r#"WITH parts AS (SELECT $1::int8::oid AS oid UNION SELECT relid
               FROM pg_partition_tree($1::int8::oid::regclass))
               SELECT n.nspname || '.' || c.relname AS "name!",
               c.oid::int8 || ':' || pg_relation_filenode(c.oid)::int8 AS "file!"
               FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE pg_relation_filenode(c.oid) IS NOT NULL AND (c.oid IN (SELECT oid FROM parts)
                 OR c.oid IN (SELECT indexrelid FROM pg_index JOIN parts ON indrelid = oid))"#,
            table
        );
        let files = files.fetch_all(pool).await?;
        evidence.files = files.into_iter().map(|row| (row.name, row.file)).collect();
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
    sqlx::query_scalar!(
        r#"WITH parts AS (SELECT $1::int8::oid AS oid UNION SELECT relid
           FROM pg_partition_tree($1::int8::oid::regclass))
           SELECT c.relname::text AS "name!"
           FROM pg_index i JOIN parts ON i.indrelid = parts.oid
             JOIN pg_class c ON c.oid = i.indexrelid
           WHERE NOT i.indisvalid AND c.relkind = 'i'
             AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
           ORDER BY c.relname"#,
        subject.table_oid()
    )
    .fetch_all(pool)
    .await
}

pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(std::borrow::Cow::into_owned)
}
