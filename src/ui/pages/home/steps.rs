//! The steps of beginning, with how far they are.

use crate::{
    domain::home::{Step, StepState, are_steps_closed, steps_done},
    ui::{
        client::boot,
        components::{Badge, Icon, IconName, Tone, rows},
    },
};
use leptos::{html, prelude::*};

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
