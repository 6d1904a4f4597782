//! A chart that the server drew, and the same as a table.

use crate::{
    domain::chart::Chart,
    ui::{
        client::resource::Resource,
        components::{Head, Table, parts, rows},
        loaded::Loaded,
    },
};
use leptos::prelude::*;

/// The chart of a resource; the one before stays while another is drawn.
#[component]
pub fn LoadedChart(
    /// Name of the region of its numbers.
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
pub fn ChartFigure(label: &'static str, chart: Chart) -> impl IntoView {
    let Chart { summary, svg, columns, rows: lines } = chart;
    let heads = columns.into_iter().enumerate().map(|(index, name)| match index {
        0 => Head::text(name),
        _ => Head::number(name),
    });
    let lines = rows(
        lines,
        |cells| cells.first().cloned(),
        |cells| {
            let cells = cells.into_iter().enumerate().map(|(index, cell)| match index {
                0 => view! { <th scope="row">{cell}</th> }.into_any(),
                _ => view! {
                    <td translate="no" data-num="">
                        {cell}
                    </td>
                }
                .into_any(),
            });
            view! { <tr>{parts(cells)}</tr> }
        },
    );
    view! {
        <figure class="chart">
            // Our own server's; the table below says the same.
            <div class="chart-picture" aria-hidden="true" inner_html=svg></div>
            <figcaption>{summary}</figcaption>
            <details>
                <summary>"As a table"</summary>
                <Table label=label heads=heads>
                    {lines}
                </Table>
            </details>
        </figure>
    }
    .into_any()
}
