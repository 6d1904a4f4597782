//! Other tabs of the same browser: each tells the others what the server has stored for it, so that none has to ask in turns, and the
//! one that listens to the server passes on what it hears.

use super::{autosave::queue::Place, live};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

pub const CHANNEL: &str = "train.events";

/// What a tab tells: never values, which each tab reads by itself with its own rights.
#[derive(Serialize, Deserialize)]
struct Message {
    user: Uuid,
    tab: Uuid,
    /// As the server names it. `None`: anything may have been missed.
    event: Option<String>,
    /// The event's data as the server writes it.
    data: String,
}

thread_local! {
    /// Open for the life of the page. `None` where the browser has no such channel: server push reaches that tab as well.
    static OPEN: Option<BroadcastChannel> = BroadcastChannel::new(CHANNEL).ok();
}

/// Says that a version of this account's preferences was stored.
pub fn tell(place: Place, version: i64, paths: &[String]) {
    pass_on(
        place,
        Some("preferences-changed"),
        &json!({"version": version, "paths": paths}).to_string(),
    );
}

/// Passes on what the server pushed to this tab.
pub fn pass_on(place: Place, event: Option<&str>, data: &str) {
    let message = Message {
        user: place.user,
        tab: place.tab,
        event: event.map(str::to_owned),
        data: data.to_owned(),
    };
    let Ok(text) = serde_json::to_string(&message) else { return };
    OPEN.with(|channel| {
        channel.as_ref().map(|channel| channel.post_message(&JsValue::from_str(&text)))
    });
}

/// Follows what other tabs of the same account tell.
pub fn listen(place: Place) {
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let message =
            event.data().as_string().and_then(|text| serde_json::from_str::<Message>(&text).ok());
        if let Some(message) =
            message.filter(|message| message.user == place.user && message.tab != place.tab)
        {
            live::hear(message.event.as_deref(), &message.data);
        }
    });
    OPEN.with(|channel| {
        if let Some(channel) = channel {
            channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        }
    });
    heard.forget();
}
