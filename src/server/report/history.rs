//! What snapshots know of a month. The only part of the report that knows how they are stored.

use super::log::has_table;
use crate::{
    domain::database_health::{LEAST_DAYS, Month, Panel, Regression, SizeForecast, TableGrowth},
    server::error::ServiceError,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use sqlx::PgPool;
use std::collections::HashMap;

/// Told of each list.
const TOLD: usize = 10;
/// A statement is slower when its mean time grew by this factor and by this many ms, over at least so many calls in each month.
const SLOWER: f64 = 1.5;
const SLOWER_MS: f64 = 1.0;
const CALLS: i64 = 20;

/// Size of the database at a time.
pub(super) type Size = (DateTime<Utc>, i64);

pub(super) struct Known {
    pub months: Vec<String>,
    pub sizes: Panel<Vec<Size>>,
    pub growth: Panel<Vec<TableGrowth>>,
    pub regressions: Panel<Vec<Regression>>,
}

/// Of a snapshot of kind `overview`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OverviewPayload {
    size_bytes: i64,
}

/// Of a snapshot of kind `tables`.
#[derive(Deserialize)]
struct TablesPayload {
    tables: Vec<TablePayload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TablePayload {
    schema: String,
    name: String,
    size_bytes: i64,
}

/// Of a snapshot of kind `queries`.
#[derive(Clone, Deserialize)]
struct QueriesPayload {
    queries: Vec<QueryPayload>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryPayload {
    id: String,
    #[serde(default)]
    query: String,
    calls: i64,
    total_ms: f64,
}

/// Reads as the owner of the snapshots, on the connections for operations.
pub(super) async fn read(pool: &PgPool, month: Month) -> Result<Known, ServiceError> {
    if !has_table(pool, "public.database_snapshots").await? {
        return Ok(Known { months: Vec::new(), sizes: missing(), growth: missing(), regressions: missing() });
    }
    let months: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT to_char(taken_at AT TIME ZONE 'UTC', 'YYYY-MM') FROM public.database_snapshots
         WHERE kind = 'overview' ORDER BY 1 DESC",
    )
    .fetch_all(pool)
    .await?;
    let (growth, regressions) = tokio::try_join!(growth(pool, month), regressions(pool, month))?;
    Ok(Known { months, sizes: sizes(pool, month).await?, growth, regressions })
}

/// The size with its forecast, or what is missing for one.
pub(super) fn size(forecast: Option<SizeForecast>, as_of: DateTime<Utc>) -> Panel<SizeForecast> {
    let too_few =
        || Panel::unavailable(format!("Not enough history yet: a forecast needs {LEAST_DAYS} days of the month."));
    forecast.map_or_else(too_few, |forecast| Panel::exact(forecast, as_of))
}

fn missing<T>() -> Panel<T> {
    Panel::unavailable("Not enough history yet: no snapshot of this month was kept.")
}

async fn sizes(pool: &PgPool, month: Month) -> Result<Panel<Vec<Size>>, ServiceError> {
    let rows: Vec<(DateTime<Utc>, Value)> = sqlx::query_as(
        "SELECT DISTINCT ON (date_trunc('day', taken_at, 'UTC')) taken_at, payload FROM public.database_snapshots
         WHERE kind = 'overview' AND taken_at >= $1 AND taken_at < $2
         ORDER BY date_trunc('day', taken_at, 'UTC'), taken_at DESC",
    )
    .bind(month.from())
    .bind(month.to())
    .fetch_all(pool)
    .await?;
    let sizes: Vec<Size> = rows
        .into_iter()
        .filter_map(|(time, payload)| Some((time, serde_json::from_value::<OverviewPayload>(payload).ok()?.size_bytes)))
        .collect();
    Ok(match sizes.last().map(|(time, _)| *time) {
        Some(time) => Panel::exact(sizes, time),
        None => missing(),
    })
}

async fn growth(pool: &PgPool, month: Month) -> Result<Panel<Vec<TableGrowth>>, ServiceError> {
    let Some((_, first, time, last)) = ends::<TablesPayload>(pool, "tables", month).await? else {
        return Ok(missing());
    };
    let before: HashMap<(String, String), i64> =
        first.tables.into_iter().map(|table| ((table.schema, table.name), table.size_bytes)).collect();
    let mut grown: Vec<TableGrowth> = last
        .tables
        .into_iter()
        .map(|table| {
            let name = format!("{}.{}", table.schema, table.name);
            let start_bytes = before.get(&(table.schema, table.name)).copied().unwrap_or_default();
            TableGrowth { table: name, start_bytes, end_bytes: table.size_bytes }
        })
        .filter(|table| table.end_bytes > table.start_bytes)
        .collect();
    grown.sort_by_key(|table| (table.start_bytes - table.end_bytes, table.table.clone()));
    grown.truncate(TOLD);
    // From relpages, as the list of tables.
    Ok(Panel::estimate(grown, time))
}

async fn regressions(pool: &PgPool, month: Month) -> Result<Panel<Vec<Regression>>, ServiceError> {
    let before = Month::of(month.from() - chrono::TimeDelta::days(1));
    let now = ends::<QueriesPayload>(pool, "queries", month).await?;
    let before = ends::<QueriesPayload>(pool, "queries", before).await?;
    let (Some((_, now_first, time, now_last)), Some((_, before_first, _, before_last))) = (now, before) else {
        return Ok(Panel::unavailable("Not enough history yet: statements are compared with the month before."));
    };
    Ok(Panel::exact(slower(&between(&before_first, &before_last), &between(&now_first, &now_last)), time))
}

/// Calls and ms of each statement between two looks. One whose counters shrank began anew, and tells nothing.
fn between<'a>(first: &QueriesPayload, last: &'a QueriesPayload) -> HashMap<&'a str, (&'a str, i64, f64)> {
    let before: HashMap<&str, &QueryPayload> = first.queries.iter().map(|query| (query.id.as_str(), query)).collect();
    last.queries
        .iter()
        .filter_map(|query| {
            let (calls, ms) = before.get(query.id.as_str()).map_or((0, 0.0), |first| (first.calls, first.total_ms));
            let (calls, ms) = (query.calls - calls, query.total_ms - ms);
            (calls >= CALLS && ms >= 0.0).then_some((query.id.as_str(), (query.query.as_str(), calls, ms)))
        })
        .collect()
}

