//! How much one person may have done at once, so that nobody can take everything: not by sixty
//! saves of the same second, and not by sixty pages. What is more waits for a moment, in order, and
//! is then refused.
//!
//! Counted in each server process: what is shared out is its connections to the database.

use super::error::ServiceError;
use crate::domain::error_code::ErrorCode;
use dashmap::DashMap;
use std::{
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use uuid::Uuid;

/// What a share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Whatever may ask the database.
    Work,
    /// Streams of events, which wait nearly all of the time.
    Events,
    /// Generations, which wait for Claude. What they do in the database is [`Kind::Work`] of its
    /// own.
    Generations,
    /// Downloads, which wait for whoever receives them.
    Downloads,
}

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    Person(Uuid),
    /// Nobody is signed in: the address, or its /64 network; whoever has one IPv6 address has all
    /// of those.
    Address(Option<IpAddr>),
}

impl Whose {
    pub fn address(ip: Option<IpAddr>) -> Self {
        Self::Address(ip.map(|ip| match ip.to_canonical() {
            IpAddr::V4(ip) => ip.into(),
            IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !0 << 64).into(),
        }))
    }
}

impl Kind {
    /// At once, for each person and address. The pool has 20 connections.
    fn at_once(self) -> usize {
        match self {
            Self::Work => 8,
            Self::Events | Self::Downloads => 64,
            // As many as an AI configuration may allow.
            Self::Generations => 1000,
        }
    }
}

/// How many may wait for their turn, and how long.
const WAITING: usize = 100;
const PATIENCE: Duration = Duration::from_secs(5);
/// When it is worth asking again, in seconds.
const RETRY_AFTER: u32 = 1;

type Taken = DashMap<(Kind, Whose), Arc<Semaphore>>;

/// What everybody has taken. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shares {
    taken: Arc<Taken>,
    patience: Duration,
}

impl Default for Shares {
    fn default() -> Self {
        Self { taken: Arc::default(), patience: PATIENCE }
    }
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Share {
    /// Always there until the share is dropped.
    permit: Option<OwnedSemaphorePermit>,
    key: (Kind, Whose),
    taken: Arc<Taken>,
}

impl Shares {
    /// A place for a request. Work waits for a moment for one; a stream, whose place is not free so
    /// soon, does not.
    ///
    /// # Errors
    /// 429 `too_many_at_once`.
    pub async fn take(&self, kind: Kind, whose: Whose) -> Result<Share, ServiceError> {
        let patience = if kind == Kind::Work { self.patience } else { Duration::ZERO };
        let semaphore = self.semaphore(kind, whose);
        // One for the map and one here; the others are taken or wait.
        if Arc::strong_count(&semaphore) - 2 >= kind.at_once() + WAITING {
            return Err(too_many(kind));
        }
        let mut share = self.share(kind, whose);
        let acquired = timeout(patience, semaphore.acquire_owned()).await;
        share.permit = acquired.ok().and_then(Result::ok);
        if share.permit.is_some() { Ok(share) } else { Err(too_many(kind)) }
    }

    /// The way to a person's work for what is no request of its own.
    pub fn work_of(&self, user_id: Uuid) -> Work {
        Work { shares: self.clone(), user_id }
    }

    fn semaphore(&self, kind: Kind, whose: Whose) -> Arc<Semaphore> {
        let entry = self.taken.entry((kind, whose));
        entry.or_insert_with(|| Arc::new(Semaphore::new(kind.at_once()))).clone()
    }

    /// Made before waiting, so that nothing stays behind when whoever waits goes away.
    fn share(&self, kind: Kind, whose: Whose) -> Share {
        Share { permit: None, key: (kind, whose), taken: Arc::clone(&self.taken) }
    }
}

/// A person's places for what goes on beside their requests or outlives them. Whoever asks the
/// database takes one, and gives it back before anything else is waited for.
#[derive(Clone, Debug)]
pub struct Work {
    shares: Shares,
    user_id: Uuid,
}

impl Work {
    /// A place, however long it takes: a generation has to be billed.
    pub async fn take(&self) -> Share {
        let whose = Whose::Person(self.user_id);
        let semaphore = self.shares.semaphore(Kind::Work, whose);
        let mut share = self.shares.share(Kind::Work, whose);
        // It is never closed.
        share.permit = semaphore.acquire_owned().await.ok();
        share
    }
}

/// The place of one request, for what it consists of: a page loads its parts side by side, and only
/// one of them at a time asks the database.
#[derive(Clone, Debug)]
pub struct Turns {
    /// Weak: whoever keeps the page's parts does not keep its place.
    share: Weak<Share>,
    one: Arc<Semaphore>,
}

/// A part's turn, with the place of its request: it may go on when nobody waits for that any more.
#[derive(Debug)]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
    _share: Arc<Share>,
}

