//! Finding things: the command palette over pages, settings, actions and conversations, and
//! the list of shortcuts.

mod found;
mod palette;
mod places;

use super::{
    client::{preferences::use_preferences, shortcuts::use_key_names},
    components::{Chord, Dialog, Icon, IconName, rows},
    tab_code::{TabCode, lazy_tab},
};
use crate::domain::preferences::values::ACTIONS;
use leptos::prelude::*;
use palette::Palette;

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

lazy_tab!(FramePaletteTab, view! { <Palette /> });

/// What the palette needs of the frame that it stands in.
#[derive(Clone, Copy)]
struct Opened {
    open: RwSignal<bool>,
    /// Whether the list of shortcuts shows.
    listing: RwSignal<bool>,
}

/// The command palette. Its code, which knows every setting, comes when it is opened.
#[component]
pub fn SearchDialog(
    open: RwSignal<bool>,
    /// Whether the list of shortcuts shows.
    listing: RwSignal<bool>,
) -> impl IntoView {
    provide_context(Opened { open, listing });
    // From the first time on it stays.
    let was_opened = Memo::new(move |was: Option<&bool>| open.get() || was == Some(&true));
    view! {
        <Dialog
            id="search"
            title="Search"
            open=open
            light_dismiss=true
            on_close=move |()| open.set(false)
        >
            <Show when=move || was_opened.get()>{TabCode::of::<FramePaletteTab>().show()}</Show>
        </Dialog>
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
        // What would do nothing is no shortcut yet.
        let acting = ACTIONS.iter().filter(|action| !action.pending);
        rows(acting, |action| action.name, row)
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
