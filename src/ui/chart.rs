//! A chart: the lines or bars that the server drew, in a frame of words that keep their size, with
//! the value under the pointer or the keyboard, and all of it as a table.

mod frame;
mod readout;

use crate::{
    domain::chart::{Bar, Bars, Chart, Plot},
    ui::{
        client::resource::Resource,
        components::{Head, Table, parts, rows},
        loaded::Loaded,
    },
};
use frame::Frame;
pub use frame::{Legend, TickLabel};
use leptos::prelude::*;

/// The chart of a resource; the one before stays while another is drawn.
#[component]
pub fn LoadedChart(
    /// What it shows: the name of its table and of its slider.
    label: &'static str,
    chart: Resource<Chart>,
) -> impl IntoView {
    view! {
        <Loaded read=chart label="Drawing the chart" lines=5 let:chart>
            <ChartFigure label=label chart=chart />
        </Loaded>
    }
    .into_any()
}

/// A drawn chart with its sentence and its numbers.
#[component]
pub fn ChartFigure(#[prop(into)] label: String, chart: Chart) -> impl IntoView {
    match chart {
        Chart::Plot(plot) => view! { <PlotFigure label=label plot=plot /> }.into_any(),
        Chart::Bars(bars) => view! { <BarList label=label bars=bars /> }.into_any(),
    }
}

/// Lines or upright bars, and below them the sentence and the same as a table.
#[component]
pub fn PlotFigure(#[prop(into)] label: String, plot: Plot) -> impl IntoView {
    let Plot { summary, columns, points, .. } = plot.clone();
    let picture = (!plot.svg.is_empty()).then(|| {
        let label = label.clone();
        view! { <Frame label=label plot=plot /> }
    });
    let table = (!points.is_empty()).then(|| {
        let lines = rows(
            points,
            |point| point.cells.first().cloned(),
            |point| {
                let mut words = point.cells.into_iter();
                let name = words.next();
                view! {
                    <tr>
                        <th scope="row">{name}</th>
                        <Numbers words={words.collect::<Vec<_>>()} />
                    </tr>
                }
            },
        );
        view! {
            <details>
                <summary>"As a table"</summary>
                <Table label=label heads=heads(columns)>
                    {lines}
                </Table>
            </details>
        }
    });
    view! {
        <figure class="chart">
            {picture} <figcaption>{summary}</figcaption> {table}
        </figure>
    }
    .into_any()
}

/// Bars from left to right, a row of a table each.
#[component]
pub fn BarList(#[prop(into)] label: String, bars: Bars) -> impl IntoView {
    let Bars { summary, columns, rows: lines } = bars;
    let lines_are_there = !lines.is_empty();
    let lines = rows(
        lines,
        |bar| bar.cells.first().cloned(),
        |Bar { share, cells: words }| {
            let mut words = words.into_iter();
            let name = words.next();
            view! {
                <tr>
                    <th scope="row">
                        {name} <svg class="chart-bar" aria-hidden="true">
                            <rect width=format!("{:.2}%", share * 100.0) height="100%" rx="2" />
                        </svg>
                    </th>
                    <Numbers words={words.collect::<Vec<_>>()} />
                </tr>
            }
        },
    );
    let table = lines_are_there.then(|| {
        view! {
            <Table label=label heads=heads(columns)>
                {lines}
            </Table>
        }
    });
    view! {
        <figure class="chart">
            {table} <figcaption>{summary}</figcaption>
        </figure>
    }
    .into_any()
}

fn heads(columns: Vec<String>) -> Vec<Head> {
    let heads = columns.into_iter().enumerate().map(|(index, name)| match index {
        0 => Head::text(name),
        _ => Head::number(name),
    });
    heads.collect()
}

/// The other cells of a row.
#[component]
fn Numbers(words: Vec<String>) -> impl IntoView {
    let cells = words.into_iter().map(|word| {
        view! {
            <td translate="no" data-num="">
                {word}
            </td>
        }
    });
    parts(cells)
}
