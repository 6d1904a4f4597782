//! The row that was left for its conversation: whoever comes back finds the focus there. The
//! browser's own history keeps which one it was, so that only going back has this effect.

use leptos::{ev::MouseEvent, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

/// Id of the link of a row.
pub fn link_id(public_id: &str) -> String {
    format!("conversation-{public_id}")
}

/// Notes it in the entry of the history that is about to be left; not when it opens elsewhere.
pub fn note(event: &MouseEvent, public_id: &str) {
    if !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key()) {
        keep(public_id);
    }
}

fn keep(public_id: &str) {
    if let Ok(history) = window().history() {
        // Browsers refuse it only when it happens all the time.
        let _ = history.replace_state(&JsValue::from_str(public_id), "");
    }
}

/// Gives the focus back to the row that this entry was left from, if it is still there. Again when
/// the table is drawn anew, as long as nothing of the page has been given the focus since.
pub fn give_back() {
    let state = window().history().and_then(|history| history.state()).ok();
    let Some(public_id) = state.and_then(|state| state.as_string()) else { return };
    let is_free = document()
        .active_element()
        .is_none_or(|element| matches!(&*element.tag_name(), "BODY" | "MAIN" | "H1"));
    if is_free {
        focus(document().get_element_by_id(&link_id(&public_id)));
    }
}

/// Moves the focus to the link of the next or the previous row; from elsewhere to the first or the
/// last.
pub fn step(rows: &Element, forward: bool) {
    let rows = rows.children();
    let count = rows.length();
    let focused = document().active_element();
    let holds = |index: u32| {
        rows.item(index).is_some_and(|row| row.contains(focused.as_ref().map(AsRef::as_ref)))
    };
    let here = (0..count).find(|index| holds(*index));
    let next = match (here, forward) {
        (None, true) => 0,
        (None, false) => count.saturating_sub(1),
        (Some(here), true) => (here + 1).min(count.saturating_sub(1)),
        (Some(here), false) => here.saturating_sub(1),
    };
    focus(rows.item(next).and_then(|row| row.query_selector("a").ok().flatten()));
}

fn focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Fails only for what cannot take it.
        let _ = element.focus();
    }
}
