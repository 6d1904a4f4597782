//! Effective preferences by person, in this process. A change anywhere drops the entry; without the
//! line to the database that tells of changes nothing is cached.

use crate::{
    domain::preferences::{PreferencesAnswer, Snapshot, values::QualityThresholds},
    server::{
        foundation::{
            cache::{self, Ticket},
            envelope::Written,
        },
        postgres::{Event, Events},
    },
};
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
    /// Of the snapshot: each generation asks for them.
    pub thresholds: QualityThresholds,
    pub answer: Written<PreferencesAnswer>,
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
        let answer = Written::of(&PreferencesAnswer::from(&snapshot));
        let thresholds = snapshot.layers.preferences().quality_thresholds;
        let entry = Arc::new(Entry { answer, thresholds, snapshot });
        let version = entry.snapshot.version;
        let is_newer = |known: &Arc<Entry>| known.snapshot.version > version;
        if !self.entries.put_unless(user_id, Arc::clone(&entry), ticket, is_newer) {
            // Whoever saved must not read the old value back, even when the new one cannot be kept.
            self.entries.discard_if(&user_id, |known| known.snapshot.version < version);
        }
        entry
    }
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
        | Event::ConversationsChanged { .. }
        | Event::MaintenanceProgress { .. }
        | Event::HealthChanged => {}
    }
}
