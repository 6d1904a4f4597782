//! Statements by `pg_stat_statements`, and what they did since the last snapshot of them. Nothing
//! here resets anything.

use super::{
    history::{Epoch, STATEMENTS_ANEW},
    reader::{Objects, begin, objects, one},
};
use crate::{
    domain::database::{Panel, QueryPage, QueryQuery, QueryRow, QuerySort, quote_identifier},
    server::postgres::Database,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::{PgConnection, types::Json};
use std::collections::HashMap;

/// Over this a statement is slow.
const SLOW_MS: f64 = 500.0;
/// Over this share of all time too,
const SLOW_SHARE: f64 = 0.2;
/// if it is more than these milliseconds: a large share of next to nothing is no trouble.
const SLOW_SHARE_MS: f64 = 60_000.0;

/// The condition for statements that are not Train's own, on the columns of [`counted`].
const OTHERS: &str = "NOT own";

/// One statement in a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementCounters {
    pub id: String,
    pub query: String,
    pub calls: i64,
    pub total_ms: f64,
}

/// A snapshot of kind `queries`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementsSnapshot {
    pub epoch: Epoch,
    pub reset_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Fewer statements were known than a snapshot holds, so that one that is not in it had not
    /// run.
    pub complete: bool,
    pub statements: Vec<StatementCounters>,
}

/// All statements of this database.
pub(super) struct Statements<T = Counted> {
    pub rows: Vec<T>,
    /// When `pg_stat_statements` began to count.
    pub reset_at: Option<DateTime<Utc>>,
    pub epoch: Epoch,
}

/// One statement, whoever ran it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counted {
    pub id: String,
    pub query: String,
    pub calls: i64,
    pub total_ms: f64,
    min_ms: f64,
    max_ms: f64,
    stddev_ms: f64,
    rows: i64,
    hits: i64,
    reads: i64,
}

/// One of those that were [`Wanted`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chosen {
    #[serde(flatten)]
    counted: Counted,
    slow: bool,
    /// Milliseconds of all statements together, chosen or not.
    all_ms: f64,
    /// How many fit what is wanted.
    matching: i64,
}

/// What the statements did together.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Totals {
    pub calls: i64,
    pub total_ms: f64,
}

/// Which statements are wanted, and in which order. PostgreSQL chooses them: there may be 5000,
/// each with its text.
struct Wanted<'a> {
    /// Part of the text, in small letters.
    search: &'a str,
    /// Train's own too; shares are of what is wanted.
    own: bool,
    /// A condition on the columns of [`counted`] and `slow`.
    filter: String,
    order: String,
    skipped: i64,
    limit: i64,
}

/// Where the extension is, quoted; `None` when it was not created in this database.
pub(super) async fn schema(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    let schema = sqlx::query_scalar!(
        r#"SELECT n.nspname::text AS "schema!" FROM pg_extension e
           JOIN pg_namespace n ON n.oid = e.extnamespace
           WHERE e.extname = 'pg_stat_statements'"#
    )
    .fetch_optional(connection)
    .await?;
    Ok(schema.map(|schema| quote_identifier(&schema)))
}

/// Why there are no statements.
#[derive(Debug)]
pub(super) enum Missing {
    NotCreated,
    NotPreloaded,
    Failed(sqlx::Error),
}

impl From<sqlx::Error> for Missing {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(|error| error.code()).as_deref() {
            // It says so when it is asked without having been loaded.
            Some("55000") => Self::NotPreloaded,
            _ => Self::Failed(error),
        }
    }
}

impl Missing {
    fn panel<T>(self) -> Result<Panel<T>, sqlx::Error> {
        Ok(match self {
            Self::NotCreated => Panel::unavailable_until(
                "The extension pg_stat_statements, which counts statements, was not created in \
                    this database.",
                "CREATE EXTENSION pg_stat_statements SCHEMA extensions;",
            ),
            Self::NotPreloaded => Panel::unavailable_until(
                "The extension pg_stat_statements was not loaded when the server started.",
                "shared_preload_libraries = 'pg_stat_statements', then restart PostgreSQL",
            ),
            Self::Failed(error) => return Err(error),
        })
    }
}

