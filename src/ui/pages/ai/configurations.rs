//! Which of the named configurations is edited, and which of them applies.

use super::{
    draft::AiDraft,
    plan::{applying, stored},
    proposal::{Change, Proposal},
};
use crate::{
    domain::{
        ai::{
            AiPatch, check_config_name,
            views::{
                AiConfigurationRequest, ConfigurationView, RemoveAiConfigurationRequest,
                ToggleRequest,
            },
        },
        field_error::FieldError,
    },
    ui::{
        components::{Badge, Button, Choice, ConfirmDialog, NumberField, Select, TextField, Tone},
        form::{FetchForm, FormState},
    },
};
use leptos::prelude::*;

/// The priorities that the server takes, from minus to plus this.
const HIGHEST_PRIORITY: f64 = 1000.0;

/// Chooses a configuration, makes another, activates, orders and deletes them.
#[component]
pub fn Configurations(draft: AiDraft) -> impl IntoView {
    let naming = RwSignal::new(false);
    let ordering = RwSignal::new(false);
    let names = Memo::new(move |_| {
        let mut names: Vec<String> =
            draft.base.with(|base| stored(base).iter().map(|it| it.config_name.clone()).collect());
        let chosen = draft.chosen.get();
        if !names.contains(&chosen) {
            names.push(chosen);
        }
        names
    });
    let picker = move || {
        let choices = names.get().into_iter().map(|name| Choice::new(name.clone(), name)).collect();
        view! {
            <Select
                id="ai-configuration"
                label="Configuration"
                choices=choices
                value=draft.chosen
                on_change=move |name| draft.choose(name)
            />
        }
    };
    let standing = Memo::new(move |_| standing(draft));
    let badge = move || {
        let (tone, words) = standing.get();
        view! { <Badge tone=tone>{words}</Badge> }
    };
    let buttons = move || {
        draft.current().map(|current| {
            let active = current.is_active;
            let (toggled, deleted) = (current.clone(), current);
            let name = StoredValue::new(deleted.config_name.clone());
            let hidden =
                move || view! { <span class="visually-hidden">" " {name.get_value()}</span> };
            view! {
                <Button small=true on_press=move |()| draft.toggle(&toggled)>
                    {if active { "Deactivate…" } else { "Activate…" }}
                    {hidden()}
                </Button>
                <Button small=true on_press=move |()| ordering.set(true)>
                    "Priority…"
                    {hidden()}
                </Button>
                <Button small=true on_press=move |()| draft.delete(&deleted)>
                    "Delete…"
                    {hidden()}
                </Button>
            }
        })
    };
    view! {
        <div class="ai-configurations">
            {picker} {badge}
            <div class="button-row">
                {buttons} <Button small=true on_press=move |()| naming.set(true)>
                    "New…"
                </Button>
            </div>
        </div>
        <NewDialog draft=draft open=naming />
        <PriorityDialog draft=draft open=ordering />
    }
    .into_any()
}

/// How the chosen configuration stands to the others.
fn standing(draft: AiDraft) -> (Tone, String) {
    let name = draft.chosen.get();
    draft.base.with(|base| {
        let list = stored(base);
        let Some(own) = list.iter().find(|it| it.config_name == name) else {
            return (Tone::Neutral, "Not saved yet".to_owned());
        };
        match applying(list) {
            _ if !own.is_active => (Tone::Neutral, "Inactive".into()),
            Some(other) if other.id != own.id => (
                Tone::Neutral,
                format!("Overridden by “{}”, priority {}", other.config_name, other.priority),
            ),
            _ => (Tone::Success, "Active".into()),
        }
    })
}

