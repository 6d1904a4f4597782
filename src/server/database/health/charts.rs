//! History, drawn: a part of what the snapshots know, and where things stand now.

use super::{
    counters::{Counters, Taken},
    reader::begin,
};
use crate::{
    domain::{
        chart::{Plot, Range, Unit},
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
const POINTS: usize = 240;
/// Until so long before their end the snapshots of every minute are kept and few enough to be read.
const BY_MINUTE: Duration = Duration::hours(49);
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

/// Draws one chart from the snapshots there are, with the present at its end.
pub(super) async fn draw(
    database: &Database,
    chart: HealthChart,
    range: Range,
    zone: Tz,
) -> Result<Plot, ServiceError> {
    let now = Utc::now();
    let (from, to) =
        range.span(now, &zone).map_err(|message| ServiceError::field("range", message))?;
    let is_short = to - from <= BY_MINUTE && from > now - Duration::days(7);
    let tiers: &[&str] = if is_short { &["raw"] } else { &["hourly", "daily"] };
    let mut transaction = begin(database).await?;
    let taken = sqlx::query_as!(
        Taken,
        r#"SELECT taken_at, payload AS "payload: Json<Counters>" FROM public.database_snapshots
           WHERE kind = 'overview' AND tier = ANY ($1) AND taken_at >= $2 AND taken_at < $3
           ORDER BY taken_at"#,
        tiers as _,
        from,
        to
    )
    .fetch_all(&mut *transaction)
    .await?;
    let mut taken = thinned(taken);
    if to == now {
        let current = Counters::read(&mut transaction).await?;
        taken.push(Taken { taken_at: now, payload: Json(current) });
    }
    transaction.commit().await?;
    drawn(chart, &points(chart, &taken), Span { from, to, zone })
}

/// At most [`POINTS`], the last one among them.
fn thinned(taken: Vec<Taken>) -> Vec<Taken> {
    let step = taken.len().div_ceil(POINTS).max(1);
    let last = taken.len().saturating_sub(1) % step;
    taken
        .into_iter()
        .enumerate()
        .filter(|(index, _)| index % step == last)
        .map(|(_, one)| one)
        .collect()
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
    let text = |value: f64| match unit {
        // As the page says it elsewhere.
        Unit::Bytes => bytes(value as i64),
        unit => Value::of(unit, value).text,
    };
    let values = || points.iter().map(|(_, value)| *value);
    let summary = match (points.first(), points.last()) {
        (Some((_, first)), Some((_, last))) => format!(
            "{name}: {} at first, {} at last, between {} and {}.",
            text(*first),
            text(*last),
            text(values().fold(f64::INFINITY, f64::min)),
            text(values().fold(f64::NEG_INFINITY, f64::max)),
        ),
        _ => format!("{name}: nothing was recorded. Snapshots are taken every minute."),
    };
    let series = vec![Series::new(name, unit, values().map(Some))];
    let subject = Subject { summary, unit, place: "Time", series, thresholds: Vec::new() };
    let times = points.iter().map(|(time, _)| *time).collect::<Vec<_>>();
    charts::lines(subject, &times, span)
}

#[cfg(test)]
mod tests {
    use super::*;

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
