//! What one statement did over time: the snapshots of statements, drawn.

use super::{
    charts::tier,
    history::Epoch,
    queries::{self, StatementCounters},
    reader::begin,
};
use crate::{
    domain::{
        chart::{Chart, Plot, Range, Unit},
        database::StatementHistory,
        money::grouped,
        quantity::milliseconds,
    },
    server::{
        foundation::{
            charts::{self, Series, Span, Subject},
            error::ServiceError,
        },
        postgres::Database,
    },
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::types::Json;

/// Snapshots that are read at most: each holds the statements with the most time.
const SNAPSHOTS: i64 = 240;
/// An interval shorter than this tells nothing.
const LEAST_SECONDS: f64 = 30.0;

/// One statement in a snapshot.
#[derive(Clone, Debug)]
struct Look {
    taken_at: DateTime<Utc>,
    epoch: Json<Epoch>,
    reset_at: Option<DateTime<Utc>>,
    /// One that is not in it had not run.
    complete: bool,
    statement: Option<Json<StatementCounters>>,
}

/// What it did between two looks.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    until: DateTime<Utc>,
    hours: f64,
    calls: i64,
    ms: f64,
}

/// The calls and the mean time of a statement, with the present at the end.
pub(super) async fn history(
    database: &Database,
    id: &str,
    range: Range,
    zone: Tz,
) -> Result<StatementHistory, ServiceError> {
    if id.parse::<i64>().is_err() {
        return Err(ServiceError::field("id", "This is not the id of a statement."));
    }
    let now = Utc::now();
    let (from, to) =
        range.span(now, &zone).map_err(|message| ServiceError::field("range", message))?;
    let span = Span { from, to, zone };
    let mut looks = kept(database, id, span, now).await?;
    let mut query = None;
    if let Ok(current) = queries::read(database).await {
        let row = current.rows.into_iter().find(|row| row.id == id);
        query = row.as_ref().map(|row| row.query.chars().take(10_000).collect());
        if to == now {
            let counted = |row: queries::Counted| StatementCounters {
                id: row.id,
                query: row.query,
                calls: row.calls,
                total_ms: row.total_ms,
            };
            looks.push(Look {
                taken_at: now,
                epoch: Json(current.epoch),
                reset_at: current.reset_at,
                complete: true,
                statement: row.map(counted).map(Json),
            });
        }
    }
    // PostgreSQL forgets statements that are rare, the snapshots do not.
    let known = || looks.iter().rev().find_map(|look| Some(look.statement.as_ref()?.query.clone()));
    let query: Option<String> = query.or_else(known);
    let stretches = stretches(&looks);
    Ok(StatementHistory {
        query,
        calls: Chart::Plot(calls(&stretches, span)?),
        mean_time: Chart::Plot(mean_time(&stretches, span)?),
    })
}

/// What the snapshots of a span know of it, those of one tier. Which of them are read is decided
/// before their contents are.
async fn kept(
    database: &Database,
    id: &str,
    span: Span,
    now: DateTime<Utc>,
) -> Result<Vec<Look>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let looks = sqlx::query_as!(
        Look,
        r#"WITH kept AS (SELECT id, row_number() OVER (ORDER BY taken_at DESC) AS number,
               count(*) OVER () AS count FROM public.database_snapshots
             WHERE kind = 'queries' AND tier = $1 AND taken_at >= $2 AND taken_at < $3)
           SELECT taken_at, payload->'epoch' AS "epoch!: Json<Epoch>",
             (payload->>'resetAt')::timestamptz AS reset_at,
             (payload->>'complete')::boolean AS "complete!",
             jsonb_path_query_first(payload, '$.statements[*] ? (@.id == $id)',
               jsonb_build_object('id', $4::text)) AS "statement: Json<StatementCounters>"
           FROM kept JOIN public.database_snapshots USING (id)
           WHERE (number - 1) % ((count + $5 - 1) / $5) = 0 ORDER BY taken_at"#,
        tier(span, now),
        span.from,
        span.to,
        id,
        SNAPSHOTS
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(looks)
}

/// Between each two looks at one history of the counters; nothing where one does not know it.
fn stretches(looks: &[Look]) -> Vec<Stretch> {
    let between = |pair: &[Look]| {
        let (first, last) = (&pair[0], &pair[1]);
        let seconds = (last.taken_at - first.taken_at).as_seconds_f64();
        let is_one_history = first.epoch.0 == last.epoch.0 && first.reset_at == last.reset_at;
        if seconds < LEAST_SECONDS || !is_one_history {
            return None;
        }
        let counted = |look: &Look| match &look.statement {
            Some(Json(statement)) => Some((statement.calls, statement.total_ms)),
            None => look.complete.then_some((0, 0.0)),
        };
        let (before, after) = (counted(first)?, counted(last)?);
        let (calls, ms) = (after.0 - before.0, after.1 - before.1);
        // PostgreSQL forgets statements that are rare, and counts them anew.
        let counts_on = calls >= 0 && ms >= 0.0;
        counts_on.then(|| Stretch { until: last.taken_at, hours: seconds / 3600.0, calls, ms })
    };
    looks.windows(2).filter_map(between).collect()
}

