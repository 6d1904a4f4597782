//! Settings as somebody is changing them, where nothing is saved before they say so: what stands on
//! the server, and the edits that lie over it. A feature adds its calls and its words.
//!
//! Edits are a merge patch, so that they can be laid over what somebody else saved in the meantime.
//! They outlive the draft: the application keeps them ([`Drafts`](super::Drafts)), by what they are
//! edits of, and a look at something else loses none.

mod edits;

pub use edits::Edits;

use crate::{
    domain::{
        field_error::FieldError,
        merge_patch::{FieldChange, differences, overlay},
        settings::{Overrides, Table, edited},
    },
    ui::components::Resets,
};
use leptos::prelude::*;
use serde_json::Value;

/// What the server stores of settings, as it was read.
pub trait Stored: Send + Sync + 'static {
    /// What is edited of it: whose it is and, of several, which.
    type Name: Clone + Ord + Send + Sync + 'static;

    fn table() -> &'static Table;

    /// What is set there.
    fn values(&self, name: &Self::Name) -> Overrides;
}

/// A reading, and the edits of what is shown of it.
pub struct Draft<B: Stored> {
    /// What stands on the server.
    pub base: RwSignal<B>,
    /// What would be set if the edits were saved.
    pub own: Memo<Overrides>,
    /// Somebody else saved while this was being changed.
    pub overtaken: RwSignal<bool>,
    /// That it worked, in words, until the next edit.
    pub status: RwSignal<String>,
    /// Told when the controls are about something else, or their edits are given up: what could
    /// not be read and is no edit goes with them.
    pub resets: Resets,
    name: Memo<B::Name>,
    edits: RwSignal<Edits<B::Name>>,
    refused: RwSignal<Vec<FieldError>>,
    errors: Memo<Vec<FieldError>>,
}

impl<B: Stored> Clone for Draft<B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B: Stored> Copy for Draft<B> {}

impl<B: Stored> Draft<B> {
    /// `name` says what is edited of what was read; `mistakes` are the rules that edits break, by
    /// the code that the server has as well.
    pub fn new(
        base: B,
        edits: RwSignal<Edits<B::Name>>,
        name: impl Fn(&B) -> B::Name + Send + Sync + 'static,
        mistakes: impl Fn(&B, &B::Name, &Overrides) -> Vec<FieldError> + Send + Sync + 'static,
    ) -> Self {
        let (base, refused) = (RwSignal::new(base), RwSignal::new(Vec::new()));
        let name = Memo::new(move |_| base.with(&name));
        let own = Memo::new(move |_| {
            let edits = name.with(|name| edits.with(|all| all.of(name)));
            base.with(|base| name.with(|name| overlay(&base.values(name), &edits)))
        });
        let errors = Memo::new(move |_| {
            let edits = name.with(|name| edits.with(|all| all.of(name)));
            let mistakes = base.with(|base| name.with(|name| mistakes(base, name, &edits)));
            mistakes.into_iter().chain(refused.get()).collect()
        });
        Self {
            base,
            own,
            overtaken: RwSignal::new(false),
            status: RwSignal::new(String::new()),
            resets: Resets::default(),
            name,
            edits,
            refused,
            errors,
        }
    }

    /// What would change.
    pub fn changes(self) -> Vec<FieldChange> {
        self.base.with(|base| {
            let before = self.name.with(|name| base.values(name));
            self.own.with(|own| differences(&before, own))
        })
    }

    /// What is wrong with a field.
    pub fn error(self, path: &str) -> Option<String> {
        self.errors.with(|errors| {
            errors.iter().find(|error| error.path == path).map(|error| error.message.clone())
        })
    }

    /// Why nothing was saved, when that is about no field.
    pub fn unplaced_error(self) -> Option<String> {
        self.error("")
    }

    /// Whether a field has a value that is not allowed.
    pub fn has_errors(self) -> bool {
        self.errors.with(|errors| errors.iter().any(|error| !error.path.is_empty()))
    }

    /// What is not saved yet of what is edited, as it is sent.
    pub fn unsaved(self) -> Overrides {
        self.name.with_untracked(|name| self.edits.with_untracked(|all| all.of(name)))
    }

    /// Whether something is not saved of any of these. Nothing is where the page was left.
    pub fn has_unsaved(self, of: impl Fn(&B::Name) -> bool) -> bool {
        self.edits.try_with_untracked(|all| all.any(of)).unwrap_or_default()
    }

    /// Changes one field; `null` takes the value back.
    pub fn edit(self, path: &str, value: Value) {
        self.settle();
        let (name, before) = (self.name.get_untracked(), self.unsaved());
        let stored = self.base.with_untracked(|base| base.values(&name));
        let edits = edited(B::table(), &stored, &before, path, value);
        self.edits.update(|all| all.set(name, edits));
    }

    /// What was said of the last try is over.
    pub fn settle(self) {
        self.refused.set(Vec::new());
        self.status.set(String::new());
        self.overtaken.set(false);
    }

    /// Gives up what was changed here.
    pub fn discard(self) {
        self.settle();
        self.forget(&self.name.get_untracked());
        self.resets.reset();
    }

    /// The edits of this are saved, or given up. The draft may be gone by then.
    pub fn forget(self, name: &B::Name) {
        self.edits.update(|all| all.forget(name));
    }

    /// Gives up the edits of what can no longer be saved.
    pub fn keep(self, can_be_saved: impl Fn(&B::Name) -> bool) {
        if self.has_unsaved(|name| !can_be_saved(name)) {
            self.edits.update(|all| all.keep(can_be_saved));
        }
    }

    /// The server refused it.
    pub fn refuse(self, errors: Vec<FieldError>) {
        self.refused.set(errors);
    }

    /// Takes over what stands on the server now. What was changed here stays where it still
    /// differs. Does nothing when the page was left meanwhile.
    pub fn rebase(self, base: B) {
        if self.base.try_set(base).is_some() {
            return;
        }
        let (name, edits) = (self.name.get_untracked(), self.unsaved());
        if !edits.is_empty() {
            let stored = self.base.with_untracked(|base| base.values(&name));
            self.edits.update(|all| all.set(name, edits::rebased(&stored, &edits)));
        }
    }
}

#[cfg(test)]
mod tests;
