//! Puts the preferences that shape the whole page onto `<html>`, where the style sheet reads them.
//! The server renders the same attributes first, so no frame has the wrong colours; `system` needs
//! no script at all, the style sheet follows the operating system.

use crate::domain::preferences::Preferences;
use leptos::prelude::*;

/// The attributes of `<html>` for these preferences.
pub fn attributes(preferences: &Preferences) -> [(&'static str, &'static str); 4] {
    let animations = if preferences.enable_animations { "on" } else { "off" };
    let sidebar = if preferences.sidebar_collapsed { "collapsed" } else { "expanded" };
    [
        ("data-theme", preferences.theme.as_str()),
        ("data-density", preferences.table_density.as_str()),
        ("data-animations", animations),
        ("data-sidebar", sidebar),
    ]
}

/// Keeps the page's attributes at what applies in this tab.
pub fn follow(applied: Memo<Preferences>) {
    Effect::new(move || {
        let Some(root) = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|page| page.document_element())
        else {
            return;
        };
        for (name, value) in applied.with(attributes) {
            let _ = root.set_attribute(name, value);
        }
    });
}
