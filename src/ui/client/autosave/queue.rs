//! Unsaved edits in the browser's own storage, by account and tab: they survive closing the tab or
//! the browser, and one account's edits are never seen by another's.

use super::draft::{Collision, Draft, Sending, Values, behind};
use crate::{domain::json, ui::client::locks};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web_sys::Storage;

/// Without locks to tell whether a tab lives, its edits count as left behind after this long.
const SILENCE_MS: f64 = 60_000.0;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Left {
    sendings: Vec<Sending>,
    edited: Values,
    /// Questions that nobody has answered yet.
    #[serde(default)]
    collisions: Vec<Collision>,
    base_version: i64,
    at: f64,
}

/// What a tab left when it was closed.
#[derive(Debug, Default)]
pub struct Unsaved {
    pub sendings: Vec<Sending>,
    /// What it had edited and not made a save of.
    pub edits: Vec<Sending>,
    pub collisions: Vec<Collision>,
}

impl Unsaved {
    pub fn is_empty(&self) -> bool {
        self.sendings.is_empty() && self.edits.is_empty() && self.collisions.is_empty()
    }
}

/// Whose edits, made where.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub user: Uuid,
    pub tab: Uuid,
}

impl Place {
    fn key(self) -> String {
        format!("{}{}", prefix(self.user), self.tab)
    }
}

/// How the names of an account's entries begin.
pub fn prefix(user: Uuid) -> String {
    format!("train.unsaved.{user}.")
}

fn lock_name(tab: &str) -> String {
    format!("train.tab.{tab}")
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// Writes down everything that is not acknowledged yet; nothing is left of a clean draft.
pub fn keep(place: Place, draft: &Draft) {
    let Some(storage) = storage() else { return };
    if draft.is_clean() && draft.collisions().is_empty() {
        let _ = storage.remove_item(&place.key());
        return;
    }
    let left = Left {
        sendings: draft.outbox().iter().cloned().collect(),
        edited: draft.edited().clone(),
        collisions: draft.collisions().to_vec(),
        base_version: draft.base().version,
        at: js_sys::Date::now(),
    };
    if let Ok(text) = serde_json::to_string(&left) {
        let _ = storage.set_item(&place.key(), &text);
    }
}

/// Says that this tab is being closed: without locks nobody would take over its edits for a while.
/// What it writes down later, should it come back after all, is its own again.
pub fn abandon(place: Place) {
    let Some(storage) = storage().filter(|_| !locks::are_supported()) else { return };
    let Some(mut left) = read(&storage, &place.key()) else { return };
    left.at = 0.0;
    if let Ok(text) = serde_json::to_string(&left) {
        let _ = storage.set_item(&place.key(), &text);
    }
}

fn read(storage: &Storage, key: &str) -> Option<Left> {
    let text = storage.get_item(key).ok().flatten()?;
    json::read_text(text.as_bytes()).ok()
}

/// Says that this tab lives, and hands over what other tabs of the same account left, oldest save
/// first, once they are closed.
pub fn adopt(place: Place, adopt: impl Fn(Unsaved) + Clone + 'static) {
    locks::hold(&lock_name(&place.tab.to_string()), || {});
    let Some(storage) = storage() else { return };
    let prefix = prefix(place.user);
    let keys: Vec<String> = (0..storage.length().unwrap_or_default())
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|key| key.starts_with(&prefix) && *key != place.key())
        .collect();
    for key in keys {
        let tab = key[prefix.len()..].to_owned();
        let adopt = adopt.clone();
        if locks::are_supported() {
            // Also a tab that lives may leave something when it closes, and one that died may seem
            // to live for a moment.
            locks::once_free(&lock_name(&tab), move || adopt(take(&key, 0.0)));
        } else {
            adopt(take(&key, SILENCE_MS));
        }
    }
}

/// Removes an entry that is at least so old and returns what is in it.
fn take(key: &str, age_ms: f64) -> Unsaved {
    let Some(storage) = storage() else { return Unsaved::default() };
    let Some(left) = read(&storage, key) else { return Unsaved::default() };
    if js_sys::Date::now() - left.at < age_ms {
        return Unsaved::default();
    }
    let _ = storage.remove_item(key);
    let edits = behind(&left.sendings, left.base_version, left.edited, new_id);
    Unsaved { sendings: left.sendings, edits, collisions: left.collisions }
}

/// A random id from the browser's own source of randomness.
pub fn new_id() -> Uuid {
    let mut bytes = [0_u8; 16];
    // The server makes a store too, to draw with; asking for a window there is a panic, not `None`.
    let window = cfg!(target_arch = "wasm32").then(web_sys::window).flatten();
    if let Some(crypto) = window.and_then(|window| window.crypto().ok()) {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
