//! One change in the timeline.

use super::{
    asked::Asked,
    beneath::{Beneath, Owned},
    rollback::{Chosen, Plan},
    selection::Selection,
};
use crate::{
    domain::{
        history::{Change, ChangeAnswer, ConfigType},
        merge_patch::FieldChange,
    },
    ui::{
        client::boot::use_boot,
        components::{Badge, Button, Card, DifferenceList, IconName, parts},
        moment::Moment,
        words::{label, precise},
    },
};
use leptos::prelude::*;
use uuid::Uuid;

/// One line: what was changed from what to what, by whom and when. `by_version`: the list is the
/// history of one thing, of which each version can be brought back.
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
        change.changed_by_name.clone().unwrap_or_else(|| "System".to_owned())
    };
    let about = about(&change, me);
    let headline = about.clone().map(|about| view! { <p class="change-about">{about}</p> });
    let reason =
        change.reason.clone().map(|reason| view! { <p class="hint">"Reason: " {reason}</p> });
    // Most are made on a page; only the others are told.
    let source = source(&change.source).map(|source| view! { <Badge>{source}</Badge> });
    let tools = change.undoable.then(|| {
        let name = about.unwrap_or_else(|| summary(&change.changes));
        let change = change.clone();
        view! { <Tools change=change name=name by_version=by_version selection=selection /> }
    });
    view! {
        <li class="timeline-entry" id=change.id.to_string()>
            <div class="change-line">
                <div class="change-what">
                    {headline} <Differences change=change.clone() open=by_version beneath=beneath />
                    {reason}
                </div>
                <p class="change-who">
                    {source} " " {who} " · "
                    <a href=Asked::address_of(change.id)>
                        <Moment time=change.changed_at />
                    </a>
                </p>
                {tools}
            </div>
        </li>
    }
    .into_any()
}

/// The one field that differs; of several, their names, and the rest on demand.
#[component]
fn Differences(change: Change, open: bool, beneath: Beneath) -> impl IntoView {
    let (fields, owned) = (change.changes.clone(), Owned::by(&change));
    // What is inherited may change while the page is open.
    let items = Signal::derive(move || {
        fields.iter().map(|field| beneath.difference(field, &owned)).collect::<Vec<_>>()
    });
    match change.changes.len() {
        0 => ().into_any(),
        1 => view! { <DifferenceList items=items /> }.into_any(),
        _ => view! {
            <details class="change-more" open=open>
                <summary>{summary(&change.changes)}</summary>
                <DifferenceList items=items />
            </details>
        }
        .into_any(),
    }
}

/// The first two of the settings by name, and how many more there are.
fn summary(changes: &[FieldChange]) -> String {
    let names: Vec<String> = changes.iter().map(|field| label(&field.path)).collect();
    match names.as_slice() {
        [] => "this change".to_owned(),
        [one] => one.clone(),
        [one, other] => format!("{one}, {other}"),
        [one, other, more @ ..] => format!("{one}, {other} and {} more", more.len()),
    }
}

