//! What the organization decides about its conversations. Saved in one deliberate step, as its
//! defaults.

mod draft;
mod preview;
mod target;

use super::{
    Mine,
    everyone::{EveryoneField, SaveForEveryone},
};
use crate::{
    api::conversation_policy::load_conversation_policy,
    domain::{
        conversation_policy::{
            catalog::{Section, TOKEN_TARGET},
            defaults,
        },
        merge_patch::get,
        settings::Field,
    },
    ui::{
        client::resource::resource,
        components::{Card, FieldList, parts, rows},
        loaded::Loaded,
        setting::{Drafts, SettingControl},
    },
};
use draft::PolicyDraft;
use leptos::{context::Provider, prelude::*};
use preview::RetentionPreview;
use serde_json::Value;
use target::TokenTarget;

/// The policy, to be read by every member and changed by those who manage.
#[component]
pub fn ConversationsTab(mine: Mine) -> impl IntoView {
    let edits = expect_context::<Drafts>().conversations;
    let organization = mine.organization.id;
    let policy = resource(|| (), move |()| load_conversation_policy(organization));
    let manages = mine.manages();
    let listed = move |base| {
        let draft = PolicyDraft::new(organization, base, edits);
        view! { <Policy manages=manages draft=draft /> }
    };
    view! { <Loaded read=policy label="Loading the conversation policy" lines=9 children=listed /> }
}

#[component]
fn Policy(manages: bool, draft: PolicyDraft) -> impl IntoView {
    let note = if manages {
        "Apply to all conversations of the organization. Changes take effect when you save."
    } else {
        "Apply to all conversations of the organization. Only owners and admins can edit them."
    };
    let section = move |section| {
        view! { <PolicySection section=section draft=draft manages=manages /> }
    };
    view! {
        <p class="lead">{note}</p>
        <div class="stack">
            <Provider value=draft.resets>{parts(Section::ALL.map(section))}</Provider>
        </div>
        {manages.then(|| view! { <SaveForEveryone draft=draft /> })}
    }
}

#[component]
fn PolicySection(section: Section, draft: PolicyDraft, manages: bool) -> impl IntoView {
    let rows = rows(
        section.fields(),
        |field| field.path,
        |field| {
            view! { <PolicyField field=field draft=draft manages=manages /> }
        },
    );
    let preview = (section == Section::Retention).then(|| {
        view! { <RetentionPreview draft=draft /> }
    });
    view! {
        <Card id=format!("policy-{}", section.as_str()) title=section.label() flush=true>
            <FieldList>{rows}</FieldList>
            {preview}
        </Card>
    }
}

#[component]
fn PolicyField(field: &'static Field, draft: PolicyDraft, manages: bool) -> impl IntoView {
    let path = field.path;
    let built_in = match get(defaults(), path) {
        None | Some(Value::Null) => "None".to_owned(),
        Some(value) => field.display(value),
    };
    // Made inside of the row, which names it.
    let control = move || {
        if path == TOKEN_TARGET {
            return view! { <TokenTarget field=field draft=draft /> }.into_any();
        }
        view! {
            <SettingControl
                id=field.long_anchor()
                field=field
                value=draft.shown(path)
                keeps_text=true
                on_edit=move |value| draft.edit(path, value)
                disabled=!manages
            />
        }
        .into_any()
    };
    view! {
        <EveryoneField
            id=field.long_anchor()
            field=field
            draft=draft
            manages=manages
            built_in=Some(built_in)
        >
            {control()}
        </EveryoneField>
    }
}
