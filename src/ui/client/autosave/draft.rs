//! The state of unsaved edits, without timers or network, so that every order of events can be
//! tested.

mod sending;
mod typing;

pub use sending::{Sending, Values, behind, patch_of};

use crate::domain::{
    field_error::FieldError,
    merge_patch::get,
    preferences::{Layers, Snapshot, save},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use typing::Typed;
use uuid::Uuid;

/// A field that this tab and somebody else changed from the same version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collision {
    pub path: String,
    /// `None`: back to inherited.
    pub mine: Option<Value>,
    pub theirs: Option<Value>,
}

/// How a page is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// It is closed, or another one takes its place.
    ForGood,
    /// Another tab or program is looked at. Phones may end it without another word.
    ForNow,
}

/// Everything between a person's edit and the server's word that it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// As the server last told.
    base: Snapshot,
    /// Edited and not yet given to a save; may hold values that are not valid yet.
    edited: Values,
    /// Edited fields that somebody else changed since: to be asked about before they are sent.
    contested: BTreeSet<String>,
    /// Saves on their way or waiting, oldest first. Only the first is ever being sent.
    outbox: VecDeque<Sending>,
    /// What each of these saves takes the place of, to take it back with. Kept from the beginning:
    /// news of a save may come before its answer.
    before: BTreeMap<Uuid, Values>,
    /// Why the server refused a field; the value went back.
    refused: BTreeMap<String, String>,
    collisions: Vec<Collision>,
    /// Fields that somebody types or has typed into.
    typed: BTreeMap<String, Typed>,
    /// Fields in which the beginning of a text was stored that then could not be read, and is taken
    /// back.
    withdrawn: BTreeSet<String>,
}

impl Draft {
    pub fn new(base: Snapshot) -> Self {
        Self {
            base,
            edited: Values::new(),
            contested: BTreeSet::new(),
            outbox: VecDeque::new(),
            before: BTreeMap::new(),
            refused: BTreeMap::new(),
            collisions: Vec::new(),
            typed: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
        }
    }

    pub fn base(&self) -> &Snapshot {
        &self.base
    }

    pub fn collisions(&self) -> &[Collision] {
        &self.collisions
    }

    pub fn outbox(&self) -> &VecDeque<Sending> {
        &self.outbox
    }

    pub fn edited(&self) -> &Values {
        &self.edited
    }

    /// Nothing of the person's is waiting.
    pub fn is_clean(&self) -> bool {
        self.edited.is_empty() && self.outbox.is_empty()
    }

    /// The person's own values with everything sent or waiting, without the edits of this moment.
    fn sent(&self) -> Layers {
        let mut own = self.base.layers.own.clone();
        for sending in &self.outbox {
            crate::domain::merge_patch::apply(&mut own, &sending.patch());
        }
        Layers { organization: self.base.layers.organization.clone(), own }
    }

    /// What applies in this tab: everything edited, as far as it is valid.
    pub fn layers(&self) -> Layers {
        let mut layers = self.sent();
        let (valid, _) = sorted_out(&self.edited, &layers);
        crate::domain::merge_patch::apply(&mut layers.own, &patch_of(&valid));
        layers
    }

    /// What a control shows: the edit itself, valid or not.
    pub fn shown(&self, layers: &Layers, path: &str) -> Value {
        let edited = self.edited.get(path).filter(|value| !value.is_null());
        edited
            .or_else(|| get(&layers.own, path))
            .or_else(|| layers.inherited(path))
            .cloned()
            .unwrap_or(Value::Null)
    }

    /// A person's edit. Going back to what was there before leaves nothing to send.
    pub fn edit(&mut self, path: &str, value: Value) {
        self.refused.remove(path);
        self.collisions.retain(|collision| collision.path != path);
        self.note(path, &value);
        let sent = self.sent();
        let unchanged = match &value {
            Value::Null => get(&sent.own, path).is_none(),
            value => get(&sent.own, path).or_else(|| sent.inherited(path)) == Some(value),
        };
        if unchanged {
            self.edited.remove(path);
            self.contested.remove(path);
        } else {
            self.edited.insert(path.to_owned(), value);
        }
    }

    /// Puts back what a field held before, which may be an own value equal to the inherited one.
    pub fn put_back(&mut self, path: String, value: Value) {
        self.refused.remove(&path);
        self.collisions.retain(|collision| collision.path != path);
        self.edited.remove(&path);
        self.withdrawn.remove(&path);
        self.edit_quietly(path, value);
    }

