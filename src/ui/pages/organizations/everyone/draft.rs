//! The values as somebody is changing them, before they are saved.

use super::ForEveryone;
use crate::{
    domain::{merge_patch::get, settings::Overrides},
    ui::setting::{Draft, Edits},
};
use leptos::prelude::*;
use serde_json::Value;
use std::ops::Deref;
use uuid::Uuid;

/// A [`Draft`] of what an organization sets.
pub struct EveryoneDraft<B: ForEveryone> {
    pub organization: Uuid,
    draft: Draft<B>,
    /// With the built-in defaults beneath.
    merged: Memo<Overrides>,
}

impl<B: ForEveryone> Clone for EveryoneDraft<B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B: ForEveryone> Copy for EveryoneDraft<B> {}

impl<B: ForEveryone> Deref for EveryoneDraft<B> {
    type Target = Draft<B>;

    fn deref(&self) -> &Self::Target {
        &self.draft
    }
}

impl<B: ForEveryone> EveryoneDraft<B> {
    pub fn new(organization: Uuid, base: B, edits: RwSignal<Edits<Uuid>>) -> Self {
        let draft =
            Draft::new(base, edits, move |_| organization, |base, _, edits| base.mistakes(edits));
        let merged = Memo::new(move |_| draft.own.with(B::merged));
        Self { organization, draft, merged }
    }

    /// What the control of a field shows.
    pub fn shown(self, path: &'static str) -> Memo<Value> {
        Memo::new(move |_| {
            self.merged.with(|merged| get(merged, path).cloned().unwrap_or(Value::Null))
        })
    }

    /// Whether the organization sets a field.
    pub fn sets(self, path: &'static str) -> Memo<bool> {
        Memo::new(move |_| self.own.with(|own| get(own, path).is_some()))
    }

    /// Takes over what stands on the server after a save. The page may have been left meanwhile.
    pub fn take_in(self, saved: B) {
        let words = saved.saved();
        self.base.set(saved);
        self.forget(&self.organization);
        self.settle();
        self.resets.reset();
        self.status.set(words);
    }
}
