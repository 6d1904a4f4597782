//! Changes that are not saved yet, of everything that was looked at.

use crate::domain::{
    merge_patch::{overlay, patch_between},
    settings::Overrides,
};
use std::collections::BTreeMap;

/// By what they are edits of: looking at something else must not lose them, and those of one owner
/// never come to lie over another's.
#[derive(Clone, Debug, PartialEq)]
pub struct Edits<N: Ord>(BTreeMap<N, Overrides>);

impl<N: Ord> Default for Edits<N> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<N: Ord> Edits<N> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn of(&self, name: &N) -> Overrides {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// Whether there are edits of any of these.
    pub fn any(&self, of: impl Fn(&N) -> bool) -> bool {
        self.0.keys().any(of)
    }

    /// What there are edits of.
    pub fn names(&self) -> impl Iterator<Item = &N> {
        self.0.keys()
    }

    pub fn set(&mut self, name: N, edits: Overrides) {
        if edits.is_empty() {
            self.0.remove(&name);
        } else {
            self.0.insert(name, edits);
        }
    }

    pub fn forget(&mut self, name: &N) {
        self.0.remove(name);
    }

    /// Gives up the others.
    pub fn keep(&mut self, keeps: impl Fn(&N) -> bool) {
        self.0.retain(|name, _| keeps(name));
    }
}

/// What still differs of edits when something else is stored below them.
pub fn rebased(stored: &Overrides, edits: &Overrides) -> Overrides {
    patch_between(stored, &overlay(stored, edits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn object(value: Value) -> Overrides {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn edits_of_one_owner_never_lie_over_another() {
        let one = object(json!({"costBudget": {"dailyBudget": 7}}));
        let (old, new, own) = ((Some(1), "Default"), (Some(2), "Default"), (None, "Default"));
        let mut edits = Edits::default();
        edits.set(old, one.clone());
        edits.set(own, one.clone());
        assert_eq!((edits.of(&old), edits.of(&new)), (one.clone(), Overrides::new()));
        edits.keep(|(of, _)| of.is_none() || *of == Some(2));
        assert!(!edits.any(|name| *name == old), "that owner was left");
        assert_eq!(edits.of(&own), one, "one's own go along");
        edits.forget(&own);
        assert!(edits.is_empty());
    }

    #[test]
    fn what_is_back_where_it_was_is_no_edit() {
        let mut edits = Edits::default();
        edits.set("Default", object(json!({"a": 1})));
        edits.set("Default", Overrides::new());
        assert!(edits.is_empty());
    }

    #[test]
    fn what_somebody_else_saved_as_well_is_no_edit_any_more() {
        let edits = object(json!({"a": 1, "b": 2, "c": null}));
        let stored = object(json!({"a": 1, "b": 3}));
        assert_eq!(rebased(&stored, &edits), object(json!({"b": 2})));
    }
}
