//! Finding things: the command palette over pages and settings, and the list of shortcuts.

use super::{
    client::{keys::is_composing, preferences::use_preferences, shortcuts::use_key_names},
    components::{Chord, Dialog, EmptyState, Icon, IconName, SearchField, rows},
};
use crate::{
    domain::{
        accounts::Role,
        letter_case::lowercase,
        preferences::{catalog, values::ACTIONS},
    },
    ui::client::boot::use_user,
};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

const FIELD: &str = "search-query";
/// Results shown at once; more would not be read.
const SHOWN: usize = 12;

/// The pages about the database, for administrators.
const DATABASE: [(&str, &str); 9] = [
    ("overview", "overview and health"),
    ("tables", "tables and bloat"),
    ("indexes", "indexes"),
    ("queries", "slow queries"),
    ("connections", "connections and locks"),
    ("maintenance", "maintenance and vacuum"),
    ("alerts", "alerts and their rules"),
    ("report", "monthly report"),
    ("backups", "backups"),
];

struct Place {
    label: String,
    hint: String,
    address: String,
}

/// Every place that can be found by name.
fn places(role: Option<Role>) -> Vec<Place> {
    let page = |label: &str, address: &str| Place {
        label: label.into(),
        hint: "Page".into(),
        address: address.into(),
    };
    let pages = [
        page("Home", "/"),
        page("Generate a conversation", "/generate"),
        page("AI configuration: model", "/ai/model"),
        page("AI configuration: rate limits and retries", "/ai/limits"),
        page("AI configuration: costs and budgets", "/ai/costs"),
        page("AI configuration: API keys", "/ai/keys"),
        page("AI configuration: timeouts", "/ai/timeouts"),
        page("AI configuration: what applies", "/ai/effective"),
        page("AI configuration: usage log", "/ai/usage"),
        page("AI configuration: gateway for programs", "/ai/gateway"),
        page("Account", "/settings/account"),
        page("History", "/history"),
        page("Notifications", "/notifications"),
        page("Organization members", "/organization/members"),
        page("Invitations to organizations", "/invitations"),
        page("Organization defaults", "/organization/defaults"),
    ];
    let sections = catalog::Section::ALL
        .map(|section| page(section.label(), &format!("/settings/{}", section.as_str())));
    let settings = catalog::FIELDS.iter().map(|field| Place {
        label: field.label.into(),
        hint: format!("Setting · {}", field.section.label),
        address: catalog::link(field),
    });
    // Nobody else may see them, so nobody else is led there.
    let database = DATABASE.iter().filter(|_| role == Some(Role::Admin));
    let database = database
        .map(|(tab, label)| page(&format!("Database: {label}"), &format!("/database/{tab}")));
    sections.into_iter().chain(pages).chain(database).chain(settings).collect()
}

/// The places whose name holds every word that was typed.
fn found(query: &str, role: Option<Role>) -> Vec<Place> {
    let words: Vec<String> = query.split_whitespace().map(lowercase).collect();
    let fits = |place: &Place| {
        let text = lowercase(&format!("{} {}", place.label, place.hint));
        words.iter().all(|word| text.contains(word))
    };
    places(role).into_iter().filter(fits).take(SHOWN).collect()
}

/// Opens the palette, and tells by which keys it opens.
#[component]
pub fn SearchButton(open: RwSignal<bool>) -> impl IntoView {
    let (preferences, key_names) = (use_preferences(), use_key_names());
    let keys = Signal::derive(move || {
        let applied = preferences.applied.get().keyboard_shortcuts;
        let bound = applied.custom_bindings.get("openSearch").cloned().unwrap_or_default();
        if applied.enabled && bound != "none" { key_names(&bound) } else { String::new() }
    });
    view! {
        <button
            class="button search-open"
            type="button"
            data-variant="secondary"
            on:click=move |_| open.set(true)
        >
            <Icon name=IconName::Search size="s" />
            <span>"Search"</span>
            <Show when=move || !keys.get().is_empty()>
                <Chord keys=keys />
            </Show>
        </button>
    }
}

