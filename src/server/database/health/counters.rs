//! The counters of `pg_stat_database`, and what lies between two readings of them.

use super::{
    history::{Epoch, STATEMENTS_ANEW},
    reader::begin,
};
use crate::{
    domain::database::{Growth, Interval, Panel},
    server::postgres::Database,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};

/// One reading. Everything but the size and the connections only ever rises within an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counters {
    #[serde(flatten)]
    pub epoch: Epoch,
    pub size: i64,
    pub connections: i64,
    /// Of the connections.
    #[serde(default)]
    pub states: Option<States>,
    pub hits: i64,
    pub reads: i64,
    pub commits: i64,
    pub rollbacks: i64,
    pub tuples_read: i64,
    pub tuples_written: i64,
    pub conflicts: i64,
    pub deadlocks: i64,
    pub temp_files: i64,
    pub temp_bytes: i64,
    /// Of all statements but Train's own together, where `pg_stat_statements` counts them.
    #[serde(default)]
    pub statement_calls: Option<i64>,
    #[serde(default)]
    pub statement_ms: Option<f64>,
    /// When that began to count.
    #[serde(default)]
    pub statements_reset_at: Option<DateTime<Utc>>,
}

/// How many connections do what; together they are all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct States {
    pub active: i64,
    /// For a lock.
    pub waiting: i64,
    pub idle_in_transaction: i64,
    pub idle: i64,
    /// Train reading such figures or maintaining, and those whose state may not be read.
    pub other: i64,
}

impl Counters {
    pub(super) async fn read(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let row = sqlx::query!(
            r#"SELECT pg_postmaster_start_time() AS "started_at!",
                 (SELECT stats_reset FROM pg_stat_database
                   WHERE datname = current_database()) AS reset_at,
                 (SELECT stats_reset FROM pg_stat_bgwriter) AS discarded_at,
                 pg_database_size(d.datid) AS "size!",
                 s.connections AS "connections!", s.active AS "active!", s.waiting AS "waiting!",
                 s.in_transaction AS "in_transaction!", s.idle AS "idle!",
                 d.blks_hit AS "hits!", d.blks_read AS "reads!", d.xact_commit AS "commits!",
                 d.xact_rollback AS "rollbacks!",
                 d.tup_returned + d.tup_fetched AS "tuples_read!",
                 d.tup_inserted + d.tup_updated + d.tup_deleted AS "tuples_written!",
                 d.conflicts AS "conflicts!", d.deadlocks AS "deadlocks!",
                 d.temp_files AS "temp_files!", d.temp_bytes AS "temp_bytes!"
               FROM pg_stat_database d CROSS JOIN (SELECT count(*) AS connections,
                   count(*) FILTER (WHERE does = 'active') AS active,
                   count(*) FILTER (WHERE does = 'wait') AS waiting,
                   count(*) FILTER (WHERE does = 'idle in transaction') AS in_transaction,
                   count(*) FILTER (WHERE does = 'idle') AS idle
                 FROM (SELECT CASE
                     WHEN application_name = 'train operations' AND state <> 'idle' THEN 'other'
                     WHEN state LIKE 'idle in transaction%' THEN 'idle in transaction'
                     WHEN state = 'active' AND wait_event_type = 'Lock' THEN 'wait'
                     ELSE state END AS does
                   FROM pg_stat_activity WHERE backend_type = 'client backend') AS session) AS s
               WHERE d.datname = current_database()"#
        )
        .fetch_one(connection)
        .await?;
        Ok(Self {
            epoch: Epoch {
                started_at: row.started_at,
                reset_at: row.reset_at,
                discarded_at: row.discarded_at,
            },
            size: row.size,
            connections: row.connections,
            states: Some(States {
                active: row.active,
                waiting: row.waiting,
                idle_in_transaction: row.in_transaction,
                idle: row.idle,
                other: row.connections - (row.active + row.waiting + row.in_transaction + row.idle),
            }),
            hits: row.hits,
            reads: row.reads,
            commits: row.commits,
            rollbacks: row.rollbacks,
            tuples_read: row.tuples_read,
            tuples_written: row.tuples_written,
            conflicts: row.conflicts,
            deadlocks: row.deadlocks,
            temp_files: row.temp_files,
            temp_bytes: row.temp_bytes,
            statement_calls: None,
            statement_ms: None,
            statements_reset_at: None,
        })
    }

