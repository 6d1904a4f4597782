//! The events of notifications as a table: a row for each event, a column for each channel. A cell
//! shows what comes, so it is off and stays so while its event or its channel is.

use super::origin_of;
use crate::{
    domain::{
        merge_patch::get,
        notifications::Category,
        preferences::{catalog, catalog::field_at, values::Channel},
        settings::{Field, Layer},
    },
    ui::{
        client::{
            boot::use_boot,
            preferences::{Origin, View, use_preferences},
        },
        components::{FieldMenu, IconButton, IconName, Switch, parts, rows},
    },
};
use leptos::prelude::*;
use serde_json::Value;

const HEADING: &str = "events";

#[component]
pub fn EventTable() -> impl IntoView {
    let heads = parts(Channel::ALL.map(|channel| view! { <ChannelHead channel=channel /> }));
    let row = |category| view! { <EventRow category=category /> };
    view! {
        <h3 class="field-group" id=HEADING>
            {catalog::EVENTS}
        </h3>
        <div class="event-list">
            <table class="event-table" aria-labelledby=HEADING>
                <thead>
                    <tr>
                        <th scope="col">"Event"</th>
                        {heads}
                        <th scope="col">
                            <span class="visually-hidden">"More"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows(Category::ALL, |category| *category, row)}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The name of a channel, and why nothing comes by it.
#[component]
fn ChannelHead(channel: Channel) -> impl IntoView {
    let preferences = use_preferences();
    let missing = channel == Channel::Email && !use_boot().sends_mail;
    let note = move || {
        let on = preferences.applied.with(|applied| channel.is_on(&applied.notifications));
        match (missing, on) {
            (true, _) => "Not set up",
            (false, false) => "Off",
            (false, true) => "",
        }
    };
    view! {
        <th scope="col">
            {channel.label()} " " <small>{note}</small>
        </th>
    }
    .into_any()
}

/// One event: its switch, a cell for each channel, and the way back for all of them.
#[component]
fn EventRow(category: Category) -> impl IntoView {
    let Some(field) = field_at(&category.path()) else { return ().into_any() };
    let preferences = use_preferences();
    let cell_at = |channel| Some((channel, field_at(&category.path_by(channel))?));
    let cells: Vec<(Channel, &'static Field)> =
        Channel::ALL.into_iter().filter_map(cell_at).collect();
    let fields: Vec<_> = cells.iter().map(|(_, cell)| *cell).chain([field]).collect();
    let fields = StoredValue::new(fields);
    let own = move |view: &View| {
        let is_set = |field: &&'static Field| get(&view.layers.own, field.path).is_some();
        fields.get_value().into_iter().filter(is_set).collect::<Vec<&'static Field>>()
    };
    let changed = Memo::new(move |_| !preferences.view().with(own).is_empty());
    let loaded = preferences.is_loaded();
    let disabled = Signal::derive(move || !loaded.get());
    let origin = move || {
        let layers = preferences.view().with(|view| {
            fields.with_value(|fields| fields.iter().map(|it| view.layers.layer(it)).max())
        });
        origin_of(Origin::Layer(layers.unwrap_or(Layer::Default))).words()
    };
    let error = move || {
        preferences.view().with(|view| {
            let error = |field: &&'static Field| view.errors.get(field.path).cloned();
            fields.with_value(|fields| fields.iter().find_map(error))
        })
    };
    let reset = move |()| {
        for field in preferences.view().with_untracked(own) {
            preferences.edit(field.path, Value::Null);
        }
        preferences.saver.flush();
    };
    let id = field.anchor();
    let row = move |(channel, cell)| {
        view! { <EventCell category=category channel=channel field=cell /> }
    };
    view! {
        <tr id=id.clone() data-changed=move || changed.get().then_some("")>
            <th scope="row">
                <Switch
                    id=format!("{id}-control")
                    label=field.label
                    hint=field.description
                    value=Signal::derive(move || {
                        preferences.applied.with(|applied| {
                            category.is_wanted(&applied.notifications)
                        })
                    })
                    on_change=move |on| preferences.edit(field.path, Value::Bool(on))
                    disabled=disabled
                />
                <p class="field-meta">{origin}</p>
                <p class="field-error" id=format!("{id}-control-error")>
                    {error}
                </p>
            </th>
            {rows(cells, |(channel, _)| *channel, row)}
            <td>
                <div class="event-tools">
                    <Show when=move || changed.get()>
                        <IconButton
                            icon=IconName::Reset
                            label=format!("Reset {} to default", field.label)
                            small=true
                            disabled=disabled
                            on_press=reset
                        />
                    </Show>
                    <FieldMenu
                        id=id.clone()
                        label=field.label.to_owned()
                        link=Some(catalog::link(field))
                        history=Some(format!("/history?path={}", field.path))
                        setting=Some(field.path)
                    />
                </div>
            </td>
        </tr>
    }
    .into_any()
}

/// Whether one event comes by one channel.
#[component]
fn EventCell(category: Category, channel: Channel, field: &'static Field) -> impl IntoView {
    let preferences = use_preferences();
    let loaded = preferences.is_loaded();
    let applied = preferences.applied;
    let value = Signal::derive(move || {
        applied.with(|applied| category.is_wanted_by(channel, &applied.notifications))
    });
    let disabled = Signal::derive(move || {
        let possible = applied.with(|applied| {
            let wishes = &applied.notifications;
            channel.is_on(wishes) && category.is_wanted(wishes)
        });
        !loaded.get() || !possible
    });
    view! {
        <td id=field.anchor()>
            <div class="bare-label">
                <Switch
                    id=format!("{}-control", field.anchor())
                    label=field.label
                    value=value
                    on_change=move |on| preferences.edit(field.path, Value::Bool(on))
                    disabled=disabled
                />
            </div>
        </td>
    }
    .into_any()
}
