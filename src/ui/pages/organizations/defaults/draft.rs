//! The defaults as somebody is changing them, before they are saved.

use crate::{
    domain::{
        field_error::FieldError,
        merge_patch::get,
        preferences::{
            Layers, Overrides, catalog::TABLE, organization::OrganizationDefaultsAnswer, save,
        },
        settings::Table,
    },
    ui::{
        setting::{Draft, Edits, Stored},
        words::people,
    },
};
use leptos::prelude::*;
use serde_json::Value;
use std::ops::Deref;
use uuid::Uuid;

impl Stored for OrganizationDefaultsAnswer {
    /// The organization.
    type Name = Uuid;

    fn table() -> &'static Table {
        &TABLE
    }

    fn values(&self, _organization: &Uuid) -> Overrides {
        self.preferences.clone()
    }
}

/// A [`Draft`] of an organization's defaults.
#[derive(Clone, Copy)]
pub struct DefaultsDraft {
    pub organization: Uuid,
    draft: Draft<OrganizationDefaultsAnswer>,
    /// With the built-in defaults beneath, and nothing made to fit: what does not fit is told at
    /// its field.
    merged: Memo<Overrides>,
}

impl Deref for DefaultsDraft {
    type Target = Draft<OrganizationDefaultsAnswer>;

    fn deref(&self) -> &Self::Target {
        &self.draft
    }
}

impl DefaultsDraft {
    pub fn new(
        organization: Uuid,
        base: OrganizationDefaultsAnswer,
        edits: RwSignal<Edits<Uuid>>,
    ) -> Self {
        let draft = Draft::new(
            base,
            edits,
            move |_| organization,
            |base, _, edits| mistakes(&base.preferences, edits),
        );
        let merged =
            Memo::new(move |_| Layers { own: draft.own.get(), ..Layers::default() }.merged());
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
    pub fn take_in(self, saved: OrganizationDefaultsAnswer) {
        let words = format!("Saved. Affects {}.", people(saved.affected));
        self.base.set(saved);
        self.forget(&self.organization);
        self.settle();
        self.resets.reset();
        self.status.set(words);
    }
}

/// Every rule that the edits break, by the code that the server has as well.
fn mistakes(base: &Overrides, edits: &Overrides) -> Vec<FieldError> {
    let layers = Layers { own: base.clone(), ..Layers::default() };
    save::parse(&Value::Object(edits.clone()))
        .and_then(|patch| save::plan(&layers, &patch))
        .err()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::edited;
    use serde_json::json;

    fn object(value: Value) -> Overrides {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn keeps_what_is_not_allowed_and_says_why() {
        let base = Overrides::new();
        let edits =
            edited(&TABLE, &base, &base, "exportPreferences.autoCompressionThreshold", json!(0));
        assert_eq!(mistakes(&base, &edits)[0].path, "exportPreferences.autoCompressionThreshold");
        let edits = edited(&TABLE, &base, &base, "qualityThresholds.flagging", json!(9.5));
        assert_eq!(mistakes(&base, &edits).len(), 1);
        assert!(mistakes(&base, &object(json!({"theme": "dark"}))).is_empty());
    }
}
