//! What the organization sets for its members' preferences. Unlike one's own settings this is saved
//! in one deliberate step.

mod draft;

use super::{
    Mine,
    everyone::{EveryoneField, SaveForEveryone},
};
use crate::{
    api::organizations::load_defaults,
    domain::{
        merge_patch::get,
        preferences::{catalog::Section, defaults},
        settings::Field,
    },
    ui::{
        client::{preferences::use_preferences, resource::resource},
        components::{Card, FieldList, parts, rows},
        loaded::Loaded,
        setting::{Drafts, SettingControl},
    },
};
use draft::DefaultsDraft;
use leptos::{context::Provider, prelude::*};

/// The defaults, to be read by every member and changed by those who manage.
#[component]
pub fn DefaultsTab(mine: Mine) -> impl IntoView {
    let edits = expect_context::<Drafts>().defaults;
    let organization = mine.organization.id;
    let read = resource(|| (), move |()| load_defaults(organization));
    let manages = mine.manages();
    let listed = move |base| {
        let draft = DefaultsDraft::new(organization, base, edits);
        view! { <Defaults manages=manages draft=draft /> }
    };
    view! { <Loaded read=read label="Loading the defaults" lines=9 children=listed /> }
}

#[component]
fn Defaults(manages: bool, draft: DefaultsDraft) -> impl IntoView {
    let note = if manages {
        "Apply to members who have not changed them. Changes take effect when you save."
    } else {
        "Apply to you where you have not changed them. Only owners and admins can edit them."
    };
    let section = move |section| {
        view! { <DefaultsSection section=section draft=draft manages=manages /> }
    };
    view! {
        <p class="lead">{note}</p>
        <div class="stack">
            <Provider value=draft.resets>{parts(Section::ALL.map(section))}</Provider>
        </div>
        {manages
            .then(|| {
                // They are what this person inherits as well.
                let preferences = use_preferences();
                view! { <SaveForEveryone draft=draft on_saved=move |()| preferences.load() /> }
            })}
    }
}

#[component]
fn DefaultsSection(section: Section, draft: DefaultsDraft, manages: bool) -> impl IntoView {
    let fields = section.fields();
    let rows = rows(
        fields,
        |field| field.path,
        |field| {
            view! { <DefaultField field=field draft=draft manages=manages /> }
        },
    );
    view! {
        <Card id=format!("defaults-{}", section.as_str()) title=section.label() flush=true>
            <FieldList>{rows}</FieldList>
        </Card>
    }
}

/// One preference as the organization sets it.
#[component]
fn DefaultField(field: &'static Field, draft: DefaultsDraft, manages: bool) -> impl IntoView {
    let path = field.path;
    let built_in = get(defaults(), path).map(|value| field.display(value));
    view! {
        <EveryoneField
            id=field.anchor()
            field=field
            draft=draft
            manages=manages
            built_in=built_in
        >
            <SettingControl
                id=field.anchor()
                field=field
                value=draft.shown(path)
                on_edit=move |value| draft.edit(path, value)
                disabled=!manages
            />
        </EveryoneField>
    }
}
