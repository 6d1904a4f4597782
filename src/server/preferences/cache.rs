//! Effective preferences by person, in this process. A change anywhere drops the entry; without the
//! line to the database that tells of changes nothing is cached.

use crate::{
    domain::preferences::{PreferencesAnswer, Snapshot},
    server::{
        cache::{self, Ticket},
        postgres::{Event, Events},
    },
};
use axum::body::Bytes;
use serde::Serialize;
use std::{sync::Arc, time::Duration};
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
}

type Entries = cache::Cache<Uuid, Arc<Entry>>;

#[derive(Clone)]
pub struct Cache {
    entries: Arc<Entries>,
    events: Events,
}

impl Cache {
    pub fn new(events: Events) -> Self {
        let entries = Arc::new(Entries::new(LIFETIME, CAPACITY));
        // Not the cache itself: it holds the events, which hold this.
        let kept = Arc::clone(&entries);
        events.on_change(move |event| drop_doubtful(&kept, event));
        Self { entries, events }
    }

    /// What an event makes doubtful is forgotten.
    pub fn apply(&self, event: &Event) {
        drop_doubtful(&self.entries, event);
    }

    pub fn clear(&self) {
        self.entries.forget_all();
    }

    pub fn get(&self, user_id: Uuid) -> Option<Arc<Entry>> {
        let epoch = self.events.epoch()?;
        self.entries.get(&user_id, Some(epoch))
    }

    /// To be taken before the reading that is to be stored.
    pub fn ticket(&self) -> Ticket {
        self.entries.ticket(self.events.epoch())
    }

    /// Keeps a reading if nothing changed meanwhile and nothing newer is known. Always returns the
    /// reading.
    pub fn put(&self, user_id: Uuid, snapshot: Snapshot, ticket: Ticket) -> Arc<Entry> {
        let entry = Arc::new(Entry { body: write(&snapshot), snapshot });
        let version = entry.snapshot.version;
        let is_newer = |known: &Arc<Entry>| known.snapshot.version > version;
        if !self.entries.put_unless(user_id, Arc::clone(&entry), ticket, is_newer) {
            // Whoever saved must not read the old value back, even when the new one cannot be kept.
            self.entries.discard_if(&user_id, |known| known.snapshot.version < version);
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

fn drop_doubtful(entries: &Entries, event: &Event) {
    match event {
        Event::PreferencesChanged { user_id, version, .. } => {
            entries.forget_if(user_id, |entry| entry.snapshot.version < *version);
        }
        Event::MembershipChanged { user_id } => entries.forget(user_id),
        // An organization has many members and changes seldom; Reconnected may have missed
        // anything.
        Event::OrganizationDefaultsChanged { .. }
        | Event::AccessRevoked { .. }
        | Event::Reconnected => entries.forget_all(),
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
