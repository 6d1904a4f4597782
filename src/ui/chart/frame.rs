//! What stands around the lines or bars of a plot. The drawing is stretched to the room there is;
//! words and lines of the frame are set by percentages and keep their size.

use super::readout::{last_of, nearest, readout};
use crate::{
    domain::chart::{Plot, Threshold, Tick},
    ui::components::{Rows, parts},
};
use leptos::{html, prelude::*};

/// Nearer to an edge than this a word would be cut.
const EDGE: f64 = 0.06;

#[component]
pub fn Frame(label: String, plot: Plot) -> impl IntoView {
    let Plot { svg, y_axis, x_axis, thresholds, legend, columns, points, .. } = plot;
    let (count, shown) = (points.len(), RwSignal::new(last_of(&points)));
    let (points, looked_at) = (StoredValue::new(points), RwSignal::new(false));
    let words = Memo::new(move |_| {
        points.with_value(|points| points.get(shown.get()).map(|it| readout(it, &columns)))
    });
    let node = NodeRef::<html::Div>::new();
    let look = move |x: i32| {
        let Some(width) = node.get_untracked().map(|plot| plot.client_width()) else { return };
        let place = f64::from(x) / f64::from(width.max(1));
        if let Some(index) = points.with_value(|points| nearest(points, place)) {
            shown.set(index);
            looked_at.set(true);
        }
    };
    let slid = move |text: String| {
        if let Ok(index) = text.parse() {
            shown.set(index);
            looked_at.set(true);
        }
    };
    let leave = move || {
        // A slider that goes with its page loses the focus when its values are gone already.
        if let Some(last) = points.try_with_value(|points| last_of(points)) {
            looked_at.set(false);
            shown.set(last);
        }
    };
    let cursor = move || {
        let is_seen = looked_at.get();
        points.with_value(|points| {
            let point = points.get(shown.get()).filter(|_| is_seen)?;
            let x = percent(point.at);
            let dots = point.heights.iter().flatten().map(|height| {
                view! { <circle cx=x.clone() cy=percent(1.0 - height) r="4" /> }
            });
            Some(view! {
                <line x1=x.clone() x2=x.clone() y1="0" y2="100%" />
                {parts(dots)}
            })
        })
    };
    let thresholds = thresholds.into_iter();
    let thresholds = parts(thresholds.map(|line| view! { <ThresholdLine threshold=line /> }));
    let slider = (count > 1).then(|| {
        view! {
            <input
                class="chart-slider"
                type="range"
                aria-label=format!("{label}: value at")
                min="0"
                max=count - 1
                aria-valuetext=words
                prop:value=move || shown.get().to_string()
                on:input:target=move |event| slid(event.target().value())
                on:blur=move |_| leave()
            />
        }
    });
    view! {
        <div class="chart-head">
            <Legend names=legend />
            <span class="chart-readout" aria-hidden="true" translate="no">
                {words}
            </span>
        </div>
        <div class="chart-frame">
            <div class="chart-y" aria-hidden="true">
                {parts(y_axis.iter().rev().cloned().map(|text| view! { <span>{text}</span> }))}
            </div>
            <div
                class="chart-plot"
                node_ref=node
                on:pointermove=move |event| look(event.offset_x())
                on:pointerdown=move |event| look(event.offset_x())
                on:pointerleave=move |_| leave()
            >
                <svg class="chart-lines" aria-hidden="true">
                    {lines(y_axis.len())}
                </svg>
                // Our own server's; the table says the same.
                <div class="chart-picture" aria-hidden="true" inner_html=svg></div>
                <svg class="chart-thresholds" aria-hidden="true">
                    {thresholds}
                </svg>
                <svg class="chart-cursor" aria-hidden="true">
                    {cursor}
                </svg>
            </div>
            <svg class="chart-x" aria-hidden="true">
                {parts(x_axis.into_iter().map(|tick| view! { <TickLabel tick=tick /> }))}
            </svg>
            {slider}
        </div>
    }
    .into_any()
}

/// The names of several series, each with its colour.
#[component]
pub fn Legend(names: Vec<String>) -> impl IntoView {
    if names.is_empty() {
        return ().into_any();
    }
    let names = names.into_iter().enumerate().map(|(index, name)| {
        view! {
            <li>
                <svg aria-hidden="true" width="10" height="10">
                    <rect width="10" height="10" rx="2" data-colour=index + 1 />
                </svg>
                {name}
            </li>
        }
    });
    view! { <ul class="chart-legend">{parts(names)}</ul> }.into_any()
}

/// A line for each word beside the plot.
fn lines(words: usize) -> Rows {
    let gaps = words.saturating_sub(1).max(1);
    parts((0..words).map(move |index| {
        let y = percent(index as f64 / gaps as f64);
        view! { <line x1="0" x2="100%" y1=y.clone() y2=y /> }
    }))
}

#[component]
fn ThresholdLine(threshold: Threshold) -> impl IntoView {
    let Threshold { at, label, is_limit } = threshold;
    let y = percent(1.0 - at);
    // Above its line, but where there is no room for it.
    let shift = if at > 0.9 { "1.1em" } else { "-0.35em" };
    view! {
        <g data-limit=is_limit.then_some("")>
            <line x1="0" x2="100%" y1=y.clone() y2=y.clone() />
            <text x="4" y=y dy=shift>
                {label}
            </text>
        </g>
    }
}

/// A word below a plot.
#[component]
pub fn TickLabel(tick: Tick) -> impl IntoView {
    let Tick { at, label } = tick;
    let anchor = match at {
        at if at < EDGE => "start",
        at if at > 1.0 - EDGE => "end",
        _ => "middle",
    };
    view! {
        <text x=percent(at) y="1em" text-anchor=anchor>
            {label}
        </text>
    }
}

fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}
