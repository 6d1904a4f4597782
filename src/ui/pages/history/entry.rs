//! One change in the timeline.

use super::{
    asked::Asked,
    beneath::{Beneath, Owned},
    rollback::{Chosen, Plan},
    selection::Selection,
};
use crate::{
    domain::history::{Change, ChangeAnswer, ConfigType},
    ui::{
        client::boot::use_boot,
        components::{Badge, Button, Card, DifferenceList, IconName, parts},
        moment::Moment,
    },
};
use leptos::prelude::*;
use uuid::Uuid;

/// Who did what when and why, and the difference by field. `by_version`: the list is the history of
/// one thing, of which each version can be brought back.
#[component]
pub fn Entry(
    change: Change,
    by_version: bool,
    selection: Selection,
    beneath: Beneath,
) -> impl IntoView {
    let me = use_boot().user.map(|user| user.id);
    let who = if change.changed_by.is_some() && change.changed_by == me {
        "You".to_owned()
    } else {
        change.changed_by_name.clone().unwrap_or_else(|| "The system".to_owned())
    };
    let differences = (!change.changes.is_empty()).then(|| {
        let (fields, owned) = (change.changes.clone(), Owned::by(&change));
        // What is inherited may change while the page is open.
        let items = Signal::derive(move || {
            fields.iter().map(|field| beneath.difference(field, &owned)).collect::<Vec<_>>()
        });
        view! { <DifferenceList items=items /> }
    });
    let reason =
        change.reason.clone().map(|reason| view! { <p class="hint">"Reason: " {reason}</p> });
    let tools = change.undoable.then(|| {
        view! { <Tools change=change.clone() by_version=by_version selection=selection /> }
    });
    view! {
        <li class="timeline-entry" id=change.id.to_string()>
            <p class="timeline-head">
                <strong>{who}</strong>
                " "
                {verb(&change.action)}
                " "
                {subject(&change, me)}
                ", "
                <a href=Asked::address_of(change.id)>
                    <Moment time=change.changed_at />
                </a>
                " "
                <Badge>{source(&change.source)}</Badge>
            </p>
            {reason}
            {differences}
            {tools}
        </li>
    }
    .into_any()
}

/// Rolling back, bringing back what it made, or choosing for rolling back with others.
#[component]
fn Tools(change: Change, by_version: bool, selection: Selection) -> impl IntoView {
    let id = change.id;
    let (before, after) = (Chosen::before(&change), Chosen::after(&change));
    let press = move |()| selection.undoing.ask(Plan::One(before));
    let bring = move |()| selection.undoing.ask(Plan::One(after));
    // Deleting it made no version to bring back.
    let by_version = by_version && change.action != "deleted";
    let content = move || {
        if selection.on.get() {
            view! {
                <label class="choice">
                    <input
                        class="check"
                        type="checkbox"
                        autocomplete="off"
                        prop:checked=move || selection.ids.with(|ids| ids.contains(&id))
                        on:change=move |_| selection.toggle(id)
                    />
                    <span>"Choose this change"</span>
                </label>
            }
            .into_any()
        } else {
            let version = by_version.then(|| {
                view! {
                    <Button small=true icon=IconName::History on_press=bring>
                        "Bring back this version…"
                    </Button>
                }
            });
            view! {
                <span class="button-row">
                    <Button small=true icon=IconName::Undo on_press=press>
                        "Roll back…"
                    </Button>
                    {version}
                </span>
            }
            .into_any()
        }
    };
    // Nothing of it works without a script.
    view! {
        <div class="timeline-tools" data-needs-script="">
            {content}
        </div>
    }
    .into_any()
}

fn verb(action: &str) -> &'static str {
    match action {
        "created" => "created",
        "deleted" => "deleted",
        "reset" => "reset",
        "imported" => "imported",
        "rolled_back" => "rolled back",
        "rotated" => "rotated",
        "revoked" => "revoked",
        "activated" => "switched on",
        "deactivated" => "switched off",
        _ => "changed",
    }
}

/// What was changed, in words, and whose it is when it is somebody else's.
fn subject(change: &Change, me: Option<Uuid>) -> String {
    let name = &change.target_name;
    let owner = change.owner_name.as_deref().unwrap_or("an account that is gone");
    match change.config_type {
        ConfigType::UserPreference if change.owner_user_id == me => "preferences".to_owned(),
        ConfigType::UserPreference => format!("the preferences of {owner}"),
        ConfigType::OrganizationPreferenceDefault => format!("the defaults of {name}"),
        ConfigType::OrganizationPolicy => format!("the AI ceilings of {name}"),
        ConfigType::AiConfig if change.owner_user_id == me => {
            format!("the AI configuration “{name}”")
        }
        ConfigType::AiConfig => format!("the AI configuration “{name}” of {owner}"),
        ConfigType::ApiKey if change.owner_user_id == me => format!("the API key {name}"),
        ConfigType::ApiKey => format!("the API key {name} of {owner}"),
    }
}

fn source(source: &str) -> &'static str {
    match source {
        "page" => "Web page",
        "api_token" => "API token",
        "command" => "Command line",
        "rollback" => "Rollback",
        _ => "System",
    }
}

/// What else is known of one change.
#[component]
pub fn DetailCard(detail: ChangeAnswer) -> impl IntoView {
    let ChangeAnswer { change, old_value, new_value, client_ip, mutation_id, hash } = detail;
    let rows = [
        ("Version", Some(change.version.to_string())),
        ("Address", client_ip),
        ("Browser or program", change.user_agent),
        ("Save", mutation_id.map(|id| id.to_string())),
        ("Seal", Some(hash)),
    ];
    let rows = rows.into_iter().filter_map(|(name, value)| {
        Some(view! {
            <dt>{name}</dt>
            <dd>{value?}</dd>
        })
    });
    let whole = [("Whole value before", old_value), ("Whole value after", new_value)]
        .into_iter()
        .filter_map(|(name, value)| {
            let text = serde_json::to_string_pretty(&value?).unwrap_or_default();
            Some(view! {
                <details>
                    <summary>{name}</summary>
                    <pre translate="no" tabindex="0" role="region" aria-label=name>
                        {text}
                    </pre>
                </details>
            })
        });
    let others = Asked::default().with("targetId", &change.target_id.to_string()).address();
    view! {
        <Card id="history-detail" title="About this change">
            <div class="stack" data-gap="s">
                <dl class="history-facts">{parts(rows)}</dl>
                {parts(whole)}
                <p>
                    <a href=others>"All changes of the same"</a>
                </p>
            </div>
        </Card>
    }
    .into_any()
}
