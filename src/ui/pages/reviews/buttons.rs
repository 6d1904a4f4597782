//! What a reviewer can do, each with the keys that do it.

use super::{
    decide::{COMMENT, Meant},
    queue::ReviewQueue,
    state::Reviewing,
};
use crate::{
    domain::{
        reviews::Decision,
        shortcut::{NONE, Shortcut, Stroke},
    },
    ui::{
        client::{
            preferences::use_preferences,
            shortcuts::{use_key_names, use_shortcuts},
        },
        components::{Button, ButtonVariant, Chord, IconName},
        form::focus,
    },
};
use leptos::prelude::*;

/// Binds the keys for as long as the page is shown.
pub fn bind_keys(state: Reviewing) {
    let shortcuts = use_shortcuts();
    let decide = move |decision| state.decide(decision, Meant::default());
    shortcuts.on("approve", move || decide(Decision::Approved));
    shortcuts.on("reject", move || decide(Decision::Rejected));
    shortcuts.on("nextItem", move || state.skip());
    shortcuts.on("previousItem", move || state.go_back());
    shortcuts.on("comment", || focus(format!("#{COMMENT}")));
}

/// The buttons beside a conversation.
#[component]
pub fn Buttons(state: Reviewing) -> impl IntoView {
    let decide = move |decision| move |()| state.decide(decision, Meant::default());
    view! {
        <div class="review-decide" role="group" aria-label="Decision">
            <Button
                variant=ButtonVariant::Primary
                icon=IconName::Check
                on_press=decide(Decision::Approved)
            >
                "Approve"
                <Keys action="approve" />
            </Button>
            <Button icon=IconName::Close on_press=decide(Decision::Rejected)>
                "Reject"
                <Keys action="reject" />
            </Button>
            <Button icon=IconName::Pencil on_press=decide(Decision::NeedsRevision)>
                "Needs revision"
            </Button>
        </div>
        <div class="review-more">
            <Button on_press=move |()| state.skip()>"Skip" <Keys action="nextItem" /></Button>
            <Button on_press=move |()| state.asking.set(true)>"Second opinion…"</Button>
            <Back state=state />
            <UndoButton state=state />
        </div>
    }
    .into_any()
}

/// Goes back to what was skipped last.
#[component]
pub fn Back(state: Reviewing) -> impl IntoView {
    let can_go = Memo::new(move |_| state.queue.with(ReviewQueue::can_go_back));
    move || {
        can_go.get().then(|| {
            view! {
                <Button icon=IconName::ChevronLeft on_press=move |()| state.go_back()>
                    "Back"
                    <Keys action="previousItem" />
                </Button>
            }
        })
    }
}

/// Takes the last decision back, and says which that is.
#[component]
pub fn UndoButton(state: Reviewing) -> impl IntoView {
    let last = Memo::new(move |_| {
        let words = |step: &super::undo::Step| (step.decided, step.title.clone());
        state.steps.with(|steps| steps.last().map(words))
    });
    let busy = move || state.undoing.get() || state.steps.with(|steps| steps.is_waiting());
    let busy = Signal::derive(busy);
    move || {
        last.get().map(|(decided, title)| {
            view! {
                <Button icon=IconName::Undo busy=busy on_press=move |()| state.undo()>
                    "Undo"
                    <span class="visually-hidden">{format!(" {decided}: {title}")}</span>
                </Button>
            }
        })
    }
}

/// The keys of an action, as long as they do something.
#[component]
fn Keys(action: &'static str) -> impl IntoView {
    let (preferences, key_names) = (use_preferences(), use_key_names());
    let keys = Memo::new(move |_| {
        preferences.applied.with(|applied| {
            let shortcuts = &applied.keyboard_shortcuts;
            let bound = shortcuts.custom_bindings.get(action).map_or(NONE, String::as_str);
            let is_quiet = |shortcut: &Shortcut| {
                !shortcuts.single_keys && shortcut.0.iter().any(Stroke::is_single_character)
            };
            let shortcut = bound.parse().ok().filter(|it| bound != NONE && !is_quiet(it));
            let acts = shortcuts.enabled && shortcut.is_some();
            if acts { bound.to_owned() } else { String::new() }
        })
    });
    move || {
        let keys = keys.get();
        (!keys.is_empty()).then(|| {
            let keys = Signal::derive(move || key_names(&keys));
            view! { <Chord keys=keys /> }
        })
    }
}
