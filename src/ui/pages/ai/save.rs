//! The bar that saves a configuration.

use super::{
    draft::{AiDraft, SAVE_BAR},
    fields::lead_to_unread_field,
};
use crate::ui::setting::SaveBar;
use leptos::prelude::*;

/// The bar of a configuration, which may also have changed elsewhere.
#[component]
pub fn SaveConfiguration(draft: AiDraft) -> impl IntoView {
    let elsewhere = Signal::derive(move || {
        draft.elsewhere.get().then_some(
            "Changed elsewhere. The latest version is shown; your changes are kept and not saved \
                yet.",
        )
    });
    view! {
        <SaveBar
            draft=*draft
            id=SAVE_BAR
            of="the configuration"
            overtaken="This configuration was changed on another device or by somebody else."
            note=elsewhere
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
