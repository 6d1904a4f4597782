//! The list of indexes.

use super::{
    address::{Asked, maintain},
    lists::{ListTab, ListTable, NothingListed, head, use_asked},
    object_dialogs::{Measuring, MeasuringDialog, use_measuring},
    object_text::ObjectText,
    panel::{Bar, Cell, Code, Gaps, ListCell, bloat_tone, bloat_words, reasons},
    refresh::use_refresh,
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
            Badge, Banner, Choice, Head, IconName, MenuAction, MenuLink, RowMenu, Tone, parts, rows,
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
                "Unused indexes are not known yet. " {reason}
            </Banner>
        }
    });
    if page.indexes.is_empty() && page.page <= 1 {
        let problem = asked.meant("problem");
        if problem == Some(IndexProblem::Unused) && unknown.is_some() {
            // That there are none is not known either.
            return view! { {unknown} }.into_any();
        }
        let whole = match problem {
            Some(IndexProblem::Unused) => "No unused indexes",
            Some(IndexProblem::Duplicate) => "No duplicate indexes",
            Some(IndexProblem::Invalid) => "No invalid indexes",
            Some(IndexProblem::Bloat) => "No bloated indexes",
            None => "No indexes",
        };
        return view! {
            {unknown}
            <NothingListed icon=IconName::Layers whole=whole asked=asked />
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
        Head::Hidden("Actions"),
    ];
    let gaps = reasons(page.indexes.iter().map(|row| &row.bloat));
    let sizes = page.indexes.iter().filter_map(|row| row.size_bytes.value().copied());
    let largest = sizes.max().unwrap_or_default();
    let rows = rows(
        page.indexes,
        |row| row.index.clone(),
        |row| view! { <IndexLine row=row largest=largest measuring=measuring /> },
    );
    view! {
        {unknown}
        <Gaps column="Bloat" reasons=gaps />
        <ListTable
            label="Index list"
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

/// The line of one index, and beneath it what opening it shows.
#[component]
fn IndexLine(
    row: IndexRow,
    /// Bytes of the largest one of the page, which has the longest bar.
    largest: i64,
    measuring: Measuring,
) -> impl IntoView {
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
    let size = row.size_bytes.value().filter(|_| largest > 0).map(|size| {
        view! { <Bar share=*size as f64 / largest as f64 /> }
    });
    let bloat = row.bloat.value().map(|bloat| {
        view! { <Bar share=bloat.share tone=bloat_tone(bloat.share) /> }
    });
    let more = row.clone();
    let name_id = format!("index-{}-name", row.oid);
    view! {
        <tr class="database-line">
            <th scope="row" aria-labelledby=name_id>
                <details class="database-row">
                    <summary>
                        <ObjectText name=row.index.clone() id=name_id.clone() />
                        {marks}
                    </summary>
                </details>
            </th>
            <td>
                <ObjectText name=row.table.clone() />
            </td>
            <td translate="no" data-num="">
                <ListCell panel=row.size_bytes.clone().map(bytes) />
                {size}
            </td>
            <td translate="no" data-num="">
                {count(row.scans)}
            </td>
            <td>{row.last_scan.map(|time| view! { <Moment time=time /> })}</td>
            <td translate="no" data-num="">
                <ListCell panel=row.bloat.clone().map(bloat_words) />
                {bloat}
            </td>
            <td>
                <IndexMenu row=row measuring=measuring />
            </td>
        </tr>
        <tr class="database-more">
            <td colspan="7">
                <IndexDetails row=more />
            </td>
        </tr>
    }
    .into_any()
}

/// What can be done with one index.
#[component]
fn IndexMenu(row: IndexRow, measuring: Measuring) -> impl IntoView {
    let target = Target::Index(row.index.clone());
    let broken = !row.valid && !row.building;
    let operations = [
        (true, "Reindex…", OperationKind::Reindex),
        (broken, "Drop invalid index…", OperationKind::DropInvalidIndex),
    ];
    let operations = operations.into_iter().filter(|(so, ..)| *so && row.maintainable);
    let operations = parts(operations.map(|(_, label, kind)| {
        let href = maintain(kind, &target);
        view! { <MenuLink label=label href=href /> }
    }));
    let (name, index) = (row.index.to_string(), row.index);
    let measure = Callback::new(move |()| measuring.index(index.clone()));
    view! {
        <RowMenu id=format!("index-{}", row.oid) name=name>
            {operations} <MenuAction label="Measure exactly" on_press=measure />
        </RowMenu>
    }
    .into_any()
}

/// What makes it, and why it may be superfluous.
#[component]
fn IndexDetails(row: IndexRow) -> impl IntoView {
    let definition = match row.definition {
        Some(definition) => view! { <Code text=definition sql=true /> }.into_any(),
        None => {
            view! { <p>"Its definition cannot be read while the table is locked."</p> }.into_any()
        }
    };
    let foreign =
        (!row.maintainable).then(|| view! { <p>"The role may not maintain this index."</p> });
    view! {
        {row.duplicate_sentence.map(|sentence| view! { <p>{sentence}</p> })}
        {definition}
        <dl class="database-facts database-aside">
            <div>
                <dt>"Method"</dt>
                <dd translate="no">{row.method}</dd>
            </div>
            <div>
                <dt>"Bloat"</dt>
                <dd>
                    <Cell panel=row.bloat.map(bloat_words) />
                </dd>
            </div>
        </dl>
        {foreign}
    }
    .into_any()
}
