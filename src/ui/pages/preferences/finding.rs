//! Which settings are looked for, by words or because they were changed. It stands in the address:
//! reloading keeps it, and a link to a section or a setting ends it.

use crate::ui::{
    client::settled::settled,
    page_query::{use_page_query, with_query},
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

/// The pause in typing after which the address follows.
const REST_MS: u32 = 300;

/// What is looked for on this page.
#[derive(Clone, Copy)]
pub struct Finding {
    /// As it is being typed; the address follows.
    pub words: RwSignal<String>,
    pub only_changed: Memo<bool>,
    go: Callback<(String, bool)>,
}

impl Finding {
    /// Whether anything is looked for.
    pub fn is_on(self) -> bool {
        self.only_changed.get() || self.words.with(|words| !words.trim().is_empty())
    }

    /// Shows only what differs from what is inherited, or all.
    pub fn narrow(self, only_changed: bool) {
        self.go.run((self.words.get_untracked(), only_changed));
    }

    pub fn end(self) {
        self.words.set(String::new());
        self.go.run((String::new(), false));
    }
}

/// Follows the address and leads it. To be called once, by the page.
pub fn use_finding() -> Finding {
    let query = use_page_query();
    let (location, navigate) = (use_location(), use_navigate());
    let asked = Memo::new(move |_| query.with(|query| query.get("search").unwrap_or_default()));
    let only_changed =
        Memo::new(move |_| query.with(|query| query.get("changed").as_deref() == Some("yes")));
    let words = RwSignal::new(asked.get_untracked());
    // What this page itself wrote into the address is no news to it: typing may have gone on since.
    let written = StoredValue::new(asked.get_untracked());
    let go = Callback::new(move |(words, changed): (String, bool)| {
        let path = location.pathname.get_untracked();
        let words = words.trim().to_owned();
        let same = asked.get_untracked() == words && only_changed.get_untracked() == changed;
        // The page may have been left while the typing rested.
        if same || !path.starts_with("/settings/") {
            return;
        }
        let mut parts = Vec::new();
        if !words.is_empty() {
            parts.push(("search", words.as_str()));
        }
        if changed {
            parts.push(("changed", "yes"));
        }
        written.set_value(words.clone());
        let options =
            NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() };
        navigate(&with_query(&path, &parts), options);
    });
    let rested = settled(Memo::new(move |_| words.get()), REST_MS);
    Effect::new(move |before: Option<String>| {
        let now = rested.get();
        if before.is_some_and(|before| before != now) {
            go.run((now.clone(), only_changed.get_untracked()));
        }
        now
    });
    Effect::new(move |before: Option<String>| {
        let now = asked.get();
        if before.is_some() && now != written.get_value() {
            written.set_value(now.clone());
            words.set(now.clone());
        }
        now
    });
    Finding { words, only_changed, go }
}
