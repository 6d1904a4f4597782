//! History, drawn: a part of what the snapshots know, and where things stand now.

use super::{
    counters::{Counters, States, Taken},
    reader::begin,
};
use crate::{
    domain::{
        chart::{Plot, Range, Unit, moment_label},
        database::HealthChart,
        quantity::bytes,
    },
    server::{
        foundation::{
            charts::{self, Series, Span, Subject, Value},
            error::ServiceError,
        },
        postgres::Database,
    },
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use sqlx::types::Json;

/// More would not be told apart.
const POINTS: i64 = 240;
/// Until so long the snapshots that are not thinned out yet are few enough to be read.
const RAW_READ: Duration = Duration::hours(49);
/// For so long these are kept, and those of every hour.
const RAW_KEPT: Duration = Duration::days(7);
const HOURLY_KEPT: Duration = Duration::days(90);
/// An interval shorter than this tells nothing.
const LEAST_SECONDS: f64 = 30.0;

/// What a chart is called, and what it measures.
fn about(chart: HealthChart) -> (&'static str, Unit) {
    match chart {
        HealthChart::Size => ("Size", Unit::Bytes),
        HealthChart::CacheHitRatio => ("Cache hit ratio", Unit::Percent),
        HealthChart::Connections => ("Connections", Unit::Count),
        HealthChart::QueryTime => ("Mean query time", Unit::Milliseconds),
    }
}

/// Draws one chart from the snapshots there are, with the present at its end where it can be read.
pub(super) async fn draw(
    database: &Database,
    chart: HealthChart,
    range: Range,
    zone: Tz,
) -> Result<Plot, ServiceError> {
    let now = Utc::now();
    let (from, to) =
        range.span(now, &zone).map_err(|message| ServiceError::field("range", message))?;
    let span = Span { from, to, zone };
    let mut taken = thinned(kept(database, span, now).await?, span);
    if to == now {
        match present(database).await {
            Ok(current) => taken.push(Taken { taken_at: now, payload: Json(current) }),
            Err(error) => tracing::warn!(%error, "a chart ends before the present"),
        }
    }
    let reset = (chart == HealthChart::QueryTime).then(|| reset_sentence(&taken, zone)).flatten();
    let mut plot = match chart {
        HealthChart::Connections => by_state(&taken, span),
        chart => drawn(chart, &points(chart, &taken), span)?,
    };
    if let Some(sentence) = reset {
        plot.summary = format!("{} {sentence}", plot.summary);
    }
    Ok(plot)
}

/// The snapshots of a span, those of one tier: another one has some of them too, and others at
/// other distances.
async fn kept(
    database: &Database,
    span: Span,
    now: DateTime<Utc>,
) -> Result<Vec<Taken>, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let taken = sqlx::query_as!(
        Taken,
        r#"SELECT taken_at, payload AS "payload: Json<Counters>" FROM public.database_snapshots
           WHERE kind = 'overview' AND tier = $1 AND taken_at >= $2 AND taken_at < $3
           ORDER BY taken_at"#,
        tier(span, now),
        span.from,
        span.to
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(taken)
}

/// The connections, by what they do.
fn by_state(taken: &[Taken], span: Span) -> Plot {
    type Count = fn(&States) -> i64;
    const STATES: [(&str, Count); 5] = [
        ("Active", |it| it.active),
        ("Waiting for a lock", |it| it.waiting),
        ("Idle in transaction", |it| it.idle_in_transaction),
        ("Idle", |it| it.idle),
        ("Other", |it| it.other),
    ];
    let all = points(HealthChart::Connections, taken);
    let series = STATES.into_iter().map(|(name, of)| {
        let amounts = taken.iter().map(|one| Some(of(one.payload.states.as_ref()?) as f64));
        Series::new(name, Unit::Count, amounts)
    });
    let subject = Subject {
        summary: summary(HealthChart::Connections, &all),
        unit: Unit::Count,
        place: "Time",
        series: series.collect(),
        thresholds: Vec::new(),
    };
    charts::areas(subject, &taken.iter().map(|one| one.taken_at).collect::<Vec<_>>(), span)
}

/// The finest one that has all of a span, and not too much of it.
pub(super) fn tier(span: Span, now: DateTime<Utc>) -> &'static str {
    if span.to - span.from <= RAW_READ && span.from > now - RAW_KEPT {
        "raw"
    } else if span.from > now - HOURLY_KEPT {
        "hourly"
    } else {
        "daily"
    }
}

