//! The few places where components touch the page directly. All of it runs in effects and event
//! handlers only.

use crate::ui::client::keys::is_composing;
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

/// Whether the element has focus, so that someone may be typing in it.
pub(super) fn has_focus(element: &Element) -> bool {
    document().active_element().as_ref() == Some(element)
}

/// Counts how often the controls beneath were taken back: a form was emptied, or edits were given
/// up. Every control with an owner then shows again what its owner says, whatever was typed into it
/// or the browser has put there. They learn of it by a `Provider` around them.
#[derive(Clone, Copy)]
pub struct Resets(RwSignal<u32>);

impl Default for Resets {
    fn default() -> Self {
        Self(RwSignal::new(0))
    }
}

impl Resets {
    pub fn reset(self) {
        self.0.update(|count| *count = count.wrapping_add(1));
    }

    /// Runs `show` whenever what it reads has changed, and after every reset: then it receives
    /// `true`.
    pub(super) fn on_change(show: impl Fn(bool) + 'static) {
        let resets = use_context::<Self>();
        Effect::new(move |before: Option<u32>| {
            let count = resets.map_or(0, |resets| resets.0.get());
            show(before.is_some_and(|before| before != count));
            count
        });
    }
}

/// Keeps an input's text equal to `text`, but leaves it alone while it has focus, unless it is
/// reset: overwriting would move the caret. The input calls [`settle`] when it loses focus.
/// `written` receives each text that comes into the input this way.
pub(super) fn follow(
    node: NodeRef<html::Input>,
    text: Signal<String>,
    written: impl Fn(&str) + 'static,
) {
    Resets::on_change(move |reset| {
        let text = text.get();
        if let Some(input) = node.get()
            && (reset || !has_focus(&input))
            && (settle(&input, &text) || reset)
        {
            written(&text);
        }
    });
}

/// Writes the text into the input, if it is another one. Says whether it was.
pub(super) fn settle(input: &HtmlInputElement, text: &str) -> bool {
    let differs = input.value() != text;
    if differs {
        input.set_value(text);
    }
    differs
}

/// Whether the element with this id holds a number that could not be read, which then takes the
/// focus: what is typed must never be passed over in silence.
pub fn lead_to_unread(id: &str) -> bool {
    let found = document().query_selector(&format!("#{id} [data-unread]")).ok().flatten();
    let Some(input) = found.and_then(|input| input.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    // Leaving and coming back makes it say what is wrong, as a press of Enter in it did not.
    let _ = input.blur();
    let _ = input.focus();
    true
}

/// Whether a key says that a number is finished.
pub(super) fn is_enter(event: &KeyboardEvent) -> bool {
    event.key() == "Enter" && !is_composing(event)
}

/// Moves focus along the children of `container`, as the arrow keys ask. Wraps around. Says whether
/// the key was one of them.
pub(super) fn move_focus(container: &Element, key: &str) -> bool {
    let children = container.children();
    let items: Vec<HtmlElement> = (0..children.length())
        .filter_map(|i| children.item(i)?.dyn_into::<HtmlElement>().ok())
        .collect();
    let Some(last) = items.len().checked_sub(1) else { return false };
    let current = items.iter().position(|item| has_focus(item)).unwrap_or(0);
    let next = match key {
        "ArrowRight" | "ArrowDown" => (current + 1) % items.len(),
        "ArrowLeft" | "ArrowUp" => current.checked_sub(1).unwrap_or(last),
        "Home" => 0,
        "End" => last,
        _ => return false,
    };
    // Focusing an element that is in the page cannot fail in a way that matters here.
    let _ = items[next].focus();
    true
}
