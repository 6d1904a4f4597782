//! What runs now, with its progress, and the log of everything that was done.

use super::{
    address::maintain,
    panel::Code,
    preflight::MeasurementView,
    refresh::{Refreshed, use_refresh},
    tables::NamedLink,
    words::{StatusBadge, seconds},
};
use crate::{
    api::{
        database::maintenance::{CancelOperation, load_operations},
        events::LiveEvent,
        operation::Nothing,
    },
    domain::{
        database::{
            Measurement, Operation, OperationKind, OperationList, OperationPage, OperationQuery,
            Target,
        },
        letter_case::lowercase,
    },
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{
            live::{self, News},
            preferences::use_rows_per_page,
            resource::resource,
            rest::Call,
        },
        components::{Button, Card, EmptyState, IconName, Pager, Progress, parts},
        moment::Moment,
        page_query::use_page_query,
    },
};
use leptos::{prelude::*, tachys::view::keyed::keyed, task::spawn_local};
use std::time::Duration;

/// How often what runs is asked about.
const EVERY: Duration = Duration::from_millis(1500);

/// What is queued or runs, followed until it is over.
#[derive(Clone, Copy)]
pub struct Running {
    all: RwSignal<Vec<Operation>>,
    /// What came of the last one that ended while this page watched.
    status: RwSignal<String>,
    /// Counts those that ended: the log is read again.
    ended: RwSignal<u32>,
    asking: StoredValue<bool>,
}

impl Running {
    pub fn start() -> Self {
        let running = Self {
            all: RwSignal::new(Vec::new()),
            status: RwSignal::new(String::new()),
            ended: RwSignal::new(0),
            asking: StoredValue::new(false),
        };
        Effect::new(move |_| {
            running.ask();
            live::on(move |news| match news {
                News::Missed | News::Pushed(LiveEvent::MaintenanceProgress { .. }) => running.ask(),
                News::Pushed(_) => {}
            });
            let ask = move || {
                if running.all.with_untracked(|all| !all.is_empty()) {
                    running.ask();
                }
            };
            if let Ok(handle) = set_interval_with_handle(ask, EVERY) {
                on_cleanup(move || handle.clear());
            }
        });
        running
    }

    /// One more was queued.
    pub fn follow(self, operation: Operation) {
        self.status.set(String::new());
        self.all.update(|all| all.push(operation));
        self.ask();
    }

    fn ask(self) {
        if self.asking.try_get_value() != Some(false) {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            let query =
                OperationQuery { kind: Some(OperationList::Running), ..OperationQuery::default() };
            let answer = load_operations(query).await;
            // The page may be gone.
            self.asking.try_set_value(false);
            // A failed question is asked again by the next turn.
            let (Ok(page), Some(before)) = (answer, self.all.try_get_untracked()) else { return };
            let gone =
                before.iter().find(|one| !page.operations.iter().any(|other| other.id == one.id));
            let gone = gone.map(|one| one.id);
            self.all.set(page.operations);
            if let Some(id) = gone {
                self.report(id).await;
            }
        });
    }

    async fn report(self, id: uuid::Uuid) {
        let page =
            load_operations(OperationQuery { limit: Some(20), ..OperationQuery::default() }).await;
        let ended = page.ok().and_then(|page| page.operations.into_iter().find(|one| one.id == id));
        if let Some(one) = ended {
            if !one.status.is_over() {
                // The answer was older than the operation.
                self.all.try_update(|all| all.push(one));
                return;
            }
            let sentence = one.sentence.or(one.error_message).unwrap_or_default();
            let what = format!(
                "{} of {}: {}.",
                one.operation.label(),
                target_words(&one.target),
                lowercase(one.status.label())
            );
            self.status.try_set(format!("{what} {sentence}"));
        }
        self.ended.try_update(|count| *count = count.wrapping_add(1));
    }
}

