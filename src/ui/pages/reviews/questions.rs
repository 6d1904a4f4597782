//! Questions before a decision.

use super::{
    decide::{Meant, name},
    state::Reviewing,
};
use crate::{
    domain::{conversations::GateFailure, reviews::Decision},
    ui::{
        components::{Choice, ConfirmDialog, RadioGroup, text_rows},
        conversation::broken,
    },
};
use leptos::prelude::*;

/// Asks before something is approved that no trainer takes, and what a second opinion would be.
#[component]
pub fn Questions(state: Reviewing) -> impl IntoView {
    view! {
        <Doubt state=state />
        <Opinion state=state />
    }
    .into_any()
}

fn title(state: Reviewing) -> String {
    state
        .queue
        .with(|queue| queue.current().map(|item| name(&item.conversation)))
        .unwrap_or_default()
}

fn failures(state: Reviewing) -> Vec<GateFailure> {
    let failures = |queue: &super::queue::ReviewQueue| {
        queue.current().map(|item| item.conversation.gate_failures.clone())
    };
    state.queue.with(failures).unwrap_or_default()
}

#[component]
fn Doubt(state: Reviewing) -> impl IntoView {
    let rules = move || {
        text_rows(failures(state).iter().map(broken), |rule: String| view! { <li>{rule}</li> })
    };
    let approve = move |()| {
        state.doubting.set(false);
        state.decide(Decision::Approved, Meant { untrainable: true, ..Meant::default() });
    };
    view! {
        <ConfirmDialog
            id="review-untrainable"
            title="Approve although it is not trainable?"
            open=state.doubting
            confirm="Approve anyway"
            target=Signal::derive(move || title(state))
            on_confirm=approve
            on_cancel=move |()| state.doubting.set(false)
        >
            <p>"Trainers would drop or refuse this conversation:"</p>
            <ul>{rules}</ul>
        </ConfirmDialog>
    }
    .into_any()
}

#[component]
fn Opinion(state: Reviewing) -> impl IntoView {
    let opinion = RwSignal::new(Decision::Approved);
    let choices = Decision::ALL.iter().map(|it| Choice::new(it.as_str(), it.label())).collect();
    let ask = move |()| {
        state.asking.set(false);
        let meant = Meant { second_opinion: true, ..Meant::default() };
        state.decide(opinion.get_untracked(), meant);
    };
    view! {
        <ConfirmDialog
            id="review-opinion"
            title="Ask for a second opinion?"
            open=state.asking
            confirm="Ask"
            target=Signal::derive(move || format!("about {}", title(state)))
            on_confirm=ask
            on_cancel=move |()| state.asking.set(false)
        >
            <div class="stack" data-gap="s">
                <p>"Somebody else decides. Your comment goes with what you would do."</p>
                <RadioGroup
                    id="review-opinion-choice"
                    name="opinion"
                    label="What would you do?"
                    choices=choices
                    value=Signal::derive(move || opinion.get().as_str().to_owned())
                    on_change=move |word: String| {
                        if let Ok(decision) = word.parse() {
                            opinion.set(decision);
                        }
                    }
                />
            </div>
        </ConfirmDialog>
    }
    .into_any()
}
