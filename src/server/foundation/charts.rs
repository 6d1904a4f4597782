//! Charts: charts-rs draws the lines and bars, without an axis, a word or a colour of its own. What
//! stands around them comes beside it ([`Plot`]), because words that are stretched with a drawing
//! are too small on a phone; colours are the pages' business (`style/chart.css`). It is drawn here
//! because charts-rs would double what a browser loads.

mod areas;

pub use areas::areas;

use crate::{
    domain::{
        chart::{Plot, Point, Scale, Threshold, Tick, Unit, moment_label, time_ticks},
        money::{Money, grouped},
        quantity::{bytes, milliseconds, percent},
    },
    server::foundation::error::ServiceError,
};
use charts_rs::{BarChart, Box as Margin, ChartBase, Color, LineChart, Symbol, YAxisConfig};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

/// Of every drawing, in the units of its `viewBox`. It is stretched, so only the precision counts.
const WIDTH: f32 = 1000.0;
const HEIGHT: f32 = 250.0;
/// Letters of the labels below bars; more would run into each other on a phone.
const LETTERS: usize = 36;
/// From one label to the next: days by weeks, hours by quarters of a day.
const STEPS: [usize; 9] = [1, 2, 3, 6, 7, 12, 14, 28, 56];
/// How far two values may be apart for a line between them, as a multiple of the distance that is
/// usual in their series. One that is missing is no gap, two are.
const GAP: f64 = 2.5;
/// How wide a value is that stands alone: it would be a line of no length.
const ALONE: f64 = 0.004;

/// What is shown.
pub struct Subject {
    pub summary: String,
    pub unit: Unit,
    /// The head of the first column of the text equivalent: "Time", "Day".
    pub place: &'static str,
    pub series: Vec<Series>,
    /// Lines across: at which value, what for, and whether it is a limit.
    pub thresholds: Vec<(f64, String, bool)>,
}

/// One line, or one colour of bars that stand on each other.
pub struct Series {
    pub name: String,
    /// One for each place of the axis.
    pub values: Vec<Option<Value>>,
}

/// A value, and how it is said.
#[derive(Clone)]
pub struct Value {
    pub amount: f64,
    pub text: String,
}

impl Value {
    pub fn of(unit: Unit, amount: f64) -> Self {
        let text = match unit {
            Unit::Bytes => bytes(amount.round() as i64),
            Unit::Percent => percent(amount / 100.0),
            Unit::Count => grouped(&format!("{amount:.0}")),
            Unit::Milliseconds => milliseconds(amount),
            Unit::Dollars => Money::from_nanos((amount * 1e9).round() as i64).to_string(),
        };
        Self { amount, text }
    }

    /// Said as money is everywhere; for the length of a bar a double does.
    pub fn money(amount: Money) -> Self {
        Self { amount: amount.nanos() as f64 / 1e9, text: amount.to_string() }
    }
}

impl Series {
    pub fn new(name: &str, unit: Unit, amounts: impl IntoIterator<Item = Option<f64>>) -> Self {
        let values = amounts.into_iter().map(|amount| amount.map(|it| Value::of(unit, it)));
        Self { name: name.to_owned(), values: values.collect() }
    }
}

/// From when to when, and in whose calendar.
#[derive(Clone, Copy)]
pub struct Span {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub zone: Tz,
}

/// Lines over time, each value where its time is. They break where values are missing.
///
/// # Errors
/// `Internal` when it cannot be drawn.
pub fn lines(subject: Subject, times: &[DateTime<Utc>], span: Span) -> Result<Plot, ServiceError> {
    let seconds = (span.to - span.from).as_seconds_f64().max(1.0);
    let places: Vec<f64> =
        times.iter().map(|time| (*time - span.from).as_seconds_f64() / seconds).collect();
    let largest = largest(subject.series.iter().flat_map(|series| &series.values).flatten());
    let scale = scale(&subject, largest);
    let svg = if times.is_empty() {
        String::new()
    } else {
        let drawn = subject.series.iter().map(|series| line(&series.values, &places)).collect();
        let mut chart = LineChart::new(drawn, Vec::new());
        chart.series.fill = subject.series.len() == 1;
        (chart.x_axis.min, chart.x_axis.max) = (Some(0.0), Some(1.0));
        plain(&mut chart.base, &mut chart.y_axis_configs, scale.max);
        stretched(chart.svg())?
    };
    let labels = times.iter().map(|time| moment_label(*time, &span.zone)).collect::<Vec<_>>();
    let x_axis = time_ticks(span.from, span.to, &span.zone);
    Ok(plot(subject, scale, svg, x_axis, places, labels, false))
}

