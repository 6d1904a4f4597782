//! The list of statements, and their plans.

use super::{
    address::Asked,
    lists::{filters, head, pager, use_asked},
    object_dialogs::{Explaining, use_explaining},
    panel::{cell, panel},
    refresh::{loaded, use_refresh},
    words::count,
};
use crate::{
    api::database::health::load_queries,
    domain::{
        database::{QueryPage, QueryQuery, QueryRow},
        quantity::{milliseconds, percent},
    },
    ui::{
        client::preferences::use_preferences,
        components::{Badge, Button, Choice, EmptyState, IconName, TableRegion, Tone, rows},
    },
};
use leptos::prelude::*;

/// Characters of a statement that its line shows.
const SHOWN: usize = 90;

pub fn queries_tab() -> AnyView {
    let (asked, refresh, preferences) = (use_asked("queries"), use_refresh(), use_preferences());
    let explaining = use_explaining();
    let rows =
        Memo::new(move |_| preferences.applied.with(|applied| i64::from(applied.rows_per_page)));
    let read = Resource::new(
        move || (asked.get(), rows.get(), refresh.reading.get()),
        |(asked, rows, _)| {
            load_queries(QueryQuery {
                search: asked.get("search").map(str::to_owned),
                slow: asked.get("problem") == Some("slow"),
                sort: asked.meant("sort").unwrap_or_default(),
                reverse: asked.get("reverse").is_some(),
                page: asked.page(),
                limit: Some(rows.clamp(1, 100)),
            })
        },
    );
    let show = move |answer| panel(answer, |page| table(page, &asked.get_untracked(), explaining));
    view! {
        {filters("queries", "Search statements", asked, vec![Choice::new("slow", "Slow")])}
        {loaded("Reading the statements", 10, read, show)}
        {explaining.dialog()}
    }
    .into_any()
}

fn table(page: QueryPage, asked: &Asked, explaining: Explaining) -> AnyView {
    if page.queries.is_empty() && page.page <= 1 {
        return view! {
            <EmptyState icon=IconName::Search title="No statement fits" text="No statement fits the search and the filter." />
        }
        .into_any();
    }
    let head = |label, sort| head(asked, label, sort, "totalTime", false);
    let [total_head, calls_head, mean_head, most_head, rows_head] = [
        head("Total", "totalTime"),
        head("Calls", "calls"),
        head("Mean", "meanTime"),
        head("Most", "maxTime"),
        head("Rows", "rows"),
    ];
    let rows = rows(page.queries, |row| row.id.clone(), |row| line(row, explaining));
    view! {
        <TableRegion label="Table of statements">
            <table class="table database-table">
                <thead>
                    <tr>
                        <th scope="col">"Statement"</th>
                        {total_head}
                        <th scope="col" data-num="">"Share"</th>
                        {calls_head}
                        {mean_head}
                        {most_head}
                        {rows_head}
                        <th scope="col" data-num="">"Cache"</th>
                        <th scope="col" data-num="">"Lately"</th>
                        <th scope="col">"Actions"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
        {pager(asked, page.total, page.page, page.limit)}
    }
    .into_any()
}

fn line(row: QueryRow, explaining: Explaining) -> AnyView {
    let short = row.query.split_whitespace().collect::<Vec<_>>().join(" ");
    let short = match short.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &short[..end]),
        None => short,
    };
    let slow = row
        .slow
        .then(|| view! { " " <Badge tone=Tone::Warning icon=IconName::Clock>"Slow"</Badge> });
    let spread = format!(
        "Least {}, standard deviation {}.",
        milliseconds(row.min_ms),
        milliseconds(row.stddev_ms)
    );
    let id = row.id.clone();
    view! {
        <tr>
            <th scope="row">
                <details class="database-row">
                    <summary>
                        <code translate="no">{short}</code>
                        {slow}
                    </summary>
                    {super::panel::code(row.query)} <p class="muted">{spread} " Identifier " {row.id.clone()} "."</p>
                </details>
            </th>
            <td translate="no" data-num="" class="nowrap">{milliseconds(row.total_ms)}</td>
            <td translate="no" data-num="" class="nowrap">{percent(row.share)}</td>
            <td translate="no" data-num="">{count(row.calls)}</td>
            <td translate="no" data-num="" class="nowrap">{milliseconds(row.mean_ms)}</td>
            <td translate="no" data-num="" class="nowrap">{milliseconds(row.max_ms)}</td>
            <td translate="no" data-num="">{count(row.rows)}</td>
            <td translate="no" data-num="" class="nowrap">{row.cache_hit_ratio.map_or_else(|| "–".to_owned(), percent)}</td>
            <td translate="no" data-num="">{cell(row.recent_mean_ms, milliseconds)} " " {cell(row.recent_calls, |calls| format!("{} calls", count(calls)))}</td>
            <td>
                <Button small=true on_press=move |()| explaining.ask(id.clone())>
                    "Explain" <span class="visually-hidden">" statement " {row.id}</span>
                </Button>
            </td>
        </tr>
    }
    .into_any()
}
