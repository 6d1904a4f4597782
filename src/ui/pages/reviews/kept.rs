//! Decisions that the server has not acknowledged, kept in the tab's own storage: a reload loses
//! none of them. Under its key each is done once, however often it is sent.

use crate::{api::reviews::DecisionRequest, domain::json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web_sys::Storage;

/// One decision as it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    /// Its idempotency key.
    pub key: Uuid,
    pub conversation: Uuid,
    pub title: String,
    pub request: DecisionRequest,
}

/// A browser may refuse to store anything; then a reload asks first, and that is all.
fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}

/// Each account has its own.
fn name(user: Uuid) -> String {
    format!("train.review.{user}")
}

/// What was sent and not acknowledged, the oldest first.
pub fn all(user: Uuid) -> Vec<Sent> {
    let text = storage().and_then(|storage| storage.get_item(&name(user)).ok().flatten());
    text.and_then(|text| json::read_text(text.as_bytes()).ok()).unwrap_or_default()
}

/// Keeps one more.
pub fn keep(user: Uuid, sent: &Sent) {
    let mut kept = all(user);
    kept.push(sent.clone());
    write(user, &kept);
}

/// The server has answered.
pub fn forget(user: Uuid, key: Uuid) {
    let mut kept = all(user);
    kept.retain(|sent| sent.key != key);
    write(user, &kept);
}

fn write(user: Uuid, kept: &[Sent]) {
    let Some(storage) = storage() else { return };
    let _ = if kept.is_empty() {
        storage.remove_item(&name(user))
    } else {
        storage.set_item(&name(user), &serde_json::to_string(kept).unwrap_or_default())
    };
}
