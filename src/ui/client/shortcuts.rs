//! Keyboard shortcuts: listens once for the page, finds the action bound to what was pressed, and
//! runs what the page registered.

use super::{
    keys::{is_mac, stroke},
    preferences::PreferenceStore,
};
use crate::domain::shortcut::{Shortcut, Stroke};
use leptos::prelude::*;
use std::{collections::BTreeMap, sync::Arc};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, KeyboardEvent};

type Run = Arc<dyn Fn() + Send + Sync>;

/// A second stroke belongs to the first only within this time.
const SEQUENCE_MS: f64 = 1_500.0;

/// What the page does for each action, in its context.
#[derive(Clone, Copy)]
pub struct Shortcuts {
    actions: RwSignal<BTreeMap<&'static str, Run>>,
    preferences: PreferenceStore,
    first: StoredValue<Option<(Stroke, f64)>>,
}

impl Shortcuts {
    pub fn new(preferences: PreferenceStore) -> Self {
        Self { actions: RwSignal::new(BTreeMap::new()), preferences, first: StoredValue::new(None) }
    }

    /// Binds an action for as long as the calling component is shown.
    pub fn on(&self, action: &'static str, run: impl Fn() + Send + Sync + 'static) {
        let (actions, run) = (self.actions, Arc::new(run) as Run);
        actions.update(|actions| {
            actions.insert(action, run.clone());
        });
        on_cleanup(move || {
            // The next page may have bound it already.
            let is_own = |bound: &Run| Arc::ptr_eq(bound, &run);
            actions.try_update(|actions| {
                if actions.get(action).is_some_and(is_own) {
                    actions.remove(action);
                }
            });
        });
    }

    /// Starts listening. To be called once, from an effect.
    pub fn start(self) {
        let pressed = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
            self.pressed(&event)
        });
        if let Some(page) = web_sys::window().and_then(|window| window.document()) {
            let _ =
                page.add_event_listener_with_callback("keydown", pressed.as_ref().unchecked_ref());
        }
        pressed.forget();
    }

    fn pressed(&self, event: &KeyboardEvent) {
        if event.default_prevented() || event.repeat() || is_typing(event) || dialog_is_open() {
            return;
        }
        let Some(stroke) = stroke(event) else { return };
        let preferences = self.preferences.applied.get_untracked().keyboard_shortcuts;
        if !preferences.enabled || (stroke.is_single_character() && !preferences.single_keys) {
            return;
        }
        // `?` shows the list and cannot be bound away: it is how people find out.
        let action = if stroke.key == "?" {
            Some("showShortcuts".to_owned())
        } else {
            self.find(stroke, &preferences.custom_bindings)
        };
        let Some(run) = action.and_then(|action| {
            self.actions.with_untracked(|actions| actions.get(action.as_str()).cloned())
        }) else {
            return;
        };
        event.prevent_default();
        run();
    }

    /// The action bound to this stroke, alone or after the one before it.
    fn find(&self, stroke: Stroke, bindings: &BTreeMap<String, String>) -> Option<String> {
        let now = js_sys::Date::now();
        let before = self
            .first
            .get_value()
            .filter(|(_, at)| now - at < SEQUENCE_MS)
            .map(|(stroke, _)| stroke);
        let typed = Shortcut(before.into_iter().chain([stroke.clone()]).collect());
        let alone = Shortcut(vec![stroke.clone()]);
        let bound = |wanted: &Shortcut| {
            let mut found = bindings
                .iter()
                .filter_map(|(action, text)| Some((action, text.parse::<Shortcut>().ok()?)));
            found.find(|(_, shortcut)| shortcut == wanted).map(|(action, _)| action.clone())
        };
        let action = bound(&typed).or_else(|| bound(&alone));
        self.first.set_value(if action.is_none() { Some((stroke, now)) } else { None });
        action
    }
}

/// True where keys mean text or a choice, not a command.
fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return false;
    };
    let editable = element.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable);
    editable
        || element
            .closest(
                "input:not([type=checkbox]):not([type=button]), textarea, select, [role=slider]",
            )
            .ok()
            .flatten()
            .is_some()
}

fn dialog_is_open() -> bool {
    let page = web_sys::window().and_then(|window| window.document());
    page.and_then(|page| page.query_selector("dialog[open], [popover]:popover-open").ok().flatten())
        .is_some()
}

/// Writes a shortcut by the names on this machine's keys. The server cannot see the keyboard, so
/// what it has drawn is taken over first and corrected after.
pub fn use_key_names() -> impl Fn(&str) -> String + Copy + Send + Sync + 'static {
    let mac = RwSignal::new(false);
    Effect::new(move |_| mac.set(is_mac()));
    move |keys| {
        if mac.get() {
            keys.replace("Ctrl", "⌘").replace("Alt", "⌥").replace("Shift", "⇧")
        } else {
            keys.to_owned()
        }
    }
}

/// The shortcuts of this page.
pub fn use_shortcuts() -> Shortcuts {
    expect_context::<Shortcuts>()
}