/// Upright bars at even distances, those of several series on each other.
///
/// # Errors
/// `Internal` when it cannot be drawn.
pub fn bars(subject: Subject, labels: Vec<String>) -> Result<Plot, ServiceError> {
    let sums: Vec<f64> = (0..labels.len())
        .map(|index| {
            let amounts = subject.series.iter().filter_map(|series| series.values.get(index));
            amounts.flatten().map(|value| value.amount).sum()
        })
        .collect();
    let scale = scale(&subject, sums.iter().copied().fold(0.0, f64::max));
    let count = labels.len() as f64;
    let places: Vec<f64> = (0..labels.len()).map(|index| (index as f64 + 0.5) / count).collect();
    let svg = if sums.iter().all(|sum| *sum == 0.0) {
        String::new()
    } else {
        let drawn = subject.series.iter().map(|series| {
            let values = series.values.iter();
            let values = values.map(|value| value.as_ref().map(|it| it.amount as f32));
            let mut drawn: charts_rs::Series = ("", values.collect::<Vec<_>>()).into();
            drawn.stack = Some("all".to_owned());
            drawn
        });
        let mut chart = BarChart::new(drawn.collect(), vec![String::new(); labels.len()]);
        plain(&mut chart.base, &mut chart.y_axis_configs, scale.max);
        stretched(chart.svg())?
    };
    let x_axis = labels.iter().zip(&places).step_by(label_step(&labels));
    let x_axis = x_axis.map(|(label, at)| Tick { at: *at, label: label.clone() }).collect();
    Ok(plot(subject, scale, svg, x_axis, places, labels, true))
}

/// Every how many bars there is a label.
fn label_step(labels: &[String]) -> usize {
    let longest = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    let most = (LETTERS / (longest + 1)).max(2);
    let fits = |step: &&usize| labels.len().div_ceil(**step) <= most;
    STEPS.iter().find(fits).copied().unwrap_or_else(|| labels.len().max(1))
}

fn largest<'a>(values: impl Iterator<Item = &'a Value>) -> f64 {
    values.map(|value| value.amount).fold(0.0, f64::max)
}

/// The axis, with room for the lines across.
fn scale(subject: &Subject, largest: f64) -> Scale {
    let thresholds = subject.thresholds.iter().map(|(value, ..)| *value);
    Scale::of(subject.unit, thresholds.fold(largest, f64::max))
}

/// One line. Where values are missing for longer than usual there is none.
fn line(values: &[Option<Value>], places: &[f64]) -> charts_rs::Series {
    let known: Vec<(f64, f32)> = values
        .iter()
        .zip(places)
        .filter_map(|(value, at)| Some((*at, value.as_ref()?.amount as f32)))
        .collect();
    let mut steps: Vec<f64> = known.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(steps.len() / 2).copied().unwrap_or_default();
    let (mut x_values, mut data) = (Vec::new(), Vec::new());
    for (index, (at, value)) in known.iter().enumerate() {
        let breaks = |other: Option<&(f64, f32)>| {
            other.is_none_or(|other| (other.0 - at).abs() > GAP * usual)
        };
        let before = index.checked_sub(1).and_then(|index| known.get(index));
        if let Some(before) = before.filter(|_| breaks(before)) {
            x_values.push(f64::midpoint(before.0, *at));
            data.push(None);
        }
        if breaks(before) && breaks(known.get(index + 1)) {
            let start = place_alone(*at);
            x_values.extend([start, start + ALONE]);
            data.extend([Some(*value); 2]);
        } else {
            x_values.push(*at);
            data.push(Some(*value));
        }
    }
    let mut series: charts_rs::Series = ("", data).into();
    series.x_values = Some(x_values);
    series
}

/// Where a value begins that stands alone: inside of the picture, whose end the present is.
fn place_alone(at: f64) -> f64 {
    at.min(1.0 - ALONE)
}