impl Turns {
    pub fn of(share: &Arc<Share>) -> Self {
        Self { share: Arc::downgrade(share), one: Arc::new(Semaphore::new(1)) }
    }

    /// Waits for the others; `None` once the request is over.
    pub async fn take(&self) -> Option<Turn> {
        let permit = Arc::clone(&self.one).acquire_owned().await.ok()?;
        Some(Turn { _permit: permit, _share: self.share.upgrade()? })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Back first: the permit refers to what is removed when nobody else does.
        self.permit = None;
        self.taken.remove_if(&self.key, |_, semaphore| Arc::strong_count(semaphore) == 1);
    }
}

fn too_many(kind: Kind) -> ServiceError {
    let message = match kind {
        Kind::Work => {
            "Too many requests of yours are being answered at this moment. Wait until some are, \
                then try again."
        }
        Kind::Events => {
            "Too many pages of yours are open. Close some; this one is up to date when you reload \
                it."
        }
        Kind::Generations => {
            "Too many generations of yours are running. Wait until some end, then try again."
        }
        Kind::Downloads => {
            "Too many downloads of yours are running. Wait until some end, then try again."
        }
    };
    ServiceError::Limited {
        code: ErrorCode::TooManyAtOnce,
        message: message.into(),
        retry_after: RETRY_AFTER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;

    fn ann() -> Whose {
        Whose::Person(Uuid::from_u128(1))
    }

    fn shares() -> Shares {
        Shares { patience: Duration::from_millis(50), ..Shares::default() }
    }

    #[tokio::test]
    async fn nobody_takes_more_than_their_share() {
        let shares = shares();
        let work = || shares.take(Kind::Work, ann());
        let mut held = join_all((0..8).map(|_| work())).await;
        assert!(held.iter().all(Result::is_ok));
        let refused = work().await.unwrap_err().into_api("r");
        assert_eq!((refused.status, refused.code), (429, ErrorCode::TooManyAtOnce));
        assert!(refused.retry_after.is_some());
        // Others, and other kinds, are not concerned.
        assert!(shares.take(Kind::Work, Whose::Person(Uuid::from_u128(2))).await.is_ok());
        assert!(shares.take(Kind::Events, ann()).await.is_ok());
        // Who waits is next.
        let (next, ()) = tokio::join!(work(), async { drop(held.pop()) });
        assert!(next.is_ok());
    }

    #[tokio::test]
    async fn only_so_many_wait() {
        let shares = Shares { patience: Duration::from_secs(3600), ..shares() };
        let held = join_all((0..8).map(|_| shares.take(Kind::Work, ann()))).await;
        let wait = async || shares.take(Kind::Work, ann()).await.is_ok();
        let waiting = join_all((0..WAITING).map(|_| wait()));
        let late = async {
            // It does not wait at all.
            assert!(!wait().await);
            drop(held);
        };
        let (waited, ()) = tokio::join!(waiting, late);
        assert!(waited.into_iter().all(|taken| taken));
    }

    #[tokio::test]
    async fn nothing_is_remembered_of_those_who_are_done() {
        let shares = shares();
        let held = join_all((0..8).map(|_| shares.take(Kind::Work, ann()))).await;
        assert!(shares.take(Kind::Work, ann()).await.is_err());
        let gone = shares.work_of(Uuid::from_u128(1));
        let gone = timeout(shares.patience, gone.take());
        assert!(gone.await.is_err());
        drop(held);
        assert!(shares.taken.is_empty());
    }

    #[tokio::test]
    async fn issue_13_1_2_the_parts_of_a_request_take_turns_and_keep_its_place() {
        let shares = shares();
        let share = Arc::new(shares.take(Kind::Work, ann()).await.unwrap());
        let turns = Turns::of(&share);
        let turn = turns.take().await.expect("the first");
        assert!(timeout(shares.patience, turns.take()).await.is_err(), "one at a time");
        drop(share);
        assert!(!shares.taken.is_empty(), "a part that goes on has the place of its request");
        drop(turn);
        assert!(shares.taken.is_empty());
        assert!(turns.take().await.is_none(), "nothing begins after the request");
    }

    #[test]
    fn an_ipv6_customer_is_one_address() {
        let of = |text: &str| Whose::address(text.parse().ok());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:2::9"), of("2001:db8:1:3::9"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
    }
}
