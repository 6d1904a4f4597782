//! One setting: its row, its control, and what belongs to this device only.

use super::origin_of;
use crate::{
    domain::{
        accounts::Role,
        merge_patch::get,
        preferences::catalog,
        settings::{Field, Kind, Layer},
    },
    ui::{
        client::{
            boot::use_boot,
            preferences::{Origin, use_preferences},
        },
        components::{FieldRow, IconName, Switch, Typing},
        setting::{ClampNote, SettingControl},
    },
};
use leptos::prelude::*;
use serde_json::Value;

/// What stands beside the name of a setting that nothing reads yet.
const PENDING: &str = "No effect yet";

/// A row that edits one of the person's own preferences. `words` are those that were looked for.
#[component]
pub fn PreferenceField(
    field: &'static Field,
    #[prop(default = None)] words: Option<Signal<Vec<String>>>,
) -> impl IntoView {
    let preferences = use_preferences();
    let path = field.path;
    let value = preferences.shown(path);
    let explain = preferences.explain(field);
    let origin = preferences.origin(field, explain);
    let error = preferences.error(path);
    let loaded = preferences.is_loaded();
    let disabled = Signal::derive(move || !loaded.get());
    let changed = Signal::derive(move || {
        !matches!(origin.get(), Origin::Layer(Layer::Default | Layer::Organization))
    });
    let inherited = Signal::derive(move || {
        explain.with(|explain| Some(field.display(explain.below(Layer::Person)?.1)))
    });
    let reset = move |()| {
        if origin.get_untracked() == Origin::Device {
            preferences.keep_on_device(path, false);
        } else {
            preferences.edit(path, Value::Null);
            preferences.saver.flush();
        }
    };
    // No field with a number is one that a device keeps for itself.
    let saver = preferences.saver;
    let typing = Typing {
        started: Callback::new(move |()| saver.change(|draft| draft.begin(path))),
        withdrawn: Callback::new(move |()| saver.withdraw(path)),
    };
    let clamped = move || {
        explain.with(|explain| {
            let value = field.display(&explain.value);
            Some(view! { <ClampNote value=value why=explain.clamped.as_ref()?.message.clone() /> })
        })
    };
    let extra = move || {
        view! {
            {clamped}
            {(path == "notifications.email").then(|| view! { <MailNote /> })}
        }
    };
    let aside =
        move || field.per_device.then(|| view! { <DeviceOnly field=field disabled=disabled /> });
    let wide = matches!(field.kind, Kind::AllOrSome(_));
    view! {
        <FieldRow
            id=field.anchor()
            label=field.label
            description=field.description
            changed=changed
            default_text=inherited
            origin=Signal::derive(move || Some(origin_of(origin.get())))
            on_reset=reset
            history=format!("/history?path={path}")
            link=catalog::link(field)
            setting=path
            badge=field.pending.then_some(PENDING)
            marked=words
            error=error
            disabled=disabled
            reason="Your preferences are not loaded yet."
            wide=wide
            aside=aside
            extra=extra
        >
            <SettingControl
                id=field.anchor()
                field=field
                value=value
                on_edit=move |value| preferences.edit(path, value)
                on_commit=move |()| preferences.saver.flush()
                typing=typing
                disabled=disabled
            />
        </FieldRow>
    }
}

/// Whether this device keeps a value of its own, whatever the account says.
#[component]
fn DeviceOnly(field: &'static Field, disabled: Signal<bool>) -> impl IntoView {
    let preferences = use_preferences();
    let path = field.path;
    view! {
        <Switch
            id=format!("{}-device", field.anchor())
            label=format!("{}: this device only", field.label)
            icon=IconName::Device
            value=Signal::derive(move || {
                preferences.device.with(|device| get(device, path).is_some())
            })
            on_change=move |keep| preferences.keep_on_device(path, keep)
            disabled=disabled
        />
    }
}

/// Where no mail server takes it, mail can be wished for, but does not come.
#[component]
fn MailNote() -> impl IntoView {
    let boot = use_boot();
    if boot.sends_mail || boot.user.is_none() {
        return ().into_any();
    }
    let is_administrator = boot.user.is_some_and(|user| user.role == Role::Admin);
    let way_on = if is_administrator {
        view! { <a href="/admin/mail">"Set up mail"</a> }.into_any()
    } else {
        "Ask your administrator.".into_any()
    };
    view! { <p class="field-note">"This server does not send mail yet. " {way_on}</p> }.into_any()
}
