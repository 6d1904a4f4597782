//! What was read from the database, remembered until a change of it is received.
//!
//! Everything is told the number of the connection over which changes are received now,
//! `Events::epoch`. Without one nothing is remembered; what was read under another one is worth
//! nothing, because a change may have been missed between the two.
//!
//! A full cache gives up what is asked for least (S3-FIFO), so that more people than it holds cost
//! only the misses of those who come seldom.

use quick_cache::sync::{self, EntryAction, EntryResult};
use std::{
    hash::Hash,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Values by key. A value is cloned when it is answered: what is large belongs behind an `Arc`.
#[derive(Debug)]
pub struct Cache<K, V> {
    entries: sync::Cache<K, Kept<V>>,
    /// Counts changes, so that what was read before one is not stored after it.
    changes: AtomicU64,
    lifetime: Duration,
}

#[derive(Clone, Debug)]
struct Kept<V> {
    value: V,
    since: Instant,
    epoch: u64,
}

/// The state of the world when a reading began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    changes: u64,
    epoch: Option<u64>,
}

impl<K: Clone + Eq + Hash, V: Clone> Cache<K, V> {
    /// `lifetime` is the longest that a value could be believed if the notification of its change
    /// were lost; `capacity` the number of values.
    pub fn new(lifetime: Duration, capacity: usize) -> Self {
        Self { entries: sync::Cache::new(capacity), changes: AtomicU64::new(0), lifetime }
    }

    pub fn get(&self, key: &K, epoch: Option<u64>) -> Option<V> {
        let kept = self.entries.get(key)?;
        (Some(kept.epoch) == epoch && kept.since.elapsed() < self.lifetime).then_some(kept.value)
    }

    /// To be taken before reading, and handed to [`Self::put`].
    pub fn ticket(&self, epoch: Option<u64>) -> Ticket {
        Ticket { changes: self.changes.load(Ordering::Acquire), epoch }
    }

    /// Keeps a reading if nothing changed since its ticket was taken.
    pub fn put(&self, key: K, value: V, ticket: Ticket) {
        self.put_unless(key, value, ticket, |_| false);
    }

    /// The same, unless what is kept already is newer. Answers whether one of the two is kept now.
    pub fn put_unless(
        &self,
        key: K,
        value: V,
        ticket: Ticket,
        is_newer: impl FnOnce(&V) -> bool,
    ) -> bool {
        let Some(epoch) = ticket.epoch else { return false };
        if self.ticket(ticket.epoch) != ticket {
            return false;
        }
        let reading = Kept { value, since: Instant::now(), epoch };
        let placed = self.entries.entry(&key, None, |_, kept| {
            if !is_newer(&kept.value) {
                *kept = reading.clone();
            }
            EntryAction::Retain(())
        });
        if let EntryResult::Vacant(place) = placed {
            // Refused when it was forgotten meanwhile.
            let _ = place.insert(reading);
        }
        // A change between the check above and the insertion would otherwise be missed.
        let holds = self.ticket(ticket.epoch) == ticket;
        if !holds {
            self.entries.remove(&key);
        }
        holds
    }

    /// Removes the value of a key if this is true of it, without there having been a change:
    /// readings that began before are kept all the same.
    pub fn discard_if(&self, key: &K, is_old: impl FnOnce(&V) -> bool) {
        self.entries.remove_if(key, |kept| is_old(&kept.value));
    }

    /// What a key stands for changed.
    pub fn forget(&self, key: &K) {
        self.forget_if(key, |_| true);
    }

