//! What the limits of pace allow, as a picture: how many requests can be sent within a minute.

use crate::domain::{
    ai::values::RateLimiting,
    chart::{Plot, Point, Scale, Tick, Unit},
    money::grouped,
};
use std::fmt::Write;

/// Of the axis.
const SECONDS: u32 = 60;
/// From one value that is told to the next.
const STEP: usize = 5;
/// Of the drawing, which is stretched.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 250.0;

/// From a moment at which nothing was sent for a while: what can be sent at once, and how many more
/// by each second. The same count as the gate's (GCRA): `burst + 1` at once, then one in each
/// `60 / requests per minute` seconds.
fn allowed(limits: &RateLimiting) -> (u64, impl Fn(u32) -> u64) {
    let per_minute = u64::from(limits.requests_per_minute);
    let later = move |second: u32| per_minute * u64::from(second) / u64::from(SECONDS);
    (u64::from(limits.burst_allowance) + 1, later)
}

/// What there is to see, in one sentence.
fn summary(limits: &RateLimiting) -> String {
    let (at_once, later) = allowed(limits);
    let number = |count: u64| grouped(&count.to_string());
    let seconds = f64::from(SECONDS) / f64::from(limits.requests_per_minute.max(1));
    let pace = match limits.requests_per_minute {
        60 => "one a second".to_owned(),
        61.. => format!("{} a second", decimal(1.0 / seconds)),
        _ => format!("one every {} s", decimal(seconds)),
    };
    format!(
        "{} at once, then {pace}: {} within the first minute, {} in each minute after. At most {} \
            run at the same time.",
        number(at_once),
        number(at_once + later(SECONDS)),
        number(later(SECONDS)),
        number(limits.concurrent_requests.into())
    )
}

fn decimal(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The picture, with the same as text.
pub fn draw(limits: &RateLimiting) -> Plot {
    let (at_once, later) = allowed(limits);
    let scale = Scale::of(Unit::Count, (at_once + later(SECONDS)) as f64);
    let height = |count: u64| scale.height(count as f64);
    let y = |count: u64| HEIGHT * (1.0 - height(count));
    let low = y(at_once);
    // Stairs, as requests are let through one by one.
    let mut stairs = String::new();
    for second in 0..=SECONDS {
        let x = WIDTH * f64::from(second) / f64::from(SECONDS);
        // Writing to a text does not fail.
        let _ = write!(stairs, "H{x:.1}V{:.1}", y(at_once + later(second)));
    }
    let svg = format!(
        "<svg preserveAspectRatio=\"none\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
            viewBox=\"0 0 {WIDTH} {HEIGHT}\" xmlns=\"http://www.w3.org/2000/svg\">\
            <path fill=\"#010000\" d=\"M0,{HEIGHT}V{low:.1}H{WIDTH}V{HEIGHT}Z\"/>\
            <path fill=\"#020000\" d=\"M0,{low:.1}{stairs}V{low:.1}Z\"/></svg>"
    );
    let points = (0..=SECONDS).step_by(STEP).map(|second| {
        let more = later(second);
        Point {
            at: f64::from(second) / f64::from(SECONDS),
            heights: vec![Some(height(at_once)), Some(height(at_once + more))],
            cells: vec![
                format!("{second} s"),
                grouped(&at_once.to_string()),
                grouped(&more.to_string()),
            ],
        }
    });
    let ticks = (0..=SECONDS).step_by(4 * STEP).map(|second| Tick {
        at: f64::from(second) / f64::from(SECONDS),
        label: format!("{second} s"),
    });
    let names = ["Burst", "Sustained"].map(str::to_owned);
    Plot {
        summary: summary(limits),
        svg,
        x_axis: ticks.collect(),
        thresholds: Vec::new(),
        columns: ["Within".to_owned()].into_iter().chain(names.clone()).collect(),
        legend: names.into(),
        points: points.collect(),
        y_axis: scale.labels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(requests_per_minute: u32, burst_allowance: u32) -> RateLimiting {
        RateLimiting { requests_per_minute, concurrent_requests: 3, burst_allowance }
    }

    #[test]
    fn the_burst_comes_at_once_and_the_rest_at_an_even_pace() {
        let plot = draw(&limits(50, 10));
        assert_eq!(
            plot.summary,
            "11 at once, then one every 1.2 s: 61 within the first minute, 50 in each minute \
                after. At most 3 run at the same time."
        );
        let cells: Vec<_> = plot.points.iter().map(|point| point.cells.join(" ")).collect();
        assert_eq!((cells.len(), cells[0].as_str()), (13, "0 s 11 0"));
        assert_eq!(cells[12], "60 s 11 50");
        assert_eq!(plot.y_axis.last().unwrap(), "80");
        assert_eq!(plot.points[12].heights, [Some(11.0 / 80.0), Some(61.0 / 80.0)]);
        assert!(plot.svg.starts_with("<svg") && !plot.svg.contains("style="), "{}", plot.svg);
    }

    #[test]
    fn any_pace_has_its_words_and_its_picture() {
        for (per_minute, burst, words) in [
            (1, 0, "1 at once, then one every 60 s: 2 within the first minute, 1 in each"),
            (60, 0, "1 at once, then one a second: 61 within"),
            (100_000, 10_000, "10,001 at once, then 1666.7 a second: 110,001 within"),
        ] {
            let plot = draw(&limits(per_minute, burst));
            assert!(plot.summary.starts_with(words), "{}", plot.summary);
            let heights = plot.points.iter().flat_map(|point| point.heights.clone()).flatten();
            assert!(heights.into_iter().all(|height| (0.0..=1.0).contains(&height)));
        }
    }
}
