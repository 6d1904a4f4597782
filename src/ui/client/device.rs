//! Values that this device keeps for itself, in a cookie so that the server renders the right page
//! at once.

use crate::domain::preferences::{Overrides, device};
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

/// A year; browsers keep no cookie much longer.
const MAX_AGE_S: u32 = 31_536_000;

/// Writes the device's values into the cookie of this name, or removes it when there are none.
pub fn keep(cookie: &str, values: &Overrides) {
    keep_text(cookie, &device::write(values));
}

/// Writes a text into the cookie of this name, or removes it when there is none.
pub fn keep_text(cookie: &str, text: &str) {
    if cookie.is_empty() {
        // The page was drawn by a server that did not know its own name yet, for want of the
        // database.
        return;
    }
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    let Ok(document) = document.dyn_into::<HtmlDocument>() else { return };
    let max_age = if text.is_empty() { 0 } else { MAX_AGE_S };
    let _ =
        document.set_cookie(&format!("{cookie}={text}; path=/; max-age={max_age}; samesite=lax"));
}
