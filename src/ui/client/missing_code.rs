//! What the page's script (`ui/hydration.js`) has to know when code is missing: where the person is
//! going, since the browser goes there by itself when the code of another page does not come; and
//! that the application panicked, since then nothing of it works any more.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use std::panic;
use web_sys::CustomEvent;

/// Received by `hydration.js`, with the address as its detail.
const GOING: &str = "train-going";
/// The application cannot be called any more, and `hydration.js` says so.
const BROKEN: &str = "train-broken";

/// Logs panics and hands over to `hydration.js`.
pub fn watch() {
    panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        dispatch(BROKEN, "");
    }));
}

/// Tells the address that the router is at or on its way to.
pub fn follow_the_router() {
    let location = use_location();
    Effect::new(move |_| {
        let (path, query) = (location.pathname.get(), location.search.get());
        let mark = if query.is_empty() { "" } else { "?" };
        dispatch(GOING, &format!("{path}{mark}{query}{}", location.hash.get()));
    });
}

/// Tells the page's script.
pub(super) fn dispatch(name: &str, detail: &str) {
    let (Some(window), Ok(event)) = (web_sys::window(), CustomEvent::new(name)) else { return };
    event.init_custom_event_with_can_bubble_and_cancelable_and_detail(
        name,
        false,
        false,
        &detail.into(),
    );
    let _ = window.dispatch_event(&event);
}
