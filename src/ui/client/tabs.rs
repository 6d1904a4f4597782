//! Other tabs of the same browser: each announces what the server has stored for it, so that
//! none has to ask in turns. It goes through the page's script (`ui/tabs.js`), and what the others
//! announce comes in by [`super::live`].

use crate::api::events::{LiveEvent, ServerSent};
use serde_json::json;
use web_sys::CustomEvent;

/// Between the scripts of all tabs.
pub const CHANNEL: &str = "train.events";

/// Posted to the other tabs by the page's script: a pair of an event's name and data, as JSON.
const TO_TABS: &str = "train-post";

/// Says that a version of this account's preferences was stored. Never values, which each tab reads
/// by itself with its own rights.
pub fn announce(version: i64, paths: &[String]) {
    let event = LiveEvent::PreferencesChanged {
        version: Some(version),
        paths: paths.to_vec(),
        mutation_id: None,
    };
    let (name, data) = event.write();
    let news = json!([name, data.to_string()]).to_string().into();
    let (Some(window), Ok(event)) = (web_sys::window(), CustomEvent::new(TO_TABS)) else { return };
    event.init_custom_event_with_can_bubble_and_cancelable_and_detail(TO_TABS, false, false, &news);
    let _ = window.dispatch_event(&event);
}