/// The command palette.
#[component]
pub fn SearchDialog(open: RwSignal<bool>) -> impl IntoView {
    let user = use_user();
    let query = RwSignal::new(String::new());
    Effect::new(move |_| {
        if open.get() {
            query.set(String::new());
        }
    });
    let list = NodeRef::<html::Ul>::new();
    let places = move || found(&query.get(), user.with(|user| user.as_ref().map(|user| user.role)));
    let count = move || match places().len() {
        0 => "No result".to_owned(),
        1 => "1 result".to_owned(),
        SHOWN => format!("The first {SHOWN} results"),
        count => format!("{count} results"),
    };
    let results = move || {
        let places = places();
        if places.is_empty() {
            return view! { <EmptyState icon=IconName::Search title="Nothing is called that" /> }
                .into_any();
        }
        let rows = rows(
            places,
            |place| place.address.clone(),
            |place| {
                view! {
                    <li>
                        <a href=place.address on:click=move |_| open.set(false)>
                            <span>{place.label}</span>
                            <span class="hint">{place.hint}</span>
                        </a>
                    </li>
                }
            },
        );
        view! {
            <ul class="palette-results" node_ref=list>
                {rows}
            </ul>
        }
        .into_any()
    };
    view! {
        <Dialog id="search" title="Search" open=open on_close=move |()| open.set(false)>
            <div on:keydown=move |event| go_along(&event, list)>
                <SearchField
                    id=FIELD
                    label="Search pages and settings"
                    value=query
                    on_change=move |text| query.set(text)
                    autofocus=true
                />
                <Show when=move || open.get()>
                    <p class="hint" role="status">
                        {count}
                    </p>
                    {results}
                </Show>
            </div>
        </Dialog>
    }
}

/// Enter in the field opens the first result; arrows go from the field along the results and back.
fn go_along(event: &KeyboardEvent, list: NodeRef<html::Ul>) {
    let Some(list) = list.get_untracked().filter(|_| !is_composing(event)) else { return };
    let rows = list.children();
    let link = |index| rows.item(index)?.first_element_child()?.dyn_into::<HtmlElement>().ok();
    let focused = document().active_element();
    let at = (0..rows.length()).find(|index| link(*index).as_deref() == focused.as_ref());
    match (event.key().as_str(), at) {
        ("Enter", None) => {
            if let Some(first) = link(0) {
                first.click();
            }
        }
        ("ArrowDown", at) => focus(link(at.map_or(0, |at| at + 1))),
        ("ArrowUp", Some(0)) => {
            focus(document().get_element_by_id(FIELD).and_then(|field| field.dyn_into().ok()))
        }
        ("ArrowUp", Some(at)) => focus(link(at - 1)),
        _ => return,
    }
    event.prevent_default();
}

fn focus(element: Option<HtmlElement>) {
    if let Some(element) = element {
        let _ = element.focus();
    }
}

/// What each shortcut does, by `?`.
#[component]
pub fn ShortcutList(open: RwSignal<bool>) -> impl IntoView {
    let (preferences, key_names) = (use_preferences(), use_key_names());
    let rows = move || {
        let bindings = preferences.applied.get().keyboard_shortcuts.custom_bindings;
        let row = |action: &'static crate::domain::preferences::values::Action| {
            let keys = bindings.get(action.name).cloned().unwrap_or_default();
            view! {
                <div>
                    <dt>{action.label}</dt>
                    <dd>
                        {if keys == "none" {
                            "None".into_any()
                        } else {
                            view! { <Chord keys=key_names(&keys) /> }.into_any()
                        }}
                    </dd>
                </div>
            }
        };
        rows(ACTIONS, |action| action.name, row)
    };
    view! {
        <Dialog
            id="shortcuts"
            title="Keyboard shortcuts"
            open=open
            on_close=move |()| open.set(false)
        >
            <Show when=move || open.get()>
                <dl class="shortcut-list">{rows}</dl>
            </Show>
            <p>
                <a href="/settings/shortcuts" on:click=move |_| open.set(false)>
                    "Change shortcuts"
                </a>
            </p>
        </Dialog>
    }
}
