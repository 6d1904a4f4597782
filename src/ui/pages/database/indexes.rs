//! The list of indexes.

use super::{
    address::{Asked, maintain},
    lists::{ListTab, ListTable, head, use_asked},
    object_dialogs::{Measuring, MeasuringDialog, use_measuring},
    panel::{Cell, Code, bloat_words},
    refresh::use_refresh,
    tables::NamedLink,
    words::count,
};
use crate::{
    api::database::health::load_indexes,
    domain::{
        database::{IndexPage, IndexProblem, IndexQuery, IndexRow, OperationKind, Target},
        quantity::bytes,
    },
    ui::{
        client::{preferences::use_rows_per_page, resource::resource},
        components::{
            Badge, Banner, Button, Choice, EmptyState, Head, IconName, Tone, parts, rows,
        },
        moment::Moment,
    },
};
use leptos::prelude::*;

#[component]
pub fn IndexesTab() -> impl IntoView {
    let (asked, refresh, rows) = (use_asked("indexes"), use_refresh(), use_rows_per_page());
    let measuring = use_measuring();
    let read = resource(
        move || (asked.get(), rows.get(), refresh.reading.get(), refresh.fresh.get_untracked()),
        |(asked, rows, _, fresh)| {
            load_indexes(IndexQuery {
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
    let problems = [
        ("unused", IndexProblem::Unused),
        ("duplicate", IndexProblem::Duplicate),
        ("invalid", IndexProblem::Invalid),
        ("bloat", IndexProblem::Bloat),
    ];
    let problems = problems.map(|(word, problem)| Choice::new(word, problem.label())).to_vec();
    view! {
        <ListTab
            tab="indexes"
            search="Search indexes"
            problems=problems
            asked=asked
            loading="Reading the indexes"
            read=read
            let:page
        >
            <IndexPageView page=page asked=asked.get_untracked() measuring=measuring />
        </ListTab>
        <MeasuringDialog measuring=measuring />
    }
    .into_any()
}

/// One page of the list.
#[component]
fn IndexPageView(page: IndexPage, asked: Asked, measuring: Measuring) -> impl IntoView {
    let unknown = page.unused_known.reason().map(str::to_owned).map(|reason| {
        view! {
            <Banner tone=Tone::Info>
                "Which indexes are unused cannot be told yet. " {reason}
            </Banner>
        }
    });
    if page.indexes.is_empty() && page.page <= 1 {
        return view! {
            {unknown}
            <EmptyState
                icon=IconName::Layers
                title="No index fits"
                text="No index fits the search and the filter."
            />
        }
        .into_any();
    }
    let head = |label, sort, ascends| head(&asked, label, sort, "size", ascends);
    let heads = vec![
        head("Index", "name", true),
        head("Table", "table", true),
        head("Size", "size", false),
        head("Scans", "scans", true),
        Head::text("Last scan"),
        head("Bloat", "bloat", false),
        Head::text("Actions"),
    ];
    let rows = rows(
        page.indexes,
        |row| row.index.clone(),
        |row| view! { <IndexLine row=row measuring=measuring /> },
    );
    view! {
        {unknown}
        <ListTable
            label="Table of indexes"
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
fn IndexLine(row: IndexRow, measuring: Measuring) -> impl IntoView {
    let name = row.index.to_string();
    let target = Target::Index(row.index.clone());
    let problems = row.problems.iter().map(|problem| {
        let tone = if *problem == IndexProblem::Invalid { Tone::Danger } else { Tone::Warning };
        let label = problem.label();
        view! {
            " "
            <Badge tone=tone icon=IconName::Warning>
                {label}
            </Badge>
        }
    });
    let kinds =
        [(row.unique, "Unique"), (row.constraint, "Constraint"), (row.building, "Being built")];
    let kinds = kinds.into_iter().filter(|(so, _)| *so).map(|(_, word)| {
        view! {
            " "
            <Badge>{word}</Badge>
        }
    });
    let marks = (parts(problems), parts(kinds));
    let duplicate = row.duplicate_sentence.map(|sentence| view! { <p>{sentence}</p> });
    let definition = match row.definition {
        Some(definition) => view! { <Code text=definition /> }.into_any(),
        None => {
            view! { <p>"Its definition cannot be read while the table is locked."</p> }.into_any()
        }
    };
    let drop = (!row.valid && !row.building).then(|| {
        let href = maintain(OperationKind::DropInvalidIndex, &target);
        view! { <NamedLink label="Drop invalid index…" name=name.clone() href=href /> }
    });
    let actions = if row.maintainable {
        let href = maintain(OperationKind::Reindex, &target);
        view! {
            <NamedLink label="Reindex…" name=name.clone() href=href />
            {drop}
        }
        .into_any()
    } else {
        view! { <span class="muted small">"Not ours to maintain"</span> }.into_any()
    };
    let index = row.index.clone();
    view! {
        <tr>
            <th scope="row">
                <details class="database-row">
                    <summary>
                        <span translate="no">{name.clone()}</span>
                        {marks}
                    </summary>
                    {duplicate}
                    <p class="muted">{format!("Method {}", row.method)}</p>
                    {definition}
                </details>
            </th>
            <td>{row.table.to_string()}</td>
            <td translate="no" data-num="">
                <Cell panel=row.size_bytes.map(bytes) />
            </td>
            <td translate="no" data-num="">
                {count(row.scans)}
            </td>
            <td class="nowrap">{row.last_scan.map(|time| view! { <Moment time=time /> })}</td>
            <td translate="no" data-num="">
                <Cell panel=row.bloat.map(bloat_words) />
            </td>
            <td>
                <span class="database-actions">
                    {actions} <Button small=true on_press=move |()| measuring.index(index.clone())>
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
