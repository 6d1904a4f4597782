//! The tab that the address names, over one draft.

use super::{
    configurations::Configurations,
    costs::CostsTab,
    draft::AiDraft,
    effective::EffectiveTab,
    fields::{SectionCard, lead_to_unread_field},
    gateway::GatewayTab,
    keys::KeysTab,
    limits::LimitsTab,
    models::ModelsCard,
    proposal_dialog::ProposalDialog,
    save::SaveConfiguration,
    tab::AiTab,
    usage::UsageTab,
};
use crate::{
    api::events::LiveEvent,
    domain::{accounts::Role, ai::catalog::Section},
    ui::{
        client::{
            boot::use_user,
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
    let content = move || {
        let form = match tab.get() {
            AiTab::Model => view! { <ModelTab draft=draft /> }.into_any(),
            AiTab::Limits => view! { <LimitsTab draft=draft /> }.into_any(),
            AiTab::Costs => view! { <CostsTab draft=draft /> }.into_any(),
            AiTab::Keys => view! { <KeysTab draft=draft /> }.into_any(),
            AiTab::Timeouts => view! {
                <SectionCard
                    draft=draft
                    section=Section::Timeouts
                    hint="Each of them is at most the next one."
                />
            }
            .into_any(),
            AiTab::Effective => return view! { <EffectiveTab draft=draft /> }.into_any(),
            AiTab::Usage => return view! { <UsageTab draft=draft /> }.into_any(),
            AiTab::Gateway => return view! { <GatewayTab draft=draft /> }.into_any(),
        };
        view! {
            <Configurations draft=draft />
            {form}
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

/// The model, and for administrators of the installation the catalog that it is chosen from.
#[component]
fn ModelTab(draft: AiDraft) -> impl IntoView {
    let administers = use_user().get_untracked().is_some_and(|user| user.role == Role::Admin);
    view! {
        <div class="stack">
            <SectionCard
                draft=draft
                section=Section::Model
                hint="What writes the conversations, and how."
            />
            {administers.then(|| view! { <ModelsCard draft=draft /> })}
        </div>
    }
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
