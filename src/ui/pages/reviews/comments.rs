//! What a reviewer wrote about each conversation and has not sent: a reload loses none of it.

use super::state::Reviewing;
use crate::ui::client::written;
use leptos::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

impl Reviewing {
    /// Keeps in this browser what is written, and forgets what was sent. To be called once by the
    /// page.
    pub fn keep_comments(self) {
        Effect::new(move |before: Option<BTreeMap<Uuid, String>>| {
            let (before, now) = (before.unwrap_or_default(), self.comments.get());
            let name = |id: &Uuid| written::decision(self.user, *id);
            for id in before.keys().filter(|id| !now.contains_key(id)) {
                written::write(&name(id), "");
            }
            for (id, text) in now.iter().filter(|(id, text)| before.get(id) != Some(text)) {
                written::write(&name(id), text);
            }
            now
        });
    }

    /// Takes up what an earlier visit left about a conversation.
    pub fn recall_comment(self, id: Uuid) {
        if self.comments.with_untracked(|all| all.contains_key(&id)) {
            return;
        }
        let kept = written::read(&written::decision(self.user, id));
        if !kept.is_empty() {
            self.comments.update(|all| drop(all.insert(id, kept)));
        }
    }

    /// Takes what was written about a conversation, without the space around it.
    pub fn take_comment(self, id: Uuid) -> Option<String> {
        let text = self.comments.try_update(|comments| comments.remove(&id)).flatten()?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}
