//! Timers and the wire of auto-save: when a draft is sent, and what each answer means for it.

use super::{
    draft::{Collision, Draft, Leaving, Sending, Values},
    queue::{self, Place, new_id},
};
use crate::{
    api::{error::ApiError, preferences::ChangePreferences},
    domain::{
        json,
        preferences::{PreferencePatch, PreferencesAnswer, Snapshot},
    },
    ui::client::{rest::Call, tabs},
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// Edits within this time of one another make one save.
pub const DEBOUNCE: Duration = Duration::from_millis(300);
/// First and longest pause before an unanswered save is tried again.
const RETRY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// How saving stands, for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    #[default]
    Idle,
    Saving,
    Saved,
    /// The server cannot be reached; it is sent as soon as it can.
    Queued,
    /// The same was changed elsewhere: the person has to choose.
    Asked,
    /// The server answered, but not by storing it.
    Failed(ApiError),
}

/// The last save, and how to take it back.
#[derive(Clone, Debug, PartialEq)]
pub struct LastSave {
    pub paths: Vec<String>,
    pub undo: Values,
}

/// Saves the draft of one account in one tab.
#[derive(Clone, Copy)]
pub struct Saver {
    place: Place,
    pub draft: RwSignal<Option<Draft>>,
    pub status: RwSignal<Status>,
    pub last_save: RwSignal<Option<LastSave>>,
    /// The number of the timer that counts; those before it do nothing when they end. A timer
    /// itself could not be kept here: it must be dropped where it was made, and the server draws a
    /// page on several threads.
    timer: StoredValue<u32>,
    /// Whether a timer is running: something will be sent, but not yet.
    waits: StoredValue<bool>,
    sending: StoredValue<bool>,
    failures: StoredValue<u32>,
}

impl Saver {
    pub fn new(user: Uuid, draft: RwSignal<Option<Draft>>) -> Self {
        Self {
            place: Place { user, tab: new_id() },
            draft,
            status: RwSignal::new(Status::Idle),
            last_save: RwSignal::new(None),
            timer: StoredValue::new(0),
            waits: StoredValue::new(false),
            sending: StoredValue::new(false),
            failures: StoredValue::new(0),
        }
    }

    pub fn place(&self) -> Place {
        self.place
    }

    /// Changes the draft and writes it down before anything else can happen to the tab.
    pub fn change(&self, change: impl FnOnce(&mut Draft)) {
        self.draft.update(|draft| {
            if let Some(draft) = draft {
                change(draft);
                queue::keep(self.place, draft);
            }
        });
    }

    /// A person's edit: seen at once, saved when they pause.
    pub fn edit(&self, path: &str, value: Value) {
        self.change(|draft| draft.edit(path, value));
        // "Saved" would be said of the save before.
        if matches!(self.status.get_untracked(), Status::Idle | Status::Saved) {
            self.status.set(Status::Saving);
        }
        self.send_in(DEBOUNCE);
    }

    /// What is typed into a field turned out to be no number: what it held before stays, or comes
    /// back where the beginning of the text was sent already.
    pub fn withdraw(&self, path: &str) {
        self.change(|draft| draft.withdraw(path));
        let is_sent = self.draft.with_untracked(|draft| {
            draft.as_ref().is_some_and(|draft| draft.edited().contains_key(path))
        });
        if is_sent && matches!(self.status.get_untracked(), Status::Idle | Status::Saved) {
            self.status.set(Status::Saving);
        }
        self.send_in(DEBOUNCE);
    }

    fn send_in(&self, pause: Duration) {
        let saver = *self;
        self.stop_timer();
        self.waits.set_value(true);
        let number = self.timer.get_value();
        let end = move || {
            if saver.timer.get_value() == number {
                saver.flush();
            }
        };
        set_timeout(end, pause);
    }

    fn stop_timer(&self) {
        self.waits.set_value(false);
        self.timer.update_value(|number| *number = number.wrapping_add(1));
    }

    /// Saves now what is waiting.
    pub fn flush(&self) {
        self.stop_timer();
        if self.sending.get_value() {
            return;
        }
        self.sending.set_value(true);
        let saver = *self;
        spawn_local(async move {
            saver.send_all().await;
            saver.sending.set_value(false);
        });
    }

    /// The page is being left: everything goes out at once, in requests that outlive it.
    pub fn leave(&self, leaving: Leaving) {
        self.stop_timer();
        let mut rest = None;
        self.change(|draft| {
            // A save in flight outlives the page already; repeating it is harmless, not repeating
            // it is not.
            rest = Some((draft.outbox().front().cloned(), draft.take_rest(new_id, leaving)));
        });
        let Some((first, rest)) = rest else { return };
        if first.is_none() && rest.is_empty() {
            return self.show_open_edits();
        }
        let in_flight = self.sending.get_value();
        for sending in first.into_iter().filter(|_| !in_flight).chain(rest) {
            let saver = *self;
            spawn_local(async move {
                // If the page lives on after all (another tab was only looked at), the answer
                // counts.
                let answer = patch(&sending).await;
                saver.settle(&sending, answer);
            });
        }
    }

    async fn send_all(&self) {
        let mut first = true;
        loop {
            // What was edited meanwhile has its own pause.
            if !std::mem::take(&mut first) && self.waits.get_value() && self.outbox_is_empty() {
                return;
            }
            let mut next = None;
            self.change(|draft| next = draft.take(new_id()));
            let Some(sending) = next else { return self.show_open_edits() };
            self.status.set(Status::Saving);
            let answer = patch(&sending).await;
            if !self.settle(&sending, answer) {
                return;
            }
        }
    }

