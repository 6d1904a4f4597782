//! Numbers while they are typed: the beginning of a text can be one, and be sent, although the
//! whole turns out to be none. Then what the field held before stays, or comes back.

use super::Draft;
use crate::domain::{merge_patch::get, preferences::Snapshot};
use serde_json::Value;

/// A field that somebody types into.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Typed {
    /// The edit that waited when typing began.
    edit: Option<Value>,
    /// The value that was sent or stored then; `Null` for an inherited one.
    own: Value,
    /// What was typed since.
    since: Vec<Value>,
}

impl Draft {
    /// Somebody begins to type into a field.
    pub fn begin(&mut self, path: &str) {
        let (edit, own) = (self.edited.get(path).cloned(), self.own(path));
        self.typed.insert(path.to_owned(), Typed { edit, own, since: Vec::new() });
    }

    /// Another edit of a field.
    pub(super) fn note(&mut self, path: &str, value: &Value) {
        self.withdrawn.remove(path);
        if let Some(typed) = self.typed.get_mut(path) {
            if value.is_null() {
                // Taking the value back is not typed: from here on it is what is gone back to.
                *typed = Typed { edit: None, own: Value::Null, since: Vec::new() };
            } else if !typed.since.contains(value) {
                typed.since.push(value.clone());
            }
        }
    }

    /// What was typed since `begin` does not count. What somebody else set meanwhile stays.
    pub fn withdraw(&mut self, path: &str) {
        let Some(Typed { edit, own, since }) = self.typed.get(path).cloned() else { return };
        self.refused.remove(path);
        self.contested.remove(path);
        self.collisions.retain(|it| {
            it.path != path || !it.mine.as_ref().is_some_and(|mine| since.contains(mine))
        });
        if self.edited.get(path).is_some_and(|edit| since.contains(edit)) {
            self.edited.remove(path);
        }
        if since.contains(&self.own(path)) {
            self.edit_quietly(path.to_owned(), edit.unwrap_or(own));
            self.withdrawn.insert(path.to_owned());
        } else if let Some(edit) = edit {
            self.edit_quietly(path.to_owned(), edit);
        }
    }

    /// Whether a save of these fields only takes back what was never meant: nobody has to know of
    /// it.
    pub fn only_takes_back(&self, paths: &[String]) -> bool {
        !paths.is_empty() && paths.iter().all(|path| self.withdrawn.contains(path))
    }

    /// Ends the withdrawals that are stored, so that a later save of the same fields is announced.
    pub fn settle_withdrawn(&mut self, paths: &[String]) {
        let (edited, outbox) = (&self.edited, &self.outbox);
        let waits = |path: &String| {
            edited.contains_key(path)
                || outbox.iter().any(|sending| sending.values.contains_key(path))
        };
        self.withdrawn.retain(|path| !paths.contains(path) || waits(path));
    }

    /// What somebody else set since typing began is what is gone back to.
    pub(super) fn renew_typed(&mut self, before: &Snapshot) {
        let others = self.typed.keys().filter(|path| self.is_somebody_elses(before, path));
        let others: Vec<String> = others.cloned().collect();
        for path in others {
            let own = get(&self.base.layers.own, &path).cloned().unwrap_or(Value::Null);
            if let Some(typed) = self.typed.get_mut(&path) {
                (typed.edit, typed.own) = (None, own);
            }
        }
    }

    fn own(&self, path: &str) -> Value {
        get(&self.sent().own, path).cloned().unwrap_or(Value::Null)
    }
}
