//! Who a cookie or token stands for, remembered for a moment, so that thousands of requests a
//! second do not each ask the database.

use super::secrets::SecretHash;
use crate::server::foundation::{
    cache::{Cache, Ticket},
    context::Actor,
};
use chrono::{DateTime, Utc};
use std::{sync::Arc, time::Duration};
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
    /// The name of the token.
    pub client: Option<Arc<str>>,
    /// When the session or token ends by itself, if it does. A session that is used moves on.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Known {
    fn has_expired(&self) -> bool {
        self.expires_at.is_some_and(|time| time <= Utc::now())
    }
}

/// Who is known by which secret, as [`Cache`] keeps it.
#[derive(Debug)]
pub struct ActorCache(Cache<SecretHash, Known>);

impl Default for ActorCache {
    fn default() -> Self {
        Self(Cache::new(LIFETIME, CAPACITY))
    }
}

impl ActorCache {
    pub fn get(&self, hash: &SecretHash, epoch: Option<u64>) -> Option<Known> {
        // Whether what has expired was prolonged meanwhile, the database knows.
        self.0.get(hash, epoch).filter(|known| !known.has_expired())
    }

    /// To be taken before asking the database, and handed to [`Self::put`].
    pub fn ticket(&self, epoch: Option<u64>) -> Ticket {
        self.0.ticket(epoch)
    }

    pub fn put(&self, hash: SecretHash, known: Known, ticket: Ticket) {
        self.0.put(hash, known, ticket);
    }

    /// Something of this person was revoked.
    pub fn forget(&self, user_id: Uuid) {
        self.0.forget_where(|known| known.actor.user_id == user_id);
    }

    /// Revocations may have been missed.
    pub fn forget_all(&self) {
        self.0.forget_all();
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
            client: None,
            expires_at: None,
        }
    }

    #[test]
    fn forgets_a_person_at_once() {
        let cache = ActorCache::default();
        let (anna, ben) = (Uuid::new_v4(), Uuid::new_v4());
        cache.put([1; 32], known(anna), cache.ticket(NOW));
        cache.put([2; 32], known(ben), cache.ticket(NOW));
        cache.forget(anna);
        assert_eq!(cache.get(&[1; 32], NOW), None);
        assert_eq!(cache.get(&[2; 32], NOW), Some(known(ben)));
        cache.forget_all();
        assert_eq!(cache.get(&[2; 32], NOW), None);
    }

    #[test]
    fn an_answer_older_than_a_revocation_is_not_kept() {
        let cache = ActorCache::default();
        let (anna, ticket) = (Uuid::new_v4(), cache.ticket(NOW));
        cache.forget(anna);
        cache.put([1; 32], known(anna), ticket);
        assert_eq!(cache.get(&[1; 32], NOW), None);
    }

    #[test]
    fn what_has_expired_is_not_answered_from_memory() {
        let cache = ActorCache::default();
        let expiring = |expires_at| Known { expires_at: Some(expires_at), ..known(Uuid::new_v4()) };
        let (over, valid) = (expiring(Utc::now()), expiring(Utc::now() + TimeDelta::days(1)));
        cache.put([1; 32], over, cache.ticket(NOW));
        cache.put([2; 32], valid.clone(), cache.ticket(NOW));
        assert_eq!(cache.get(&[1; 32], NOW), None);
        assert_eq!(cache.get(&[2; 32], NOW), Some(valid));
    }

    #[test]
    fn is_bypassed_while_revocations_are_not_received() {
        let cache = ActorCache::default();
        let anna = Uuid::new_v4();
        cache.put([1; 32], known(anna), cache.ticket(None));
        assert_eq!(cache.get(&[1; 32], NOW), None, "asked while nothing was received");
        cache.put([1; 32], known(anna), cache.ticket(NOW));
        assert!(cache.get(&[1; 32], NOW).is_some());
        assert_eq!(cache.get(&[1; 32], None), None);
        assert_eq!(cache.get(&[1; 32], Some(2)), None, "what happened in between is unknown");
    }
}