/// What an operation is done to.
pub fn target_words(target: &Target) -> String {
    match target {
        Target::Table(name) | Target::Index(name) => name.to_string(),
        Target::WholeDatabase => "the whole database".into(),
    }
}

/// What is queued or runs, and how far it is.
#[component]
pub fn RunningCard(running: Running) -> impl IntoView {
    let cancelling = Question::<Operation>::default();
    let any = Memo::new(move |_| running.all.with(|all| !all.is_empty()));
    let rows = move || {
        view! {
            <For each=move || running.all.get() key=|operation| operation.id let:operation>
                <RunningLine operation=operation running=running cancelling=cancelling />
            </For>
        }
    };
    let call = |one: Operation| Call::<CancelOperation>::new(one.id, &Nothing {});
    view! {
        <p class="database-status" role="status">
            {running.status}
        </p>
        <Show when=move || any.get()>
            <Card id="operations-running" title="Running" flush=true>
                <ul class="items">{rows()}</ul>
            </Card>
        </Show>
        <QuestionDialog
            id="cancel-operation"
            question=cancelling
            title=|one| format!("Cancel “{}”?", named(one))
            confirm=|_| "Cancel the operation".to_owned()
            name=named
            call=call
            on_done=move |_| running.ask()
            danger=true
        >
            <p>
                "What it has done so far stays or is undone, as PostgreSQL decides; an index that \
                    is left behind is shown in the log."
            </p>
        </QuestionDialog>
    }
    .into_any()
}

fn named(one: &Operation) -> String {
    format!("{} of {}", one.operation.label(), target_words(&one.target))
}

#[component]
fn RunningLine(
    operation: Operation,
    running: Running,
    cancelling: Question<Operation>,
) -> impl IntoView {
    let id = operation.id;
    let first = operation.clone();
    // Drawn once and then only changed, so that focus stays on the button.
    let now = Memo::new(move |_| {
        running
            .all
            .with(|all| all.iter().find(|one| one.id == id).cloned())
            .unwrap_or_else(|| first.clone())
    });
    let share = Signal::derive(move || {
        now.with(|now| now.progress.as_ref().and_then(|progress| progress.share))
    });
    let text = Signal::derive(move || {
        now.with(|now| match &now.progress {
            _ if now.cancel_requested => "Being cancelled".to_owned(),
            Some(progress) => format!("{}: {}", progress.phase, progress.text),
            None => now.status.label().to_owned(),
        })
    });
    let label = named(&operation);
    let name = label.clone();
    let ask = move |()| cancelling.ask(now.get_untracked());
    view! {
        <li class="item">
            <div class="item-text">
                <Progress id=format!("operation-{id}") label=label value=share text=text />
                <span class="item-hint">
                    {move || view! { <StatusBadge status=now.with(|now| now.status) /> }} " "
                    {operation.initiated_by_name.clone().map(|name| format!("By {name}"))}
                    {operation.backend_pid.map(|pid| format!(", process {pid}"))}
                </span>
            </div>
            <div class="item-actions">
                <Button
                    small=true
                    disabled=Signal::derive(move || now.with(|now| now.cancel_requested))
                    on_press=ask
                >
                    "Cancel…"
                    <span class="visually-hidden">" " {name}</span>
                </Button>
            </div>
        </li>
    }
    .into_any()
}

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
            hint="Everything that was done, the newest first."
            flush=true
        >
            <Refreshed label="Reading the log" lines=6 read=read let:page>
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
                title="Nothing was done yet"
                text="What is done from here stands here with what came of it."
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
        (None, None) => "by somebody who has no account any more".to_owned(),
    };
    let took = one.duration_ms.map(|time| format!(", took {}", seconds(time as f64 / 1000.0)));
    let reasons =
        [("Why: ", one.options.reason), ("Why in working hours: ", one.options.override_reason)];
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
                    <Code text=statements />
                </details>
            </div>
        </li>
    }
    .into_any()
}
