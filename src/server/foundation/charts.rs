//! Charts, drawn here by charts-rs: in the browser it would double what a page loads. Colours are
//! the pages' business (style/chart.css); each chart comes with the same numbers as text.

use crate::{
    domain::{
        ai::{
            catalog::Section,
            usage::{GroupBy, UsageAnswer},
            values::RetryStrategy,
        },
        chart::Chart,
        generation::{Period, retry::retry_delays},
        money::Money,
    },
    server::foundation::error::ServiceError,
};
use charts_rs::{BarChart, Color, HorizontalBarChart};
use serde_json::json;

/// Of every chart, in the units of its `viewBox`.
pub const WIDTH: f32 = 640.0;
pub const HEIGHT: f32 = 240.0;
/// Per bar of a horizontal chart.
const ROW: f32 = 36.0;

/// The pauses before each retry.
///
/// # Errors
/// 400 for values that no configuration has: a million retries would be drawn one by one.
pub fn retries(strategy: &RetryStrategy) -> Result<Chart, ServiceError> {
    let values = json!(strategy);
    for field in Section::RetryStrategy.fields() {
        field
            .canonical(&values[field.name()])
            .map_err(|message| ServiceError::field(field.path, message))?;
    }
    let delays = retry_delays(strategy);
    let rows: Vec<Vec<String>> = delays
        .iter()
        .enumerate()
        .map(|(index, delay)| vec![format!("{}", index + 1), seconds(*delay)])
        .collect();
    let total: u64 = delays.iter().sum();
    let summary = match delays.len() {
        0 => "Retries are switched off.".to_owned(),
        1 => format!("One retry, after {}.", seconds(total)),
        count => format!("{count} retries, after pauses of {} in all.", seconds(total)),
    };
    let values = delays.iter().map(|delay| *delay as f32 / 1000.0).collect::<Vec<_>>();
    let names = (1..=delays.len()).map(|retry| format!("Retry {retry}")).collect();
    Ok(Chart {
        summary,
        svg: bars("Seconds", values, names)?,
        columns: vec!["Retry".into(), "Pause".into()],
        rows,
    })
}

/// Spending by day in the order of time, or by model, status or person, the dearest first.
pub fn spending(usage: &UsageAnswer) -> Result<Chart, ServiceError> {
    let rows = usage
        .groups
        .iter()
        .map(|group| vec![group.label.clone(), group.requests.to_string(), group.cost.to_string()])
        .collect();
    let what = match usage.group_by {
        GroupBy::Model => "Model",
        GroupBy::Day => "Day",
        GroupBy::Status => "Status",
        GroupBy::Person => "Person",
        GroupBy::Client => "Client",
    };
    let (unit, per_dollar) =
        unit(usage.groups.iter().map(|group| group.cost).max().unwrap_or(Money::ZERO));
    let requests = if usage.requests == 1 { "request" } else { "requests" };
    let summary = format!(
        "{} spent {} in {} {requests}. The bars are in {unit}.",
        usage.spend,
        when(usage.window),
        usage.requests
    );
    let values: Vec<f32> =
        usage.groups.iter().map(|group| dollars(group.cost) * per_dollar).collect();
    let names: Vec<String> = usage.groups.iter().map(|group| group.label.clone()).collect();
    let svg = match usage.group_by {
        GroupBy::Day => bars(unit, values, names)?,
        _ => rows_of_bars(unit, values, names)?,
    };
    Ok(Chart { summary, svg, columns: vec![what.into(), "Requests".into(), "Cost".into()], rows })
}

/// When a window is that has begun and not ended.
fn when(window: Period) -> &'static str {
    match window {
        Period::Day => "today",
        Period::Week => "this week",
        Period::Month => "this month",
    }
}

