//! The list of tables.

use super::{
    address::{Asked, maintain},
    lists::{ListTab, ListTable, head, use_asked},
    object_dialogs::{Measuring, MeasuringDialog, use_measuring},
    panel::{Cell, bloat_words},
    refresh::use_refresh,
    words::{count, times},
};
use crate::{
    api::database::health::load_tables,
    domain::{
        database::{OperationKind, TablePage, TableQuery, TableRow, Target},
        quantity::{bytes, percent},
    },
    ui::{
        client::{preferences::use_rows_per_page, resource::resource},
        components::{
            Badge, Button, Choice, EmptyState, Head, IconName, LinkButton, Tone, parts, rows,
        },
        moment::Moment,
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

#[component]
pub fn TablesTab() -> impl IntoView {
    let (asked, refresh, rows) = (use_asked("tables"), use_refresh(), use_rows_per_page());
    let measuring = use_measuring();
    let read = resource(
        move || (asked.get(), rows.get(), refresh.reading.get(), refresh.fresh.get_untracked()),
        |(asked, rows, _, fresh)| {
            load_tables(TableQuery {
                search: asked.get("search").map(str::to_owned),
                problem: asked.meant("problem"),
                sort: asked.meant("sort").unwrap_or_default(),
                reverse: asked.get("reverse").is_some(),
                page: asked.page(),
                limit: Some(rows),
                fresh,
            })
        },
    );
    let problems =
        [("bloat", "Bloated"), ("vacuumDue", "Vacuum due"), ("analyzeDue", "Analyze due")];
    let problems = problems.map(|(word, label)| Choice::new(word, label)).to_vec();
    view! {
        <ListTab
            tab="tables"
            search="Search tables"
            problems=problems
            asked=asked
            loading="Reading the tables"
            read=read
            let:page
        >
            <TablePageView page=page asked=asked.get_untracked() measuring=measuring />
        </ListTab>
        <MeasuringDialog measuring=measuring />
    }
    .into_any()
}

/// One page of the list.
#[component]
fn TablePageView(page: TablePage, asked: Asked, measuring: Measuring) -> impl IntoView {
    if page.tables.is_empty() && page.page <= 1 {
        return view! {
            <EmptyState
                icon=IconName::Database
                title="No table fits"
                text="No table fits the search and the filter."
            />
        }
        .into_any();
    }
    let head = |label, sort, ascends| head(&asked, label, sort, "size", ascends);
    let heads = vec![
        head("Table", "name", true),
        head("Size", "size", false),
        head("Rows", "rows", false),
        head("Dead rows", "deadRows", false),
        head("Dead", "deadRatio", false),
        head("Bloat", "bloat", false),
        head("Last vacuum", "lastVacuum", false),
        head("Last analyze", "lastAnalyze", false),
        Head::text("Actions"),
    ];
    let rows = rows(
        page.tables,
        |row| row.table.clone(),
        |row| view! { <TableLine row=row measuring=measuring /> },
    );
    view! {
        <ListTable
            label="Table of tables"
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
fn TableLine(row: TableRow, measuring: Measuring) -> impl IntoView {
    let name = row.table.to_string();
    let target = Target::Table(row.table.clone());
    let marks = [
        (row.locked, Tone::Warning, "Locked"),
        (row.autovacuum.vacuum_due, Tone::Info, "Vacuum due"),
        (row.autovacuum.analyze_due, Tone::Info, "Analyze due"),
        (!row.autovacuum.enabled, Tone::Warning, "Autovacuum off"),
    ];
    let marks = marks.into_iter().filter(|(so, ..)| *so);
    let marks = rows(
        marks,
        |(.., word)| *word,
        |(_, tone, word)| {
            view! {
                " "
                <Badge tone=tone>{word}</Badge>
            }
        },
    );
    let sizes =
        [("Heap", row.heap_bytes), ("Indexes", row.index_bytes), ("TOAST", row.toast_bytes)];
    let sizes = sizes.map(|(label, size)| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd>
                    <Cell panel=size.map(bytes) />
                </dd>
            </div>
        }
    });
    let autovacuum = format!(
        "Vacuumed {} by hand and {} by autovacuum, analyzed {} and {}. Autovacuum from {} dead \
            rows on, analyze from {} changed ones; changed so far: {}.",
        times(row.vacuum_count),
        times(row.autovacuum_count),
        times(row.analyze_count),
        times(row.autoanalyze_count),
        count(row.autovacuum.vacuum_threshold as i64),
        count(row.autovacuum.analyze_threshold as i64),
        count(row.autovacuum.changed_since_analyze)
    );
    let table = row.table.clone();
    let actions = if row.maintainable {
        view! {
            <NamedLink
                label="Vacuum…"
                name=name.clone()
                href=maintain(OperationKind::Vacuum, &target)
            />
            <NamedLink
                label="Analyze…"
                name=name.clone()
                href=maintain(OperationKind::Analyze, &target)
            />
            <NamedLink
                label="Reindex…"
                name=name.clone()
                href=maintain(OperationKind::Reindex, &target)
            />
        }
        .into_any()
    } else {
        view! { <span class="muted small">"Not ours to maintain"</span> }.into_any()
    };
    let dead = row.dead_ratio.map_or_else(|| "–".to_owned(), percent);
    view! {
        <tr>
            <th scope="row">
                <details class="database-row">
                    <summary>
                        <span translate="no">{name.clone()}</span>
                        {marks}
                    </summary>
                    <dl class="database-facts">{parts(sizes)}</dl>
                    <p>{autovacuum}</p>
                </details>
            </th>
            <td translate="no" data-num="">
                <Cell panel=row.total_bytes.map(bytes) />
            </td>
            <td translate="no" data-num="" title="Estimate of the statistics collector">
                "≈ "
                {count(row.live_rows)}
            </td>
            <td translate="no" data-num="" title="Estimate of the statistics collector">
                "≈ "
                {count(row.dead_rows)}
            </td>
            <td translate="no" data-num="" class="nowrap">
                {dead}
            </td>
            <td translate="no" data-num="">
                <Cell panel=row.bloat.map(bloat_words) />
            </td>
            <td class="nowrap">
                <Latest by_hand=row.last_vacuum by_itself=row.last_autovacuum />
            </td>
            <td class="nowrap">
                <Latest by_hand=row.last_analyze by_itself=row.last_autoanalyze />
            </td>
            <td>
                <span class="database-actions">
                    {actions} <Button small=true on_press=move |()| measuring.table(table.clone())>
                        "Measure exactly"
                        <span class="visually-hidden" translate="no">
                            " "
                            {name.clone()}
                        </span>
                    </Button>
                </span>
            </td>
        </tr>
    }
    .into_any()
}

/// A link that says for whom cannot see the row what it is about.
#[component]
pub fn NamedLink(label: &'static str, name: String, href: String) -> impl IntoView {
    view! {
        <LinkButton small=true href=href>
            {label}
            <span class="visually-hidden" translate="no">
                " "
                {name}
            </span>
        </LinkButton>
    }
    .into_any()
}

/// The later of the two, and which it was.
#[component]
fn Latest(by_hand: Option<DateTime<Utc>>, by_itself: Option<DateTime<Utc>>) -> impl IntoView {
    match (by_hand.max(by_itself), by_itself > by_hand) {
        (None, _) => "Never".into_any(),
        (Some(time), false) => view! { <Moment time=time /> }.into_any(),
        (Some(time), true) => view! {
            <Moment time=time />
            <small class="muted">" auto"</small>
        }
        .into_any(),
    }
}
