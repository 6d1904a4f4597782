//! What was read from the database about a person, remembered until a change of it is heard of.
//!
//! Everything is told the number of the connection over which changes are heard now,
//! `Events::epoch`. Without one nothing is remembered; what was read under another one is worth
//! nothing, because a change may have been missed between the two.

use dashmap::DashMap;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Values by person.
#[derive(Debug)]
pub struct EpochCache<V> {
    entries: DashMap<Uuid, Kept<V>>,
    /// Counts changes, so that what was read before one is not stored after it.
    changes: AtomicU64,
    lifetime: Duration,
    capacity: usize,
}

#[derive(Debug)]
struct Kept<V> {
    value: Arc<V>,
    since: Instant,
    epoch: u64,
}

/// The state of the world when a reading began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    changes: u64,
    epoch: Option<u64>,
}

impl<V> EpochCache<V> {
    /// `lifetime` is the longest that a value could be believed if the notification of its change
    /// were lost.
    pub fn new(lifetime: Duration, capacity: usize) -> Self {
        Self { entries: DashMap::new(), changes: AtomicU64::new(0), lifetime, capacity }
    }

    pub fn get(&self, id: Uuid, epoch: Option<u64>) -> Option<Arc<V>> {
        let kept = self.entries.get(&id)?;
        (Some(kept.epoch) == epoch && kept.since.elapsed() < self.lifetime)
            .then(|| Arc::clone(&kept.value))
    }

    /// To be taken before reading, and handed to [`Self::put`].
    pub fn ticket(&self, epoch: Option<u64>) -> Ticket {
        Ticket { changes: self.changes.load(Ordering::Acquire), epoch }
    }

    /// Keeps a reading if nothing changed since its ticket was taken.
    pub fn put(&self, id: Uuid, value: Arc<V>, ticket: Ticket) {
        let Some(epoch) = ticket.epoch else { return };
        if self.ticket(ticket.epoch) != ticket {
            return;
        }
        if self.entries.len() >= self.capacity {
            self.entries.clear();
        }
        self.entries.insert(id, Kept { value, since: Instant::now(), epoch });
        // A change between the check above and the insertion would otherwise be missed.
        if self.ticket(ticket.epoch) != ticket {
            self.entries.remove(&id);
        }
    }

    pub fn forget(&self, id: Uuid) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.entries.remove(&id);
    }

    /// Forgets every value of which this is true.
    pub fn forget_where(&self, concerns: impl Fn(&V) -> bool) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.entries.retain(|_, kept| !concerns(&kept.value));
    }

    pub fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Option<u64> = Some(1);

    fn cache() -> EpochCache<&'static str> {
        EpochCache::new(Duration::from_secs(3600), 2)
    }

    #[test]
    fn keeps_what_was_read_until_it_changes() {
        let (cache, anna, ben) = (cache(), Uuid::new_v4(), Uuid::new_v4());
        cache.put(anna, Arc::new("a"), cache.ticket(NOW));
        cache.put(ben, Arc::new("b"), cache.ticket(NOW));
        assert_eq!(cache.get(anna, NOW).as_deref(), Some(&"a"));
        cache.forget(anna);
        assert!(cache.get(anna, NOW).is_none() && cache.get(ben, NOW).is_some());
        cache.forget_where(|value| *value == "b");
        assert!(cache.get(ben, NOW).is_none());
    }

    #[test]
    fn a_reading_older_than_a_change_is_not_kept() {
        let (cache, anna) = (cache(), Uuid::new_v4());
        let ticket = cache.ticket(NOW);
        cache.forget_all();
        cache.put(anna, Arc::new("old"), ticket);
        assert!(cache.get(anna, NOW).is_none());
    }

    #[test]
    fn nothing_is_believed_while_changes_are_not_heard() {
        let (cache, anna) = (cache(), Uuid::new_v4());
        cache.put(anna, Arc::new("a"), cache.ticket(None));
        assert!(cache.get(anna, NOW).is_none(), "read while nothing was heard");
        cache.put(anna, Arc::new("a"), cache.ticket(NOW));
        assert!(cache.get(anna, None).is_none());
        assert!(cache.get(anna, Some(2)).is_none(), "what happened in between is unknown");
    }

    #[test]
    fn grows_no_further_than_its_capacity() {
        let cache = cache();
        for _ in 0..10 {
            cache.put(Uuid::new_v4(), Arc::new("x"), cache.ticket(NOW));
        }
        assert!(cache.entries.len() <= 2);
    }
}
