//! Space by table: the largest ones as bars, each divided into what it consists of.

use super::{
    address::address,
    object_text::ObjectText,
    panel::ListCell,
    refresh::{Refreshed, use_refresh},
    words::count,
};
use crate::{
    api::database::health::load_tables,
    domain::{
        database::{Panel, TablePage, TableQuery, TableRow},
        quantity::bytes,
    },
    ui::{
        chart::Legend,
        client::resource::resource,
        components::{Card, Head, Table, parts, rows},
    },
};
use leptos::prelude::*;

/// So many tables are shown.
const SHOWN: i64 = 8;

#[component]
pub fn SpaceCard() -> impl IntoView {
    let refresh = use_refresh();
    let read = resource(
        move || refresh.reading.get(),
        |_| load_tables(TableQuery { limit: Some(SHOWN), ..TableQuery::default() }),
    );
    view! {
        <Card id="database-space" title="Space by table">
            <Refreshed label="Reading the sizes" lines=6 read=read let:panel>
                <Space panel=panel />
            </Refreshed>
        </Card>
    }
    .into_any()
}

#[component]
fn Space(panel: Panel<TablePage>) -> impl IntoView {
    let Some(page) = panel.value().cloned() else {
        let reason = panel.reason().unwrap_or_default().to_owned();
        return view! { <p>{reason}</p> }.into_any();
    };
    let size = |row: &TableRow| row.total_bytes.value().copied().unwrap_or_default();
    let largest = page.tables.iter().map(size).max().unwrap_or_default().max(1);
    let summary = match page.tables.len() {
        1 => "The only table. ".to_owned(),
        shown => format!("The {shown} largest of {} tables. ", count(page.total)),
    };
    let lines = rows(
        page.tables,
        |row| row.table.clone(),
        |row| view! { <Line row=row largest=largest /> },
    );
    let heads = [
        Head::text("Table"),
        Head::number("Total"),
        Head::number("Heap"),
        Head::number("Indexes"),
        Head::number("TOAST"),
    ];
    let names = ["Heap", "Indexes", "TOAST"].map(str::to_owned);
    view! {
        <figure class="chart">
            <Legend names=names.to_vec() />
            <Table label="Largest tables" heads=heads>
                {lines}
            </Table>
            <figcaption>
                {summary}
                <a href=address("tables", &[])>"All tables"</a>
            </figcaption>
        </figure>
    }
    .into_any()
}

#[component]
fn Line(
    row: TableRow,
    /// Bytes of the largest one, which has the longest bar.
    largest: i64,
) -> impl IntoView {
    let known = |panel: &Panel<i64>| panel.value().copied();
    let pieces = [&row.heap_bytes, &row.index_bytes, &row.toast_bytes].map(known);
    let mut left = 0;
    let bars = pieces.into_iter().enumerate().map(|(index, piece)| {
        let piece = piece.unwrap_or_default();
        let percent = |bytes: i64| format!("{:.2}%", 100.0 * bytes as f64 / largest as f64);
        let x = percent(left);
        left += piece;
        view! { <rect x=x width=percent(piece) height="100%" data-colour=index + 1 /> }
    });
    let bars = parts(bars);
    // Of a table that somebody has locked they are estimates.
    let sizes = [row.total_bytes, row.heap_bytes, row.index_bytes, row.toast_bytes];
    let cells = sizes.into_iter().map(|size| {
        view! {
            <td translate="no" data-num="">
                <ListCell panel=size.map(bytes) />
            </td>
        }
    });
    let cells = parts(cells);
    view! {
        <tr>
            <th scope="row">
                <ObjectText name=row.table />
                <svg class="chart-bar" aria-hidden="true">
                    {bars}
                </svg>
            </th>
            {cells}
        </tr>
    }
    .into_any()
}