/// Rolling back, bringing back what it made, or choosing for rolling back with others.
#[component]
fn Tools(
    change: Change,
    /// What it is about, for who hears only the button.
    name: String,
    by_version: bool,
    selection: Selection,
) -> impl IntoView {
    let id = change.id;
    let (before, after) = (Chosen::before(&change), Chosen::after(&change));
    let press = move |()| selection.undoing.ask(Plan::One(before));
    let bring = move |()| selection.undoing.ask(Plan::One(after));
    // Deleting it made no version to bring back.
    let by_version = by_version && change.action != "deleted";
    let content = move || {
        let (name, same) = (name.clone(), name.clone());
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
                    <span>"Select" <span class="visually-hidden">" " {name}</span></span>
                </label>
            }
            .into_any()
        } else {
            let version = by_version.then(|| {
                view! {
                    <Button small=true icon=IconName::History on_press=bring>
                        "Restore this version…"
                        <span class="visually-hidden">" " {same}</span>
                    </Button>
                }
            });
            view! {
                <span class="button-row">
                    <Button small=true icon=IconName::Undo on_press=press>
                        "Roll back…"
                        <span class="visually-hidden">" " {name}</span>
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

/// What happened to what. `None`: settings of one's own were changed, which their names tell.
fn about(change: &Change, me: Option<Uuid>) -> Option<String> {
    let is_plain = change.action == "updated";
    if is_plain && change.config_type == ConfigType::UserPreference && change.owner_user_id == me {
        return None;
    }
    let subject = subject(change, me);
    let verb = match change.action.as_str() {
        "created" => "Created",
        "deleted" => "Deleted",
        "reset" => "Reset",
        "imported" => "Imported",
        "rolled_back" => "Rolled back",
        "rotated" => "Rotated",
        "revoked" => "Revoked",
        "activated" => "Activated",
        "deactivated" => "Deactivated",
        _ => "Changed",
    };
    Some(format!("{verb} {subject}"))
}

/// What was changed, in words, and whose it is when it is somebody else's.
fn subject(change: &Change, me: Option<Uuid>) -> String {
    let name = &change.target_name;
    let owner = change.owner_name.as_deref().unwrap_or("a deleted account");
    match change.config_type {
        ConfigType::UserPreference if change.owner_user_id == me => "preferences".to_owned(),
        ConfigType::UserPreference => format!("preferences of {owner}"),
        ConfigType::OrganizationPreferenceDefault => format!("defaults of {name}"),
        ConfigType::OrganizationPolicy => format!("AI ceilings of {name}"),
        ConfigType::ConversationPolicy => format!("conversation policy of {name}"),
        ConfigType::AiConfig if change.owner_user_id == me => {
            format!("AI configuration “{name}”")
        }
        ConfigType::AiConfig => format!("AI configuration “{name}” of {owner}"),
        ConfigType::ApiKey if change.owner_user_id == me => format!("API key {name}"),
        ConfigType::ApiKey => format!("API key {name} of {owner}"),
    }
}

/// How it was made, unless on a page.
fn source(source: &str) -> Option<&'static str> {
    match source {
        "page" => None,
        "api_token" => Some("API token"),
        "command" => Some("Command line"),
        "rollback" => Some("Rollback"),
        _ => Some("System"),
    }
}

/// What else is known of one change.
#[component]
pub fn DetailCard(detail: ChangeAnswer) -> impl IntoView {
    let ChangeAnswer { change, old_value, new_value, client_ip, mutation_id, hash } = detail;
    let rows = [
        ("Time", Some(precise(change.changed_at))),
        ("Version", Some(change.version.to_string())),
        ("Source", Some(source(&change.source).unwrap_or("Web page").to_owned())),
        ("IP address", client_ip),
        ("User agent", change.user_agent),
        ("Save ID", mutation_id.map(|id| id.to_string())),
        ("Hash", Some(hash)),
    ];
    let rows = rows.into_iter().filter_map(|(name, value)| {
        Some(view! {
            <dt>{name}</dt>
            <dd>{value?}</dd>
        })
    });
    let whole = [("Full value before", old_value), ("Full value after", new_value)]
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
                    <a href=others>"All changes to this item"</a>
                </p>
            </div>
        </Card>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn change(config_type: ConfigType, action: &str, owner: u128) -> Change {
        Change {
            id: Uuid::nil(),
            sequence: 1,
            config_type,
            target_id: Uuid::nil(),
            target_name: "Default".into(),
            owner_user_id: Some(Uuid::from_u128(owner)),
            owner_organization_id: None,
            owner_name: Some("Uma".into()),
            action: action.into(),
            changed_by: None,
            changed_by_name: None,
            changed_at: DateTime::UNIX_EPOCH,
            changes: Vec::new(),
            reason: None,
            source: "page".into(),
            user_agent: None,
            version: 1,
            undoable: true,
        }
    }

    #[test]
    fn only_what_the_names_of_the_settings_do_not_tell_has_a_headline() {
        let me = Some(Uuid::from_u128(1));
        let of = |kind, action, owner| about(&change(kind, action, owner), me);
        assert_eq!(of(ConfigType::UserPreference, "updated", 1), None);
        for (kind, action, owner, words) in [
            (ConfigType::UserPreference, "reset", 1, "Reset preferences"),
            (ConfigType::UserPreference, "updated", 2, "Changed preferences of Uma"),
            (ConfigType::AiConfig, "created", 1, "Created AI configuration “Default”"),
            (ConfigType::ApiKey, "rotated", 2, "Rotated API key Default of Uma"),
        ] {
            assert_eq!(of(kind, action, owner).as_deref(), Some(words));
        }
    }

    #[test]
    fn several_settings_are_summed_up() {
        let paths = ["theme", "tableDensity", "rowsPerPage", "sidebarCollapsed"];
        let all = paths.map(|path| FieldChange { path: path.into(), old: None, new: None });
        assert_eq!(summary(&all[..1]), "Display · Theme");
        assert_eq!(summary(&all[..2]), "Display · Theme, Display · Table density");
        assert_eq!(summary(&all), "Display · Theme, Display · Table density and 2 more");
    }
}
