//! The bar that saves a configuration.

use super::{
    draft::{AiDraft, SAVE_BAR},
    fields::lead_to_unread_field,
};
use crate::ui::{
    components::{Banner, Tone},
    setting::SaveBar,
};
use leptos::prelude::*;

/// The bar of a configuration, which may also have changed elsewhere.
#[component]
pub fn SaveConfiguration(draft: AiDraft) -> impl IntoView {
    let elsewhere = move || {
        draft.elsewhere.get().then(|| {
            view! {
                <Banner tone=Tone::Info>
                    "Changed elsewhere. What applies now is shown; your own changes are kept and \
                        not saved yet."
                </Banner>
            }
        })
    };
    view! {
        <SaveBar
            draft=*draft
            id=SAVE_BAR
            of="the configuration"
            overtaken="Somebody else changed this configuration in the meantime."
            note=move || elsewhere
            asks=Signal::derive(move || draft.proposal.with(Option::is_some))
            busy=draft.busy
            save=("save-ai", "Save")
            on_save=move |()| {
                if !lead_to_unread_field() {
                    draft.save();
                }
            }
            on_discard=move |()| draft.discard()
        />
    }
}
