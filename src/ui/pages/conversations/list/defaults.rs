//! The filters that the person wants when the table opens: applied once per browser session, if
//! they said so, and offered otherwise.

use super::{
    asked::{Asked, PAGE},
    filters::use_go,
};
use crate::ui::client::{boot::use_boot, preferences::use_preferences};
use leptos::prelude::*;

/// What the default filters are at the moment; they are changed in other tabs as well.
pub fn use_defaults(asked: Memo<Asked>) -> Memo<Asked> {
    let preferences = use_preferences();
    let wanted = Memo::new(move |_| {
        preferences.applied.with(|applied| {
            let filters = &applied.default_filters;
            (Asked::of_defaults(filters), filters.auto_apply)
        })
    });
    let (go, user) = (use_go(asked), use_boot().user.map(|user| user.id));
    // Only a browser knows whether it applied them already. What the address asks for is looked at
    // without following it: whoever clears the filters does not want these instead.
    Effect::new(move |_| {
        let (defaults, is_wanted) = wanted.get();
        let now = asked.get_untracked();
        let (true, Some(user)) = (is_wanted && defaults.is_filtered(), user) else { return };
        if now.is_filtered() || now.is_behind() {
            return;
        }
        // A browser that keeps nothing would apply them time and again.
        let Some(storage) = storage() else { return };
        let key = format!("train.filtered.{user}");
        if storage.get_item(&key).ok().flatten().is_some() || storage.set_item(&key, "").is_err() {
            return;
        }
        // After a link the browser still stands at the page before, whose entry has to stay.
        let stands = window().location().pathname().unwrap_or_default();
        go(defaults.sorted_as(&now), stands == PAGE);
    });
    Memo::new(move |_| wanted.with(|(defaults, _)| defaults.clone()))
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}
