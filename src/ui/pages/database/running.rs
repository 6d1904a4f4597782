//! What runs now, how far it is, and what came of the last run.

use super::words::{StatusBadge, target_words};
use crate::{
    api::{
        database::maintenance::{CancelOperation, load_operations},
        events::LiveEvent,
        operation::Nothing,
    },
    domain::{
        database::{Operation, OperationList, OperationQuery, OperationStatus},
        letter_case::lowercase,
    },
    ui::{
        call_dialog::{Question, QuestionDialog},
        client::{
            live::{self, News},
            rest::Call,
        },
        components::{Button, Card, Icon, Progress, Tone},
    },
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;

/// How often what runs is asked about.
const EVERY: Duration = Duration::from_millis(1500);

/// What is queued or runs, followed until it is over.
#[derive(Clone, Copy)]
pub struct Running {
    all: RwSignal<Vec<Operation>>,
    /// What came of the last one that ended while this page watched.
    result: RwSignal<Option<(Tone, String)>>,
    /// Counts those that ended: the log is read again.
    pub ended: RwSignal<u32>,
    asking: StoredValue<bool>,
    /// Those that were begun on this page.
    own: StoredValue<Vec<uuid::Uuid>>,
}

impl Running {
    pub fn start() -> Self {
        let running = Self {
            all: RwSignal::new(Vec::new()),
            result: RwSignal::new(None),
            ended: RwSignal::new(0),
            asking: StoredValue::new(false),
            own: StoredValue::new(Vec::new()),
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
        self.result.set(None);
        self.own.update_value(|own| own.push(operation.id));
        self.all.update(|all| all.push(operation));
        self.ask();
    }

    /// Whether one has ended since the last was begun here.
    pub fn has_result(self) -> bool {
        self.result.with(Option::is_some)
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
            let runs = |id| page.operations.iter().any(|other| other.id == id);
            let gone = before.iter().map(|one| one.id).filter(|id| !runs(*id));
            let gone = gone.collect::<Vec<_>>();
            self.all.set(page.operations);
            for id in gone {
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
            let result = format!("{what} {sentence}").trim_end().to_owned();
            // What others began is told in the log.
            if self.own.try_with_value(|own| own.contains(&id)) == Some(true) {
                self.result.try_set(Some((result_tone(one.status), result)));
            }
        }
        self.ended.try_update(|count| *count = count.wrapping_add(1));
    }
}

fn result_tone(status: OperationStatus) -> Tone {
    match status {
        OperationStatus::Completed => Tone::Success,
        OperationStatus::Failed => Tone::Danger,
        _ => Tone::Warning,
    }
}

/// What came of the last run, told when it has ended.
#[component]
pub fn RunResult(running: Running) -> impl IntoView {
    let banner = move || {
        running.result.get().map(|(tone, sentence)| {
            view! {
                <div class="banner" data-tone=tone.name()>
                    <Icon name=tone.icon() />
                    <div class="banner-text">{sentence}</div>
                </div>
            }
        })
    };
    view! {
        <div class="database-result" role="status">
            {banner}
        </div>
    }
    .into_any()
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