/// Those that cost the most time beyond what they used to, first.
fn slower(before: &HashMap<&str, (&str, i64, f64)>, now: &HashMap<&str, (&str, i64, f64)>) -> Vec<Regression> {
    let mut found: Vec<Regression> = now
        .iter()
        .filter_map(|(id, (query, calls, ms))| {
            let (_, calls_before, ms_before) = before.get(id)?;
            let (mean_ms_before, mean_ms_after) = (ms_before / *calls_before as f64, ms / *calls as f64);
            let worse = mean_ms_after >= mean_ms_before * SLOWER && mean_ms_after - mean_ms_before >= SLOWER_MS;
            worse.then(|| Regression {
                id: (*id).to_owned(),
                query: (*query).to_owned(),
                mean_ms_before,
                mean_ms_after,
                calls: *calls,
            })
        })
        .collect();
    let cost = |one: &Regression| (one.mean_ms_after - one.mean_ms_before) * one.calls as f64;
    found.sort_by(|one, other| cost(other).total_cmp(&cost(one)));
    found.truncate(TOLD);
    found
}

/// The first and the last snapshot of a month; `None` when there are not two.
async fn ends<T: for<'a> Deserialize<'a>>(
    pool: &PgPool,
    kind: &str,
    month: Month,
) -> Result<Option<(DateTime<Utc>, T, DateTime<Utc>, T)>, ServiceError> {
    let rows: Vec<(DateTime<Utc>, Value)> = sqlx::query_as(
        "WITH within AS (SELECT taken_at, payload FROM public.database_snapshots
           WHERE kind = $1 AND taken_at >= $2 AND taken_at < $3)
         (SELECT taken_at, payload FROM within ORDER BY taken_at LIMIT 1)
         UNION ALL (SELECT taken_at, payload FROM within ORDER BY taken_at DESC LIMIT 1)",
    )
    .bind(kind)
    .bind(month.from())
    .bind(month.to())
    .fetch_all(pool)
    .await?;
    let mut rows = rows.into_iter();
    let (Some((first_at, first)), Some((last_at, last))) = (rows.next(), rows.next()) else { return Ok(None) };
    if first_at == last_at {
        return Ok(None);
    }
    let read = |value| serde_json::from_value::<T>(value).ok();
    Ok(read(first).zip(read(last)).map(|(first, last)| (first_at, first, last_at, last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queries(list: &[(&str, i64, f64)]) -> QueriesPayload {
        let query = |(id, calls, total_ms): &(&str, i64, f64)| QueryPayload {
            id: (*id).to_owned(),
            query: format!("SELECT {id}"),
            calls: *calls,
            total_ms: *total_ms,
        };
        QueriesPayload { queries: list.iter().map(query).collect() }
    }

    #[test]
    fn a_statement_is_slower_only_against_its_own_history() {
        let before = (
            queries(&[("a", 0, 0.0), ("b", 0, 0.0)]),
            queries(&[("a", 100, 1000.0), ("b", 100, 1000.0), ("c", 100, 10.0)]),
        );
        let now = (
            queries(&[("a", 100, 1000.0), ("b", 100, 1000.0), ("c", 100, 10.0)]),
            // a: 30 ms instead of 10; b: as before; c was reset, so that it has fewer calls; d is new.
            queries(&[("a", 200, 4000.0), ("b", 300, 3000.0), ("c", 40, 4000.0), ("d", 100, 9000.0)]),
        );
        let found = slower(&between(&before.0, &before.1), &between(&now.0, &now.1));
        assert_eq!(found.iter().map(|one| (one.id.as_str(), one.calls)).collect::<Vec<_>>(), [("a", 100)]);
        assert_eq!((found[0].mean_ms_before, found[0].mean_ms_after), (10.0, 30.0));
    }
}
