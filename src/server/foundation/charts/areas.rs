//! Areas that stand on each other: what makes up a whole, over time.

use super::{ALONE, GAP, HEIGHT, Series, Span, Subject, WIDTH, place_alone, plot, scale};
use crate::domain::chart::{Plot, Scale, moment_label, time_ticks};
use chrono::{DateTime, Utc};
use std::{fmt::Write, ops::Range};

/// Several series over time, each on those before it. A time at which one of them has no value
/// shows none.
pub fn areas(mut subject: Subject, times: &[DateTime<Utc>], span: Span) -> Plot {
    let is_known = |index: usize| {
        subject.series.iter().all(|series| series.values.get(index).is_some_and(Option::is_some))
    };
    let known: Vec<usize> = (0..times.len()).filter(|index| is_known(*index)).collect();
    let times: Vec<_> = known.iter().map(|index| times[*index]).collect();
    for series in &mut subject.series {
        series.values = known.iter().map(|index| series.values[*index].clone()).collect();
    }
    let seconds = (span.to - span.from).as_seconds_f64().max(1.0);
    let places: Vec<f64> =
        times.iter().map(|time| (*time - span.from).as_seconds_f64() / seconds).collect();
    let edges = edges(&subject.series, times.len());
    let top = edges.last().into_iter().flatten().copied().fold(0.0, f64::max);
    let scale = scale(&subject, top);
    let svg = if times.is_empty() { String::new() } else { drawn(&edges, &places, &scale) };
    let labels = times.iter().map(|time| moment_label(*time, &span.zone)).collect();
    let x_axis = time_ticks(span.from, span.to, &span.zone);
    plot(subject, scale, svg, x_axis, places, labels, true)
}

/// The lower edge of the first series, and the upper edge of each.
fn edges(series: &[Series], count: usize) -> Vec<Vec<f64>> {
    let mut edges = vec![vec![0.0; count]];
    for one in series {
        let below = edges[edges.len() - 1].iter();
        let amounts = one.values.iter().map(|value| value.as_ref().map_or(0.0, |it| it.amount));
        edges.push(below.zip(amounts).map(|(below, amount)| below + amount).collect());
    }
    edges
}

/// The stretches of an axis in which nothing is missing for longer than usual.
fn runs(places: &[f64]) -> Vec<Range<usize>> {
    let mut steps: Vec<f64> = places.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let all = steps.clone();
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(steps.len() / 2).copied().unwrap_or_default();
    let mut runs = Vec::new();
    let mut start = 0;
    for (index, step) in all.iter().enumerate() {
        if *step > GAP * usual {
            runs.push(start..index + 1);
            start = index + 1;
        }
    }
    runs.push(start..places.len());
    runs
}

/// As charts-rs draws the others: the red of a colour says which series it is.
fn drawn(edges: &[Vec<f64>], places: &[f64], scale: &Scale) -> String {
    let mut svg = format!(
        "<svg preserveAspectRatio=\"none\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
            viewBox=\"0 0 {WIDTH} {HEIGHT}\" xmlns=\"http://www.w3.org/2000/svg\">"
    );
    let (width, height) = (f64::from(WIDTH), f64::from(HEIGHT));
    for (number, pair) in edges.windows(2).enumerate() {
        let (below, above) = (&pair[0], &pair[1]);
        for run in runs(places) {
            let y = |edge: &[f64], index: usize| height * (1.0 - scale.height(edge[index]));
            let mut corners: Vec<(f64, f64)> =
                run.clone().map(|index| (width * places[index], y(above, index))).collect();
            corners.extend(run.clone().rev().map(|index| (width * places[index], y(below, index))));
            if let [(_, top), (_, bottom)] = corners[..] {
                let start = place_alone(places[run.start]);
                let (start, end) = (width * start, width * (start + ALONE));
                corners = vec![(start, top), (end, top), (end, bottom), (start, bottom)];
            }
            let mut path = String::new();
            for (index, (x, y)) in corners.iter().enumerate() {
                let letter = if index == 0 { 'M' } else { 'L' };
                // Writing to a text does not fail.
                let _ = write!(path, "{letter}{x:.1},{y:.1}");
            }
            let _ = write!(svg, "<path fill=\"#{:02x}0000\" d=\"{path}Z\"/>", number + 1);
        }
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chart::Unit;
    use chrono::Duration;
    use chrono_tz::Tz;

    fn drawn_of(minutes: &[i64], series: &[(&str, &[Option<f64>])]) -> Plot {
        let at = |minute: i64| DateTime::UNIX_EPOCH + Duration::minutes(minute);
        let span = Span { from: at(0), to: at(40), zone: Tz::UTC };
        let series = series
            .iter()
            .map(|(name, amounts)| Series::new(name, Unit::Count, amounts.iter().copied()));
        let subject = Subject {
            summary: String::new(),
            unit: Unit::Count,
            place: "Time",
            series: series.collect(),
            thresholds: Vec::new(),
        };
        areas(subject, &minutes.iter().map(|minute| at(*minute)).collect::<Vec<_>>(), span)
    }

    #[test]
    fn each_area_stands_on_the_one_before() {
        let plot = drawn_of(
            &[0, 20, 40],
            &[("Active", &[1.0, 2.0, 1.0].map(Some)), ("Idle", &[3.0, 2.0, 0.0].map(Some))],
        );
        assert_eq!(plot.legend, ["Active", "Idle"]);
        assert_eq!(plot.y_axis.last().unwrap(), "4");
        assert_eq!(plot.points[0].cells, ["1 Jan 1970, 00:00", "1", "3"]);
        assert_eq!(plot.points[0].heights, [Some(0.25), Some(1.0)]);
        let first =
            "fill=\"#010000\" d=\"M0.0,187.5L500.0,125.0L1000.0,187.5L1000.0,250.0L500.0,250.0";
        assert!(plot.svg.contains(first), "{}", plot.svg);
        let second =
            "fill=\"#020000\" d=\"M0.0,0.0L500.0,0.0L1000.0,187.5L1000.0,187.5L500.0,125.0";
        assert!(plot.svg.contains(second), "{}", plot.svg);
        assert!(!plot.svg.contains("style="), "{}", plot.svg);
    }

    #[test]
    fn an_area_ends_where_values_are_missing() {
        let of = |minutes: &[i64]| {
            let amounts = vec![Some(1.0); minutes.len()];
            drawn_of(minutes, &[("Active", &amounts)]).svg.matches("<path").count()
        };
        assert_eq!(of(&[0, 1, 2, 3, 30, 31]), 2);
        assert_eq!(of(&[20]), 1);
        assert_eq!(of(&[]), 0);
        let present = drawn_of(&[40], &[("Active", &[Some(1.0)])]).svg;
        assert!(present.contains("d=\"M996.0,0.0L1000.0,0.0L1000.0,250.0L"), "{present}");
        let half = drawn_of(&[0, 1], &[("One", &[Some(1.0), None]), ("Two", &[Some(1.0); 2])]);
        assert_eq!(half.points.len(), 1, "what is half known is not shown");
    }
}
