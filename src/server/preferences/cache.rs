//! Effective preferences by person, in this process. A change anywhere drops the entry; without the
//! line to the database that tells of changes nothing is cached.

use crate::{
    domain::preferences::{PreferencesAnswer, Snapshot},
    server::postgres::{Event, Events},
};
use axum::body::Bytes;
use dashmap::DashMap;
use serde::Serialize;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;

/// The longest time that an old value could be answered when a server ended between a commit and
/// telling the others of it.
const LIFETIME: Duration = Duration::from_secs(30);
/// Entries kept; about 4 KiB each.
const CAPACITY: usize = 10_000;

/// One person's preferences, with the answer to a GET already written.
#[derive(Debug)]
pub struct Entry {
    pub snapshot: Snapshot,
    pub body: Bytes,
    stored: Instant,
    /// The connection over which changes were heard when it was read; what was read under another
    /// one is worth nothing.
    epoch: Option<u64>,
}

/// Which state of the world a reading saw: a reading that began before a change must not be kept
/// after it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    changes: u64,
    epoch: Option<u64>,
}

#[derive(Clone)]
pub struct Cache {
    entries: Arc<DashMap<Uuid, Arc<Entry>>>,
    changes: Arc<AtomicU64>,
    events: Events,
}

impl Cache {
    pub fn new(events: Events) -> Self {
        let cache = Self { entries: Arc::default(), changes: Arc::default(), events };
        // Not the cache itself: it holds the events, which hold this.
        let (entries, changes) = (Arc::clone(&cache.entries), Arc::clone(&cache.changes));
        cache.events.on_change(move |event| drop_doubtful(&entries, &changes, event));
        cache
    }

    /// What an event makes doubtful is forgotten.
    pub fn apply(&self, event: &Event) {
        drop_doubtful(&self.entries, &self.changes, event);
    }

    pub fn clear(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.entries.clear();
    }

    pub fn get(&self, user_id: Uuid) -> Option<Arc<Entry>> {
        let epoch = self.events.epoch()?;
        let entry = self.entries.get(&user_id)?;
        (entry.epoch == Some(epoch) && entry.stored.elapsed() < LIFETIME).then(|| entry.clone())
    }

    /// To be taken before the reading that is to be stored.
    pub fn ticket(&self) -> Ticket {
        Ticket { changes: self.changes.load(Ordering::SeqCst), epoch: self.events.epoch() }
    }

    /// Keeps a reading if nothing changed meanwhile and nothing newer is known. Always returns the
    /// reading.
    pub fn put(&self, user_id: Uuid, snapshot: Snapshot, ticket: Ticket) -> Arc<Entry> {
        let entry = Arc::new(Entry {
            body: write(&snapshot),
            snapshot,
            stored: Instant::now(),
            epoch: ticket.epoch,
        });
        if ticket.epoch.is_some() && self.ticket() == ticket {
            if self.entries.len() >= CAPACITY {
                self.entries.clear();
            }
            let mut slot = self.entries.entry(user_id).or_insert_with(|| entry.clone());
            if slot.snapshot.version <= entry.snapshot.version {
                *slot = entry.clone();
            }
        } else {
            // Whoever saved must not read the old value back, even when the new one cannot be kept.
            self.entries
                .remove_if(&user_id, |_, kept| kept.snapshot.version < entry.snapshot.version);
        }
        entry
    }
}

/// The answer as the route gives it.
#[derive(Serialize)]
struct Envelope {
    success: bool,
    #[serde(flatten)]
    answer: PreferencesAnswer,
}

fn write(snapshot: &Snapshot) -> Bytes {
    let envelope = Envelope { success: true, answer: snapshot.into() };
    // Fails only for maps whose keys are no texts, which this has not.
    serde_json::to_vec(&envelope).unwrap_or_default().into()
}

fn drop_doubtful(entries: &DashMap<Uuid, Arc<Entry>>, changes: &AtomicU64, event: &Event) {
    match event {
        Event::PreferencesChanged { user_id, version, .. } => {
            changes.fetch_add(1, Ordering::SeqCst);
            entries.remove_if(user_id, |_, entry| entry.snapshot.version < *version);
        }
        Event::MembershipChanged { user_id } => {
            changes.fetch_add(1, Ordering::SeqCst);
            entries.remove(user_id);
        }
        // An organization has many members and changes seldom; Reconnected may have missed
        // anything.
        Event::OrganizationDefaultsChanged { .. }
        | Event::AccessRevoked { .. }
        | Event::Reconnected => {
            changes.fetch_add(1, Ordering::SeqCst);
            entries.clear();
        }
        // These change no preferences.
        Event::AiConfigChanged { .. }
        | Event::ModelCatalogChanged
        | Event::NotificationSent { .. }
        | Event::NotificationsMarked { .. }
        | Event::MailDue
        | Event::MaintenanceProgress { .. }
        | Event::HealthChanged => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::preferences::Layers;
    use chrono::DateTime;

    #[test]
    fn the_body_is_the_answer_with_success_before_it() {
        let snapshot =
            Snapshot { layers: Layers::default(), version: 7, updated_at: DateTime::UNIX_EPOCH };
        let answer = serde_json::to_string(&PreferencesAnswer::from(&snapshot)).unwrap();
        let expected = format!(r#"{{"success":true,{}"#, &answer[1..]);
        assert_eq!(write(&snapshot), expected.as_bytes());
    }
}
