//! The conversation: while it is written, and as it is stored.

use super::{
    kept::Kept,
    made::MADE_CODE,
    refusal::Refusal,
    run::{Phase, Run},
};
use crate::{
    domain::{conversations::Status, generation::partial_turns::PartialTurn},
    ui::components::{Card, EmptyState, IconName, Skeleton},
};
use leptos::prelude::*;
use serde_json::Value;
use uuid::Uuid;

/// What became of the generation, or is becoming.
#[component]
pub fn Outcome(run: Run, user: Uuid) -> impl IntoView {
    let kept = Kept::of(user);
    provide_context(run);
    provide_context(kept);
    Effect::new(move |_| kept.look());
    Effect::new(move |_| {
        run.phase.with(|phase| match phase {
            Phase::Done(answer) => {
                answer["conversation"]["id"].as_str().map(|id| kept.remember(id))
            }
            _ => None,
        });
    });
    let kind = Memo::new(move |_| run.phase.with(std::mem::discriminant));
    let status = move || match run.phase.get() {
        Phase::Idle | Phase::Failed(_) => String::new(),
        Phase::Running => run.status.get(),
        Phase::Stopped => {
            "Stopped. Nothing is stored; what Claude had written is billed and appears in the \
                usage log."
                .into()
        }
        Phase::Done(answer) => done(&answer),
    };
    let content = move || {
        // Read, not only tracked: a memo that nobody has read does not know yet what it depends on.
        let _ = kind.get();
        match run.phase.get_untracked() {
            Phase::Idle => view! { <Before kept=kept /> }.into_any(),
            Phase::Running | Phase::Stopped => view! { <Growing run=run /> }.into_any(),
            Phase::Failed(error) => view! {
                <div class="stack">
                    <Refusal error=error />
                    <Growing run=run />
                </div>
            }
            .into_any(),
            Phase::Done(_) => MADE_CODE.show(),
        }
    };
    view! {
        <Card id="generated" title="Result">
            <p class="generate-status" role="status">
                {status}
            </p>
            {content}
        </Card>
    }
    .into_any()
}

/// What came of it, in a sentence; nothing of what cannot be read.
fn done(answer: &Value) -> String {
    let made = &answer["conversation"];
    match made["turns"].as_array() {
        Some(_) if made["status"] == Status::Failed.as_str() => {
            "No conversation: Claude’s answer could not be used. It was billed.".into()
        }
        Some(turns) => format!("Done: {} turns are stored.", turns.len()),
        None => String::new(),
    }
}

/// Before anything is asked: what was made last; or that there is nothing yet.
#[component]
fn Before(kept: Kept) -> impl IntoView {
    move || match kept.id() {
        Some(_) => MADE_CODE.show(),
        None => view! {
            <EmptyState
                icon=IconName::Chat
                title="Nothing generated yet"
                text="The conversation appears here while Claude writes it."
            />
        }
        .into_any(),
    }
}

/// The turns as they grow. Only the text that changes is written again.
#[component]
fn Growing(run: Run) -> impl IntoView {
    let count = Memo::new(move |_| run.turns.with(Vec::len));
    let turn = move |index: usize| {
        let part = move |read: fn(&PartialTurn) -> String| {
            move || run.turns.with(|turns| turns.get(index).map(read).unwrap_or_default())
        };
        // Claude may write what is said before who says it; until then they take turns, the user
        // first.
        let is_user = Memo::new(move |_| match part(|turn| turn.role.clone())() {
            role if role.is_empty() => index.is_multiple_of(2),
            role => role.starts_with('u'),
        });
        view! {
            <li class="turn" data-role=move || if is_user.get() { "user" } else { "assistant" }>
                <p class="turn-who">{move || if is_user.get() { "User" } else { "Assistant" }}</p>
                <p class="turn-text" lang="" dir="auto">
                    {part(|turn| turn.content.clone())}
                </p>
            </li>
        }
    };
    // A configuration without streaming sends nothing before the end.
    let nothing_yet = move || {
        (count.get() == 0 && run.phase.with(|phase| *phase == Phase::Running)).then(|| {
            view! {
                <Skeleton label="Claude is writing" lines=4 />
                <p class="field-note">
                    "Turn on " <a href="/ai/model#model-streaming">"streaming"</a>
                    " to watch it being written."
                </p>
            }
        })
    };
    view! {
        {nothing_yet}
        <ol class="turns">
            <For each=move || 0..count.get() key=|index| *index children=turn />
        </ol>
    }
    .into_any()
}
