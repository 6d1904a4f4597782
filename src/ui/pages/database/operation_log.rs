//! The log of everything that was done.

use super::{
    address::maintain,
    panel::Code,
    preflight::MeasurementView,
    refresh::{Refreshed, use_refresh},
    running::Running,
    tables::NamedLink,
    words::{StatusBadge, seconds, target_words},
};
use crate::{
    api::database::maintenance::load_operations,
    domain::database::{
        Measurement, Operation, OperationKind, OperationPage, OperationQuery, Target,
    },
    ui::{
        client::{preferences::use_rows_per_page, resource::resource},
        components::{Card, EmptyState, IconName, Pager, parts},
        moment::Moment,
        page_query::use_page_query,
    },
};
use leptos::{prelude::*, tachys::view::keyed::keyed};

/// Everything that was done.
#[component]
pub fn OperationLog(running: Running) -> impl IntoView {
    let (refresh, rows, query) = (use_refresh(), use_rows_per_page(), use_page_query());
    let page = Memo::new(move |_| {
        query.with(|query| query.get("page")).and_then(|page| page.parse::<i64>().ok())
    });
    let read = resource(
        move || (rows.get(), page.get(), running.ended.get(), refresh.reading.get()),
        |(rows, page, ..)| {
            load_operations(OperationQuery { page, limit: Some(rows), ..OperationQuery::default() })
        },
    );
    view! {
        <Card
            id="operations-log"
            title="Log"
            hint="Newest first."
            flush=true
        >
            <Refreshed
                label="Reading the log"
                lines=6
                read=read
                about=Signal::derive(move || page.get().unwrap_or(1).to_string())
                let:page
            >
                <LogPage page=page />
            </Refreshed>
        </Card>
    }
    .into_any()
}

#[component]
fn LogPage(page: OperationPage) -> impl IntoView {
    if page.operations.is_empty() {
        return view! {
            <EmptyState
                icon=IconName::History
                title="No operations yet"
                text="Results of maintenance appear here."
            />
        }
        .into_any();
    }
    let link =
        |label: &'static str, page: i64| (label, format!("/database/maintenance?page={page}"));
    let newer = (page.page > 1).then(|| link("Newer", page.page - 1));
    let older = (page.page * page.limit < page.total).then(|| link("Older", page.page + 1));
    // By their ids, so that what is open stays open, and stays itself, when something comes in
    // above it.
    let entries = keyed(
        page.operations,
        |one| (one.id, one.completed_at),
        |_, one| (|_| (), view! { <LogEntry one=one /> }),
    );
    view! {
        <ul class="items">{entries}</ul>
        <Pager label="Pages of the log" before=newer after=older />
    }
    .into_any()
}

/// One operation of the log.
#[component]
pub fn LogEntry(one: Operation) -> impl IntoView {
    let what = format!("{} of {}", one.operation.label(), target_words(&one.target));
    let who = match (&one.initiated_by_name, one.schedule_id) {
        (_, Some(_)) => "by its schedule".to_owned(),
        (Some(name), None) => format!("by {name}"),
        (None, None) => "by a deleted account".to_owned(),
    };
    let took = one.duration_ms.map(|time| format!(", took {}", seconds(time as f64 / 1000.0)));
    let reasons = [
        ("Reason: ", one.options.reason),
        ("Reason in working hours: ", one.options.override_reason),
    ];
    let reasons = reasons.into_iter().filter_map(|(label, reason)| Some((label, reason?)));
    let reasons =
        reasons.map(|(label, reason)| view! { <span class="item-hint">{label} {reason}</span> });
    let error = one.error_message.map(|error| view! { <span>{error}</span> });
    let leftover = one.leftover_index.map(|index| {
        let href = maintain(OperationKind::DropInvalidIndex, &Target::Index(index.clone()));
        view! {
            <span class="cluster">
                <span>
                    "It left the invalid index " <code translate="no">{index.to_string()}</code>
                    " behind."
                </span>
                <NamedLink label="Drop it…" name=index.to_string() href=href />
            </span>
        }
    });
    let side = |title: &'static str, at: Option<Measurement>| {
        at.map(|at| {
            view! {
                <section>
                    <h3>{title}</h3>
                    <MeasurementView of=at />
                </section>
            }
        })
    };
    let statements = one.statements.join("\n");
    let name = what.clone();
    view! {
        <li class="item">
            <div class="item-text">
                <span>
                    <strong>{what}</strong>
                    " "
                    <StatusBadge status=one.status />
                </span>
                {one.sentence.map(|sentence| view! { <span>{sentence}</span> })}
                {error}
                {leftover}
                <span class="item-hint">
                    <Moment time=one.created_at />
                    " "
                    {who}
                    {took}
                </span>
                {parts(reasons)}
                <details class="database-row">
                    <summary>
                        "Before, after and statements"
                        <span class="visually-hidden">" of " {name}</span>
                    </summary>
                    <div class="columns">
                        {side("Before", one.before)} {side("After", one.after)}
                    </div>
                    <Code text=statements sql=true />
                </details>
            </div>
        </li>
    }
    .into_any()
}