/// Selects the statements of this database as [`Counted`]. The deviation of several users'
/// together: from the sums of squares. `own`: nobody but the role that these pages read with ran
/// it, which migrates and maintains as well.
fn counted(schema: &str) -> String {
    format!(
        "SELECT s.queryid::text AS id, max(s.query) AS query, sum(s.calls)::int8 AS calls,
         sum(s.total_exec_time)::float8 AS \"totalMs\",
          min(s.min_exec_time)::float8 AS \"minMs\", max(s.max_exec_time)::float8 AS \"maxMs\",
          sqrt(greatest(0, sum(s.calls * (s.stddev_exec_time ^ 2
            + s.mean_exec_time ^ 2)) / greatest(sum(s.calls), 1)
            - (sum(s.total_exec_time) / greatest(sum(s.calls)::float8,
              1)) ^ 2))::float8 AS \"stddevMs\",
          sum(s.rows)::int8 AS rows, sum(s.shared_blks_hit)::int8 AS hits,
          sum(s.shared_blks_read)::int8 AS reads,
          bool_and(s.userid = (SELECT oid FROM pg_roles WHERE rolname = current_user)) AS own
        FROM {schema}.pg_stat_statements s
        WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND s.queryid IS NOT NULL AND s.calls > 0
        GROUP BY s.queryid"
    )
}

/// Every statement of this database.
pub(super) async fn read(database: &Database) -> Result<Statements, Missing> {
    load(database, |counted| objects(&counted)).await
}

async fn choose(database: &Database, wanted: &Wanted<'_>) -> Result<Statements<Chosen>, Missing> {
    let Wanted { search, own, filter, order, skipped, limit } = wanted;
    let counts = if *own { "true" } else { OTHERS };
    load(database, |counted| {
        let sql = format!(
            "SELECT *, count(*) OVER () AS matching FROM (
              SELECT *, \"totalMs\" / calls > {SLOW_MS} OR \"totalMs\" > {SLOW_SHARE} * \"allMs\"
                AND \"totalMs\" > {SLOW_SHARE_MS} AS slow
              FROM (SELECT *, sum(\"totalMs\") OVER () AS \"allMs\"
                FROM ({counted}) AS counted WHERE {counts}) AS summed) AS judged
            WHERE ({filter}) AND ($1 = '' OR position($1 IN lower(query)) > 0) ORDER BY {order}
              LIMIT {limit} OFFSET {skipped}"
        );
        objects(&sql).bind((*search).to_owned())
    })
    .await
}

/// What a statement over those that [`counted`] selects finds, and when the counting began.
async fn load<T: DeserializeOwned + Send + Unpin + 'static>(
    database: &Database,
    sql: impl FnOnce(String) -> Objects<T>,
) -> Result<Statements<T>, Missing> {
    let mut transaction = begin(database).await?;
    let schema = schema(&mut transaction).await?.ok_or(Missing::NotCreated)?;
    let rows = sql(counted(&schema)).fetch_all(&mut *transaction).await?;
    let rows = rows.into_iter().map(|Json(row)| row).collect();
    #[derive(Deserialize)]
    struct Reset {
        reset: Option<DateTime<Utc>>,
    }
    let sql = format!("SELECT (SELECT stats_reset FROM {schema}.pg_stat_statements_info) AS reset");
    let Reset { reset: reset_at } = one(&mut transaction, &sql).await?;
    let epoch = Epoch::now(&mut transaction).await?;
    transaction.commit().await?;
    Ok(Statements { rows, reset_at, epoch })
}

