//! What lets a page be read at once and fetches its code when it is used: the script
//! `hydration.js`, beside it `tabs.js` for what the tabs of a browser share, and what both have to
//! know.

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

/// The script is a function of a [`Page`], of what the tabs of a browser share, and of [`PARTS`].
const SCRIPT: &str = include_str!("hydration.js");
/// What the tabs of a browser share: a function of a [`Page`].
const TABS: &str = include_str!("tabs.js");
/// Functions that the script calls, by their names.
const PARTS: [(&str, &str); 6] = [
    // Fetches the code of the pages that may come next.
    ("prefetch", include_str!("hydration/prefetch.js")),
    // What a person does before the code is there.
    ("inputs", include_str!("hydration/inputs.js")),
    // Knows the page as it was sent, whatever others do to it.
    ("original", include_str!("hydration/original.js")),
    // Where the focus and the page are after a way inside of the application.
    ("visits", include_str!("hydration/visits.js")),
    // The sentence about code that is not there.
    ("note", include_str!("hydration/note.js")),
    // Keeps the application's texts in the page when it is translated.
    ("translations", include_str!("hydration/translations.js")),
];

/// The scripts as they are sent, called with a [`Page`] that has to be put behind.
static CODE: LazyLock<String> = LazyLock::new(|| {
    let parts = PARTS.map(|(name, part)| format!("{name}:{}", without_comments(part))).join(",");
    let [script, tabs] = [SCRIPT, TABS].map(without_comments);
    format!("((page) => {script}(page,{tabs}(page),{{{parts}}}))")
});

/// A page need not carry what explains its scripts. Comments stand on lines of their own.
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
pub fn Hydration() -> impl IntoView {
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
    let script = format!("{}({page})", *CODE);
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
        let parts = PARTS.map(|(_, part)| part);
        for script in parts.into_iter().chain([SCRIPT, TABS]).map(without_comments) {
            assert!(script.ends_with('}') || script.ends_with(')'), "{script}");
            assert!(!script.contains("//"), "a comment behind code");
        }
    }
}
