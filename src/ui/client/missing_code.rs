//! The code of another page that does not come, because the server does not answer or has another release by now. The application cannot
//! go on from there (the macros of lazy pages panic), so the browser goes to the page by itself, as `wake.js` knows how.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use std::{cell::RefCell, panic};
use web_sys::CustomEvent;

/// How that panic begins (wasm_split_macros 0.2).
const MISSING: &str = "load callback should succeed";
/// Heard by `wake.js`, with the address as its detail.
const EVENT: &str = "train-missing-code";

thread_local! {
    /// Where the person is, or is going to.
    static TARGET: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Logs panics, and hands over to `wake.js` when it is this one.
pub fn watch() {
    panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        if panic.payload_as_str().is_some_and(|text| text.starts_with(MISSING)) {
            tell();
        }
    }));
}

/// Remembers the address that the router is at or on its way to.
pub fn follow_the_router() {
    let location = use_location();
    Effect::new(move |_| {
        let address =
            format!("{}{}{}", location.pathname.get(), location.search.get(), location.hash.get());
        TARGET.set(address);
    });
}

fn tell() {
    let (Some(window), Ok(event)) = (web_sys::window(), CustomEvent::new(EVENT)) else { return };
    let detail = TARGET.with_borrow(String::clone).into();
    event.init_custom_event_with_can_bubble_and_cancelable_and_detail(EVENT, false, false, &detail);
    let _ = window.dispatch_event(&event);
}
