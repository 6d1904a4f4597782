//! Comments that were begun: in this browser's storage at once, on the server a second after the
//! last key, so that neither a reload nor being offline nor another device loses one.

use crate::{
    api::conversations::comments::{CommentDraftRequest, KeepCommentDraft},
    domain::{conversations::CommentDraft, json},
    ui::client::rest::Call,
};
use leptos::{ev, prelude::*, task::spawn_local};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use uuid::Uuid;
use web_sys::Storage;

const REST: Duration = Duration::from_secs(1);

/// What was begun at each place: a turn, or the whole.
#[derive(Clone, Copy)]
pub struct Drafts {
    user: Uuid,
    conversation: Uuid,
    texts: RwSignal<BTreeMap<Option<i32>, String>>,
    /// The places of which the server does not know the text yet. Only these are stored here: of
    /// the others the server's text is newer, should another device have changed it.
    unsent: StoredValue<BTreeSet<Option<i32>>>,
    /// How often something was typed, so that only the last timer counts.
    edits: StoredValue<u32>,
    sending: StoredValue<bool>,
}

/// A browser may refuse to store anything; then the server alone keeps them.
fn storage() -> Option<Storage> {
    web_sys::window().and_then(|window| window.local_storage().ok().flatten())
}

impl Drafts {
    pub fn new(user: Uuid, conversation: Uuid, known: Vec<CommentDraft>) -> Self {
        let texts = known.into_iter().map(|draft| (draft.turn, draft.text)).collect();
        let drafts = Self {
            user,
            conversation,
            texts: RwSignal::new(texts),
            unsent: StoredValue::new(BTreeSet::new()),
            edits: StoredValue::new(0),
            sending: StoredValue::new(false),
        };
        Effect::new(move |_| {
            drafts.adopt();
            let online = window_event_listener(ev::online, move |_| drafts.send());
            on_cleanup(move || online.remove());
        });
        drafts
    }

    pub fn text(self, turn: Option<i32>) -> String {
        self.texts.with(|texts| texts.get(&turn).cloned().unwrap_or_default())
    }

    pub fn is_begun(self, turn: Option<i32>) -> bool {
        self.texts.with(|texts| texts.get(&turn).is_some_and(|text| !text.trim().is_empty()))
    }

    pub fn typed(self, turn: Option<i32>, text: String) {
        self.texts.update(|texts| {
            texts.insert(turn, text);
        });
        self.unsent.update_value(|unsent| {
            unsent.insert(turn);
        });
        self.store();
        self.send_soon();
    }

    /// It was posted, or given up by an empty text.
    pub fn posted(self, turn: Option<i32>) {
        let in_flight = self.sending.try_get_value() == Some(true);
        let Some(()) = self.texts.try_update(|texts| drop(texts.remove(&turn))) else { return };
        self.unsent.update_value(|unsent| {
            unsent.remove(&turn);
            // What is on its way could arrive after the comment, and be there again.
            if in_flight {
                unsent.insert(turn);
            }
        });
        self.store();
    }

    /// Takes over what an earlier visit could not send.
    fn adopt(self) {
        let text = storage().and_then(|storage| storage.get_item(&self.name()).ok().flatten());
        let kept = text.and_then(|text| json::read_text::<Vec<CommentDraft>>(text.as_bytes()).ok());
        let Some(kept) = kept.filter(|kept| !kept.is_empty()) else { return };
        self.unsent.update_value(|unsent| unsent.extend(kept.iter().map(|draft| draft.turn)));
        self.texts.update(|texts| {
            texts.extend(kept.into_iter().map(|draft| (draft.turn, draft.text)));
        });
        self.send();
    }

    fn name(self) -> String {
        format!("train.comments.{}.{}", self.user, self.conversation)
    }

    /// Writes down what the server does not know.
    fn store(self) {
        let Some(storage) = storage() else { return };
        let unsent = self.unsent.get_value();
        if unsent.is_empty() {
            let _ = storage.remove_item(&self.name());
            return;
        }
        let kept: Vec<_> = self.texts.with_untracked(|texts| {
            let text = |turn: &Option<i32>| texts.get(turn).cloned().unwrap_or_default();
            unsent.iter().map(|turn| CommentDraft { turn: *turn, text: text(turn) }).collect()
        });
        if let Ok(text) = serde_json::to_string(&kept) {
            let _ = storage.set_item(&self.name(), &text);
        }
    }

    fn send_soon(self) {
        let edit = self.edits.get_value().wrapping_add(1);
        self.edits.set_value(edit);
        let end = move || {
            if self.edits.try_get_value() == Some(edit) {
                self.send();
            }
        };
        set_timeout(end, REST);
    }

    /// Sends one after the other. What fails waits for the next edit, the network or a reload.
    fn send(self) {
        if self.sending.try_get_value() != Some(false) {
            return;
        }
        let Some(turn) = self.unsent.with_value(|unsent| unsent.first().copied()) else { return };
        let text = self.texts.with_untracked(|texts| texts.get(&turn).cloned().unwrap_or_default());
        let draft = CommentDraftRequest { turn, text };
        let call = Call::<KeepCommentDraft>::new(self.conversation, &draft);
        self.sending.set_value(true);
        spawn_local(async move {
            let answer = call.send().await;
            // The page is gone; what was stored here is sent by the next visit.
            if self.sending.try_set_value(false).is_some() || answer.is_err() {
                return;
            }
            let now = self.texts.with_untracked(|texts| texts.get(&turn).cloned());
            if now.unwrap_or_default() == draft.text {
                self.unsent.update_value(|unsent| {
                    unsent.remove(&turn);
                });
                self.store();
                self.send();
            } else {
                self.send_soon();
            }
        });
    }
}