/// Takes away what charts-rs draws around lines and bars.
fn plain(chart: &mut ChartBase, y_axis: &mut [YAxisConfig], max: f64) {
    (chart.width, chart.height) = (WIDTH, HEIGHT);
    chart.margin = Margin::default();
    chart.background_color = Color::transparent();
    chart.legend.show = Some(false);
    chart.grid.stroke_width = 0.0;
    chart.grid.stroke_color = Color::transparent();
    (chart.x_axis.hidden, chart.y_axis_hidden) = (true, true);
    chart.series.symbol = Some(Symbol::None);
    chart.series.smooth = false;
    // Not seen: by these `style/chart.css` knows the first, the second, …
    chart.series.colors = (1..=u8::try_from(chart.series_list.len().max(1)).unwrap_or(u8::MAX))
        .map(|number| Color { r: number, g: 0, b: 0, a: u8::MAX })
        .collect();
    if let Some(axis) = y_axis.first_mut() {
        (axis.min, axis.max) = (Some(0.0), Some(max as f32));
    }
}

/// Lets a drawing be stretched over the plot.
fn stretched<E: std::fmt::Display>(drawn: Result<String, E>) -> Result<String, ServiceError> {
    let svg = drawn
        .map_err(|error| ServiceError::Internal(format!("a chart could not be drawn: {error}")))?;
    Ok(svg.replacen("<svg ", "<svg preserveAspectRatio=\"none\" ", 1))
}

fn plot(
    subject: Subject,
    scale: Scale,
    svg: String,
    x_axis: Vec<Tick>,
    places: Vec<f64>,
    labels: Vec<String>,
    is_stacked: bool,
) -> Plot {
    let point = |(index, (at, label)): (usize, (f64, String))| {
        let mut below = 0.0;
        let (mut heights, mut cells) = (Vec::new(), vec![label]);
        for series in &subject.series {
            let value = series.values.get(index).and_then(Option::as_ref);
            cells.push(value.map_or_else(|| "–".to_owned(), |value| value.text.clone()));
            heights.push(value.map(|value| {
                let height = scale.height(below + value.amount);
                below += if is_stacked { value.amount } else { 0.0 };
                height
            }));
        }
        Point { at, heights, cells }
    };
    let points = places.into_iter().zip(labels).enumerate().map(point).collect();
    let names = subject.series.iter().map(|series| series.name.clone()).collect::<Vec<_>>();
    let thresholds = subject.thresholds.into_iter().map(|(value, label, is_limit)| Threshold {
        at: scale.height(value),
        label,
        is_limit,
    });
    Plot {
        summary: subject.summary,
        svg,
        thresholds: thresholds.collect(),
        x_axis,
        columns: [subject.place.to_owned()].into_iter().chain(names.clone()).collect(),
        legend: if names.len() > 1 { names } else { Vec::new() },
        y_axis: scale.labels,
        points,
    }
}

