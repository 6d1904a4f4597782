//! Panics: after one the application is gone, and `wake.js` takes over. One kind is expected: the
//! code of another page that does not come, because the server does not answer or has another
//! release by now. The macros of lazy pages panic then, and the browser goes to the page by itself.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use std::{cell::RefCell, panic};
use web_sys::CustomEvent;

/// How that panic begins (wasm_split_macros 0.2).
const MISSING: &str = "load callback should succeed";
/// Heard by `wake.js`, with the address as its detail.
const EVENT: &str = "train-missing-code";
/// Any other panic: the application cannot be called any more, and `wake.js` says so.
const BROKEN: &str = "train-broken";

thread_local! {
    /// Where the person is, or is going to.
    static TARGET: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Logs panics and hands over to `wake.js`: after one nothing of the application works.
pub fn watch() {
    panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        let missing = panic.payload_as_str().is_some_and(|text| text.starts_with(MISSING));
        tell(if missing { EVENT } else { BROKEN });
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

fn tell(name: &str) {
    let (Some(window), Ok(event)) = (web_sys::window(), CustomEvent::new(name)) else { return };
    // The panic may come from where the address is being written.
    let target =
        TARGET.with(|target| target.try_borrow().map(|target| target.clone()).unwrap_or_default());
    let detail = target.into();
    event.init_custom_event_with_can_bubble_and_cancelable_and_detail(name, false, false, &detail);
    let _ = window.dispatch_event(&event);
}