async fn present(database: &Database) -> Result<Counters, sqlx::Error> {
    let mut transaction = begin(database).await?;
    let current = Counters::read(&mut transaction).await?;
    transaction.commit().await?;
    Ok(current)
}

/// The last of each of [`POINTS`] equal parts of a span.
fn thinned(taken: Vec<Taken>, span: Span) -> Vec<Taken> {
    let whole = (span.to - span.from).num_milliseconds().max(1);
    let part = |one: &Taken| (one.taken_at - span.from).num_milliseconds() * POINTS / whole;
    let mut kept: Vec<Taken> = Vec::new();
    for one in taken {
        match kept.last_mut() {
            Some(last) if part(last) == part(&one) => *last = one,
            _ => kept.push(one),
        }
    }
    kept
}

/// Says so where the counters of statements were reset: the line breaks there.
fn reset_sentence(taken: &[Taken], zone: Tz) -> Option<String> {
    let since = taken.iter().filter_map(|one| one.payload.statements_reset_at);
    let since: Vec<_> = since.collect();
    let pair = since.windows(2).rfind(|pair| pair[0] != pair[1])?;
    let at = moment_label(pair[1], &zone);
    Some(format!("The counters of pg_stat_statements were reset on {at}."))
}

/// Values as they stood, or between two snapshots of one history.
fn points(chart: HealthChart, taken: &[Taken]) -> Vec<(DateTime<Utc>, f64)> {
    let pairs = taken.windows(2).filter(|pair| pair[0].payload.epoch == pair[1].payload.epoch);
    let seconds = |pair: &[Taken]| (pair[1].taken_at - pair[0].taken_at).as_seconds_f64();
    let pairs = pairs.filter(|pair| seconds(pair) >= LEAST_SECONDS);
    match chart {
        HealthChart::Size => {
            taken.iter().map(|one| (one.taken_at, one.payload.size as f64)).collect()
        }
        HealthChart::Connections => {
            taken.iter().map(|one| (one.taken_at, one.payload.connections as f64)).collect()
        }
        HealthChart::CacheHitRatio => pairs
            .filter_map(|pair| {
                let between = pair[1].payload.since(&pair[0].payload, seconds(pair))?;
                Some((pair[1].taken_at, between.cache_hit_ratio? * 100.0))
            })
            .collect(),
        HealthChart::QueryTime => pairs
            .filter_map(|pair| {
                Some((pair[1].taken_at, pair[1].payload.mean_ms_since(&pair[0].payload)?))
            })
            .collect(),
    }
}

fn drawn(
    chart: HealthChart,
    points: &[(DateTime<Utc>, f64)],
    span: Span,
) -> Result<Plot, ServiceError> {
    let (name, unit) = about(chart);
    let summary = summary(chart, points);
    let values = points.iter().map(|(_, value)| Some(*value));
    let series = vec![Series::new(name, unit, values)];
    let subject = Subject { summary, unit, place: "Time", series, thresholds: Vec::new() };
    let times = points.iter().map(|(time, _)| *time).collect::<Vec<_>>();
    charts::lines(subject, &times, span)
}

