//! The policy as somebody is changing it, before it is saved.

use crate::{
    domain::{
        conversation_policy::{ConversationPolicyAnswer, catalog::TABLE, defaults, plan},
        merge_patch::{get, overlay},
        settings::{Overrides, Table},
    },
    ui::setting::{Draft, Edits, Stored},
};
use leptos::prelude::*;
use serde_json::Value;
use std::ops::Deref;
use uuid::Uuid;

impl Stored for ConversationPolicyAnswer {
    /// The organization.
    type Name = Uuid;

    fn table() -> &'static Table {
        &TABLE
    }

    fn values(&self, _organization: &Uuid) -> Overrides {
        self.policy.clone()
    }
}

/// A [`Draft`] of an organization's policy.
#[derive(Clone, Copy)]
pub struct PolicyDraft {
    pub organization: Uuid,
    draft: Draft<ConversationPolicyAnswer>,
    /// With the built-in defaults beneath.
    merged: Memo<Overrides>,
}

impl Deref for PolicyDraft {
    type Target = Draft<ConversationPolicyAnswer>;

    fn deref(&self) -> &Self::Target {
        &self.draft
    }
}

impl PolicyDraft {
    pub fn new(
        organization: Uuid,
        base: ConversationPolicyAnswer,
        edits: RwSignal<Edits<Uuid>>,
    ) -> Self {
        let draft = Draft::new(
            base,
            edits,
            move |_| organization,
            // By the code that the server has as well.
            |base, _, edits| plan(&base.policy, edits).err().unwrap_or_default(),
        );
        let merged = Memo::new(move |_| draft.own.with(|own| overlay(defaults(), own)));
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
    pub fn take_in(self, saved: ConversationPolicyAnswer) {
        self.base.set(saved);
        self.forget(&self.organization);
        self.settle();
        self.resets.reset();
        self.status.set("Saved.".to_owned());
    }
}
