//! What runs, how far it is, and what came of it, until the person dismisses that.

use super::{Bulk, words};
use crate::{
    api::{
        bulk::{BulkJobAnswer, StopBulkJob, UndoBulkJob},
        error::ApiError,
        operation::Nothing,
    },
    domain::bulk::{BulkJobView, BulkState},
    ui::{
        client::rest::Call,
        components::{Banner, Button, Icon, IconButton, IconName, Progress, Tone, text_rows},
        form::focus,
    },
};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// A line for each job but those whose end is told elsewhere.
#[component]
pub fn Jobs(bulk: Bulk) -> impl IntoView {
    let shown = Memo::new(move |_| {
        let quiet = bulk.quiet.get();
        bulk.jobs.with(|jobs| {
            jobs.iter().map(|job| job.id).filter(|id| !quiet.contains(id)).collect::<Vec<_>>()
        })
    });
    let any = Memo::new(move |_| shown.with(|shown| !shown.is_empty()));
    view! {
        <Show when=move || any.get()>
            <section class="bulk-jobs" id="bulk-jobs" tabindex="-1" aria-label="Bulk changes">
                <For each=move || shown.get() key=|id| *id let:id>
                    <Line id=id bulk=bulk />
                </For>
            </section>
        </Show>
    }
    .into_any()
}

/// What can be done with a job that is shown.
#[derive(Clone, Copy)]
struct Steps {
    id: Uuid,
    bulk: Bulk,
    busy: RwSignal<bool>,
    error: RwSignal<Option<String>>,
}

impl Steps {
    fn take(self, answer: Result<BulkJobAnswer, ApiError>) {
        self.busy.try_set(false);
        match answer {
            Ok(answer) => {
                self.bulk.begin(answer.job, false);
                self.bulk.look_again();
                // The button that was pressed is gone.
                focus("#bulk-jobs");
            }
            Err(error) => {
                self.error.try_set(Some(words::refusal(error)));
            }
        }
    }

    fn send(self, undoes: bool) {
        self.error.set(None);
        self.busy.set(true);
        spawn_local(async move {
            self.take(match undoes {
                true => Call::<UndoBulkJob>::new(self.id, &Nothing {}).send().await,
                false => Call::<StopBulkJob>::new(self.id, &Nothing {}).send().await,
            });
        });
    }
}

#[component]
fn Line(id: Uuid, bulk: Bulk) -> impl IntoView {
    // Stays while the line goes.
    let now = Memo::new(move |before: Option<&Option<BulkJobView>>| {
        let now = bulk.jobs.with(|jobs| jobs.iter().find(|job| job.id == id).cloned());
        now.or_else(|| before.cloned().flatten())
    });
    let phase = Memo::new(move |_| {
        now.with(|job| job.as_ref().map(|job| (job.state.is_open(), words::running(job))))
    });
    let steps = Steps { id, bulk, busy: RwSignal::new(false), error: RwSignal::new(None) };
    let content = move || {
        phase.get().map(|(runs, label)| match runs {
            true => view! { <Running now=now steps=steps label=label /> }.into_any(),
            false => view! { <Ended now=now steps=steps /> }.into_any(),
        })
    };
    let error =
        move || steps.error.get().map(|error| view! { <Banner tone=Tone::Danger>{error}</Banner> });
    view! {
        <div class="bulk-job">
            {content}
            {error}
        </div>
    }
    .into_any()
}

type Now = Memo<Option<BulkJobView>>;

#[component]
fn Running(now: Now, steps: Steps, label: String) -> impl IntoView {
    let text = Signal::derive(move || {
        now.with(|job| job.as_ref().map(words::progress)).unwrap_or_default()
    });
    let share = Signal::derive(move || {
        now.with(|job| {
            let job = job.as_ref().filter(|job| job.state != BulkState::Queued)?;
            Some(f64::from(job.percent()) / 100.0)
        })
    });
    let stops = Memo::new(move |_| now.with(|job| job.as_ref().is_some_and(|job| job.can_stop)));
    let what = label.clone();
    let stop = move || {
        let what = what.clone();
        stops.get().then(|| {
            view! {
                <Button small=true busy=steps.busy on_press=move |()| steps.send(false)>
                    "Stop"
                    <span class="visually-hidden">" " {what}</span>
                </Button>
            }
        })
    };
    view! {
        <Progress id=format!("bulk-{}", steps.id) label=label value=share text=text />
        {stop}
    }
    .into_any()
}

#[component]
fn Ended(now: Now, steps: Steps) -> impl IntoView {
    let told = move || now.with(|job| job.as_ref().map(words::ended)).unwrap_or_default();
    let sentences = move || text_rows(told(), |sentence| view! { <span>{sentence} " "</span> });
    let tone = move || {
        let is_good = now.with(|job| {
            let is_good = |state| matches!(state, BulkState::Done | BulkState::Undone);
            job.as_ref().is_some_and(|job| is_good(job.state) && job.failed == 0)
        });
        if is_good { Tone::Success } else { Tone::Warning }
    };
    let undoes = Memo::new(move |_| now.with(|job| job.as_ref().is_some_and(|job| job.can_undo)));
    let undo = move || {
        undoes.get().then(|| {
            view! {
                <Button
                    small=true
                    icon=IconName::Undo
                    busy=steps.busy
                    on_press=move |()| steps.send(true)
                >
                    "Undo"
                </Button>
            }
        })
    };
    let dismiss = move |()| {
        steps.bulk.dismiss(steps.id);
        focus("#bulk-jobs");
    };
    view! {
        <p role="status" data-tone=move || tone().name()>
            {move || view! { <Icon name=tone().icon() size="s" /> }}
            {sentences}
        </p>
        {undo}
        <IconButton icon=IconName::Close label="Dismiss" small=true on_press=dismiss />
    }
    .into_any()
}