/// Upright bars, one beside each name. Empty without values.
///
/// # Errors
/// `Internal` when it cannot be drawn.
pub fn bars(name: &str, values: Vec<f32>, names: Vec<String>) -> Result<String, ServiceError> {
    if values.is_empty() {
        return Ok(String::new());
    }
    let mut chart = BarChart::new(vec![(name, values).into()], names);
    (chart.width, chart.height) = (WIDTH, HEIGHT);
    chart.background_color = Color::transparent();
    chart.legend.show = Some(false);
    chart.svg().map_err(drawing)
}

/// Bars from left to right, one below the other; as high as there are many. Empty without values.
///
/// # Errors
/// `Internal` when it cannot be drawn.
pub fn rows_of_bars(
    unit: &str,
    values: Vec<f32>,
    names: Vec<String>,
) -> Result<String, ServiceError> {
    if values.is_empty() {
        return Ok(String::new());
    }
    let height = ROW.mul_add(values.len() as f32, 60.0);
    let mut chart = HorizontalBarChart::new(vec![(unit, values).into()], names);
    (chart.width, chart.height) = (WIDTH, height);
    chart.background_color = Color::transparent();
    chart.legend.show = Some(false);
    chart.svg().map_err(drawing)
}

/// The error of a chart that could not be drawn.
pub fn drawing(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("a chart could not be drawn: {error}"))
}

/// What the bars are measured in, so that the numbers beside them are not all 0, and how many of it
/// make a dollar.
fn unit(largest: Money) -> (&'static str, f32) {
    match largest {
        largest if largest >= Money::from_dollars(5) => ("US dollars", 1.0),
        largest if largest >= Money::from_nanos(50_000_000) => ("cents", 100.0),
        _ => ("thousandths of a cent", 100_000.0),
    }
}

/// For the length of a bar only; the text has the exact amount.
fn dollars(amount: Money) -> f32 {
    (amount.nanos() as f64 / 1e9) as f32
}

fn seconds(milliseconds: u64) -> String {
    let tenths = milliseconds / 100;
    if tenths.is_multiple_of(10) {
        format!("{} s", tenths / 10)
    } else {
        format!("{}.{} s", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ai::{AiConfig, models::Catalog};

    #[test]
    fn the_retries_are_drawn_and_told() {
        let chart = retries(&AiConfig::defaults(Catalog::built_in()).retry_strategy).unwrap();
        assert_eq!(chart.summary, "3 retries, after pauses of 7 s in all.");
        assert_eq!(chart.rows, [["1", "1 s"], ["2", "2 s"], ["3", "4 s"]]);
        assert!(chart.svg.starts_with("<svg") && !chart.svg.contains("style="), "{}", chart.svg);
    }

    #[test]
    fn what_no_configuration_has_is_not_drawn() {
        let usual = AiConfig::defaults(Catalog::built_in()).retry_strategy;
        for strategy in [
            RetryStrategy { max_retries: u32::MAX, ..usual.clone() },
            RetryStrategy { base_delay: 60_001, ..usual.clone() },
            RetryStrategy { max_delay: u32::MAX, ..usual },
        ] {
            assert!(matches!(retries(&strategy), Err(ServiceError::Validation(_))), "{strategy:?}");
        }
    }

    #[test]
    fn the_day_that_runs_is_called_today() {
        assert_eq!(Period::ALL.map(when), ["today", "this week", "this month"]);
    }

    #[test]
    fn small_amounts_have_a_small_unit() {
        let names = [0, 49_999_999, 50_000_000, 5_000_000_000]
            .map(|nanos| unit(Money::from_nanos(nanos)).0);
        assert_eq!(
            names,
            ["thousandths of a cent", "thousandths of a cent", "cents", "US dollars"]
        );
    }

    #[test]
    fn nothing_to_draw_is_no_drawing() {
        let off = RetryStrategy {
            max_retries: 0,
            ..AiConfig::defaults(Catalog::built_in()).retry_strategy
        };
        assert_eq!(
            retries(&off).unwrap(),
            Chart {
                summary: "Retries are switched off.".into(),
                columns: vec!["Retry".into(), "Pause".into()],
                ..Chart::default()
            }
        );
    }
}
