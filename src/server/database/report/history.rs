//! What snapshots know of a month.

use crate::{
    domain::database::{LEAST_DAYS, Month, Panel, Regression, SizeForecast, TableGrowth},
    server::{
        database::health::{StatementCounters, StatementsSnapshot, TABLES, TablesSnapshot, kept},
        foundation::error::ServiceError,
        postgres::{Pool, apart},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// Entries of each list.
const MOST_ENTRIES: usize = 10;
/// A statement is slower when its mean time grew by this factor and by this many ms, over at least
/// so many calls in each month.
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

/// What a statement did in a month.
#[derive(Clone, Debug, Default, PartialEq)]
struct Usage {
    query: String,
    calls: i64,
    ms: f64,
}

/// Reads as the owner of the snapshots, on the connections for operations.
pub(super) async fn read(pool: &Pool, month: Month) -> Result<Known, ServiceError> {
    let months = kept::months(pool).await?;
    let (growth, regressions) =
        tokio::try_join!(apart(growth(pool, month)), apart(regressions(pool, month)))?;
    Ok(Known { months, sizes: sizes(pool, month).await?, growth, regressions })
}

/// The size with its forecast, or what is missing for one.
pub(super) fn size(forecast: Option<SizeForecast>, as_of: DateTime<Utc>) -> Panel<SizeForecast> {
    let too_few = || {
        Panel::unavailable(format!(
            "Not enough history yet: a forecast needs {LEAST_DAYS} days of the month."
        ))
    };
    forecast.map_or_else(too_few, |forecast| Panel::exact(forecast, as_of))
}

fn missing<T>() -> Panel<T> {
    Panel::unavailable("Not enough history yet: no snapshot of this month was kept.")
}

async fn sizes(pool: &Pool, month: Month) -> Result<Panel<Vec<Size>>, ServiceError> {
    let sizes = kept::sizes(pool, month).await?;
    Ok(match sizes.last().map(|(time, _)| *time) {
        Some(time) => Panel::exact(sizes, time),
        None => missing(),
    })
}

async fn growth(pool: &Pool, month: Month) -> Result<Panel<Vec<TableGrowth>>, ServiceError> {
    let rows = kept::tables(pool, month).await?;
    let [(first_at, first), (last_at, last)] = rows.as_slice() else { return Ok(missing()) };
    if first_at == last_at {
        return Ok(missing());
    }
    // From relpages, as the list of tables.
    Ok(Panel::estimate(grown(first, last), *last_at))
}

/// Those that grew the most, first.
fn grown(first: &TablesSnapshot, last: &TablesSnapshot) -> Vec<TableGrowth> {
    let before: HashMap<&str, i64> =
        first.tables.iter().map(|table| (table.table.as_str(), table.bytes)).collect();
    let mut grown: Vec<TableGrowth> = last
        .tables
        .iter()
        .filter_map(|table| {
            let known = before.get(table.table.as_str()).copied();
            // One that a full list lacks may be new, or have been too small for it.
            let start_bytes = known.or((before.len() < TABLES as usize).then_some(0))?;
            let grew = table.bytes > start_bytes;
            grew.then(|| TableGrowth {
                table: table.table.clone(),
                start_bytes,
                end_bytes: table.bytes,
            })
        })
        .collect();
    grown.sort_by_key(|table| (table.start_bytes - table.end_bytes, table.table.clone()));
    grown.truncate(MOST_ENTRIES);
    grown
}

async fn regressions(pool: &Pool, month: Month) -> Result<Panel<Vec<Regression>>, ServiceError> {
    let now = kept::statements(pool, month).await?;
    let before = kept::statements(pool, Month::of(month.from() - TimeDelta::days(1))).await?;
    let Some(as_of) =
        now.last().map(|(time, _)| *time).filter(|_| now.len() > 1 && before.len() > 1)
    else {
        return Ok(Panel::unavailable(
            "Not enough history yet: statements are compared with the month before.",
        ));
    };
    Ok(Panel::exact(slower(&usage(&before), &usage(&now)), as_of))
}

/// Calls and ms of each statement, summed over the looks that belong to one history of the
/// counters: over a reset or a restart nothing is subtracted.
fn usage(looks: &[(DateTime<Utc>, StatementsSnapshot)]) -> HashMap<&str, Usage> {
    let mut all: HashMap<&str, Usage> = HashMap::new();
    for pair in looks.windows(2) {
        let (first, last) = (&pair[0].1, &pair[1].1);
        if first.epoch != last.epoch || first.reset_at != last.reset_at {
            continue;
        }
        let before: HashMap<&str, &StatementCounters> =
            first.statements.iter().map(|query| (query.id.as_str(), query)).collect();
        for query in &last.statements {
            let (calls, ms) = match before.get(query.id.as_str()) {
                Some(first) => (query.calls - first.calls, query.total_ms - first.total_ms),
                None if first.complete => (query.calls, query.total_ms),
                None => continue,
            };
            // PostgreSQL forgets rare statements, and counts them anew.
            if calls > 0 && ms >= 0.0 {
                let usage = all.entry(&query.id).or_default();
                usage.query.clone_from(&query.query);
                usage.calls += calls;
                usage.ms += ms;
            }
        }
    }
    all
}

/// Those that cost the most time beyond what they used to, first.
fn slower(before: &HashMap<&str, Usage>, now: &HashMap<&str, Usage>) -> Vec<Regression> {
    let mut found: Vec<Regression> = now
        .iter()
        .filter_map(|(id, after)| {
            let before =
                before.get(id).filter(|before| before.calls >= CALLS && after.calls >= CALLS)?;
            let (mean_ms_before, mean_ms_after) =
                (before.ms / before.calls as f64, after.ms / after.calls as f64);
            let worse = mean_ms_after >= mean_ms_before * SLOWER
                && mean_ms_after - mean_ms_before >= SLOWER_MS;
            worse.then(|| Regression {
                id: (*id).to_owned(),
                query: after.query.clone(),
                mean_ms_before,
                mean_ms_after,
                calls: after.calls,
            })
        })
        .collect();
    let cost = |one: &Regression| (one.mean_ms_after - one.mean_ms_before) * one.calls as f64;
    found.sort_by(|one, other| cost(other).total_cmp(&cost(one)));
    found.truncate(MOST_ENTRIES);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::database::health::{Epoch, TableSize};

    /// Counters that began anew at another time for each number.
    fn since(number: i64) -> Epoch {
        let started_at = DateTime::UNIX_EPOCH + TimeDelta::days(number);
        Epoch { started_at, reset_at: None, discarded_at: None }
    }

    fn look(
        epoch: i64,
        complete: bool,
        list: &[(&str, i64, f64)],
    ) -> (DateTime<Utc>, StatementsSnapshot) {
        let query = |(id, calls, total_ms): &(&str, i64, f64)| StatementCounters {
            id: (*id).to_owned(),
            query: format!("SELECT {id}"),
            calls: *calls,
            total_ms: *total_ms,
        };
        let statements = list.iter().map(query).collect();
        (
            DateTime::UNIX_EPOCH,
            StatementsSnapshot { epoch: since(epoch), reset_at: None, complete, statements },
        )
    }

    #[test]
    fn a_statement_is_slower_only_against_its_own_history() {
        let before = [
            look(1, true, &[]),
            look(1, true, &[("a", 100, 1000.0), ("b", 100, 1000.0), ("c", 100, 100.0)]),
        ];
        let now = [
            look(1, true, &[("a", 100, 1000.0), ("b", 100, 1000.0), ("c", 100, 100.0)]),
            // a: 30 ms instead of 10; b: as before; c counts anew; d is new.
            look(
                1,
                true,
                &[("a", 200, 4000.0), ("b", 300, 3000.0), ("c", 40, 4000.0), ("d", 100, 9000.0)],
            ),
        ];
        let found = slower(&usage(&before), &usage(&now));
        assert_eq!(
            found.iter().map(|one| (one.id.as_str(), one.calls)).collect::<Vec<_>>(),
            [("a", 100)]
        );
        assert_eq!((found[0].mean_ms_before, found[0].mean_ms_after), (10.0, 30.0));
    }

    #[test]
    fn nothing_is_subtracted_over_a_restart_and_nothing_assumed_of_a_cut_list() {
        let looks = [
            look(1, true, &[("a", 10, 10.0)]),
            look(1, true, &[("a", 30, 30.0)]),
            look(2, false, &[("a", 900, 9000.0)]),
            look(2, false, &[("a", 905, 9005.0), ("b", 50, 50.0)]),
        ];
        let usage = usage(&looks);
        assert_eq!(usage.len(), 1);
        assert_eq!((usage["a"].calls, usage["a"].ms), (25, 25.0));
    }

    #[test]
    fn a_table_that_a_full_list_lacks_is_not_called_new() {
        let payload = |count: usize, bytes| TablesSnapshot {
            epoch: since(0),
            newest_relation: 0,
            tables: (0..count)
                .map(|number| TableSize {
                    table: format!("public.t{number}"),
                    bytes,
                    live_rows: 0,
                    dead_rows: 0,
                })
                .collect(),
        };
        assert_eq!(grown(&payload(1, 5), &payload(2, 7)).len(), 2);
        assert_eq!(grown(&payload(TABLES as usize, 5), &payload(TABLES as usize + 1, 5)), []);
    }
}