    /// What is wrong with a field, in a sentence: by the rules here, or by the server's word.
    pub fn errors(&self) -> BTreeMap<String, String> {
        let mut errors = self.refused.clone();
        if !self.edited.is_empty() {
            let (_, wrong) = sorted_out(&self.edited, &self.sent());
            errors.extend(wrong.into_iter().map(|error| (error.path, error.message)));
        }
        errors
    }

    /// Gives the valid edits to one save, when none is in flight. The id is the caller's, so that
    /// this stays a plain function.
    pub fn take(&mut self, mutation_id: Uuid) -> Option<Sending> {
        if !self.outbox.is_empty() {
            return self.outbox.front().cloned();
        }
        self.ask();
        let (values, _) = sorted_out(&self.edited, &self.sent());
        if values.is_empty() {
            return None;
        }
        self.edited.retain(|path, _| !values.contains_key(path));
        let sending = Sending { mutation_id, base_version: self.base.version, values };
        self.put_out(sending.clone());
        Some(sending)
    }

    /// Turns edits that somebody else was quicker with into questions. Only now: while the person
    /// types, the field is theirs.
    fn ask(&mut self) {
        for path in std::mem::take(&mut self.contested) {
            let Some(mine) = self.edited.remove(&path) else { continue };
            let theirs = get(&self.base.layers.own, &path).cloned();
            self.collisions.push(Collision {
                path,
                mine: Some(mine).filter(|mine| !mine.is_null()),
                theirs,
            });
        }
    }

    /// Gives the valid edits to saves of their own although another is in flight: the page is being
    /// left, so there is no later.
    pub fn take_rest(&mut self, new_id: impl FnMut() -> Uuid, leaving: Leaving) -> Vec<Sending> {
        match leaving {
            // Nobody is there to be asked any more: the later value wins, and history has both.
            Leaving::ForGood => self.contested.clear(),
            Leaving::ForNow => self.ask(),
        }
        let (values, _) = sorted_out(&self.edited, &self.sent());
        self.edited.retain(|path, _| !values.contains_key(path));
        let rest = behind(&self.outbox, self.base.version, values, new_id);
        for sending in &rest {
            self.put_out(sending.clone());
        }
        rest
    }

    /// Takes over a save that a closed tab left behind.
    pub fn adopt(&mut self, left: Sending) {
        if !self.outbox.iter().any(|sending| sending.mutation_id == left.mutation_id) {
            self.put_out(left);
        }
    }

    /// Takes over edits that a closed tab had not made a save of, but for what is not valid: it
    /// stood in a field and was never to be saved.
    pub fn adopt_edits(&mut self, left: Sending) {
        let (values, _) = sorted_out(&left.values, &self.sent());
        if !values.is_empty() {
            self.adopt(Sending { values, ..left });
        }
    }

    /// Asks again what a closed tab had asked and nobody answered, about what stands by now.
    pub fn adopt_question(&mut self, left: Collision) {
        let theirs = get(&self.base.layers.own, &left.path).cloned();
        let asked = self.collisions.iter().any(|collision| collision.path == left.path);
        let decided = left.mine == theirs || self.edited.contains_key(&left.path);
        if !asked && !decided {
            self.collisions.push(Collision { theirs, ..left });
        }
    }

    fn put_out(&mut self, sending: Sending) {
        let own = self.sent().own;
        let before =
            |path: &String| (path.clone(), get(&own, path).cloned().unwrap_or(Value::Null));
        self.before.insert(sending.mutation_id, sending.values.keys().map(before).collect());
        self.outbox.push_back(sending);
    }

    /// The server stored a save. Returns the values that take it back.
    pub fn acknowledge(&mut self, mutation_id: Uuid, answer: Snapshot) -> Values {
        let is_ours = self.outbox.front().is_some_and(|sending| sending.mutation_id == mutation_id);
        // Before the save is taken off: what it changed is nobody else's doing.
        self.receive(answer);
        if !is_ours {
            return Values::new();
        }
        self.outbox.pop_front();
        self.before.remove(&mutation_id).unwrap_or_default()
    }

