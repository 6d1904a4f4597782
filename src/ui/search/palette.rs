//! The command palette: a field, and below it what fits.

use super::{
    Opened,
    found::{Hit, Hits, use_hits},
    places::{Act, Goal, Place, SHOWN, found},
};
use crate::{
    api::accounts::session::SignOut,
    domain::preferences::values::Theme,
    ui::{
        client::{
            boot::use_user,
            keys::is_composing,
            news::use_notified,
            preferences::{PreferenceStore, use_preferences},
        },
        components::{EmptyState, IconName, SearchField, rows},
        form,
    },
};
use leptos::{html, prelude::*, server_fn::ServerFn};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

const FIELD: &str = "search-query";

#[component]
pub fn Palette() -> impl IntoView {
    let Opened { open, listing } = expect_context();
    let (user, preferences, notified) = (use_user(), use_preferences(), use_notified());
    let query = RwSignal::new(String::new());
    Effect::new(move |_| {
        if open.get() {
            // The first time the dialog opens before there is a field.
            form::focus(format!("#{FIELD}"));
        } else {
            // Not when it opens: a field that has the focus is left alone.
            query.set(String::new());
        }
    });
    let list = NodeRef::<html::Ul>::new();
    let places = Memo::new(move |_| {
        found(&query.get(), user.with(|user| user.as_ref().map(|user| user.role)))
    });
    let act = Callback::new(move |act: Option<Act>| {
        open.set(false);
        match act {
            Some(Act::ToggleTheme) => toggle_theme(preferences),
            Some(Act::ShowShortcuts) => listing.set(true),
            Some(Act::MarkRead) => notified.mark_read(None),
            // The user menu has it, which works without a script.
            Some(Act::SignOut) => press(&format!("form[action='{}'] button", SignOut::PATH)),
            None => {}
        }
    });
    let hits = use_hits(query);
    let count = move || {
        let (places, hits) = (places.with(Vec::len), hits.get());
        match (places, hits.known()) {
            (0, None) => "Searching…".to_owned(),
            (0, Some([])) => "No results".to_owned(),
            (places, hits) => match places + hits.map_or(0, <[_]>::len) {
                1 => "1 result".to_owned(),
                count if places == SHOWN => format!("The first {count} results"),
                count => format!("{count} results"),
            },
        }
    };
    let results = move || {
        let (places, hits) = (places.get(), hits.get());
        let conversations = match (places.is_empty(), hits) {
            (true, Hits::Asked) => return ().into_any(),
            (true, Hits::Known(hits)) if hits.is_empty() => {
                let title = format!("No results for “{}”", query.get().trim());
                return view! { <EmptyState icon=IconName::Search title=title /> }.into_any();
            }
            (_, Hits::Known(hits)) => hits,
            (_, Hits::Asked) => Vec::new(),
        };
        let conversations = rows(
            conversations,
            |hit| hit.public_id.clone(),
            |Hit { title, public_id }| {
                let href = format!("/conversations/{public_id}");
                view! {
                    <li>
                        <a href=href on:click=move |_| act.run(None)>
                            <span>{title}</span>
                            <span class="hint">
                                "Conversation " <span translate="no">{public_id}</span>
                            </span>
                        </a>
                    </li>
                }
            },
        );
        let rows = rows(
            places,
            |place| (place.label, place.way.clone()),
            |place| view! { <Found place=place on_open=act /> },
        );
        view! {
            <ul class="palette-results" node_ref=list>
                {rows}
                {conversations}
            </ul>
        }
        .into_any()
    };
    view! {
        <div
            class="palette"
            on:keydown=move |event| {
                if event.key() == "Escape" && !is_composing(&event) {
                    // Otherwise the browser would only empty the field.
                    event.prevent_default();
                    open.set(false);
                } else {
                    go_along(&event, list);
                }
            }
        >
            <SearchField
                id=FIELD
                label="Search pages, settings and conversations"
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
    }
    .into_any()
}

/// One result; the first is marked while Enter would open it.
#[component]
fn Found(place: Place, on_open: Callback<Option<Act>>) -> impl IntoView {
    let Place { label, way, goal, .. } = place;
    let words = view! {
        <span>{label}</span>
        <span class="hint">{way.into_owned()}</span>
    };
    match goal {
        Goal::Address(address) => view! {
            <li>
                <a href=address on:click=move |_| on_open.run(None)>
                    {words}
                </a>
            </li>
        }
        .into_any(),
        Goal::Act(act) => view! {
            <li>
                <button type="button" on:click=move |_| on_open.run(Some(act))>
                    {words}
                </button>
            </li>
        }
        .into_any(),
    }
}

/// To the other of dark and light, whichever shows at the moment.
fn toggle_theme(preferences: PreferenceStore) {
    let is_dark = match preferences.applied.with_untracked(|applied| applied.theme) {
        Theme::Dark => true,
        Theme::Light => false,
        Theme::System => {
            let dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
            dark.is_some_and(|dark| dark.matches())
        }
    };
    let theme = if is_dark { Theme::Light } else { Theme::Dark };
    preferences.edit("theme", theme.as_str().into());
}

fn press(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(button) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
}

/// Enter in the field opens the first result; arrows go from the field along the results and back.
fn go_along(event: &KeyboardEvent, list: NodeRef<html::Ul>) {
    let Some(list) =
        list.get_untracked().filter(|list| list.is_connected() && !is_composing(event))
    else {
        return;
    };
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
        ("ArrowUp", Some(0)) => focus(field()),
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

fn field() -> Option<HtmlElement> {
    document().get_element_by_id(FIELD)?.dyn_into().ok()
}
