//! The bar at the foot of the page: nothing is saved until somebody says so.

use super::{
    draft::{AiDraft, SAVE_BAR},
    fields::lead_to_unread_field,
};
use crate::ui::components::{Banner, Button, ButtonVariant, Tone};
use leptos::prelude::*;

/// How many changes are not saved, and the button that saves them; says when they are.
#[component]
pub fn SaveBar(draft: AiDraft) -> impl IntoView {
    let count = Memo::new(move |_| draft.changes().len());
    let wrong = Memo::new(move |_| draft.has_errors());
    let words = move || match count.get() {
        0 if draft.status.with(String::is_empty) => "No changes.".to_owned(),
        0 => draft.status.get(),
        1 => "1 change is not saved.".to_owned(),
        count => format!("{count} changes are not saved."),
    };
    let messages = move || {
        let overtaken = draft.overtaken.get().then(|| {
            view! {
                <Banner tone=Tone::Warning>
                    "Somebody else changed this configuration in the meantime. What stands now is \
                        loaded; your own changes are kept and not saved yet."
                </Banner>
            }
        });
        let elsewhere = draft.elsewhere.get().then(|| {
            view! {
                <Banner tone=Tone::Info>
                    "Changed elsewhere. What applies now is shown; your own changes are kept and \
                        not saved yet."
                </Banner>
            }
        });
        // While a question is open, it says so itself.
        let refused = draft.unplaced_error().filter(|_| draft.proposal.with(Option::is_none));
        let refused =
            refused.map(|sentence| view! { <Banner tone=Tone::Danger>{sentence}</Banner> });
        view! {
            {elsewhere}
            {overtaken}
            {refused}
        }
    };
    let reason = Signal::derive(move || {
        let why = if wrong.get() { "Some values are not allowed yet; see the fields." } else { "" };
        (!why.is_empty()).then(|| why.to_owned())
    });
    view! {
        <div
            class="save-bar"
            id=SAVE_BAR
            role="region"
            aria-label="Changes of the configuration"
            tabindex="-1"
        >
            {messages}
            <p role="status">{words}</p>
            <div class="button-row">
                <Button
                    disabled=Signal::derive(move || count.get() == 0)
                    on_press=move |()| draft.discard()
                >
                    "Discard"
                </Button>
                <Button
                    id="save-ai"
                    variant=ButtonVariant::Primary
                    busy=draft.busy
                    disabled=Signal::derive(move || count.get() == 0 || wrong.get())
                    reason=reason
                    on_press=move |()| {
                        if !lead_to_unread_field() {
                            draft.save();
                        }
                    }
                >
                    "Save"
                </Button>
            </div>
        </div>
    }
    .into_any()
}
