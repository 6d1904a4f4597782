//! Who a cookie or token stands for, remembered for a moment, so that thousands of requests a second do not each ask
//! the database.

use super::secrets::SecretHash;
use crate::server::context::Actor;
use dashmap::DashMap;
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// The longest time that a revoked session could live if the notification of its end were lost.
const LIFETIME: Duration = Duration::from_secs(30);
/// About 300 bytes each.
const CAPACITY: usize = 20_000;

/// A person as found by a session or token.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub actor: Actor,
    pub session_id: Option<Uuid>,
}

/// Answers only while the process hears of revocations from the database; otherwise every request asks.
#[derive(Debug, Default)]
pub struct ActorCache {
    entries: DashMap<SecretHash, (Known, Instant)>,
    /// Counts revocations, so that an answer read before one is not stored after it.
    revocations: AtomicU64,
    hears_revocations: AtomicBool,
}

/// When the question to the database began.
#[derive(Clone, Copy, Debug)]
pub struct Asked(u64);

impl ActorCache {
    pub fn get(&self, hash: &SecretHash) -> Option<Known> {
        if !self.hears_revocations.load(Ordering::Acquire) {
            return None;
        }
        let entry = self.entries.get(hash)?;
        let (known, since) = entry.value();
        (since.elapsed() < LIFETIME).then(|| known.clone())
    }

    /// To be called before asking the database, and handed to [`Self::put`].
    pub fn asked(&self) -> Asked {
        Asked(self.revocations.load(Ordering::Acquire))
    }

    pub fn put(&self, hash: SecretHash, known: Known, asked: Asked) {
        if !self.hears_revocations.load(Ordering::Acquire) || self.asked().0 != asked.0 {
            return;
        }
        if self.entries.len() >= CAPACITY {
            self.entries.retain(|_, (_, since)| since.elapsed() < LIFETIME);
            if self.entries.len() >= CAPACITY {
                self.entries.clear();
            }
        }
        self.entries.insert(hash, (known, Instant::now()));
        // A revocation between the check above and the insertion would otherwise be missed.
        if self.asked().0 != asked.0 {
            self.entries.remove(&hash);
        }
    }

    /// Something of this person was revoked.
    pub fn forget(&self, user_id: Uuid) {
        self.revocations.fetch_add(1, Ordering::AcqRel);
        self.entries.retain(|_, (known, _)| known.actor.user_id != user_id);
    }

    /// Whether revocations are heard from now on. Those of the time between are unknown, so everything is forgotten.
    pub fn set_hears_revocations(&self, hears: bool) {
        self.hears_revocations.store(false, Ordering::Release);
        self.revocations.fetch_add(1, Ordering::AcqRel);
        self.entries.clear();
        self.hears_revocations.store(hears, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Role;

    fn known(user_id: Uuid) -> Known {
        Known { actor: Actor { user_id, role: Role::Member, scopes: None }, session_id: None }
    }

    #[test]
    fn forgets_a_person_at_once() {
        let cache = ActorCache::default();
        cache.set_hears_revocations(true);
        let (anna, ben) = (Uuid::new_v4(), Uuid::new_v4());
        cache.put([1; 32], known(anna), cache.asked());
        cache.put([2; 32], known(ben), cache.asked());
        cache.forget(anna);
        assert_eq!(cache.get(&[1; 32]), None);
        assert_eq!(cache.get(&[2; 32]), Some(known(ben)));
    }

    #[test]
    fn an_answer_older_than_a_revocation_is_not_kept() {
        let cache = ActorCache::default();
        cache.set_hears_revocations(true);
        let (anna, asked) = (Uuid::new_v4(), cache.asked());
        cache.forget(anna);
        cache.put([1; 32], known(anna), asked);
        assert_eq!(cache.get(&[1; 32]), None);
    }

    #[test]
    fn is_bypassed_while_revocations_are_not_heard() {
        let cache = ActorCache::default();
        let anna = Uuid::new_v4();
        cache.put([1; 32], known(anna), cache.asked());
        assert_eq!(cache.get(&[1; 32]), None);
        cache.set_hears_revocations(true);
        cache.put([1; 32], known(anna), cache.asked());
        assert!(cache.get(&[1; 32]).is_some());
        cache.set_hears_revocations(false);
        assert_eq!(cache.get(&[1; 32]), None);
        cache.set_hears_revocations(true);
        assert_eq!(cache.get(&[1; 32]), None, "what happened in between is unknown");
    }
}
