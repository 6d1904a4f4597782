//! Snapshots: counters as they stood, kept once for all servers, thinned out with age.

use super::{
    Statements,
    counters::Counters,
    history::Epoch,
    queries::{StatementCounters, StatementsSnapshot},
    reader::begin,
};
use crate::server::postgres::Database;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{Executor, PgConnection, Postgres};

/// What is taken, and after how many seconds again.
const KINDS: [(&str, i32); 3] = [("overview", 55), ("queries", 290), ("tables", 3590)];
/// The advisory lock of the server that stores them.
const LOCK: i64 = 0x7472_6169_6e5f_6873;
/// Statements remembered per snapshot, those with the most time.
pub(super) const STATEMENTS: i64 = 200;
/// Tables remembered per snapshot, the largest.
pub const TABLES: i64 = 500;

/// A snapshot of kind `tables`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TablesSnapshot {
    pub epoch: Epoch,
    /// The newest object id of a relation.
    pub newest_relation: i64,
    /// The largest ones.
    pub tables: Vec<TableSize>,
}

/// One table in a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableSize {
    /// Schema and name.
    pub table: String,
    /// With indexes, from `relpages`.
    pub bytes: i64,
    pub live_rows: i64,
    pub dead_rows: i64,
}

/// Takes what is due. `everything`: whether it is due or not.
///
/// What several servers read at the same time is kept once: each looks again, behind a lock that is
/// taken only to store.
pub(super) async fn take(database: &Database, everything: bool) -> Result<(), sqlx::Error> {
    let pool = database.operations();
    let mut read = Vec::new();
    for (kind, seconds) in KINDS {
        if !everything && !due(pool, kind, seconds).await? {
            continue;
        }
        let payload = match kind {
            "overview" => Box::pin(overview(database)).await?,
            "tables" => Some(Box::pin(tables(database)).await?),
            _ => Box::pin(statements(database)).await?,
        };
        read.extend(payload.map(|payload| (kind, seconds, payload)));
    }
    let mut transaction = pool.begin().await?;
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", LOCK).execute(&mut *transaction).await?;
    for (kind, seconds, payload) in read {
        if everything || due(&mut *transaction, kind, seconds).await? {
            store(&mut transaction, kind, &payload).await?;
        }
    }
    thin(&mut transaction).await?;
    transaction.commit().await
}

async fn due<'e>(
    executor: impl Executor<'e, Database = Postgres>,
    kind: &str,
    seconds: i32,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT NOT EXISTS (SELECT FROM public.database_snapshots WHERE kind = $1 AND tier = 'raw'
             AND taken_at BETWEEN clock_timestamp() - make_interval(secs => $2)
               AND clock_timestamp()) AS "due!""#,
        kind,
        f64::from(seconds)
    )
    .fetch_one(executor)
    .await
}

/// As a raw one, and as the first of its hour and day where it is that.
async fn store(
    connection: &mut PgConnection,
    kind: &str,
    payload: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO public.database_snapshots (kind, tier, taken_at, payload)
         SELECT $1, wanted.tier, clock_timestamp(), $2
           FROM (VALUES ('raw', NULL), ('hourly', 'hour'), ('daily', 'day')) AS wanted (tier, unit)
         WHERE wanted.unit IS NULL OR NOT EXISTS (SELECT FROM public.database_snapshots AS s
           WHERE s.kind = $1 AND s.tier = wanted.tier
             AND s.taken_at BETWEEN date_trunc(wanted.unit, clock_timestamp())
             AND clock_timestamp())",
        kind,
        payload
    )
    .execute(connection)
    .await
    .map(drop)
}

async fn thin(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM public.database_snapshots WHERE taken_at < clock_timestamp() - CASE tier
           WHEN 'raw' THEN interval '7 days' WHEN 'hourly' THEN interval '90 days'
             ELSE interval '2 years' END"
    )
    .execute(connection)
    .await
    .map(drop)
}

async fn overview(database: &Database) -> Result<Option<Value>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let mut payload = json!(Counters::read(&mut transaction).await?);
    transaction.commit().await?;
    // Without the extension there is no such chart.
    if let Ok((totals, reset_at)) = super::queries::totals(database).await {
        payload["statementCalls"] = json!(totals.calls);
        payload["statementMs"] = json!(totals.total_ms);
        payload["statementsResetAt"] = json!(reset_at);
    }
    Ok(Some(payload))
}

async fn tables(database: &Database) -> Result<Value, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let epoch = Epoch::now(&mut transaction).await?;
    let tables = sqlx::query_as!(
        TableSize,
        r#"SELECT n.nspname || '.' || c.relname AS "table!",
           (c.relpages + coalesce(t.relpages, 0) + coalesce(i.pages, 0))
             * current_setting('block_size')::int8 AS "bytes!",
             pg_stat_get_live_tuples(c.oid) AS "live_rows!",
             pg_stat_get_dead_tuples(c.oid) AS "dead_rows!"
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
             LEFT JOIN (SELECT i.indrelid, sum(x.relpages)::int8 AS pages FROM pg_index i
               JOIN pg_class x ON x.oid = i.indexrelid
               GROUP BY 1) AS i ON i.indrelid = c.oid
           WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
             AND n.nspname <> 'information_schema'
           ORDER BY 2 DESC LIMIT $1"#,
        TABLES
    )
    .fetch_all(&mut *transaction)
    .await?;
    let newest = sqlx::query_scalar!(r#"SELECT max(oid)::int8 AS "newest!" FROM pg_class"#)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(json!(TablesSnapshot { epoch, newest_relation: newest, tables }))
}

async fn statements(database: &Database) -> Result<Option<Value>, sqlx::Error> {
    let Ok(Statements { rows, reset_at, epoch }) = super::queries::read(database).await else {
        return Ok(None);
    };
    let complete = (rows.len() as i64) < STATEMENTS;
    let mut rows = rows;
    rows.sort_by(|one, other| other.total_ms.total_cmp(&one.total_ms));
    rows.truncate(STATEMENTS as usize);
    let statements = rows.into_iter().map(|row| StatementCounters {
        id: row.id,
        query: row.query.chars().take(300).collect(),
        calls: row.calls,
        total_ms: row.total_ms,
    });
    Ok(Some(json!(StatementsSnapshot {
        epoch,
        reset_at,
        complete,
        statements: statements.collect()
    })))
}
