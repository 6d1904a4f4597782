//! What somebody wrote and has not sent: kept in this browser's storage, for each account and each
//! thing that it is about under a name of its own, so that a reload loses none of it.

use leptos::prelude::*;
use uuid::Uuid;
use web_sys::Storage;

/// A browser may refuse to store anything; then it goes with the page.
fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// What is kept under a name; empty when nothing is.
pub fn read(name: &str) -> String {
    let kept = storage().and_then(|storage| storage.get_item(name).ok().flatten());
    kept.unwrap_or_default()
}

/// Keeps a text under a name. Of an empty one nothing is kept.
pub fn write(name: &str, text: &str) {
    let Some(storage) = storage() else { return };
    let _ = match text {
        "" => storage.remove_item(name),
        text => storage.set_item(name, text),
    };
}

/// A text that is kept until it is emptied. It begins with what an earlier visit left.
pub fn written(name: String) -> RwSignal<String> {
    let text = RwSignal::new(String::new());
    Effect::new(move |started: Option<()>| {
        // What was typed before the page's code came goes before it.
        if started.is_none() && text.with_untracked(String::is_empty) {
            let kept = read(&name);
            if !kept.is_empty() {
                text.set(kept);
            }
        }
        text.with(|text| write(&name, text));
    });
    text
}

/// The name of what somebody wrote to go with their decision about a conversation, wherever they
/// decide.
pub fn decision(user: Uuid, conversation: Uuid) -> String {
    format!("train.decision.{user}.{conversation}")
}
