//! What lets a page be read at once and fetches its code when it is used: the script `wake.js`,
//! beside it `tabs.js` for what the tabs of a browser share, and what both have to know.

use super::client::{autosave::queue, live, tabs};
use crate::api::{
    boot::Boot,
    events::{LiveEvent, ServerSent},
    page_code::PageCode,
    preferences::BootPreferences,
};
use leptos::{nonce::use_nonce, prelude::*};
use serde::Serialize;
use std::sync::LazyLock;
use uuid::Uuid;

/// The script is a function of a [`Page`] and of what the functions below are or make.
const SCRIPT: &str = include_str!("wake.js");
/// Knows the page as it was sent, whatever others do to it.
const ORIGINAL: &str = include_str!("wake/original.js");
/// Keeps the application's texts in the page when it is translated.
const TRANSLATIONS: &str = include_str!("wake/translations.js");
/// Fetches the code of the pages that may come next.
const AHEAD: &str = include_str!("wake/ahead.js");
/// What the tabs of a browser share: a function of a [`Page`].
const TABS: &str = include_str!("tabs.js");

/// The scripts as they are sent: a page need not carry what explains them.
static CODE: LazyLock<[String; 5]> =
    LazyLock::new(|| [SCRIPT, ORIGINAL, TRANSLATIONS, AHEAD, TABS].map(without_comments));

/// Their comments stand on lines of their own.
fn without_comments(script: &str) -> String {
    let lines = script.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

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
    /// Everything that the server pushes. The tab with the stream listens for all of it: another
    /// tab may follow what it does not.
    events: &'static [&'static str],
    /// Those that concern only pages which show moving figures.
    background: &'static [&'static str],
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
        events: LiveEvent::NAMES,
        background: LiveEvent::BACKGROUND,
    };
    // `<` would let a text of the data end its element.
    let page = serde_json::to_string(&page).unwrap_or_default().replace('<', "\\u003c");
    let [script, original, translations, ahead, tabs] = CODE.each_ref();
    let of_page = format!("{script}(page,{original},{translations},{ahead},{tabs}(page))");
    let script = format!("((page) => {of_page})({page})");
    view! { <script nonce=use_nonce() inner_html=script></script> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_lose_their_comments_and_nothing_else() {
        assert_eq!(
            without_comments("// One.\n  (a) => {\n    // Two.\n    b;\n  }\n"),
            "(a) => {\nb;\n}"
        );
        for script in CODE.iter() {
            assert!(script.ends_with('}') || script.ends_with(')'), "{script}");
            assert!(!script.contains("//"), "a comment behind code");
        }
    }
}