/// The days of a zone from that of a span's beginning to that of its last moment, both included.
pub fn days(span: Span) -> Vec<chrono::NaiveDate> {
    let local = |time: DateTime<Utc>| time.with_timezone(&span.zone).date_naive();
    let last = local((span.to - Duration::nanoseconds(1)).max(span.from));
    local(span.from).iter_days().take_while(|day| *day <= last).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::minutes(minute)
    }

    fn span(minutes: i64) -> Span {
        Span { from: at(0), to: at(minutes), zone: Tz::UTC }
    }

    fn subject(unit: Unit, series: Vec<Series>) -> Subject {
        Subject { summary: String::new(), unit, place: "Time", series, thresholds: Vec::new() }
    }

    fn one(unit: Unit, amounts: &[f64]) -> Subject {
        subject(unit, vec![Series::new("Value", unit, amounts.iter().copied().map(Some))])
    }

    /// The paths that are drawn as lines of the first series; that of the area below is not among
    /// them.
    fn strokes(svg: &str) -> Vec<&str> {
        let starts = svg.match_indices("<path").map(|(start, _)| start);
        starts
            .map(|start| svg[start..].split("/>").next().unwrap())
            .filter(|path| path.contains("stroke=\"#010000\""))
            .collect()
    }

    #[test]
    fn a_value_stands_at_its_time_and_its_height() {
        let times = [at(0), at(10), at(40)];
        let plot = lines(one(Unit::Count, &[0.0, 5.0, 10.0]), &times, span(40)).unwrap();
        assert!(plot.svg.starts_with("<svg preserveAspectRatio=\"none\" width=\"1000\""));
        let drawn = strokes(&plot.svg);
        assert_eq!(drawn.len(), 1, "{}", plot.svg);
        for place in ["0,250", "250,125", "1000,0"] {
            assert!(drawn[0].replace(' ', ",").contains(place), "{place}: {}", drawn[0]);
        }
        assert_eq!(plot.points.iter().map(|it| it.at).collect::<Vec<_>>(), [0.0, 0.25, 1.0]);
        assert_eq!(plot.points[1].heights, [Some(0.5)]);
        assert_eq!(plot.points[1].cells, ["1 Jan 1970, 00:10", "5"]);
    }

    #[test]
    fn nothing_but_lines_is_drawn() {
        let plot = lines(one(Unit::Count, &[1.0, 2.0]), &[at(0), at(1)], span(1)).unwrap();
        for odd in ["<text", "style=", "<circle", "<line"] {
            assert!(!plot.svg.contains(odd), "{odd}: {}", plot.svg);
        }
    }

    #[test]
    fn a_line_breaks_where_values_are_missing() {
        let times = [0, 1, 2, 3, 30, 31, 32].map(at);
        let values = [1.0; 7];
        let plot = lines(one(Unit::Count, &values), &times, span(40)).unwrap();
        assert_eq!(strokes(&plot.svg).len(), 2, "{}", plot.svg);
        let alone = lines(one(Unit::Count, &[1.0]), &[at(20)], span(40)).unwrap();
        assert_eq!(strokes(&alone.svg).len(), 1, "{}", alone.svg);
        // The present stands inside of the picture.
        let alone = line(&[Some(Value::of(Unit::Count, 1.0))], &[1.0]).x_values.unwrap();
        assert!(alone.len() == 2 && alone[0] < alone[1] && alone[1] <= 1.0, "{alone:?}");
    }

    #[test]
    fn bars_of_several_stand_on_each_other() {
        let series = |name, amounts: [f64; 2]| {
            Series::new(name, Unit::Dollars, amounts.into_iter().map(Some))
        };
        let both = vec![series("One", [1.0, 3.0]), series("Two", [1.0, 0.0])];
        let plot = bars(subject(Unit::Dollars, both), vec!["a".into(), "b".into()]).unwrap();
        assert_eq!(plot.legend, ["One", "Two"]);
        assert_eq!(plot.y_axis.last().unwrap(), "$3");
        assert_eq!(plot.points[0].at, 0.25);
        assert_eq!(plot.points[0].cells, ["a", "$1.00", "$1.00"]);
        let [Some(below), Some(above)] = plot.points[0].heights[..] else { panic!("{plot:?}") };
        assert!((below - 1.0 / 3.0).abs() < 1e-9 && (above - 2.0 / 3.0).abs() < 1e-9);
        // The second one ends at two thirds of the height.
        assert!(plot.svg.contains("#020000") && plot.svg.contains("83.3"), "{}", plot.svg);
    }

    #[test]
    fn labels_are_as_many_as_there_is_room_for() {
        let step = |count: usize, label: &str| label_step(&vec![label.to_owned(); count]);
        assert_eq!(step(3, "Retry 1"), 1);
        assert_eq!(step(24, "00:00"), 6);
        assert_eq!(step(31, "30 Nov"), 7);
        assert_eq!(step(0, ""), 1);
    }

    #[test]
    fn lines_across_have_room() {
        let mut subject = one(Unit::Count, &[1.0]);
        subject.thresholds = vec![(90.0, "Limit".into(), true)];
        let plot = lines(subject, &[at(0)], span(1)).unwrap();
        assert_eq!(plot.thresholds[0].at, 0.9);
    }

    #[test]
    fn nothing_to_draw_is_no_drawing() {
        assert_eq!(lines(one(Unit::Count, &[]), &[], span(1)).unwrap().svg, "");
        let none = subject(Unit::Dollars, Vec::new());
        assert_eq!(bars(none, vec!["today".into()]).unwrap().svg, "");
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let from = "2026-11-29T23:30:00Z".parse().unwrap();
        let to = "2026-12-01T23:00:00Z".parse().unwrap();
        let count = |zone| days(Span { from, to, zone }).len();
        assert_eq!((count(Tz::UTC), count(Tz::Europe__Berlin)), (3, 2));
    }
}
