//! History, drawn: a line with axes and units, and the same points as rows.

use super::{
    counters::{Counters, Taken},
    reader::begin,
};
use crate::{
    domain::{chart::Chart, database::HealthChart},
    server::{foundation::error::ServiceError, postgres::Database},
};
use charts_rs::{Color, LineChart};
use chrono::{DateTime, Utc};
use sqlx::types::Json;

const WIDTH: f32 = 640.0;
const HEIGHT: f32 = 240.0;
/// More would not be told apart.
const POINTS: usize = 96;

/// What one chart shows.
struct Plan {
    /// What of the snapshots it needs.
    tiers: &'static [&'static str],
    since: &'static str,
    what: &'static str,
    unit: &'static str,
    format: &'static str,
}

fn plan(chart: HealthChart) -> Plan {
    let day = |what, unit| Plan { tiers: &["raw"], since: "24 hours", what, unit, format: "%H:%M" };
    match chart {
        HealthChart::Size => Plan {
            tiers: &["hourly", "daily"],
            since: "30 days",
            what: "Size of the database",
            unit: "MB",
            format: "%d %b %H:%M",
        },
        HealthChart::CacheHitRatio => day("Cache hit ratio", "%"),
        HealthChart::Connections => day("Connections", "connections"),
        HealthChart::QueryTime => day("Mean time of a statement", "ms"),
    }
}

/// Draws one chart from the snapshots there are.
pub(super) async fn draw(database: &Database, chart: HealthChart) -> Result<Chart, ServiceError> {
    let plan = plan(chart);
    let mut transaction = begin(database).await?;
    let taken = sqlx::query_as!(
        Taken,
        r#"SELECT taken_at, payload AS "payload: Json<Counters>" FROM public.database_snapshots
           WHERE kind = 'overview' AND tier = ANY ($1)
             AND taken_at > clock_timestamp() - $2::text::interval
           ORDER BY taken_at"#,
        plan.tiers as _,
        plan.since
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    drawn(&plan, &points(chart, &thinned(taken)))
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
    match chart {
        HealthChart::Size => {
            taken.iter().map(|one| (one.taken_at, one.payload.size as f64 / 1_048_576.0)).collect()
        }
        HealthChart::Connections => {
            taken.iter().map(|one| (one.taken_at, one.payload.connections as f64)).collect()
        }
        HealthChart::CacheHitRatio => pairs
            .filter_map(|pair| {
                let seconds = (pair[1].taken_at - pair[0].taken_at).as_seconds_f64();
                let ratio = pair[1].payload.since(&pair[0].payload, seconds)?.cache_hit_ratio?;
                Some((pair[1].taken_at, ratio * 100.0))
            })
            .collect(),
        HealthChart::QueryTime => pairs
            .filter_map(|pair| {
                Some((pair[1].taken_at, pair[1].payload.mean_ms_since(&pair[0].payload)?))
            })
            .collect(),
    }
}

fn drawn(plan: &Plan, points: &[(DateTime<Utc>, f64)]) -> Result<Chart, ServiceError> {
    let columns = vec!["Time (UTC)".to_owned(), format!("{} ({})", plan.what, plan.unit)];
    let (Some((_, first)), Some((_, last))) = (points.first(), points.last()) else {
        let summary =
            format!("{}: not enough history yet. Snapshots are taken every minute.", plan.what);
        return Ok(Chart { summary, columns, ..Chart::default() });
    };
    let low = points.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
    let summary = format!(
        "{} over the last {}: {} {unit} at first, {} {unit} at last, between {} and {} {unit}.",
        plan.what,
        plan.since,
        number(*first),
        number(*last),
        number(low),
        number(high),
        unit = plan.unit
    );
    let rows = points
        .iter()
        .map(|(time, value)| vec![time.format("%Y-%m-%d %H:%M").to_string(), number(*value)])
        .collect();
    let values: Vec<f32> = points.iter().map(|(_, value)| *value as f32).collect();
    let times = points.iter().map(|(time, _)| time.format(plan.format).to_string()).collect();
    let mut chart = LineChart::new(vec![(plan.what, values).into()], times);
    (chart.width, chart.height) = (WIDTH, HEIGHT);
    chart.background_color = Color::transparent();
    chart.legend.show = Some(false);
    if let Some(axis) = chart.y_axis_configs.first_mut() {
        axis.formatter = Some(format!("{{c}} {}", plan.unit));
    }
    let svg = chart
        .svg()
        .map_err(|error| ServiceError::Internal(format!("a chart could not be drawn: {error}")))?;
    Ok(Chart { summary, svg, columns, rows })
}

/// Three digits that mean something.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_point_is_drawn_as_well_as_many_and_none_is_told() {
        let plan = plan(HealthChart::CacheHitRatio);
        let time = DateTime::<Utc>::UNIX_EPOCH;
        let chart = drawn(&plan, &[(time, 98.46)]).unwrap();
        assert!(chart.svg.starts_with("<svg") && !chart.svg.contains("style="), "{}", chart.svg);
        assert_eq!(chart.rows, [["1970-01-01 00:00", "98.5"]]);
        let two = drawn(&plan, &[(time, 98.46), (time, 100.0)]).unwrap();
        assert!(two.summary.contains("98.5 % at first, 100 % at last"), "{}", two.summary);
        let none = drawn(&plan, &[]).unwrap();
        assert!(none.svg.is_empty() && none.summary.contains("not enough history"), "{none:?}");
    }
}
