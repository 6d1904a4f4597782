//! When each alert was open, over a range that the address names.

use super::{
    address::Asked,
    range::{RangeChoice, asked, in_words},
    refresh::{Refreshed, use_refresh},
};
use crate::{
    api::database::alerts::load_alert_timeline,
    domain::database::{AlertTimeline, TimelineRow},
    ui::{
        chart::TickLabel,
        client::resource::resource,
        components::{Card, parts, rows},
        page_query::use_page_query,
    },
};
use leptos::prelude::*;

/// Of the address, what the picture keeps and is narrowed by.
const KEPT: [&str; 3] = ["state", "severity", "kind"];

#[component]
pub fn AlertTimelineCard() -> impl IntoView {
    let (query, refresh) = (use_page_query(), use_refresh());
    let range = Memo::new(move |_| query.with(asked));
    let place =
        Memo::new(move |_| query.with(|query| Asked::read("database", "alerts", &KEPT, query)));
    let about = Signal::derive(move || range.with(in_words) + &place.with(|place| place.address()));
    let read = resource(
        move || (range.get(), place.get(), refresh.reading.get()),
        |(range, place, _)| {
            load_alert_timeline(range, place.meant("severity"), place.meant("kind"))
        },
    );
    view! {
        <Card id="alert-timeline" title="Timeline">
            <div class="stack">
                <RangeChoice range=range place=place />
                <Refreshed
                    label="Reading when alerts were open"
                    lines=4
                    read=read
                    about=about
                    let:timeline
                >
                    <Timeline timeline=timeline />
                </Refreshed>
            </div>
        </Card>
    }
    .into_any()
}

/// A row for each subject: its name, its bars, and when in words.
#[component]
fn Timeline(timeline: AlertTimeline) -> impl IntoView {
    let AlertTimeline { summary, x_axis, rows: lines } = timeline;
    let picture = (!lines.is_empty()).then(|| {
        let lines = rows(lines, |row| row.name.clone(), |row| view! { <Line row=row /> });
        let ticks = parts(x_axis.into_iter().map(|tick| view! { <TickLabel tick=tick /> }));
        view! {
            <ul class="alert-timeline">{lines}</ul>
            <svg class="chart-x" aria-hidden="true">
                {ticks}
            </svg>
        }
    });
    view! {
        <figure class="chart">
            <figcaption>{summary}</figcaption>
            <div>{picture}</div>
        </figure>
    }
    .into_any()
}

#[component]
fn Line(row: TimelineRow) -> impl IntoView {
    let bars = row.bars.into_iter().map(|bar| {
        let percent = |share: f64| format!("{:.2}%", share * 100.0);
        view! {
            <rect
                x=percent(bar.from)
                width=percent(bar.to - bar.from)
                height="100%"
                rx="2"
                data-severity=bar.severity.as_str()
            />
        }
    });
    let bars = parts(bars);
    view! {
        <li>
            <span>{row.name}</span>
            <svg class="timeline-bar" aria-hidden="true">
                {bars}
            </svg>
            <span class="muted small">{row.text}</span>
        </li>
    }
    .into_any()
}
