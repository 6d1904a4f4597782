//! A chart that the server drew, and the same as a table.

use crate::{
    api::error::ApiError,
    domain::chart::Chart,
    ui::components::{ErrorState, Skeleton, TableRegion, parts, rows},
};
use leptos::prelude::*;

/// The chart of a resource; the one before stays while another is drawn.
pub fn chart(label: &'static str, chart: Resource<Result<Chart, ApiError>>) -> AnyView {
    let drawn = move || {
        Suspend::new(async move {
            match chart.await {
                Ok(chart) => figure(label, chart),
                Err(error) => {
                    let retry = move |()| chart.refetch();
                    view! { <ErrorState message=error.error request_id=error.request_id on_retry=retry /> }.into_any()
                }
            }
        })
    };
    view! { <Transition fallback=|| view! { <Skeleton label="Drawing the chart" lines=5 /> }>{drawn}</Transition> }
        .into_any()
}

/// A drawn chart with its sentence and its numbers.
pub fn figure(label: &'static str, chart: Chart) -> AnyView {
    let Chart { summary, svg, columns, rows: lines } = chart;
    let heads = columns.into_iter().enumerate().map(|(index, name)| {
        view! { <th scope="col" data-num=(index > 0).then_some("")>{name}</th> }
    });
    let lines = rows(
        lines,
        |cells| cells.first().cloned(),
        |cells| {
            let cells = cells.into_iter().enumerate().map(|(index, cell)| match index {
                0 => view! { <th scope="row">{cell}</th> }.into_any(),
                _ => view! { <td translate="no" data-num="">{cell}</td> }.into_any(),
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
                <TableRegion label=label>
                    <table class="table">
                        <thead>
                            <tr>{parts(heads)}</tr>
                        </thead>
                        <tbody>{lines}</tbody>
                    </table>
                </TableRegion>
            </details>
        </figure>
    }
    .into_any()
}