fn calls(stretches: &[Stretch], span: Span) -> Result<Plot, ServiceError> {
    let all: i64 = stretches.iter().map(|it| it.calls).sum();
    let hours: f64 = stretches.iter().map(|it| it.hours).sum();
    let summary = if stretches.is_empty() {
        "Calls: nothing was recorded. The statements with the most time are recorded every five \
            minutes."
            .to_owned()
    } else {
        let mean = grouped(&format!("{:.0}", all as f64 / hours));
        format!("{} calls, {mean} an hour on average.", grouped(&all.to_string()))
    };
    let values = stretches.iter().map(|it| Some(it.calls as f64 / it.hours));
    let series = Series::new("Calls an hour", Unit::Count, values);
    drawn(summary, Unit::Count, series, stretches, span)
}

fn mean_time(stretches: &[Stretch], span: Span) -> Result<Plot, ServiceError> {
    let ran: Vec<Stretch> = stretches.iter().filter(|it| it.calls > 0).copied().collect();
    let means = || ran.iter().map(|it| it.ms / it.calls as f64);
    let (all, ms) = ran.iter().fold((0, 0.0), |(calls, ms), it| (calls + it.calls, ms + it.ms));
    let summary = if ran.is_empty() {
        "Mean time: it did not run, as far as was recorded.".to_owned()
    } else {
        format!(
            "{} on average, between {} and {}.",
            milliseconds(ms / all as f64),
            milliseconds(means().fold(f64::INFINITY, f64::min)),
            milliseconds(means().fold(0.0, f64::max)),
        )
    };
    let series = Series::new("Mean time", Unit::Milliseconds, means().map(Some));
    drawn(summary, Unit::Milliseconds, series, &ran, span)
}

fn drawn(
    summary: String,
    unit: Unit,
    series: Series,
    stretches: &[Stretch],
    span: Span,
) -> Result<Plot, ServiceError> {
    let times: Vec<_> = stretches.iter().map(|it| it.until).collect();
    let series = vec![series];
    let subject = Subject { summary, unit, place: "Time", series, thresholds: Vec::new() };
    charts::lines(subject, &times, span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::minutes(minute)
    }

    fn look(minute: i64, counted: Option<(i64, f64)>) -> Look {
        let statement = counted.map(|(calls, total_ms)| {
            Json(StatementCounters { id: "7".into(), query: "SELECT 7".into(), calls, total_ms })
        });
        let epoch = Epoch { started_at: at(0), reset_at: None, discarded_at: None };
        Look { taken_at: at(minute), epoch: Json(epoch), reset_at: None, complete: true, statement }
    }

    #[test]
    fn only_looks_at_one_history_are_subtracted() {
        let mut reset = look(240, Some((5, 5.0)));
        reset.reset_at = Some(at(200));
        let cut = Look { complete: false, ..look(360, None) };
        let looks = [
            look(0, None),
            look(60, Some((10, 20.0))),
            look(120, Some((30, 60.0))),
            // Counted anew, and then over a reset.
            look(180, Some((1, 1.0))),
            reset.clone(),
            Look { taken_at: at(300), ..reset },
            cut,
        ];
        let found = stretches(&looks);
        let told: Vec<_> = found.iter().map(|it| (it.until, it.calls, it.ms)).collect();
        assert_eq!(told, [(at(60), 10, 20.0), (at(120), 20, 40.0), (at(300), 0, 0.0)]);
    }

    #[test]
    fn calls_are_told_by_the_hour_and_the_mean_where_it_ran() {
        let looks = [look(0, None), look(30, Some((10, 20.0))), look(90, Some((10, 20.0)))];
        let stretches = stretches(&looks);
        let span = Span { from: at(0), to: at(90), zone: Tz::UTC };
        let calls = calls(&stretches, span).unwrap();
        assert_eq!(calls.summary, "10 calls, 7 an hour on average.");
        let cells: Vec<_> = calls.points.iter().map(|point| point.cells[1].as_str()).collect();
        assert_eq!(cells, ["20", "0"]);
        let mean = mean_time(&stretches, span).unwrap();
        assert_eq!((mean.points.len(), mean.points[0].cells[1].as_str()), (1, "2.0 ms"));
        let none = super::calls(&[], span).unwrap();
        assert!(none.svg.is_empty() && none.summary.contains("nothing was recorded"), "{none:?}");
    }
}