/// All statements together that the list has without Train's own, and when the counting began.
pub(super) async fn totals(
    database: &Database,
) -> Result<(Totals, Option<DateTime<Utc>>), Missing> {
    let Statements { rows, reset_at, .. } = load(database, |counted| {
        objects::<Totals>(&format!(
            "SELECT coalesce(sum(calls), 0)::int8 AS calls,
               coalesce(sum(\"totalMs\"), 0)::float8 AS \"totalMs\"
             FROM ({counted}) AS counted WHERE {OTHERS}"
        ))
    })
    .await?;
    Ok((rows.into_iter().next().unwrap_or_default(), reset_at))
}

async fn earlier(database: &Database) -> Result<Option<StatementsSnapshot>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let taken = sqlx::query_scalar!(
        r#"SELECT payload AS "payload: Json<StatementsSnapshot>" FROM public.database_snapshots
           WHERE kind = 'queries' AND tier = 'raw'
             AND taken_at <= clock_timestamp() - interval '30 seconds'
               AND taken_at > clock_timestamp() - interval '1 hour'
           ORDER BY taken_at DESC LIMIT 1"#
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(taken.map(|Json(payload)| payload))
}

/// The wanted statements as the page shows them, and how many there are of them.
async fn rows(
    database: &Database,
    wanted: &Wanted<'_>,
) -> Result<Panel<(Vec<QueryRow>, i64)>, sqlx::Error> {
    let statements = match choose(database, wanted).await {
        Ok(statements) => statements,
        Err(missing) => return missing.panel(),
    };
    let earlier = earlier(database).await?;
    let now = Utc::now();
    let comparable = match &earlier {
        None => Err("Not enough history yet: there is no snapshot of the last hour to compare \
            with."
            .to_owned()),
        Some(earlier)
            if earlier.reset_at != statements.reset_at
                || earlier.epoch.started_at != statements.epoch.started_at =>
        {
            Err(STATEMENTS_ANEW.to_owned())
        }
        Some(earlier) => Ok(earlier),
    };
    let before: HashMap<&str, &StatementCounters> = comparable
        .as_ref()
        .map(|earlier| earlier.statements.iter().map(|one| (one.id.as_str(), one)).collect())
        .unwrap_or_default();
    let total = statements.rows.first().map_or(0.0, |row| row.all_ms);
    let matching = statements.rows.first().map_or(0, |row| row.matching);
    let rows = statements.rows.iter().map(|Chosen { counted, slow, .. }| {
        let recent = match &comparable {
            Err(reason) => Err(reason.clone()),
            Ok(earlier) => match before.get(counted.id.as_str()) {
                Some(before)
                    if counted.calls < before.calls || counted.total_ms < before.total_ms =>
                {
                    Err("Not enough history yet: this statement was forgotten and counted anew."
                        .to_owned())
                }
                Some(before) => {
                    Ok((counted.calls - before.calls, counted.total_ms - before.total_ms))
                }
                None if earlier.complete => Ok((counted.calls, counted.total_ms)),
                None => Err("Not enough history yet: the last snapshot holds the statements with \
                    the most time only."
                    .to_owned()),
            },
        };
        row(counted, *slow, total, recent, now)
    });
    Ok(Panel::exact((rows.collect(), matching), now))
}

fn row(
    counted: &Counted,
    slow: bool,
    total: f64,
    recent: Result<(i64, f64), String>,
    now: DateTime<Utc>,
) -> QueryRow {
    let share = if total > 0.0 { counted.total_ms / total } else { 0.0 };
    let mean_ms = counted.total_ms / counted.calls as f64;
    let (recent_calls, recent_mean_ms) = match recent {
        Err(reason) => (Panel::unavailable(reason.clone()), Panel::unavailable(reason)),
        Ok((0, _)) => {
            (Panel::exact(0, now), Panel::unavailable("It did not run in the last interval."))
        }
        Ok((calls, time)) => (Panel::exact(calls, now), Panel::exact(time / calls as f64, now)),
    };
    let blocks = counted.hits + counted.reads;
    QueryRow {
        id: counted.id.clone(),
        query: counted.query.chars().take(10_000).collect(),
        calls: counted.calls,
        total_ms: counted.total_ms,
        mean_ms,
        min_ms: counted.min_ms,
        max_ms: counted.max_ms,
        stddev_ms: counted.stddev_ms,
        rows: counted.rows,
        cache_hit_ratio: (blocks > 0).then(|| counted.hits as f64 / blocks as f64),
        share,
        slow,
        recent_calls,
        recent_mean_ms,
    }
}

pub(super) async fn page(
    database: &Database,
    query: &QueryQuery,
) -> Result<Panel<QueryPage>, sqlx::Error> {
    let (page, limit) = (query.page.unwrap_or(1), query.limit.unwrap_or(20));
    let search = query.search.as_deref().unwrap_or_default().to_lowercase();
    let key = match query.sort {
        QuerySort::TotalTime => "\"totalMs\"",
        QuerySort::MeanTime => "\"totalMs\" / calls",
        QuerySort::MaxTime => "\"maxMs\"",
        QuerySort::Calls => "calls",
        QuerySort::Rows => "rows",
    };
    let order = if query.reverse { format!("{key}, id DESC") } else { format!("{key} DESC, id") };
    let filter = if query.slow { "slow" } else { "true" }.to_owned();
    let skipped = (page - 1).saturating_mul(limit);
    let wanted = Wanted { search: &search, own: query.own, filter, order, skipped, limit };
    let mut found = rows(database, &wanted).await?;
    if found.value().is_some_and(|(queries, _)| queries.is_empty()) && page > 1 {
        // Behind the last page nobody counted.
        let first = rows(database, &Wanted { skipped: 0, limit: 1, ..wanted }).await?;
        found = first.map(|(_, total)| (Vec::new(), total));
    }
    Ok(found.map(|(queries, total)| QueryPage { queries, total, page, limit }))
}

/// Those over the limits, and those next to them, the highest mean time first.
pub(super) async fn slowest(database: &Database) -> Result<Panel<Vec<QueryRow>>, sqlx::Error> {
    let filter = format!("slow OR \"totalMs\" / calls > {}", SLOW_MS / 2.0);
    let wanted = Wanted {
        search: "",
        own: false,
        filter,
        order: "\"totalMs\" / calls DESC, id".into(),
        skipped: 0,
        limit: 200,
    };
    Ok(rows(database, &wanted).await?.map(|(rows, _)| rows))
}
