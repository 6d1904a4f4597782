//! The list of tables.

use super::{
    address::{Asked, maintain},
    lists::{filters, head, pager, use_asked},
    object_dialogs::{Measuring, use_measuring},
    panel::{cell, panel},
    refresh::{loaded, use_refresh},
    words::{count, times},
};
use crate::{
    api::database::health::load_tables,
    domain::{
        database::{OperationKind, TablePage, TableQuery, TableRow, Target},
        quantity::{bytes, percent},
    },
    ui::{
        client::preferences::use_preferences,
        components::{
            Badge, Button, Choice, EmptyState, IconName, LinkButton, TableRegion, Tone, parts, rows,
        },
        moment::Moment,
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

pub fn tables_tab() -> AnyView {
    let (asked, refresh, preferences) = (use_asked("tables"), use_refresh(), use_preferences());
    let measuring = use_measuring();
    let rows =
        Memo::new(move |_| preferences.applied.with(|applied| i64::from(applied.rows_per_page)));
    let read = Resource::new(
        move || (asked.get(), rows.get(), refresh.reading.get(), refresh.fresh.get_untracked()),
        |(asked, rows, _, fresh)| {
            load_tables(TableQuery {
                search: asked.get("search").map(str::to_owned),
                problem: asked.meant("problem"),
                sort: asked.meant("sort").unwrap_or_default(),
                reverse: asked.get("reverse").is_some(),
                page: asked.page(),
                limit: Some(rows.clamp(1, 100)),
                fresh,
            })
        },
    );
    let problems =
        [("bloat", "Bloated"), ("vacuumDue", "Vacuum due"), ("analyzeDue", "Analyze due")];
    let problems = problems.map(|(word, label)| Choice::new(word, label)).to_vec();
    let show = move |answer| panel(answer, |page| table(page, &asked.get_untracked(), measuring));
    view! {
        {filters("tables", "Search tables", asked, problems)}
        {loaded("Reading the tables", 10, read, show)}
        {measuring.dialog()}
    }
    .into_any()
}

fn table(page: TablePage, asked: &Asked, measuring: Measuring) -> AnyView {
    if page.tables.is_empty() && page.page <= 1 {
        return view! { <EmptyState icon=IconName::Database title="No table fits" text="No table fits the search and the filter." /> }
            .into_any();
    }
    let head = |label, sort, ascends| head(asked, label, sort, "size", ascends);
    let [
        table_head,
        size_head,
        rows_head,
        dead_rows_head,
        dead_head,
        bloat_head,
        last_vacuum_head,
        last_analyze_head,
    ] = [
        head("Table", "name", true),
        head("Size", "size", false),
        head("Rows", "rows", false),
        head("Dead rows", "deadRows", false),
        head("Dead", "deadRatio", false),
        head("Bloat", "bloat", false),
        head("Last vacuum", "lastVacuum", false),
        head("Last analyze", "lastAnalyze", false),
    ];
    let rows = rows(page.tables, |row| row.table.clone(), |row| line(row, measuring));
    view! {
        <TableRegion label="Table of tables">
            <table class="table database-table">
                <thead>
                    <tr>
                        {table_head}
                        {size_head}
                        {rows_head}
                        {dead_rows_head}
                        {dead_head}
                        {bloat_head}
                        {last_vacuum_head}
                        {last_analyze_head}
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

fn line(row: TableRow, measuring: Measuring) -> AnyView {
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
            view! { " " <Badge tone=tone>{word}</Badge> }
        },
    );
    let sizes =
        [("Heap", row.heap_bytes), ("Indexes", row.index_bytes), ("TOAST", row.toast_bytes)];
    let sizes = sizes
        .map(|(label, size)| view! { <div><dt>{label}</dt><dd>{cell(size, bytes)}</dd></div> });
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
            {action("Vacuum…", &name, maintain(OperationKind::Vacuum, &target))}
            {action("Analyze…", &name, maintain(OperationKind::Analyze, &target))}
            {action("Reindex…", &name, maintain(OperationKind::Reindex, &target))}
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
                    <summary><span translate="no">{name.clone()}</span> {marks}</summary>
                    <dl class="database-facts">{parts(sizes)}</dl>
                    <p>{autovacuum}</p>
                </details>
            </th>
            <td translate="no" data-num="">{cell(row.total_bytes, bytes)}</td>
            <td translate="no" data-num="" title="Estimate of the statistics collector">"≈ " {count(row.live_rows)}</td>
            <td translate="no" data-num="" title="Estimate of the statistics collector">"≈ " {count(row.dead_rows)}</td>
            <td translate="no" data-num="" class="nowrap">{dead}</td>
            <td translate="no" data-num="">{cell(row.bloat, |bloat| format!("{}, {}", percent(bloat.share), bytes(bloat.bytes)))}</td>
            <td class="nowrap">{latest(row.last_vacuum, row.last_autovacuum)}</td>
            <td class="nowrap">{latest(row.last_analyze, row.last_autoanalyze)}</td>
            <td>
                <span class="database-actions">
                    {actions}
                    <Button small=true on_press=move |()| measuring.table(table.clone())>
                        "Measure exactly" <span class="visually-hidden" translate="no">" " {name.clone()}</span>
                    </Button>
                </span>
            </td>
        </tr>
    }
    .into_any()
}

/// A link that says for whom cannot see the row what it is about.
pub fn action(label: &'static str, name: &str, href: String) -> AnyView {
    let name = name.to_owned();
    view! {
        <LinkButton small=true href=href>
            {label} <span class="visually-hidden" translate="no">" " {name}</span>
        </LinkButton>
    }
    .into_any()
}

/// The later of the two, and which it was.
fn latest(by_hand: Option<DateTime<Utc>>, by_itself: Option<DateTime<Utc>>) -> AnyView {
    match (by_hand.max(by_itself), by_itself > by_hand) {
        (None, _) => "Never".into_any(),
        (Some(time), false) => view! { <Moment time=time /> }.into_any(),
        (Some(time), true) => {
            view! { <Moment time=time /> <small class="muted">" auto"</small> }.into_any()
        }
    }
}
