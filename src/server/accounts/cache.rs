//! Who a cookie or token stands for, remembered for a moment, so that thousands of requests a
//! second do not each ask the database.

use super::secrets::SecretHash;
use crate::server::context::Actor;
use chrono::{DateTime, Utc};
use dashmap::DashMap;
use std::{
    sync::atomic::{AtomicU64, Ordering},
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
    /// When the session or token ends by itself, if it does. A session that is used moves on.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Known {
    fn has_expired(&self) -> bool {
        self.expires_at.is_some_and(|time| time <= Utc::now())
    }
}

/// Everything is told the number of the connection over which revocations are heard now,
/// `Events::epoch`. Without one nothing is remembered and every request asks; what was remembered
/// under another one is worth nothing.
#[derive(Debug, Default)]
pub struct ActorCache {
    entries: DashMap<SecretHash, Entry>,
    /// Counts revocations, so that an answer read before one is not stored after it.
    revocations: AtomicU64,
}

#[derive(Debug)]
struct Entry {
    known: Known,
    since: Instant,
    epoch: u64,
}

/// When the question to the database began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    revocations: u64,
    epoch: Option<u64>,
}

impl ActorCache {
    pub fn get(&self, hash: &SecretHash, epoch: Option<u64>) -> Option<Known> {
        let entry = self.entries.get(hash)?;
        // Whether what has expired was prolonged meanwhile, the database knows.
        let holds = Some(entry.epoch) == epoch
            && entry.since.elapsed() < LIFETIME
            && !entry.known.has_expired();
        holds.then(|| entry.known.clone())
    }

    /// To be called before asking the database, and handed to [`Self::put`].
    pub fn asked(&self, epoch: Option<u64>) -> Asked {
        Asked { revocations: self.revocations.load(Ordering::Acquire), epoch }
    }

    pub fn put(&self, hash: SecretHash, known: Known, asked: Asked) {
        let Some(epoch) = asked.epoch else { return };
        if self.asked(asked.epoch) != asked {
            return;
        }
        if self.entries.len() >= CAPACITY {
            self.entries.retain(|_, entry| entry.since.elapsed() < LIFETIME);
            if self.entries.len() >= CAPACITY {
                self.entries.clear();
            }
        }
        self.entries.insert(hash, Entry { known, since: Instant::now(), epoch });
        // A revocation between the check above and the insertion would otherwise be missed.
        if self.asked(asked.epoch) != asked {
            self.entries.remove(&hash);
        }
    }

    /// Something of this person was revoked.
    pub fn forget(&self, user_id: Uuid) {
        self.revocations.fetch_add(1, Ordering::AcqRel);
        self.entries.retain(|_, entry| entry.known.actor.user_id != user_id);
    }

    /// Revocations may have been missed.
    pub fn forget_all(&self) {
        self.revocations.fetch_add(1, Ordering::AcqRel);
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounts::Role;
    use chrono::TimeDelta;

    const NOW: Option<u64> = Some(1);

    fn known(user_id: Uuid) -> Known {
        Known {
            actor: Actor { user_id, role: Role::Member, scopes: None },
            session_id: None,
            expires_at: None,
        }
    }

    #[test]
    fn forgets_a_person_at_once() {
        let cache = ActorCache::default();
        let (anna, ben) = (Uuid::new_v4(), Uuid::new_v4());
        cache.put([1; 32], known(anna), cache.asked(NOW));
        cache.put([2; 32], known(ben), cache.asked(NOW));
        cache.forget(anna);
        assert_eq!(cache.get(&[1; 32], NOW), None);
        assert_eq!(cache.get(&[2; 32], NOW), Some(known(ben)));
        cache.forget_all();
        assert_eq!(cache.get(&[2; 32], NOW), None);
    }

    #[test]
    fn an_answer_older_than_a_revocation_is_not_kept() {
        let cache = ActorCache::default();
        let (anna, asked) = (Uuid::new_v4(), cache.asked(NOW));
        cache.forget(anna);
        cache.put([1; 32], known(anna), asked);
        assert_eq!(cache.get(&[1; 32], NOW), None);
    }

    #[test]
    fn what_has_expired_is_not_answered_from_memory() {
        let cache = ActorCache::default();
        let expiring = |expires_at| Known { expires_at: Some(expires_at), ..known(Uuid::new_v4()) };
        let (over, valid) = (expiring(Utc::now()), expiring(Utc::now() + TimeDelta::days(1)));
        cache.put([1; 32], over, cache.asked(NOW));
        cache.put([2; 32], valid.clone(), cache.asked(NOW));
        assert_eq!(cache.get(&[1; 32], NOW), None);
        assert_eq!(cache.get(&[2; 32], NOW), Some(valid));
    }

    #[test]
    fn is_bypassed_while_revocations_are_not_heard() {
        let cache = ActorCache::default();
        let anna = Uuid::new_v4();
        cache.put([1; 32], known(anna), cache.asked(None));
        assert_eq!(cache.get(&[1; 32], NOW), None, "asked while nothing was heard");
        cache.put([1; 32], known(anna), cache.asked(NOW));
        assert!(cache.get(&[1; 32], NOW).is_some());
        assert_eq!(cache.get(&[1; 32], None), None);
        assert_eq!(cache.get(&[1; 32], Some(2)), None, "what happened in between is unknown");
    }
}
