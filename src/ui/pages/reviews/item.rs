//! The conversation that is shown, or what stands in its place.

use super::{
    buttons::{Back, Buttons, UndoButton},
    decide::{COMMENT, name},
    filter::address,
    panel::Panel,
    queue::ReviewQueue,
    state::{Reviewing, lead},
};
use crate::{
    api::reviews::Queue,
    domain::conversations::ConversationView,
    ui::{
        client::keys::is_composing,
        components::{Button, EmptyState, ErrorState, LinkButton, Skeleton, TextArea, rows},
        conversation::{GateNotice, StatusBadge, Turns},
    },
};
use leptos::{ev::KeyboardEvent, prelude::*};
use uuid::Uuid;

/// What the page is about.
#[component]
pub fn Item(state: Reviewing) -> impl IntoView {
    // As long as it is the same one, as it stands, nothing is drawn anew.
    let shown = Memo::new(move |_| {
        let look = |queue: &ReviewQueue| {
            let conversation = &queue.current()?.conversation;
            Some((conversation.id, conversation.version, conversation.updated_at))
        };
        state.queue.with(look)
    });
    move || {
        // Read, not only tracked: a memo that nobody has read does not know yet what it depends on.
        let _ = shown.get();
        let conversation = state.shown(|item| item.conversation.clone());
        if conversation.is_none() {
            return view! { <Nothing state=state /> }.into_any();
        }
        // A row, so that nothing of the one before is used for the next one.
        let key = |it: &ConversationView| (it.id, it.version, it.updated_at);
        let shown = |conversation| view! { <Shown state=state conversation=conversation /> };
        rows(conversation, key, shown).into_any()
    }
}

#[component]
fn Shown(state: Reviewing, conversation: ConversationView) -> impl IntoView {
    let (id, title, status) = (conversation.id, name(&conversation), conversation.status);
    let (turns, failures) = (conversation.turns.clone(), conversation.gate_failures.clone());
    let findings = conversation.findings.clone();
    view! {
        <div class="review">
            <section class="review-main" aria-labelledby="review-heading">
                <div class="cluster">
                    <h2 id="review-heading" tabindex="-1" data-review-lead="" dir="auto">
                        {title}
                    </h2>
                    <StatusBadge status=status />
                </div>
                <GateNotice failures=failures.clone() />
                <Turns turns=turns failures=failures findings=findings />
            </section>
            <div class="review-side">
                <Buttons state=state />
                <Comment state=state conversation=id />
                <Panel state=state conversation=conversation />
            </div>
        </div>
    }
    .into_any()
}

/// What goes with the decision.
#[component]
fn Comment(state: Reviewing, conversation: Uuid) -> impl IntoView {
    let text = Signal::derive(move || {
        state.comments.with(|all| all.get(&conversation).cloned()).unwrap_or_default()
    });
    let typed = move |text: String| {
        state.problem.set(None);
        state.comments.update(|all| {
            all.insert(conversation, text);
        });
    };
    Effect::new(move |_| state.recall_comment(conversation));
    let leave = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !is_composing(&event) {
            lead();
        }
    };
    view! {
        <div class="review-comment" on:keydown=leave>
            <TextArea
                id=COMMENT
                label="Comment"
                hint="Optional. Saved with your decision; Esc leaves the field."
                rows=2
                value=text
                error=Signal::derive(move || state.problem.get())
                on_change=typed
            />
        </div>
    }
    .into_any()
}

/// Why nothing is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    Loading,
    Failed,
    Skipped,
    WithOthers,
    Filtered,
    NoDisagreements,
    Done,
}

#[component]
fn Nothing(state: Reviewing) -> impl IntoView {
    let reason = Memo::new(move |_| {
        if state.failure.with(Option::is_some) {
            return Reason::Failed;
        } else if !state.is_empty.get() {
            return Reason::Loading;
        } else if state.queue.with(ReviewQueue::has_skipped) {
            return Reason::Skipped;
        }
        let is_left = state.tally.left().is_some_and(|left| left > 0);
        state.asked.with(|asked| match asked.queue {
            Queue::Disagreements => Reason::NoDisagreements,
            Queue::Waiting if asked.query().is_some() => Reason::Filtered,
            Queue::Waiting if is_left => Reason::WithOthers,
            Queue::Waiting => Reason::Done,
        })
    });
    let content = move || match reason.get() {
        Reason::Loading => {
            view! { <Skeleton label="Loading the next conversation" lines=6 /> }.into_any()
        }
        Reason::Failed => view! { <Failed state=state /> }.into_any(),
        reason => view! { <Empty state=state reason=reason /> }.into_any(),
    };
    view! {
        <div tabindex="-1" data-review-lead="">
            {content}
        </div>
    }
    .into_any()
}

#[component]
fn Failed(state: Reviewing) -> impl IntoView {
    let again = Callback::new(move |()| {
        lead();
        state.try_again();
    });
    move || {
        state.failure.get().map(|error| {
            view! { <ErrorState message=error.error request_id=error.request_id on_retry=again /> }
        })
    }
}

#[component]
fn Empty(state: Reviewing, reason: Reason) -> impl IntoView {
    let (title, text) = match reason {
        Reason::Skipped => ("Only what you skipped is left", None),
        Reason::WithOthers => {
            let text = "What they leave comes here by itself.";
            ("Everything left is being reviewed by others.", Some(text))
        }
        Reason::Filtered => ("Nothing fits these filters", None),
        Reason::NoDisagreements => ("No disagreements", None),
        _ => ("Nothing waits for review", Some("What comes in appears here by itself.")),
    };
    let way = move || match reason {
        Reason::Skipped => view! {
            <Button on_press=move |()| state.look_again()>"Review what I skipped"</Button>
        }
        .into_any(),
        Reason::Filtered => {
            view! { <LinkButton href=address(Queue::Waiting)>"Review everything"</LinkButton> }
                .into_any()
        }
        _ => ().into_any(),
    };
    let actions = move || {
        view! {
            {way()}
            <LinkButton href="/conversations">"Conversations"</LinkButton>
            <Back state=state />
            <UndoButton state=state />
        }
    };
    match text {
        Some(text) => view! { <EmptyState title=title text=text actions=actions /> }.into_any(),
        None => view! { <EmptyState title=title actions=actions /> }.into_any(),
    }
}
