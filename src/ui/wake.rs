//! What lets a page be read at once and fetches its code when it is used: the script `wake.js`, and what it has to know.

use super::client::{autosave::queue, live, tabs};
use crate::api::{page_code::PageCode, preferences::BootPreferences, session::Boot};
use leptos::{nonce::use_nonce, prelude::*};
use serde::Serialize;
use uuid::Uuid;

/// The script is a function of a [`Page`].
const SCRIPT: &str = include_str!("wake.js");

/// The names are those that the application itself uses once it runs.
#[derive(Serialize)]
struct Page {
    #[serde(flatten)]
    code: PageCode,
    /// Nobody is signed in: there is nothing to listen to.
    user: Option<Uuid>,
    /// The version of the preferences that the page was drawn with.
    version: i64,
    /// Where the tabs of a browser tell each other what happened.
    channel: &'static str,
    /// Held by the tab that listens to the server.
    lock: String,
    /// How the names of unsaved edits begin in the browser's storage.
    unsaved: String,
    /// Everything that the server pushes.
    events: [&'static str; live::EVENTS.len()],
    /// Those that concern only pages which show moving figures.
    background: [&'static str; live::BACKGROUND.len()],
}

/// The script, in the page's head: it has to be there before the first key or click.
#[component]
pub fn Wake() -> impl IntoView {
    let boot = use_context::<Boot>().unwrap_or_default();
    let user = boot.user.map(|user| user.id);
    let version = match boot.preferences {
        BootPreferences::Loaded(snapshot) => snapshot.version,
        _ => 0,
    };
    let name = user.unwrap_or_default();
    let page = Page {
        code: use_context::<PageCode>().unwrap_or_default(),
        user,
        version,
        channel: tabs::CHANNEL,
        lock: live::lock_name(name),
        unsaved: queue::prefix(name),
        events: live::EVENTS,
        background: live::BACKGROUND,
    };
    // `<` would let a text of the data end its element.
    let page = serde_json::to_string(&page).unwrap_or_default().replace('<', "\\u003c");
    view! { <script nonce=use_nonce() inner_html=format!("{}({page})", SCRIPT.trim_end())></script> }
}
