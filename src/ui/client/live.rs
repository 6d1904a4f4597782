//! Server push. One tab of an account holds the stream and passes on what it hears: browsers allow only six connections to a
//! server over HTTP/1.1, and a stream per tab would use them up.

use super::{autosave::queue::Place, locks, preferences::PreferenceStore, tabs};
use gloo_timers::callback::Timeout;
use serde::Deserialize;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent, PageTransitionEvent};

/// A refused stream (the server is starting) is opened again after this long; a broken one the browser reopens by itself.
const REOPEN_MS: u32 = 5_000;

#[derive(Deserialize)]
struct Pushed {
    version: Option<i64>,
}

/// Follows changes made on other devices for as long as the page lives.
pub fn follow(store: PreferenceStore, place: Place) {
    refetch_when_shown_again(store);
    if locks::are_supported() {
        locks::hold(&format!("train.live.{}", place.user), move || open(store, place));
    } else {
        open(store, place);
    }
}

fn open(store: PreferenceStore, place: Place) {
    let Ok(source) = EventSource::new("/api/events") else { return };
    let pushed = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data().as_string().unwrap_or_default();
        let version = serde_json::from_str::<Pushed>(&data).ok().and_then(|pushed| pushed.version);
        store.hear(version);
        tabs::pass_on(place, version);
    });
    let _ = source.add_event_listener_with_callback("preferences-changed", pushed.as_ref().unchecked_ref());
    pushed.forget();

    let mut first = true;
    let opened = Closure::<dyn FnMut()>::new(move || {
        // While the stream was broken anything may have changed.
        if !std::mem::take(&mut first) {
            store.hear(None);
        }
    });
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    opened.forget();

    let watched = source.clone();
    let failed = Closure::<dyn FnMut()>::new(move || {
        if watched.ready_state() == EventSource::CLOSED {
            Timeout::new(REOPEN_MS, move || {
                store.hear(None);
                open(store, place);
            })
            .forget();
        }
    });
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    failed.forget();
}

/// A page taken out of the back/forward cache slept through everything.
fn refetch_when_shown_again(store: PreferenceStore) {
    let shown = Closure::<dyn FnMut(PageTransitionEvent)>::new(move |event: PageTransitionEvent| {
        if event.persisted() {
            store.hear(None);
        }
    });
    if let Some(window) = web_sys::window() {
        let _ = window.add_event_listener_with_callback("pageshow", shown.as_ref().unchecked_ref());
    }
    shown.forget();
}
