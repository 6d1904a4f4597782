//! The list of statements, and their plans.

use super::{
    address::Asked,
    lists::{ListTab, ListTable, head, use_asked},
    object_dialogs::{Explaining, ExplainingDialog, use_explaining},
    panel::{Cell, Code},
    refresh::use_refresh,
    words::count,
};
use crate::{
    api::database::health::load_queries,
    domain::{
        database::{QueryPage, QueryQuery, QueryRow},
        quantity::{milliseconds, percent},
    },
    ui::{
        client::{preferences::use_rows_per_page, resource::resource},
        components::{Badge, Button, Choice, EmptyState, Head, IconName, Tone, rows},
    },
};
use leptos::prelude::*;

/// Characters of a statement that its line shows.
const SHOWN: usize = 90;

#[component]
pub fn QueriesTab() -> impl IntoView {
    let (asked, refresh, rows) = (use_asked("queries"), use_refresh(), use_rows_per_page());
    let explaining = use_explaining();
    let read = resource(
        move || (asked.get(), rows.get(), refresh.reading.get()),
        |(asked, rows, _)| {
            load_queries(QueryQuery {
                search: asked.get("search").map(str::to_owned),
                slow: asked.get("problem") == Some("slow"),
                sort: asked.meant("sort").unwrap_or_default(),
                reverse: asked.get("reverse").is_some(),
                page: asked.page(),
                limit: Some(rows),
            })
        },
    );
    view! {
        <ListTab
            tab="queries"
            search="Search statements"
            problems=vec![Choice::new("slow", "Slow")]
            asked=asked
            loading="Reading the statements"
            read=read
            let:page
        >
            <QueryPageView page=page asked=asked.get_untracked() explaining=explaining />
        </ListTab>
        <ExplainingDialog explaining=explaining />
    }
    .into_any()
}

/// One page of the list.
#[component]
fn QueryPageView(page: QueryPage, asked: Asked, explaining: Explaining) -> impl IntoView {
    if page.queries.is_empty() && page.page <= 1 {
        return view! {
            <EmptyState
                icon=IconName::Search
                title="No statement fits"
                text="No statement fits the search and the filter."
            />
        }
        .into_any();
    }
    let head = |label, sort| head(&asked, label, sort, "totalTime", false);
    let heads = vec![
        Head::text("Statement"),
        head("Total", "totalTime"),
        Head::number("Share"),
        head("Calls", "calls"),
        head("Mean", "meanTime"),
        head("Most", "maxTime"),
        head("Rows", "rows"),
        Head::number("Cache"),
        Head::number("Lately"),
        Head::text("Actions"),
    ];
    let rows = rows(
        page.queries,
        |row| row.id.clone(),
        |row| view! { <QueryLine row=row explaining=explaining /> },
    );
    view! {
        <ListTable
            label="Table of statements"
            heads=heads
            asked=asked
            total=page.total
            page=page.page
            limit=page.limit
        >
            {rows}
        </ListTable>
    }
    .into_any()
}

#[component]
fn QueryLine(row: QueryRow, explaining: Explaining) -> impl IntoView {
    let short = row.query.split_whitespace().collect::<Vec<_>>().join(" ");
    let short = match short.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &short[..end]),
        None => short,
    };
    let slow = row.slow.then(|| {
        view! {
            " "
            <Badge tone=Tone::Warning icon=IconName::Clock>
                "Slow"
            </Badge>
        }
    });
    let spread = format!(
        "Least {}, standard deviation {}.",
        milliseconds(row.min_ms),
        milliseconds(row.stddev_ms)
    );
    let calls = |calls| format!("{} calls", count(calls));
    let id = row.id.clone();
    view! {
        <tr>
            <th scope="row">
                <details class="database-row">
                    <summary>
                        <code translate="no">{short}</code>
                        {slow}
                    </summary>
                    <Code text=row.query />
                    <p class="muted">{spread} " Identifier " {row.id.clone()} "."</p>
                </details>
            </th>
            <td translate="no" data-num="" class="nowrap">
                {milliseconds(row.total_ms)}
            </td>
            <td translate="no" data-num="" class="nowrap">
                {percent(row.share)}
            </td>
            <td translate="no" data-num="">
                {count(row.calls)}
            </td>
            <td translate="no" data-num="" class="nowrap">
                {milliseconds(row.mean_ms)}
            </td>
            <td translate="no" data-num="" class="nowrap">
                {milliseconds(row.max_ms)}
            </td>
            <td translate="no" data-num="">
                {count(row.rows)}
            </td>
            <td translate="no" data-num="" class="nowrap">
                {row.cache_hit_ratio.map_or_else(|| "–".to_owned(), percent)}
            </td>
            <td translate="no" data-num="">
                <Cell panel=row.recent_mean_ms.map(milliseconds) />
                " "
                <Cell panel=row.recent_calls.map(calls) />
            </td>
            <td>
                <Button small=true on_press=move |()| explaining.ask(id.clone())>
                    "Explain"
                    <span class="visually-hidden">" statement " {row.id}</span>
                </Button>
            </td>
        </tr>
    }
    .into_any()
}
