//! The field for the instruction, and beneath it the proposals that wait.

use super::{FIELD, Revise, proposal::Proposal, proposals::Proposals};
use crate::ui::{
    client::keys::is_composing,
    components::{Banner, Button, ButtonVariant, TextArea, Tone, rows, text_rows},
    form::focus,
};
use leptos::{context::Provider, ev::KeyboardEvent, prelude::*};

/// The field, what it can cost, and what waits.
#[component]
pub fn Panel(revise: Revise) -> impl IntoView {
    let proposals = Proposals::new(revise);
    Effect::new(move |_| proposals.read());
    // Opened, or a comment was taken over: the field shows it and has the focus. What an earlier
    // visit left is only shown.
    Effect::new(move |_| {
        if revise.taken.get() > 0 {
            proposals.error.set(None);
            proposals.resets.reset();
            focus(format!("#{FIELD}"));
        }
    });
    let list = move || {
        let all = proposals.all.get();
        (!all.is_empty()).then(|| {
            let one = move |revision| view! { <Proposal proposals=proposals revision=revision /> };
            view! { <ul class="revisions">{rows(all, |revision| revision.id, one)}</ul> }
        })
    };
    let unread = move || {
        proposals.unread.get().then(|| {
            view! {
                <div class="cluster">
                    <p class="muted">"The proposals could not be loaded."</p>
                    <Button small=true on_press=move |()| proposals.read()>
                        "Retry"
                    </Button>
                </div>
            }
        })
    };
    let warned = move || {
        let warnings = proposals.warnings.get();
        (!warnings.is_empty()).then(|| {
            let lines = text_rows(warnings, |text| view! { <p>{text}</p> });
            view! { <Banner tone=Tone::Warning>{lines}</Banner> }
        })
    };
    view! {
        <div class="stack" data-gap="s">
            <Asking proposals=proposals />
            {warned} {unread} {list}
        </div>
    }
    .into_any()
}

/// The instruction and the button. Ctrl+Enter asks, Enter is a new line.
#[component]
fn Asking(proposals: Proposals) -> impl IntoView {
    let Revise { text, comment, editing, page, .. } = proposals.revise;
    let pressed = move |event: KeyboardEvent| {
        let asks = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
        if asks && !is_composing(&event) && reason(proposals.revise).is_none() {
            event.prevent_default();
            proposals.ask();
        }
    };
    let typed = move |typed: String| {
        proposals.error.set(None);
        // Another instruction than the comment's does not resolve it.
        if typed.trim().is_empty() {
            comment.set(None);
        }
        text.set(typed);
    };
    let why = Memo::new(move |_| {
        let _ = (editing.get(), page.now.with(|now| (now.version, now.status)));
        reason(proposals.revise)
    });
    let status = move || {
        if proposals.busy.get() {
            return "Claude is writing. It goes on when you leave the page.".to_owned();
        }
        let cost = proposals.worst_case.get();
        cost.map(|cost| format!("Costs up to {cost}.")).unwrap_or_default()
    };
    view! {
        <div class="stack" data-gap="s" on:keydown=pressed>
            <Provider value=proposals.resets>
                <TextArea
                    id=FIELD
                    label="What should Claude change?"
                    hint="Ctrl+Enter asks."
                    rows=3
                    value=text
                    on_change=typed
                    error=proposals.error
                />
            </Provider>
            <div class="button-row">
                <Button
                    id="revise-ask"
                    variant=ButtonVariant::Primary
                    busy=proposals.busy
                    disabled=Signal::derive(move || why.get().is_some())
                    reason=why
                    on_press=move |()| proposals.ask()
                >
                    "Ask Claude"
                </Button>
                <p class="small muted" role="status">
                    {status}
                </p>
            </div>
        </div>
    }
    .into_any()
}

/// Why nothing can be asked now.
fn reason(revise: Revise) -> Option<String> {
    let now = revise.page.now;
    if revise.editing.get_untracked() {
        Some("Save or cancel your changes first.".into())
    } else if untrack(move || revise.page.is_archived()) {
        Some("Bring it back to revise it.".into())
    } else if now.with_untracked(|now| now.turns.is_empty()) {
        Some("It has no turns.".into())
    } else {
        None
    }
}
