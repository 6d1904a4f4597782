//! The list of tables.

use super::{
    address::{Asked, maintain},
    lists::{ListTab, ListTable, NothingListed, head, use_asked},
    object_dialogs::{Measuring, MeasuringDialog, use_measuring},
    object_text::ObjectText,
    panel::{Bar, Cell, Gaps, ListCell, bloat_tone, bloat_words, reasons},
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
            Badge, Choice, Head, IconName, LinkButton, MenuAction, MenuLink, RowMenu, Tone, parts,
            rows,
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
        let whole = match asked.get("problem") {
            Some("bloat") => "No bloated tables",
            Some("vacuumDue") => "No table is due for vacuum",
            Some("analyzeDue") => "No table is due for analyze",
            _ => "No tables",
        };
        return view! { <NothingListed icon=IconName::Database whole=whole asked=asked /> }
            .into_any();
    }
    let head = |label, sort, ascends| head(&asked, label, sort, "size", ascends);
    let heads = vec![
        head("Table", "name", true),
        head("Size", "size", false),
        head("Rows", "rows", false),
        head("Dead rows", "deadRows", false),
        head("Dead %", "deadRatio", false),
        head("Bloat", "bloat", false),
        head("Last vacuum", "lastVacuum", false),
        head("Last analyze", "lastAnalyze", false),
        Head::Hidden("Actions"),
    ];
    let gaps = reasons(page.tables.iter().map(|row| &row.bloat));
    let sizes = page.tables.iter().filter_map(|row| row.total_bytes.value().copied());
    let largest = sizes.max().unwrap_or_default();
    let rows = rows(
        page.tables,
        |row| row.table.clone(),
        |row| view! { <TableLine row=row largest=largest measuring=measuring /> },
    );
    view! {
        <Gaps column="Bloat" reasons=gaps />
        <ListTable
            label="Table list"
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

/// The line of one table, and beneath it what opening it shows.
#[component]
fn TableLine(
    row: TableRow,
    /// Bytes of the largest one of the page, which has the longest bar.
    largest: i64,
    measuring: Measuring,
) -> impl IntoView {
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
    let size = row.total_bytes.value().filter(|_| largest > 0).map(|size| {
        view! { <Bar share=*size as f64 / largest as f64 /> }
    });
    let bloat = row.bloat.value().map(|bloat| {
        view! { <Bar share=bloat.share tone=bloat_tone(bloat.share) /> }
    });
    let dead = row.dead_ratio.map_or_else(|| "–".to_owned(), percent);
    let more = row.clone();
    let name_id = format!("table-{}-name", row.oid);
    view! {
        <tr class="database-line">
            // By its name alone: what opens says nothing to whoever asks which row a number is in.
            <th scope="row" aria-labelledby=name_id>
                <details class="database-row">
                    <summary>
                        <ObjectText name=row.table.clone() id=name_id.clone() />
                        {marks}
                    </summary>
                </details>
            </th>
            <td translate="no" data-num="">
                <ListCell panel=row.total_bytes.clone().map(bytes) />
                {size}
            </td>
            <td translate="no" data-num="" title="Estimate of the statistics collector">
                "≈ "
                {count(row.live_rows)}
            </td>
            <td translate="no" data-num="" title="Estimate of the statistics collector">
                "≈ "
                {count(row.dead_rows)}
            </td>
            <td translate="no" data-num="">
                {dead}
            </td>
            <td translate="no" data-num="">
                <ListCell panel=row.bloat.clone().map(bloat_words) />
                {bloat}
            </td>
            <td>
                <Latest by_hand=row.last_vacuum by_itself=row.last_autovacuum />
            </td>
            <td>
                <Latest by_hand=row.last_analyze by_itself=row.last_autoanalyze />
            </td>
            <td>
                <TableMenu row=row measuring=measuring />
            </td>
        </tr>
        <tr class="database-more">
            <td colspan="9">
                <TableDetails row=more />
            </td>
        </tr>
    }
    .into_any()
}

/// What can be done with one table.
#[component]
fn TableMenu(row: TableRow, measuring: Measuring) -> impl IntoView {
    let TableRow { oid, table, maintainable, .. } = row;
    let target = Target::Table(table.clone());
    let operations = [
        ("Vacuum…", OperationKind::Vacuum),
        ("Analyze…", OperationKind::Analyze),
        ("Reindex…", OperationKind::Reindex),
    ];
    let operations = operations.into_iter().filter(|_| maintainable).map(|(label, kind)| {
        let href = maintain(kind, &target);
        view! { <MenuLink label=label href=href /> }
    });
    let operations = parts(operations);
    let name = table.to_string();
    let measure = Callback::new(move |()| measuring.table(table.clone()));
    view! {
        <RowMenu id=format!("table-{oid}") name=name>
            {operations} <MenuAction label="Measure exactly" on_press=measure />
        </RowMenu>
    }
    .into_any()
}

/// Sizes of its parts, what vacuumed it and when autovacuum will.
#[component]
fn TableDetails(row: TableRow) -> impl IntoView {
    let facts = [
        ("Heap", row.heap_bytes.map(bytes)),
        ("Indexes", row.index_bytes.map(bytes)),
        ("TOAST", row.toast_bytes.map(bytes)),
        ("Bloat", row.bloat.map(bloat_words)),
    ];
    let facts = facts.map(|(label, panel)| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd>
                    <Cell panel=panel />
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
    let foreign =
        (!row.maintainable).then(|| view! { <p>"The role may not maintain this table."</p> });
    view! {
        <dl class="database-facts database-aside">{parts(facts)}</dl>
        <p>{autovacuum}</p>
        {foreign}
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
        (None, _) => view! { <span class="muted">"Never"</span> }.into_any(),
        (Some(time), false) => view! { <Moment time=time /> }.into_any(),
        (Some(time), true) => view! {
            <Moment time=time />
            <small class="muted">" auto"</small>
        }
        .into_any(),
    }
}
