//! One section of settings: its rows, how saving stands, and the way back to what is inherited.

use super::{events::EventTable, field::PreferenceField, quality::SCORES_CODE, reset::ResetDialog};
use crate::{
    domain::{
        preferences::catalog::{EVENTS, Section},
        settings::{Field, Kind},
    },
    ui::{
        client::preferences::use_preferences,
        components::{
            Button, ButtonVariant, Card, FieldList, IconName, SaveState, SaveStatus, rows,
        },
    },
};
use leptos::prelude::*;

/// A section with its heading, status and reset.
#[component]
pub fn SectionView(section: Section) -> impl IntoView {
    let preferences = use_preferences();
    let status = preferences.status(Some(section));
    let resetting = RwSignal::new(false);
    let nothing_own = Signal::derive(move || {
        preferences.view().with(|view| view.layers.own_paths(Some(section)).is_empty())
    });
    let actions = move || {
        view! {
            <SaveStatus state=Signal::derive(move || SaveState::from(&status.get())) />
            <Button
                variant=ButtonVariant::Ghost
                small=true
                icon=IconName::Reset
                disabled=nothing_own
                reason="Everything here is at its default."
                on_press=move |()| resetting.set(true)
            >
                "Reset section"
            </Button>
        }
    };
    let fields = move |shortcuts: bool| {
        let wanted = move |field: &&Field| {
            (field.kind == Kind::Shortcut) == shortcuts && field.group != EVENTS
        };
        section.fields().filter(wanted).collect::<Vec<_>>()
    };
    let bindings = fields(true);
    view! {
        <Card
            id=format!("section-{}", section.as_str())
            title=section.label()
            actions=actions
            flush=true
        >
            <FieldRows fields=fields(false) />
            {(section == Section::Notifications).then(|| view! { <EventTable /> })}
        </Card>
        {(!bindings.is_empty())
            .then(|| {
                view! {
                    <Card
                        id="bindings"
                        flush=true
                        title="Bindings"
                        hint="Click a binding, then press one or two key combinations. \
                        Press ? anywhere to see the list."
                    >
                        <FieldRows fields=bindings />
                    </Card>
                }
            })}
        {(section == Section::Quality).then(|| SCORES_CODE.show())}
        <ResetDialog section=Some(section) open=resetting />
    }
}

/// Rows for the given settings, under their headings. `words` are those that were looked for.
#[component]
pub fn FieldRows(
    fields: Vec<&'static Field>,
    #[prop(default = None)] words: Option<Signal<Vec<String>>>,
) -> impl IntoView {
    let group =
        |group: &[&'static Field]| (group.first().map_or("", |field| field.group), group.to_vec());
    let groups = fields.chunk_by(|one, next| one.group == next.group).map(group);
    rows(
        groups,
        |(name, _)| *name,
        |(name, fields)| {
            let row = move |field| view! { <PreferenceField field=field words=words /> };
            view! {
                {(!name.is_empty()).then(|| view! { <h3 class="field-group">{name}</h3> })}
                <FieldList>{rows(fields, |field| field.path, row)}</FieldList>
            }
        },
    )
}
