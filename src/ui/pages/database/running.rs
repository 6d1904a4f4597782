//! What runs now, how far it is, and what came of the last run.

use super::words::{StatusBadge, target_words};
use crate::{
    api::{
        database::maintenance::{CancelOperation, ReadOperation, load_operations},
        error::ApiError,
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
            boot::use_boot,
            live::{self, News},
            rest::Call,
        },
        components::{Button, Card, Icon, Progress, Tone},
    },
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use uuid::Uuid;

/// How often what runs is asked about.
const EVERY: Duration = Duration::from_millis(1500);

/// What is queued or runs, followed until it is over.
#[derive(Clone, Copy)]
pub struct Running {
    all: RwSignal<Vec<Operation>>,
    /// What came of the person's last one that ended while this page watched.
    result: RwSignal<Option<(Tone, String)>>,
    /// Counts those that ended: the log is read again.
    pub ended: RwSignal<u32>,
    asking: StoredValue<bool>,
    /// Those that run no longer, of which it could not be asked yet how they ended.
    unknown: StoredValue<Vec<Uuid>>,
    /// Who is told what came of one: those that they began.
    me: Option<Uuid>,
}

impl Running {
    pub fn start() -> Self {
        let running = Self {
            all: RwSignal::new(Vec::new()),
            result: RwSignal::new(None),
            ended: RwSignal::new(0),
            asking: StoredValue::new(false),
            unknown: StoredValue::new(Vec::new()),
            me: use_boot().user.map(|user| user.id),
        };
        Effect::new(move |_| {
            running.ask();
            live::on(move |news| match news {
                News::Missed | News::Pushed(LiveEvent::MaintenanceProgress { .. }) => running.ask(),
                News::Pushed(_) => {}
            });
            let ask = move || {
                let waits = running.all.with_untracked(|all| !all.is_empty())
                    || running.unknown.with_value(|ids| !ids.is_empty());
                if waits {
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
        self.add(operation);
        self.ask();
    }

    /// Adds one that may be in the list already, by news of it.
    fn add(self, operation: Operation) {
        // The page may be gone.
        self.all.try_update(|all| {
            if all.iter().all(|other| other.id != operation.id) {
                all.push(operation);
            }
        });
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
            let mut gone = gone.collect::<Vec<_>>();
            self.all.set(page.operations);
            // Taken out, so that another turn does not ask for the same meanwhile.
            gone.extend(self.unknown.try_update_value(std::mem::take).unwrap_or_default());
            for id in gone {
                self.report(id).await;
            }
        });
    }

    /// Asks how one ended, and tells it.
    async fn report(self, id: Uuid) {
        match Call::<ReadOperation>::new(id, &Nothing {}).send().await.map(|it| it.operation) {
            // The list was older than the operation.
            Ok(one) if !one.status.is_over() => return self.add(one),
            Ok(one) => {
                // What others began is told in the log.
                if self.me.is_some_and(|me| is_own(&one, me)) {
                    self.result.try_set(Some((result_tone(one.status), result_words(one))));
                }
            }
            // The next turn asks again.
            Err(error) if is_passing(&error) => {
                self.unknown.try_update_value(|ids| ids.push(id));
                return;
            }
            // It is forgotten, or not to be seen any more.
            Err(_) => {}
        }
        self.ended.try_update(|count| *count = count.wrapping_add(1));
    }
}

/// Whether this person began it, wherever they did, and no schedule.
fn is_own(operation: &Operation, me: Uuid) -> bool {
    operation.schedule_id.is_none() && operation.initiated_by == Some(me)
}

/// Whether the same question may be answered later.
fn is_passing(error: &ApiError) -> bool {
    error.is_transient() || error.status >= 500
}

/// What came of one that is over.
fn result_words(one: Operation) -> String {
    let what = format!("{}: {}.", named(&one), lowercase(one.status.label()));
    let sentence = one.sentence.or(one.error_message).unwrap_or_default();
    format!("{what} {sentence}").trim_end().to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        database::{OperationKind, OperationOptions, Target},
        error_code::ErrorCode,
    };

    fn begun(by: Option<Uuid>, schedule: Option<Uuid>) -> Operation {
        Operation {
            id: Uuid::nil(),
            operation: OperationKind::Vacuum,
            target: Target::WholeDatabase,
            status: OperationStatus::Completed,
            options: OperationOptions::default(),
            statements: Vec::new(),
            created_at: chrono::DateTime::UNIX_EPOCH,
            started_at: None,
            completed_at: None,
            duration_ms: None,
            initiated_by: by,
            initiated_by_name: None,
            schedule_id: schedule,
            backend_pid: None,
            progress: None,
            before: None,
            after: None,
            outcome: None,
            sentence: Some("Nothing was freed.".into()),
            leftover_index: None,
            error_message: None,
            cancel_requested: false,
        }
    }

    #[test]
    fn only_what_the_person_began_is_told_to_them() {
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(is_own(&begun(Some(me), None), me));
        assert!(!is_own(&begun(Some(other), None), me));
        assert!(!is_own(&begun(None, None), me), "by an account that is deleted");
        assert!(!is_own(&begun(Some(me), Some(other)), me), "by a schedule");
    }

    #[test]
    fn what_came_of_one_is_told_in_words() {
        let words = result_words(begun(None, None));
        assert_eq!(words, "Vacuum of the whole database: completed. Nothing was freed.");
    }

    #[test]
    fn an_end_is_asked_for_again_while_it_may_be_answered() {
        assert!(is_passing(&ApiError::unreachable()));
        for (code, passing) in [
            (ErrorCode::Internal, true),
            (ErrorCode::NotFound, false),
            (ErrorCode::Forbidden, false),
        ] {
            assert_eq!(is_passing(&ApiError::new(code, "No.")), passing, "{code}");
        }
    }
}
