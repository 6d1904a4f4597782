//! The tab that the address names, over one draft.

use super::{
    configurations::Configurations, draft::AiDraft, fields::lead_to_unread_field,
    proposal_dialog::ProposalDialog, save::SaveConfiguration, tab::AiTab,
};
use crate::{
    api::events::LiveEvent,
    ui::{
        client::{
            live::{self, News},
            news::Following,
        },
        components::{Banner, Button, Tone},
    },
};
use leptos::{context::Provider, prelude::*};
use serde_json::Value;

#[component]
pub fn Desk(draft: AiDraft, tab: Memo<AiTab>, following: Following) -> impl IntoView {
    // Where the person belongs, once it is known who they are, and all that was missed.
    following.each(move |_| draft.receive());
    // Only in a browser, for as long as this draft is shown.
    Effect::new(move |_| {
        live::on(move |news| {
            if let News::Pushed(LiveEvent::AiConfigChanged { .. }) = news {
                draft.receive();
            }
        });
    });
    provide_context(draft);
    let content = move || {
        let tab = tab.get();
        let shown = tab.code().show();
        if !tab.edits() && !tab.previews() {
            return shown;
        }
        view! {
            {tab.edits().then(|| view! { <Configurations draft=draft /> })}
            {shown}
            <SaveConfiguration draft=draft />
        }
        .into_any()
    };
    view! {
        <Retirement draft=draft />
        <Provider value=draft.resets>{content}</Provider>
        <ProposalDialog draft=draft />
    }
    .into_any()
}

/// The model is retired or soon will be: what it means, and the way out.
#[component]
fn Retirement(draft: AiDraft) -> impl IntoView {
    move || {
        let retirement = draft.base.with(|base| base.retirement.clone())?;
        let sentence = retirement.sentence();
        let switch = retirement.replacement.map(|replacement| {
            let press = move |()| {
                if lead_to_unread_field() {
                    return;
                }
                draft.edit("model.model", Value::from(replacement.model.clone()));
                draft.save();
            };
            view! {
                <Button small=true on_press=press>
                    "Switch to "
                    {replacement.name}
                </Button>
            }
        });
        Some(view! {
            <Banner tone=Tone::Warning action=move || switch>
                {sentence}
            </Banner>
        })
    }
}
