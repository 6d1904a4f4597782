//! The frame of a signed-in person: navigation, status of saving, search, and what shortcuts do
//! everywhere.

mod bell;
mod collisions;

use super::{
    addresses::follow_addresses,
    client::{
        autosave::saver::Status, missing_code::follow_the_router, news::use_notified,
        preferences::use_preferences, shortcuts::use_shortcuts,
    },
    components::{
        AppFrame, Button, ButtonVariant, Count, IconName, MenuItem, NavGroup, NavItem, Person,
        SaveState, SaveStatus,
    },
    search::{SearchButton, SearchDialog, ShortcutList},
};
use crate::{
    api::accounts::session::SignOut,
    domain::accounts::{Role, links::LINK_PAGES},
    ui::client::boot::{use_boot, use_user},
};
use bell::Bell;
use collisions::Collisions;
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_location, use_navigate};
use serde_json::Value;

/// The frame around a page. Somebody signed out has none, nor has a page drawn while the database
/// cannot tell who asks.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    let boot = use_boot();
    let path = use_location().pathname;
    follow_the_router();
    follow_addresses();
    // Signing in and up, and the pages of mailed links, bring a frame of their own.
    let framed = path
        .with_untracked(|path| path.starts_with("/sign-") || LINK_PAGES.contains(&path.as_str()));
    let Some(user) = boot.user.filter(|_| !framed) else {
        return if framed {
            children().into_any()
        } else {
            view! {
                <main class="page" id="main">
                    {children()}
                </main>
            }
            .into_any()
        };
    };
    let preferences = use_preferences();
    let searching = RwSignal::new(false);
    let listing = RwSignal::new(false);
    bind_actions(searching, listing);
    let name = use_user();
    let person = Signal::derive(move || {
        let (name, email) =
            name.get().map(|user| (user.display_name, user.email)).unwrap_or_default();
        Person { name, email }
    });
    view! {
        <AppFrame
            nav=navigation(user.role)
            path=path
            person=person
            menu=menu()
            collapsed=Signal::derive(move || {
                preferences.applied.with(|applied| applied.sidebar_collapsed)
            })
            on_collapse=move |collapse| preferences.edit("sidebarCollapsed", Value::Bool(collapse))
            top_start=move || view! { <SearchButton open=searching /> }
            top_end=move || {
                view! {
                    <OverallStatus />
                    <Bell path=path />
                }
            }
        >
            <Collisions />
            {children()}
        </AppFrame>
        <SearchDialog open=searching listing=listing />
        <ShortcutList open=listing />
    }
    .into_any()
}

/// How saving stands, wherever the person is: the one status that is read out.
#[component]
fn OverallStatus() -> impl IntoView {
    let preferences = use_preferences();
    let status = preferences.status(None);
    let undoable =
        move || preferences.saver.last_save.with(Option::is_some) && status.get() == Status::Saved;
    view! {
        <SaveStatus
            state=Signal::derive(move || SaveState::from(&status.get()))
            on_retry=move |()| preferences.saver.flush()
            retryable=Signal::derive(move || {
                preferences
                    .saver
                    .draft
                    .with(|draft| draft.as_ref().is_some_and(|draft| !draft.outbox().is_empty()))
            })
            live=true
        />
        <Show when=undoable>
            <Button
                variant=ButtonVariant::Ghost
                small=true
                icon=IconName::Undo
                on_press=move |()| preferences.saver.undo()
            >
                "Undo"
            </Button>
        </Show>
    }
}

fn bind_actions(searching: RwSignal<bool>, listing: RwSignal<bool>) {
    let shortcuts = use_shortcuts();
    shortcuts.on("openSearch", move || searching.set(true));
    shortcuts.on("showShortcuts", move || listing.set(true));
    for (action, address) in [
        ("page1", "/settings/display"),
        ("page2", "/history"),
        ("page3", "/settings/notifications"),
        ("page4", "/organization/members"),
        ("page5", "/settings/account"),
    ] {
        let navigate = use_navigate();
        shortcuts.on(action, move || navigate(address, leptos_router::NavigateOptions::default()));
    }
}

fn navigation(role: Role) -> Vec<NavGroup> {
    let item = |label: &str, href: &str, icon, section: &str| NavItem {
        label: label.into(),
        href: href.into(),
        icon,
        section: section.into(),
        count: None,
    };
    let group = |heading: &str, items| NavGroup { heading: Some(heading.into()), items };
    let work = vec![
        item("Home", "/", IconName::Home, "/"),
        item("Generate", "/generate", IconName::Spark, "/generate"),
        item("Conversations", "/conversations", IconName::Chat, "/conversations"),
        item("Review", "/review", IconName::Queue, "/review"),
        item("Coverage", "/coverage", IconName::Layers, "/coverage"),
        item("Data sets", "/datasets", IconName::Download, "/datasets"),
    ];
    let configure = vec![
        item("AI configuration", "/ai/model", IconName::Gauge, "/ai"),
        item("Settings", "/settings/display", IconName::Settings, "/settings"),
        // Also for those who have no organization yet: its page is where they make one.
        item("Organization", "/organization/members", IconName::Building, "/organization"),
    ];
    let mut operate = Vec::new();
    if role == Role::Admin {
        let count = Some(Count { number: use_notified().alerts.into(), what: "open alerts" });
        let database = item("Database", "/database/overview", IconName::Database, "/database");
        operate.push(NavItem { count, ..database });
        operate.push(item("Administration", "/admin/overview", IconName::Shield, "/admin"));
    }
    operate.push(item("History", "/history", IconName::History, "/history"));
    vec![group("Work", work), group("Configure", configure), group("Operate", operate)]
}

fn menu() -> Vec<MenuItem> {
    let link = |label: &str, href: &str, icon| MenuItem::Link {
        label: label.into(),
        href: href.into(),
        icon,
    };
    vec![
        link("Settings", "/settings/display", IconName::Settings),
        link("Account", "/settings/account", IconName::User),
        MenuItem::Post {
            label: "Sign out".into(),
            action: SignOut::PATH.into(),
            icon: IconName::SignOut,
        },
    ]
}