    /// What happened since an earlier reading of the same history; `None` when a counter is smaller
    /// than it was.
    pub(super) fn since(&self, earlier: &Self, seconds: f64) -> Option<Interval> {
        let difference = |now: i64, then: i64| (now >= then).then_some(now - then);
        let (hits, reads) =
            (difference(self.hits, earlier.hits)?, difference(self.reads, earlier.reads)?);
        let rate = |count: i64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        Some(Interval {
            seconds,
            cache_hit_ratio: (hits + reads > 0).then(|| hits as f64 / (hits + reads) as f64),
            blocks: hits + reads,
            commits_per_second: rate(difference(self.commits, earlier.commits)?),
            rollbacks_per_second: rate(difference(self.rollbacks, earlier.rollbacks)?),
            tuples_read_per_second: rate(difference(self.tuples_read, earlier.tuples_read)?),
            tuples_written_per_second: rate(difference(
                self.tuples_written,
                earlier.tuples_written,
            )?),
            conflicts: difference(self.conflicts, earlier.conflicts)?,
            deadlocks: difference(self.deadlocks, earlier.deadlocks)?,
            temp_files: difference(self.temp_files, earlier.temp_files)?,
            temp_bytes: difference(self.temp_bytes, earlier.temp_bytes)?,
        })
    }

    /// The mean time of a statement since an earlier reading; `None` when none ran meanwhile, and
    /// when they were counted anew.
    pub(super) fn mean_ms_since(&self, earlier: &Self) -> Option<f64> {
        let calls = self.statement_calls? - earlier.statement_calls?;
        let time = self.statement_ms? - earlier.statement_ms?;
        let is_one = !self.counts_statements_anew(earlier);
        (is_one && calls > 0 && time >= 0.0).then(|| time / calls as f64)
    }

    /// Whether the counters of statements were reset after an earlier reading that knew of them.
    fn has_reset_statements(&self, earlier: &Self) -> bool {
        let both = self.statements_reset_at.zip(earlier.statements_reset_at);
        both.is_some_and(|(now, then)| now != then)
    }

    /// The same, or some of them were forgotten, as those of a database or a role can be and those
    /// of rare statements are.
    fn counts_statements_anew(&self, earlier: &Self) -> bool {
        let calls = self.statement_calls.zip(earlier.statement_calls);
        self.has_reset_statements(earlier) || calls.is_some_and(|(now, then)| now < then)
    }
}

/// A snapshot as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub taken_at: DateTime<Utc>,
    pub payload: Json<Counters>,
}

/// Since the snapshot before. One that was taken just now is passed over: a second tells nothing.
pub(super) async fn interval(database: &Database) -> Result<Panel<Interval>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let earlier = sqlx::query_as!(
        Taken,
        r#"SELECT taken_at, payload AS "payload: Json<Counters>" FROM public.database_snapshots
           WHERE kind = 'overview' AND tier = 'raw'
             AND taken_at <= clock_timestamp() - interval '30 seconds'
               AND taken_at > clock_timestamp() - interval '1 hour'
           ORDER BY taken_at DESC LIMIT 1"#
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let current = Counters::read(&mut transaction).await?;
    transaction.commit().await?;
    let now = Utc::now();
    let Some(earlier) = earlier else {
        return Ok(Panel::unavailable(
            "Not enough history yet: there is no snapshot of the last hour to compare with.",
        ));
    };
    if current.epoch != earlier.payload.epoch {
        return Ok(Panel::unavailable(current.epoch.broken(&earlier.payload.epoch, now)));
    }
    let seconds = (now - earlier.taken_at).as_seconds_f64();
    Ok(match current.since(&earlier.payload, seconds) {
        Some(interval) => Panel::exact(interval, now),
        None => Panel::unavailable(
            "Not enough history yet: the counters began anew since the last snapshot.",
        ),
    })
}

/// The mean time of a statement between the two newest snapshots.
pub(super) async fn mean_query_ms(database: &Database) -> Result<Panel<f64>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let taken = sqlx::query_as!(
        Taken,
        r#"SELECT taken_at, payload AS "payload: Json<Counters>" FROM public.database_snapshots
           WHERE kind = 'overview' AND tier = 'raw'
             AND taken_at > clock_timestamp() - interval '1 hour'
           ORDER BY taken_at DESC LIMIT 2"#
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(mean_between(&taken, Utc::now()))
}

/// Of the newest snapshot and the one before.
fn mean_between(taken: &[Taken], now: DateTime<Utc>) -> Panel<f64> {
    let [newest, before] = taken else {
        return Panel::unavailable(
            "Not enough history yet: there are no two snapshots to compare.",
        );
    };
    let (is, was) = (&newest.payload.0, &before.payload.0);
    if is.epoch != was.epoch {
        return Panel::unavailable(is.epoch.broken(&was.epoch, now));
    }
    if is.statement_calls.is_none() {
        return Panel::unavailable(
            "Nobody counts the statements; the setup checks say what is missing.",
        );
    }
    if is.counts_statements_anew(was) {
        return Panel::unavailable(STATEMENTS_ANEW);
    }
    match is.mean_ms_since(was) {
        Some(mean) => Panel::exact(mean, newest.taken_at),
        None => Panel::unavailable("No statement ran in the last interval."),
    }
}

