//! The defaults as somebody is changing them, before they are saved.

use crate::{
    api::error::ApiError,
    domain::{
        field_error::FieldError,
        merge_patch::{FieldChange, apply, differences, get, overlay, patch_between},
        preferences::{
            Layers, Overrides, catalog::TABLE, organization::OrganizationDefaultsAnswer, save,
        },
        settings::edited,
    },
    ui::{components::Resets, form::errors_of},
};
use leptos::prelude::*;
use serde_json::Value;

/// What stands on the server, and the changes made to it here: a merge patch, so that they can be
/// laid over what somebody else saved in the meantime.
#[derive(Clone, Copy)]
pub struct DefaultsDraft {
    pub base: RwSignal<OrganizationDefaultsAnswer>,
    pub edits: RwSignal<Overrides>,
    /// Somebody else saved while this was being changed.
    pub overtaken: RwSignal<bool>,
    /// The last change is stored; how many people it affects.
    pub saved: RwSignal<Option<i64>>,
    /// Told when the edits are given up, with what could not be read and is none.
    pub resets: Resets,
    refused: RwSignal<Vec<FieldError>>,
    own: Memo<Overrides>,
    /// With the built-in defaults beneath, and nothing made to fit: what does not fit is told at
    /// its field.
    merged: Memo<Overrides>,
    errors: Memo<Vec<FieldError>>,
}

impl DefaultsDraft {
    pub fn new(base: RwSignal<OrganizationDefaultsAnswer>, edits: RwSignal<Overrides>) -> Self {
        let refused = RwSignal::new(Vec::new());
        let own = Memo::new(move |_| {
            base.with(|base| edits.with(|edits| overlay(&base.preferences, edits)))
        });
        let merged = Memo::new(move |_| Layers { own: own.get(), ..Layers::default() }.merged());
        let errors = Memo::new(move |_| {
            let mistakes = base.with(|base| edits.with(|edits| mistakes(&base.preferences, edits)));
            mistakes.into_iter().chain(refused.get()).collect()
        });
        Self {
            base,
            edits,
            overtaken: RwSignal::new(false),
            saved: RwSignal::new(None),
            resets: Resets::default(),
            refused,
            own,
            merged,
            errors,
        }
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

    /// What is wrong with a field.
    pub fn error(self, path: &'static str) -> Memo<Option<String>> {
        Memo::new(move |_| {
            self.errors.with(|errors| {
                errors.iter().find(|error| error.path == path).map(|error| error.message.clone())
            })
        })
    }

    /// Why nothing was saved, when that is about no field.
    pub fn unplaced_error(self) -> Option<String> {
        self.errors.with(|errors| {
            errors.iter().find(|error| error.path.is_empty()).map(|error| error.message.clone())
        })
    }

    /// Whether a field has a value that is not allowed.
    pub fn has_errors(self) -> bool {
        self.errors.with(|errors| errors.iter().any(|error| !error.path.is_empty()))
    }

    /// Changes one field; `null` leaves it to the built-in default.
    pub fn edit(self, path: &str, value: Value) {
        self.refused.set(Vec::new());
        self.saved.set(None);
        self.edits.set(self.base.with_untracked(|base| {
            self.edits.with_untracked(|edits| edited(&TABLE, &base.preferences, edits, path, value))
        }));
    }

    /// Gives up what was changed here.
    pub fn discard(self) {
        self.refused.set(Vec::new());
        self.overtaken.set(false);
        self.edits.set(Overrides::new());
        self.resets.tell();
    }

    /// What would change.
    pub fn changes(self) -> Vec<FieldChange> {
        self.base.with(|base| self.own.with(|own| differences(&base.preferences, own)))
    }

    /// The server refused some fields.
    pub fn refuse(self, error: ApiError) {
        self.refused.set(errors_of(error));
    }

    /// Takes over what stands on the server after a save.
    pub fn take_in(self, saved: OrganizationDefaultsAnswer) {
        self.saved.set(Some(saved.affected));
        self.base.set(saved);
        self.discard();
    }

    /// Takes over what somebody else saved, and keeps what was changed here where it still differs.
    pub fn rebase(self, base: OrganizationDefaultsAnswer) {
        let mut wanted = base.preferences.clone();
        self.edits.with_untracked(|edits| apply(&mut wanted, edits));
        self.edits.set(patch_between(&base.preferences, &wanted));
        self.base.set(base);
        self.overtaken.set(true);
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
