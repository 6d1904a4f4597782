//! The steps of beginning, with how far they are.

use crate::{
    api::{
        demonstration::{AddDemonstration, RemoveDemonstration},
        home::load_home,
        operation::Nothing,
    },
    domain::home::{HomeAnswer, Step, StepKind, StepState, are_steps_closed, steps_done},
    ui::{
        call_dialog::CallDialog,
        client::{boot, rest::Call, toasts::use_toasts},
        components::{Badge, Button, Icon, IconName, Tone, rows},
    },
};
use leptos::{html, prelude::*, task::spawn_local};

/// The list; nothing where no step is known. It is closed once nothing is left of it, and by hand,
/// which this browser remembers.
#[component]
pub fn FirstSteps(steps: Vec<Step>) -> impl IntoView {
    if steps.is_empty() {
        return ().into_any();
    }
    let (done, all) = (steps_done(&steps), steps.len());
    let open = !are_steps_closed(&steps, boot::are_steps_closed());
    let keep_closed = boot::use_closing_of_steps();
    let node = NodeRef::<html::Details>::new();
    let is_open = move || node.get_untracked().is_some_and(|list| list.has_attribute("open"));
    // The browser opens and closes it, also before the page reacts.
    Effect::new(move |_| {
        if is_open() != open {
            keep_closed(open);
        }
    });
    let lines = rows(steps, |step| step.kind, |step| view! { <StepLine step=step /> });
    view! {
        <section class="card home-steps" id="first-steps" aria-labelledby="first-steps-title">
            <details node_ref=node open=open>
                <summary on:click=move |_| keep_closed(is_open())>
                    <h2 id="first-steps-title">"First steps"</h2>
                    <span class="home-done">{format!("{done} of {all} done")}</span>
                    <Icon name=IconName::ChevronDown size="s" />
                </summary>
                <progress
                    class="meter-bar"
                    max=all.to_string()
                    value=done.to_string()
                    aria-label="Steps done"
                ></progress>
                <ol class="home-step-list">{lines}</ol>
            </details>
        </section>
    }
    .into_any()
}

#[component]
fn StepLine(step: Step) -> impl IntoView {
    let Step { kind: _, state, title, sentence, link } = step;
    let (tone, icon) = match state {
        StepState::Done => (Tone::Success, Some(IconName::Check)),
        StepState::Open => (Tone::Accent, None),
        StepState::NotYours => (Tone::Neutral, Some(IconName::User)),
    };
    view! {
        <li class="item" data-state=state.as_str()>
            <span class="home-sign" data-tone=tone.name()>
                {icon.map(|name| view! { <Icon name=name size="s" /> })}
            </span>
            <div class="item-text">
                <a href=link>{title}</a>
                <span class="item-hint">{sentence}</span>
            </div>
            <Badge tone=tone>{state.label()}</Badge>
        </li>
    }
    .into_any()
}

/// Adds demonstration data where there is no conversation yet, and removes it again. Nothing for
/// whoever may do neither.
#[component]
pub fn Demonstration(home: RwSignal<HomeAnswer>) -> impl IntoView {
    let (toasts, busy, asking) = (use_toasts(), RwSignal::new(false), RwSignal::new(false));
    let there = Memo::new(move |_| home.with(|home| home.demonstration));
    let is_first = Memo::new(move |_| {
        let is_open =
            |step: &Step| step.kind == StepKind::Conversation && step.state != StepState::Done;
        home.with(|home| home.steps.iter().any(is_open))
    });
    let read = move || {
        spawn_local(async move {
            if let Ok(now) = load_home().await {
                let _ = home.try_set(now);
            }
        });
    };
    let toasts = StoredValue::new(toasts);
    let add = move |()| {
        busy.set(true);
        spawn_local(async move {
            let answer = Call::<AddDemonstration>::new((), &Nothing {}).send().await;
            let _ = busy.try_set(false);
            let Some(toasts) = toasts.try_get_value() else { return };
            match answer {
                Ok(_) => {
                    let link = Some("/conversations".to_owned());
                    toasts.lead(Tone::Success, "Demonstration data was added.", link, || ());
                    read();
                }
                Err(error) => toasts.show(Tone::Danger, error.error),
            }
        });
    };
    let done = move |_| {
        if let Some(toasts) = toasts.try_get_value() {
            toasts.show(Tone::Success, "Demonstration data was removed.");
        }
        read();
    };
    let is_offered = move || there.get() == Some(0) && is_first.get();
    let is_there = move || there.get().is_some_and(|count| count > 0);
    let remove = move |()| Call::<RemoveDemonstration>::new((), &Nothing {});
    view! {
        <Show when=is_offered>
            <section class="card">
                <p>"Look around with 100 made-up conversations. They cost nothing."</p>
                <Button busy=busy on_press=add>
                    "Add demonstration data"
                </Button>
            </section>
        </Show>
        <Show when=is_there>
            <section class="card">
                <p>"There is demonstration data among the conversations."</p>
                <Button on_press=move |()| asking.set(true)>"Remove demonstration data"</Button>
            </section>
        </Show>
        <CallDialog
            id="remove-demonstration"
            title="Remove the demonstration data?"
            open=asking
            confirm="Remove"
            target="the demonstration data"
            call=remove
            on_done=done
            danger=true
        >
            <p>"All of it goes, with your edits, comments and reviews of it. Nothing else does."</p>
        </CallDialog>
    }
    .into_any()
}