/// What there is to see, in one sentence.
fn summary(chart: HealthChart, points: &[(DateTime<Utc>, f64)]) -> String {
    let (name, unit) = about(chart);
    let text = |value: f64| match unit {
        // As the page says it elsewhere.
        Unit::Bytes => bytes(value as i64),
        unit => Value::of(unit, value).text,
    };
    let values = || points.iter().map(|(_, value)| *value);
    match (points.first(), points.last()) {
        (Some((_, first)), Some((_, last))) => format!(
            "{name}: {} at first, {} at last, between {} and {}.",
            text(*first),
            text(*last),
            text(values().fold(f64::INFINITY, f64::min)),
            text(values().fold(f64::NEG_INFINITY, f64::max)),
        ),
        _ => format!("{name}: nothing was recorded. Snapshots are taken every minute."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Minutes after the beginning of time.
    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::minutes(minutes)
    }

    fn span(from: i64, to: i64) -> Span {
        Span { from: at(from), to: at(to), zone: Tz::UTC }
    }

    fn taken(minutes: i64) -> Taken {
        let payload = json!({
            "startedAt": at(0), "resetAt": null, "discardedAt": null, "size": minutes,
            "connections": 0, "hits": 0, "reads": 0, "commits": 0, "rollbacks": 0, "tuplesRead": 0,
            "tuplesWritten": 0, "conflicts": 0, "deadlocks": 0, "tempFiles": 0, "tempBytes": 0,
        });
        Taken { taken_at: at(minutes), payload: Json(serde_json::from_value(payload).unwrap()) }
    }

    #[test]
    fn a_range_has_the_finest_tier_that_holds_all_of_it() {
        const DAY: i64 = 24 * 60;
        let now = 400 * DAY;
        for (from, to, expected) in [
            (now - DAY, now, "raw"),
            (now - 7 * DAY, now, "hourly"),
            (now - 30 * DAY, now, "hourly"),
            (now - 9 * DAY, now - 8 * DAY, "hourly"),
            (now - 90 * DAY, now, "daily"),
            (now - 99 * DAY, now - 98 * DAY, "daily"),
        ] {
            assert_eq!(tier(span(from, to), at(now)), expected, "{from} {to}");
        }
    }

    #[test]
    fn thinning_goes_by_time() {
        // Every minute of two hours, then once an hour.
        let (dense, sparse) = ((0..120).map(taken), (2..24).map(|hour| taken(hour * 60)));
        let kept = thinned(dense.chain(sparse).collect(), span(0, 24 * 60));
        let minutes: Vec<_> = kept.iter().map(|one| one.payload.size).collect();
        assert_eq!(minutes[..3], [5, 11, 17], "the last of every six minutes");
        assert_eq!(minutes.len(), 20 + 22, "whatever stands alone is kept: {minutes:?}");
        assert_eq!(minutes.last(), Some(&(23 * 60)));
        assert_eq!(thinned(Vec::new(), span(0, 0)).len(), 0);
    }

    #[test]
    fn a_reset_of_the_statements_is_told() {
        let counted = |minutes, reset: i64| {
            let mut one = taken(minutes);
            one.payload.0.statements_reset_at = Some(at(reset));
            one
        };
        let told = |taken: &[Taken]| reset_sentence(taken, Tz::UTC);
        assert_eq!(told(&[taken(0), counted(10, 0), counted(20, 0), taken(30)]), None);
        assert_eq!(
            told(&[counted(10, 0), taken(20), counted(30, 15), counted(40, 15)]).as_deref(),
            Some("The counters of pg_stat_statements were reset on 1 Jan 1970, 00:15.")
        );
    }

    #[test]
    fn one_point_is_drawn_as_well_as_many_and_none_is_told() {
        let from = DateTime::<Utc>::UNIX_EPOCH;
        let span = Span { from, to: from + Duration::hours(24), zone: Tz::UTC };
        let of = |points: &[(DateTime<Utc>, f64)]| {
            drawn(HealthChart::CacheHitRatio, points, span).unwrap()
        };
        let one = of(&[(from, 98.46)]);
        assert!(one.svg.starts_with("<svg"), "{}", one.svg);
        assert_eq!(one.points[0].cells, ["1 Jan 1970, 00:00", "98.5 %"]);
        assert_eq!(one.y_axis, ["0 %", "25 %", "50 %", "75 %", "100 %"]);
        let two = of(&[(from, 98.46), (from + Duration::hours(1), 100.0)]);
        assert!(two.summary.contains("98.5 % at first, 100.0 % at last"), "{}", two.summary);
        let none = of(&[]);
        assert!(none.svg.is_empty() && none.summary.contains("nothing was recorded"), "{none:?}");
    }
}
