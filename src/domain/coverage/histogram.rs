//! A histogram of lengths as a picture, with the same as text.

use super::{TokenBar, TokenFitAnswer};
use crate::domain::{
    chart::{Plot, Point, Scale, Tick, Unit},
    money::grouped,
};
use std::fmt::Write;

/// Of the drawing, which is stretched.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 250.0;
/// Labels below the bars; more would run into each other on a phone.
const LABELS: usize = 5;
/// How much of its place a bar fills.
const FILLED: f64 = 0.9;

/// The bars, those of longer conversations than the target in another colour.
pub fn draw(answer: &TokenFitAnswer, target: i32) -> Plot {
    let bars = &answer.bars;
    let columns = ["Tokens", "Conversations"].map(str::to_owned).into();
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else {
        return Plot { summary: summary(answer), columns, ..Plot::default() };
    };
    let (start, end) = (f64::from(first.from), f64::from(last.to));
    let place = |tokens: i32| (f64::from(tokens) - start) / (end - start);
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or_default();
    let scale = Scale::of(Unit::Count, most as f64);
    let height = |bar: &TokenBar| scale.height(bar.count as f64);
    let (mut within, mut beyond) = (String::new(), String::new());
    for bar in bars.iter().filter(|bar| bar.count > 0) {
        let (left, right) = (WIDTH * place(bar.from), WIDTH * place(bar.to));
        let margin = (right - left) * (1.0 - FILLED) / 2.0;
        let (left, right) = (left + margin, right - margin);
        let top = HEIGHT * (1.0 - height(bar));
        let path = if bar.from >= target { &mut beyond } else { &mut within };
        // Writing to a text does not fail.
        let _ = write!(path, "M{left:.1},{HEIGHT}V{top:.1}H{right:.1}V{HEIGHT}Z");
    }
    let at = place(target);
    let line = if (0.0..=1.0).contains(&at) {
        let x = WIDTH * at;
        format!("<path fill=\"none\" stroke=\"#030000\" d=\"M{x:.1},0V{HEIGHT}\"/>")
    } else {
        String::new()
    };
    let svg = format!(
        "<svg preserveAspectRatio=\"none\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
            viewBox=\"0 0 {WIDTH} {HEIGHT}\" xmlns=\"http://www.w3.org/2000/svg\">\
            <path fill=\"#010000\" d=\"{within}\"/><path fill=\"#030000\" d=\"{beyond}\"/>{line}\
            </svg>"
    );
    let points = bars.iter().map(|bar| Point {
        at: f64::midpoint(place(bar.from), place(bar.to)),
        heights: vec![Some(height(bar))],
        cells: vec![range(bar), number(bar.count)],
    });
    let ticks = bars.iter().step_by(bars.len().div_ceil(LABELS));
    let ticks = ticks.map(|bar| Tick { at: place(bar.from), label: number(bar.from.into()) });
    Plot {
        summary: summary(answer),
        svg,
        x_axis: ticks.collect(),
        columns,
        points: points.collect(),
        y_axis: scale.labels,
        ..Plot::default()
    }
}

/// `1,000–1,199`.
fn range(bar: &TokenBar) -> String {
    format!("{}–{}", number(bar.from.into()), number(i64::from(bar.to) - 1))
}

fn summary(answer: &TokenFitAnswer) -> String {
    let tokens = |tokens: i32| number(tokens.into());
    match answer.total {
        0 => "No conversations.".to_owned(),
        1 => format!("1 conversation, of about {} tokens.", tokens(answer.longest)),
        total => format!(
            "{} conversations, {} tokens together. Half have at most {}, 95 % at most {}; the \
                longest has {}.",
            number(total),
            number(answer.tokens),
            tokens(answer.median),
            tokens(answer.p95),
            tokens(answer.longest)
        ),
    }
}

fn number(count: i64) -> String {
    grouped(&count.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::coverage::lengths::Length;

    fn answer(all: &[(i32, i64)]) -> TokenFitAnswer {
        let lengths: Vec<_> =
            all.iter().map(|(tokens, count)| Length { tokens: *tokens, count: *count }).collect();
        TokenFitAnswer::of(&lengths, None, None)
    }

    #[test]
    fn a_bar_stands_where_its_length_is_and_the_target_between_them() {
        let plot = draw(&answer(&[(100, 3), (1_500, 4), (5_000, 1)]), 4_096);
        assert_eq!(
            plot.summary,
            "8 conversations, 11,300 tokens together. Half have at most 1,500, 95 % at most \
                5,000; the longest has 5,000."
        );
        assert_eq!(plot.points[0].cells, ["0–199", "3"]);
        assert_eq!(plot.points.last().unwrap().cells, ["5,000–5,199", "1"]);
        assert_eq!(plot.y_axis.last().unwrap(), "4");
        assert!(plot.points.iter().all(|it| it.cells.len() == plot.columns.len()));
        assert!(plot.x_axis.len() <= LABELS && plot.x_axis[0].label == "0");
        // 4,096 of 5,200 tokens.
        assert!(plot.svg.contains("M787.7,0V250"), "{}", plot.svg);
        assert!(!plot.svg.contains("style="));
    }

    #[test]
    fn a_target_beyond_all_is_no_line() {
        let plot = draw(&answer(&[(100, 1)]), 4_096);
        assert!(!plot.svg.contains("stroke="), "{}", plot.svg);
        assert_eq!(plot.summary, "1 conversation, of about 100 tokens.");
        assert_eq!(draw(&answer(&[]), 4_096).svg, "");
    }
}