    /// The same; its value goes if this is true of it.
    pub fn forget_if(&self, key: &K, is_doubtful: impl FnOnce(&V) -> bool) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.discard_if(key, is_doubtful);
    }

    /// Forgets every value of which this is true.
    pub fn forget_where(&self, is_doubtful: impl Fn(&V) -> bool) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.entries.retain(|_, kept| !is_doubtful(&kept.value));
    }

    pub fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NOW: Option<u64> = Some(1);

    fn cache() -> Cache<Uuid, &'static str> {
        Cache::new(Duration::from_secs(3600), 2)
    }

    #[test]
    fn keeps_what_was_read_until_it_changes() {
        let (cache, anna, ben) = (cache(), Uuid::new_v4(), Uuid::new_v4());
        cache.put(anna, "a", cache.ticket(NOW));
        cache.put(ben, "b", cache.ticket(NOW));
        assert_eq!(cache.get(&anna, NOW), Some("a"));
        cache.forget(&anna);
        assert!(cache.get(&anna, NOW).is_none() && cache.get(&ben, NOW).is_some());
        cache.forget_where(|value| *value == "b");
        assert!(cache.get(&ben, NOW).is_none());
    }

    #[test]
    fn a_reading_older_than_a_change_is_not_kept() {
        let (cache, anna) = (cache(), Uuid::new_v4());
        let ticket = cache.ticket(NOW);
        cache.forget_all();
        cache.put(anna, "old", ticket);
        assert!(cache.get(&anna, NOW).is_none());
    }

    #[test]
    fn nothing_is_believed_while_changes_are_not_received() {
        let (cache, anna) = (cache(), Uuid::new_v4());
        cache.put(anna, "a", cache.ticket(None));
        assert!(cache.get(&anna, NOW).is_none(), "read while nothing was received");
        cache.put(anna, "a", cache.ticket(NOW));
        assert!(cache.get(&anna, None).is_none());
        assert!(cache.get(&anna, Some(2)).is_none(), "what happened in between is unknown");
    }

    #[test]
    fn nothing_is_believed_longer_than_its_lifetime() {
        let (cache, anna) = (Cache::new(Duration::ZERO, 2), Uuid::new_v4());
        cache.put(anna, "a", cache.ticket(NOW));
        assert!(cache.get(&anna, NOW).is_none());
    }

    #[test]
    fn what_is_newer_stays() {
        let (cache, anna) = (Cache::new(Duration::from_secs(3600), 2), Uuid::new_v4());
        for (version, kept) in [(2, 2), (1, 2), (3, 3)] {
            let ticket = cache.ticket(NOW);
            assert!(cache.put_unless(anna, version, ticket, |known| *known > version));
            assert_eq!(cache.get(&anna, NOW), Some(kept));
        }
        cache.forget_if(&anna, |version| *version < 3);
        assert_eq!(cache.get(&anna, NOW), Some(3));
    }

    #[test]
    fn grows_no_further_than_its_capacity() {
        let cache = cache();
        for _ in 0..10 {
            cache.put(Uuid::new_v4(), "x", cache.ticket(NOW));
        }
        assert!(cache.entries.len() <= 2);
    }

    #[test]
    fn one_place_holds_one_value() {
        let cache = Cache::new(Duration::from_secs(3600), 1);
        for name in ["first", "second"] {
            cache.put(Uuid::nil(), name, cache.ticket(NOW));
            assert_eq!(cache.get(&Uuid::nil(), NOW), Some(name));
        }
    }

    /// One more person than there is room for must not cost all the others their place.
    #[test]
    fn what_is_asked_for_again_and_again_stays_when_it_is_full() {
        const CAPACITY: u64 = 1000;
        let cache = Cache::new(Duration::from_secs(3600), CAPACITY as usize);
        for person in 0..CAPACITY {
            cache.put(person, (), cache.ticket(NOW));
        }
        let (mut asked, mut missed) = (0, 0);
        for stranger in CAPACITY..20 * CAPACITY {
            cache.put(stranger, (), cache.ticket(NOW));
            let regular = stranger % 10;
            asked += 1;
            if cache.get(&regular, NOW).is_none() {
                missed += 1;
                cache.put(regular, (), cache.ticket(NOW));
            }
        }
        assert!(cache.entries.len() as u64 <= CAPACITY);
        assert_eq!(missed, 0, "of {asked}");
    }
}
