//! The list of statements, and their plans.

use super::{
    address::Asked,
    lists::{ListTab, ListTable, NothingListed, head, use_asked},
    object_dialogs::{Explaining, ExplainingDialog, use_explaining},
    panel::{Bar, Code, Gaps, reasons},
    refresh::use_refresh,
    sql::Sql,
    statement::{Statement, address_of, use_statement},
    words::count,
};
use crate::{
    api::database::health::load_queries,
    domain::{
        database::{QueryPage, QueryQuery, QueryRow},
        quantity::{milliseconds, percent},
        sql::on_one_line,
    },
    ui::{
        client::{preferences::use_rows_per_page, resource::resource},
        components::{Badge, Choice, Head, IconName, MenuAction, MenuLink, RowMenu, Tone, rows},
    },
};
use leptos::prelude::*;

/// Characters of a statement that its line holds; how many of them show, its width says.
const SHOWN: usize = 200;

/// The list, or what the one statement did that the address names.
#[component]
pub fn QueriesTab() -> impl IntoView {
    let statement = use_statement();
    move || match statement.get() {
        Some(id) => view! { <Statement id=id /> }.into_any(),
        None => view! { <QueryList /> }.into_any(),
    }
}

#[component]
fn QueryList() -> impl IntoView {
    let (asked, refresh, rows) = (use_asked("queries"), use_refresh(), use_rows_per_page());
    let explaining = use_explaining();
    let read = resource(
        move || (asked.get(), rows.get(), refresh.reading.get()),
        |(asked, rows, _)| {
            load_queries(QueryQuery {
                search: asked.get("search").map(str::to_owned),
                slow: asked.get("problem") == Some("slow"),
                own: asked.get("own").is_some(),
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
            search="Search queries"
            problems=vec![Choice::new("slow", "Slow")]
            asked=asked
            with_own=true
            loading="Reading the queries"
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
        let whole = match asked.get("problem") {
            Some("slow") => "No slow queries",
            _ => "No queries",
        };
        return view! { <NothingListed icon=IconName::Search whole=whole asked=asked /> }
            .into_any();
    }
    let head = |label, sort| head(&asked, label, sort, "totalTime", false);
    let heads = vec![
        Head::text("Query"),
        head("Total", "totalTime"),
        Head::number("Share"),
        head("Calls", "calls"),
        head("Mean", "meanTime"),
        head("Max", "maxTime"),
        head("Rows", "rows"),
        Head::number("Cache"),
        Head::number("Last interval"),
        Head::Hidden("Actions"),
    ];
    let gaps = reasons(page.queries.iter().map(|row| &row.recent_calls));
    let rows = rows(
        page.queries,
        |row| row.id.clone(),
        |row| view! { <QueryLine row=row explaining=explaining /> },
    );
    view! {
        <Gaps column="Last interval" reasons=gaps />
        <ListTable
            label="Query list"
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

/// The line of one statement, and beneath it what opening it shows.
#[component]
fn QueryLine(row: QueryRow, explaining: Explaining) -> impl IntoView {
    let short = on_one_line(&row.query, SHOWN);
    let slow = row.slow.then(|| {
        view! {
            " "
            <Badge tone=Tone::Warning icon=IconName::Clock>
                "Slow"
            </Badge>
        }
    });
    let recent = match (row.recent_calls.value(), row.recent_mean_ms.value()) {
        (Some(calls), Some(mean)) => format!("{} × {}", count(*calls), milliseconds(*mean)),
        (Some(_), None) => "0 calls".to_owned(),
        (None, _) => "–".to_owned(),
    };
    let spread = format!(
        "Min {}, standard deviation {}. Identifier ",
        milliseconds(row.min_ms),
        milliseconds(row.stddev_ms)
    );
    let id = row.id.clone();
    let explain = Callback::new(move |()| explaining.ask(id.clone()));
    let (menu, name) = (format!("statement-{}", row.id), format!("statement {}", row.id));
    let history = address_of(&row.id);
    let statement_id = format!("query-{}-statement", row.id);
    view! {
        <tr class="database-line">
            <th scope="row" aria-labelledby=statement_id>
                <details class="database-row">
                    <summary>
                        <code class="database-statement" id=statement_id.clone() translate="no">
                            <Sql text=short />
                        </code>
                        {slow}
                    </summary>
                </details>
            </th>
            <td translate="no" data-num="">
                {milliseconds(row.total_ms)}
            </td>
            <td translate="no" data-num="">
                {percent(row.share)}
                <Bar share=row.share />
            </td>
            <td translate="no" data-num="">
                {count(row.calls)}
            </td>
            <td translate="no" data-num="">
                {milliseconds(row.mean_ms)}
            </td>
            <td translate="no" data-num="">
                {milliseconds(row.max_ms)}
            </td>
            <td translate="no" data-num="">
                {count(row.rows)}
            </td>
            <td translate="no" data-num="">
                {row.cache_hit_ratio.map_or_else(|| "–".to_owned(), percent)}
            </td>
            <td translate="no" data-num="">
                {recent}
            </td>
            <td>
                <RowMenu id=menu name=name>
                    <MenuLink label="History" href=history />
                    <MenuAction label="Explain" on_press=explain />
                </RowMenu>
            </td>
        </tr>
        <tr class="database-more">
            <td colspan="10">
                <Code text=row.query sql=true />
                <p class="muted">{spread} <span translate="no">{row.id}</span> "."</p>
            </td>
        </tr>
    }
    .into_any()
}