    fn outbox_is_empty(&self) -> bool {
        self.draft
            .with_untracked(|draft| draft.as_ref().is_some_and(|draft| draft.outbox().is_empty()))
    }

    /// Edits may fit by now that did not before.
    pub fn look_again(&self) {
        let edited = self
            .draft
            .with_untracked(|draft| draft.as_ref().is_some_and(|draft| !draft.edited().is_empty()));
        if edited && !self.waits.get_value() {
            self.send_in(DEBOUNCE);
        }
    }

    /// Whether something waits for the person's answer.
    fn asks(&self) -> bool {
        self.draft.with_untracked(|draft| {
            draft.as_ref().is_some_and(|draft| !draft.collisions().is_empty())
        })
    }

    /// Nothing is left to send: says so, unless something waits for the person.
    fn show_open_edits(&self) {
        let asked = self.asks();
        let wrong = self
            .draft
            .with_untracked(|draft| draft.as_ref().is_some_and(|draft| !draft.errors().is_empty()));
        match self.status.get_untracked() {
            _ if asked => self.status.set(Status::Asked),
            // Going back to the stored value within the pause, or deciding for it, leaves nothing
            // to say.
            Status::Saving => self.status.set(Status::Idle),
            Status::Asked | Status::Failed(_) if !wrong => self.status.set(Status::Idle),
            _ => {}
        }
    }

    /// Takes an answer into account; false when the same save has to be tried again later.
    fn settle(&self, sending: &Sending, answer: Result<PreferencesAnswer, ApiError>) -> bool {
        let known = self.draft.with_untracked(|draft| {
            draft.as_ref().is_some_and(|draft| {
                draft.outbox().iter().any(|other| other.mutation_id == sending.mutation_id)
            })
        });
        if !known {
            return true;
        }
        match answer {
            Ok(answer) => {
                self.failures.set_value(0);
                self.acknowledge(sending, answer.into());
                true
            }
            Err(error) if error.status == 409 => {
                let (current, collisions) = collisions_in(&error);
                match current {
                    Some(current) => {
                        self.change(|draft| draft.collide(sending.mutation_id, current, collisions))
                    }
                    None => {
                        self.change(|draft| draft.refuse(sending.mutation_id, &error.error, &[]))
                    }
                }
                self.status.set(if self.asks() { Status::Asked } else { Status::Failed(error) });
                true
            }
            Err(error) if error.is_transient() || error.status >= 500 || error.status == 401 => {
                self.wait(error);
                false
            }
            Err(error) => {
                self.change(|draft| draft.refuse(sending.mutation_id, &error.error, &error.fields));
                self.status.set(Status::Failed(error));
                true
            }
        }
    }

    fn acknowledge(&self, sending: &Sending, answer: Snapshot) {
        let version = answer.version;
        let mut undo = Values::new();
        self.change(|draft| undo = draft.acknowledge(sending.mutation_id, answer));
        let paths: Vec<String> = sending.values.keys().cloned().collect();
        self.saved(version, paths, undo);
    }

    /// Says that something was stored: here, in the other tabs, and for "Undo".
    pub fn saved(&self, version: i64, paths: Vec<String>, undo: Values) {
        let clean = self.outbox_is_empty() && !self.waits.get_value();
        // "Saved" would be taken for a word about the text that stands in the field.
        let takes_back = self
            .draft
            .with_untracked(|draft| draft.as_ref().is_some_and(|it| it.only_takes_back(&paths)));
        self.status.set(match clean {
            false => Status::Saving,
            true if takes_back => Status::Idle,
            true => Status::Saved,
        });
        self.draft.update_untracked(|draft| {
            if let Some(draft) = draft {
                draft.settle_withdrawn(&paths);
            }
        });
        tabs::announce(version, &paths);
        self.last_save.set((!takes_back).then_some(LastSave { paths, undo }));
    }

    fn wait(&self, error: ApiError) {
        let failures = self.failures.get_value();
        self.failures.set_value(failures.saturating_add(1));
        let pause = (RETRY.0 * (1 << failures.min(4))).min(RETRY.1);
        let asked = Duration::from_secs(error.retry_after.unwrap_or_default().into());
        // Signing in again loads a new page, which finds this save in the queue.
        if error.status != 401 {
            self.send_in(pause.max(asked));
        }
        self.status.set(if error.status == 0 { Status::Queued } else { Status::Failed(error) });
    }

    /// Puts the last save's old values back, as a new edit.
    pub fn undo(&self) {
        let Some(last) = self.last_save.try_update(Option::take).flatten() else { return };
        self.put_back(last.undo);
    }

    /// Puts the old values of a certain save back, as a new edit, whatever was saved since.
    pub fn put_back(&self, values: Values) {
        self.change(|draft| {
            for (path, value) in values {
                draft.put_back(path, value);
            }
        });
        self.flush();
    }
}

async fn patch(sending: &Sending) -> Result<PreferencesAnswer, ApiError> {
    Call::<ChangePreferences>::new((), &PreferencePatch(sending.patch()))
        .if_match(sending.base_version)
        .idempotency_key(sending.mutation_id)
        .send()
        .await
}

/// What a 409 says stands now, and which fields collide.
fn collisions_in(error: &ApiError) -> (Option<Snapshot>, Vec<Collision>) {
    let mut current = error.current.clone().unwrap_or_default();
    let collisions = current.get_mut("collisions").map(Value::take).unwrap_or_default();
    let snapshot = json::read::<PreferencesAnswer>(&current).ok().map(Snapshot::from);
    (snapshot, json::read(&collisions).unwrap_or_default())
}
