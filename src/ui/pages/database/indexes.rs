//! The list of indexes.

use super::{
    address::{Asked, maintain},
    lists::{filters, head, pager, use_asked},
    object_dialogs::{Measuring, use_measuring},
    panel::{cell, panel},
    refresh::{loaded, use_refresh},
    tables::action,
    words::count,
};
use crate::{
    api::database::health::load_indexes,
    domain::{
        database::{IndexPage, IndexProblem, IndexQuery, IndexRow, OperationKind, Target},
        quantity::{bytes, percent},
    },
    ui::{
        client::preferences::use_preferences,
        components::{
            Badge, Banner, Button, Choice, EmptyState, IconName, TableRegion, Tone, parts, rows,
        },
        moment::Moment,
    },
};
use leptos::prelude::*;

pub fn indexes_tab() -> AnyView {
    let (asked, refresh, preferences) = (use_asked("indexes"), use_refresh(), use_preferences());
    let measuring = use_measuring();
    let rows =
        Memo::new(move |_| preferences.applied.with(|applied| i64::from(applied.rows_per_page)));
    let read = Resource::new(
        move || (asked.get(), rows.get(), refresh.reading.get(), refresh.fresh.get_untracked()),
        |(asked, rows, _, fresh)| {
            load_indexes(IndexQuery {
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
    let problems = [
        ("unused", IndexProblem::Unused),
        ("duplicate", IndexProblem::Duplicate),
        ("invalid", IndexProblem::Invalid),
        ("bloat", IndexProblem::Bloat),
    ];
    let problems = problems.map(|(word, problem)| Choice::new(word, problem.label())).to_vec();
    let show = move |answer| panel(answer, |page| table(page, &asked.get_untracked(), measuring));
    view! {
        {filters("indexes", "Search indexes", asked, problems)}
        {loaded("Reading the indexes", 10, read, show)}
        {measuring.dialog()}
    }
    .into_any()
}

fn table(page: IndexPage, asked: &Asked, measuring: Measuring) -> AnyView {
    let unknown = page.unused_known.reason().map(str::to_owned).map(|reason| {
        view! { <Banner tone=Tone::Info>"Which indexes are unused cannot be told yet. " {reason}</Banner> }
    });
    if page.indexes.is_empty() && page.page <= 1 {
        return view! {
            {unknown}
            <EmptyState icon=IconName::Layers title="No index fits" text="No index fits the search and the filter." />
        }
        .into_any();
    }
    let head = |label, sort, ascends| head(asked, label, sort, "size", ascends);
    let [index_head, table_head, size_head, scans_head, bloat_head] = [
        head("Index", "name", true),
        head("Table", "table", true),
        head("Size", "size", false),
        head("Scans", "scans", true),
        head("Bloat", "bloat", false),
    ];
    let rows = rows(page.indexes, |row| row.index.clone(), |row| line(row, measuring));
    view! {
        {unknown}
        <TableRegion label="Table of indexes">
            <table class="table database-table">
                <thead>
                    <tr>
                        {index_head}
                        {table_head}
                        {size_head}
                        {scans_head}
                        <th scope="col">"Last scan"</th>
                        {bloat_head}
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

fn line(row: IndexRow, measuring: Measuring) -> AnyView {
    let name = row.index.to_string();
    let target = Target::Index(row.index.clone());
    let problems = row.problems.iter().map(|problem| {
        let tone = if *problem == IndexProblem::Invalid { Tone::Danger } else { Tone::Warning };
        let label = problem.label();
        view! { " " <Badge tone=tone icon=IconName::Warning>{label}</Badge> }
    });
    let kinds =
        [(row.unique, "Unique"), (row.constraint, "Constraint"), (row.building, "Being built")];
    let kinds = kinds
        .into_iter()
        .filter(|(so, _)| *so)
        .map(|(_, word)| view! { " " <Badge>{word}</Badge> });
    let marks = (parts(problems), parts(kinds));
    let duplicate = row.duplicate_sentence.map(|sentence| view! { <p>{sentence}</p> });
    let definition = match row.definition {
        Some(definition) => super::panel::code(definition),
        None => {
            view! { <p>"Its definition cannot be read while the table is locked."</p> }.into_any()
        }
    };
    let drop = (!row.valid && !row.building).then(|| {
        action("Drop invalid index…", &name, maintain(OperationKind::DropInvalidIndex, &target))
    });
    let actions = if row.maintainable {
        view! { {action("Reindex…", &name, maintain(OperationKind::Reindex, &target))} {drop} }
            .into_any()
    } else {
        view! { <span class="muted small">"Not ours to maintain"</span> }.into_any()
    };
    let index = row.index.clone();
    view! {
        <tr>
            <th scope="row">
                <details class="database-row">
                    <summary><span translate="no">{name.clone()}</span> {marks}</summary>
                    {duplicate} <p class="muted">{format!("Method {}", row.method)}</p> {definition}
                </details>
            </th>
            <td>{row.table.to_string()}</td>
            <td translate="no" data-num="">{cell(row.size_bytes, bytes)}</td>
            <td translate="no" data-num="">{count(row.scans)}</td>
            <td class="nowrap">{row.last_scan.map(|time| view! { <Moment time=time /> })}</td>
            <td translate="no" data-num="">{cell(row.bloat, |bloat| format!("{}, {}", percent(bloat.share), bytes(bloat.bytes)))}</td>
            <td>
                <span class="database-actions">
                    {actions}
                    <Button small=true on_press=move |()| measuring.index(index.clone())>
                        "Measure exactly" <span class="visually-hidden" translate="no">" " {name.clone()}</span>
                    </Button>
                </span>
            </td>
        </tr>
    }
    .into_any()
}