/// Since the oldest snapshot of the last 30 days.
pub(super) async fn growth(database: &Database) -> Result<Panel<Growth>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let sizes = sqlx::query!(
        r#"SELECT taken_at, (payload->>'size')::int8 AS "before!",
           pg_database_size(current_database()) AS "now!"
           FROM public.database_snapshots WHERE kind = 'overview' AND tier IN ('hourly', 'daily')
             AND taken_at > clock_timestamp() - interval '30 days'
               AND taken_at <= clock_timestamp() - interval '30 minutes'
           ORDER BY taken_at LIMIT 1"#
    )
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let now = Utc::now();
    Ok(match sizes {
        Some(sizes) => {
            let seconds = (now - sizes.taken_at).as_seconds_f64();
            Panel::exact(Growth { bytes: sizes.now - sizes.before, seconds }, now)
        }
        None => {
            Panel::unavailable("Not enough history yet: no snapshot is older than half an hour.")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(hits: i64, reads: i64) -> Counters {
        let epoch = Epoch { started_at: DateTime::UNIX_EPOCH, reset_at: None, discarded_at: None };
        Counters {
            epoch,
            size: 0,
            connections: 0,
            states: None,
            hits,
            reads,
            commits: 10,
            rollbacks: 0,
            tuples_read: 0,
            tuples_written: 0,
            conflicts: 0,
            deadlocks: 0,
            temp_files: 0,
            temp_bytes: 0,
            statement_calls: None,
            statement_ms: None,
            statements_reset_at: None,
        }
    }

    #[test]
    fn the_ratio_is_that_of_the_interval_alone() {
        let interval = counters(1_000_090, 10).since(&counters(1_000_000, 0), 10.0).unwrap();
        assert_eq!((interval.cache_hit_ratio, interval.blocks), (Some(0.9), 100));
        assert_eq!(counters(5, 5).since(&counters(5, 5), 10.0).unwrap().cache_hit_ratio, None);
    }

    #[test]
    fn the_mean_time_needs_two_snapshots_of_one_history() {
        let at = |seconds, calls: Option<i64>| Taken {
            taken_at: DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds),
            payload: Json(Counters {
                statement_calls: calls,
                statement_ms: calls.map(|calls| calls as f64 * 3.0),
                ..counters(0, 0)
            }),
        };
        let mean = |taken: &[Taken]| mean_between(taken, DateTime::UNIX_EPOCH);
        let (newest, before) = (at(60, Some(20)), at(0, Some(10)));
        assert_eq!(mean(&[newest.clone(), before.clone()]).value(), Some(&3.0));
        let reason = |panel: Panel<f64>| panel.reason().unwrap_or_default().to_owned();
        assert!(reason(mean(std::slice::from_ref(&newest))).starts_with("Not enough history yet"));
        assert!(reason(mean(&[newest.clone(), newest.clone()])).starts_with("No statement ran"));
        assert!(reason(mean(&[at(60, None), before])).starts_with("Nobody counts"));
        let mut other = newest.clone();
        other.payload.0.epoch.reset_at = Some(DateTime::UNIX_EPOCH);
        assert!(reason(mean(&[other, newest])).starts_with("Not enough history yet"));
    }

    #[test]
    fn a_reset_of_the_statements_is_no_time_in_which_nothing_ran() {
        let at = |calls: i64, reset: i64| Taken {
            taken_at: DateTime::UNIX_EPOCH,
            payload: Json(Counters {
                statement_calls: Some(calls),
                statement_ms: Some(calls as f64),
                statements_reset_at: DateTime::from_timestamp(reset, 0),
                ..counters(0, 0)
            }),
        };
        let reason = |newest: Taken| {
            let panel = mean_between(&[newest, at(10, 0)], DateTime::UNIX_EPOCH);
            panel.reason().map(str::to_owned)
        };
        assert_eq!(reason(at(20, 0)), None);
        for anew in [at(3, 5), at(30, 5), at(3, 0)] {
            assert_eq!(reason(anew.clone()).as_deref(), Some(STATEMENTS_ANEW), "{anew:?}");
        }
        let unknown = Counters { statements_reset_at: None, ..at(20, 0).payload.0 };
        assert!(!at(30, 5).payload.has_reset_statements(&unknown), "an older snapshot");
    }

    #[test]
    fn a_counter_that_shrank_gives_no_interval() {
        assert_eq!(counters(5, 5).since(&counters(6, 5), 10.0), None);
    }
}