    /// A newer state, from another tab or device. Older news is passed over; edits of this tab
    /// stay.
    pub fn receive(&mut self, snapshot: Snapshot) {
        // The same version may bring another organization layer.
        if snapshot.version >= self.base.version {
            let before = std::mem::replace(&mut self.base, snapshot);
            self.renew_typed(&before);
            // What somebody else already set to the same value needs no save of ours.
            for (path, value) in std::mem::take(&mut self.edited) {
                if self.is_somebody_elses(&before, &path) {
                    self.contested.insert(path.clone());
                }
                self.edit_quietly(path, value);
            }
            let edited = &self.edited;
            self.contested.retain(|path| edited.contains_key(path));
        }
    }

    /// Whether the field has another value than before, and not by a save of this tab.
    fn is_somebody_elses(&self, before: &Snapshot, path: &str) -> bool {
        let now = get(&self.base.layers.own, path);
        let by_us = |sending: &Sending| {
            sending
                .values
                .get(path)
                .is_some_and(|value| Some(value).filter(|value| !value.is_null()) == now)
        };
        now != get(&before.layers.own, path) && !self.outbox.iter().any(by_us)
    }

    fn edit_quietly(&mut self, path: String, value: Value) {
        let sent = self.sent();
        let own = get(&sent.own, &path);
        if own != Some(&value) && !(value.is_null() && own.is_none()) {
            self.edited.insert(path, value);
        }
    }

    /// The server refused a save for good: its fields go back, each with the reason.
    pub fn refuse(&mut self, mutation_id: Uuid, reason: &str, fields: &[FieldError]) {
        let Some(sending) = self.remove(mutation_id) else { return };
        let named: BTreeMap<&str, &str> =
            fields.iter().map(|field| (field.path.as_str(), field.message.as_str())).collect();
        for (path, value) in sending.values {
            match named.get(path.as_str()) {
                // Edited again since: that is the value to judge.
                Some(_) if self.edited.contains_key(&path) => {}
                Some(message) => {
                    self.refused.insert(path, (*message).to_owned());
                }
                // Fields that nothing is wrong with are tried again without the wrong ones.
                None if !named.is_empty() => {
                    self.edited.entry(path).or_insert(value);
                }
                None => {
                    self.refused.insert(path, reason.to_owned());
                }
            }
        }
    }

    /// Somebody else changed the same fields first. The person decides; whatever does not collide
    /// is saved again.
    pub fn collide(&mut self, mutation_id: Uuid, current: Snapshot, collisions: Vec<Collision>) {
        let Some(sending) = self.remove(mutation_id) else { return };
        if collisions.is_empty() {
            // The server knows of no such version as ours, as after restoring a backup. Asked with
            // it again, it would say the same again.
            self.base = current;
        } else {
            self.receive(current);
        }
        for (path, value) in sending.values {
            if !collisions.iter().any(|collision| collision.path == path)
                && !self.edited.contains_key(&path)
            {
                self.edit_quietly(path, value);
            }
        }
        // An edit made since then has decided already: the later value wins.
        let open =
            collisions.into_iter().filter(|collision| !self.edited.contains_key(&collision.path));
        self.collisions.extend(open);
    }

    /// The person's decision on a collision.
    pub fn decide(&mut self, path: &str, mine: bool) {
        let Some(index) = self.collisions.iter().position(|collision| collision.path == path)
        else {
            return;
        };
        let collision = self.collisions.remove(index);
        if mine {
            self.withdrawn.remove(&collision.path);
            self.edit_quietly(collision.path, collision.mine.unwrap_or(Value::Null));
        }
    }

    fn remove(&mut self, mutation_id: Uuid) -> Option<Sending> {
        let index = self.outbox.iter().position(|sending| sending.mutation_id == mutation_id)?;
        self.before.remove(&mutation_id);
        self.outbox.remove(index)
    }
}

/// The edits that keep every rule, and what is wrong with the others.
fn sorted_out(edited: &Values, sent: &Layers) -> (Values, Vec<FieldError>) {
    let mut valid = edited.clone();
    let mut wrong: Vec<FieldError> = Vec::new();
    // Taking one wrong edit away can uncover another, never more often than there are edits.
    for _ in 0..=edited.len() {
        let checked = save::parse(&Value::Object(patch_of(&valid)))
            .and_then(|patch| save::plan(sent, &patch));
        let Err(errors) = checked else { break };
        for error in errors {
            valid.remove(&error.path);
            wrong.push(error);
        }
    }
    (valid, wrong)
}

#[cfg(test)]
mod tests;