impl AiDraft {
    fn toggle(self, of: &ConfigurationView) {
        let (id, on) = (of.id, !of.is_active);
        let after = self.after(|list| {
            let Some(at) = list.iter().position(|it| it.id == id) else { return };
            let mut changed = list.remove(at);
            changed.is_active = on;
            list.insert(0, changed);
        });
        let proposal = Proposal::new(
            Change::Toggle(ToggleRequest { config_id: id, is_active: on }),
            of.config_name.clone(),
            format!("{} “{}”?", if on { "Activate" } else { "Deactivate" }, of.config_name),
            if on { "Activate" } else { "Deactivate" },
            if on { "Activated." } else { "Deactivated." },
        );
        self.ask(proposal, &after);
    }

    fn delete(self, of: &ConfigurationView) {
        let after = self.after(|list| list.retain(|it| it.id != of.id));
        let body = RemoveAiConfigurationRequest {
            config_name: of.config_name.clone(),
            scope: self.scope,
            reason: None,
        };
        let proposal = Proposal::new(
            Change::Remove(body),
            of.config_name.clone(),
            format!("Delete “{}”?", of.config_name),
            "Delete",
            "Deleted. Its history is kept.",
        );
        self.ask(proposal, &after);
    }

    fn order(self, name: &str, priority: i32) {
        let Some(version) = untrack(|| self.current()).map(|it| it.version) else { return };
        let after = self.after(|list| {
            let Some(at) = list.iter().position(|it| it.config_name == name) else { return };
            let mut changed = list.remove(at);
            changed.priority = priority;
            list.insert(0, changed);
        });
        let body = AiConfigurationRequest {
            config_name: name.to_owned(),
            updates: AiPatch::default(),
            scope: self.scope,
            priority: Some(priority),
            reason: None,
            version: Some(version),
        };
        let proposal = Proposal::new(
            Change::Patch(body),
            name.to_owned(),
            format!("Set the priority of “{name}” to {priority}?"),
            "Change",
            "Priority changed.",
        );
        self.ask(proposal, &after);
    }
}

/// Asks for a name. Nothing is stored before the first save.
#[component]
fn NewDialog(draft: AiDraft, open: RwSignal<bool>) -> impl IntoView {
    let form = FormState::new("new-configuration-form", &["name"]);
    let close = move |()| {
        form.clear();
        form.reset();
        open.set(false);
    };
    let submit = move |()| match check_config_name(&form.typed("configuration_name")) {
        Ok(name) => {
            draft.choose(name);
            close(());
        }
        Err(sentence) => form.refuse(vec![FieldError::new("name", sentence)]),
    };
    view! {
        <ConfirmDialog
            id="new-configuration"
            title="New configuration"
            open=open
            confirm="Create"
            on_confirm=submit
            on_cancel=close
        >
            <FetchForm form=form on_send=submit>
                <p>"Stored and activated with the first change that you save."</p>
                <TextField
                    id="configuration-name"
                    name="configuration_name"
                    label="Name"
                    placeholder="Cheap drafts"
                    autofocus=true
                    error=form.error("name")
                />
            </FetchForm>
        </ConfirmDialog>
    }
    .into_any()
}

#[component]
fn PriorityDialog(draft: AiDraft, open: RwSignal<bool>) -> impl IntoView {
    let priority = RwSignal::new(0.0);
    Effect::new(move |_| {
        if open.get() {
            priority.set(draft.current().map_or(0.0, |it| f64::from(it.priority)));
        }
    });
    let confirm = move |()| {
        open.set(false);
        // A whole number within the field's limits.
        draft.order(&draft.chosen.get_untracked(), priority.get_untracked() as i32);
    };
    view! {
        <ConfirmDialog
            id="priority"
            title=Signal::derive(move || format!("Priority of “{}”", draft.chosen.get()))
            open=open
            confirm="Review…"
            target=draft.chosen
            on_confirm=confirm
            on_cancel=move |()| open.set(false)
        >
            <NumberField
                id="configuration-priority"
                label="Priority"
                hint="Of the active configurations, the one with the highest priority applies."
                value=priority
                min=-HIGHEST_PRIORITY
                max=HIGHEST_PRIORITY
                on_change=move |number: f64| priority.set(number)
            />
        </ConfirmDialog>
    }
    .into_any()
}
