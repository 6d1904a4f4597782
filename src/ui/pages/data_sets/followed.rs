//! A list whose entries a server works on: it follows how far they are, and what is begun
//! elsewhere.

use crate::{
    api::error::ApiError,
    ui::client::{
        begun::Begun,
        live::{self, News},
    },
};
use leptos::{prelude::*, task::spawn_local};
use std::{future::Future, time::Duration};
use uuid::Uuid;

/// How often it is asked how far they are, while a server works on one.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is asked what others began, or the person on another device.
const SELDOM: Duration = Duration::from_secs(30);

/// An entry of such a list.
pub trait Entry: Clone + PartialEq + Send + Sync + 'static {
    /// What the tabs of a browser tell each other of.
    const BEGUN: Begun;

    fn id(&self) -> Uuid;

    /// Whether a server works on it, or will.
    fn is_open(&self) -> bool;

    /// Reads the list, the newest first.
    fn read() -> impl Future<Output = Result<Vec<Self>, ApiError>>;
}

/// The list as it was last heard of.
pub struct Followed<T: Entry> {
    pub all: RwSignal<Vec<T>>,
    asking: StoredValue<bool>,
    /// It was to be read while it was being read.
    again: StoredValue<bool>,
    /// Counts what was answered about single entries.
    taken: StoredValue<u32>,
}

impl<T: Entry> Clone for Followed<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Entry> Copy for Followed<T> {}

impl<T: Entry> Followed<T> {
    /// Follows the list for as long as the component lives that calls this.
    pub fn new(first: Vec<T>) -> Self {
        let followed = Self {
            all: RwSignal::new(first),
            asking: StoredValue::new(false),
            again: StoredValue::new(false),
            taken: StoredValue::new(0),
        };
        followed.follow();
        followed
    }

    /// An entry as it stands now; `first` when it is listed no longer.
    pub fn entry(self, first: T) -> Memo<T> {
        let id = first.id();
        Memo::new(move |_| {
            let own = self.all.with(|all| all.iter().find(|own| own.id() == id).cloned());
            own.unwrap_or_else(|| first.clone())
        })
    }

    /// Reads it again. Without an answer what is shown stays.
    pub fn look(self) {
        match self.asking.try_get_value() {
            Some(false) if !document().hidden() => {}
            Some(true) => return self.again.set_value(true),
            _ => return,
        }
        self.asking.set_value(true);
        let taken = self.taken.get_value();
        spawn_local(async move {
            let answer = T::read().await;
            // The page may be gone.
            let Some(now) = self.taken.try_get_value() else { return };
            self.asking.set_value(false);
            // What was answered about one of them meanwhile may be newer.
            if let Ok(read) = answer
                && now == taken
                && self.all.with_untracked(|all| *all != read)
            {
                self.all.set(read);
            }
            if self.again.try_update_value(std::mem::take) == Some(true) {
                self.look();
            }
        });
    }

    /// Takes in what was answered about one; a new one comes first.
    pub fn take(self, entry: T) {
        // The page may be gone.
        if self.taken.try_update_value(|count| *count = count.wrapping_add(1)).is_none() {
            return;
        }
        self.all.update(|all| match all.iter_mut().find(|own| own.id() == entry.id()) {
            Some(own) => *own = entry,
            None => all.insert(0, entry),
        });
    }

    /// As [`Self::take`], of what the other tabs of this browser should show as well.
    pub fn change(self, entry: T) {
        self.take(entry);
        T::BEGUN.tell();
    }

    fn follow(self) {
        Effect::new(move |_| {
            live::on(move |news| {
                if matches!(news, News::Missed) {
                    self.look();
                }
            });
            T::BEGUN.on_told(move || self.look());
            let seen = window_event_listener_untyped("visibilitychange", move |_| self.look());
            let ask = move || {
                if self.all.try_with_untracked(|all| all.iter().any(T::is_open)) == Some(true) {
                    self.look();
                }
            };
            let turns = set_interval_with_handle(ask, EVERY).ok();
            let seldom = set_interval_with_handle(move || self.look(), SELDOM).ok();
            on_cleanup(move || {
                seen.remove();
                turns.into_iter().chain(seldom).for_each(|turns| turns.clear());
            });
        });
    }
}
