//! The right of a server to answer from memory: it ends by itself unless it is renewed, by the
//! clock of whoever looks.

use crate::server::{foundation::operator, postgres::Pool};
use sqlx::PgExecutor;
use std::{
    sync::{
        LazyLock, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;
use uuid::Uuid;

/// How long a lease lasts: for so long whoever changed something waits for a server that died
/// without a word.
pub const LENGTH: Duration = Duration::from_secs(2);
/// How far ahead the end of a lease may lie: its length, and as much again for a clock that was set
/// back a little. What lies farther ahead was written while the clock was ahead, and is nobody's.
pub(super) const FARTHEST: Duration = Duration::from_secs(2 * LENGTH.as_secs());
/// How often it is renewed.
pub(super) const RENEWAL: Duration = Duration::from_millis(500);

static START: LazyLock<Instant> = LazyLock::new(Instant::now);
static NAME: LazyLock<String> = LazyLock::new(operator::process);

/// This server's own lease, as far as it knows.
#[derive(Debug, Default)]
pub(super) struct Lease {
    /// Something is remembered here. Without that no lease is needed, and no other server waits for
    /// this one.
    required: AtomicBool,
    needed: Notify,
    /// In nanoseconds since [`START`].
    until: AtomicU64,
    /// Where the server listens, for administrators.
    address: OnceLock<String>,
}

impl Lease {
    /// Says where the server listens. Only the first one counts.
    pub(super) fn listens_at(&self, address: String) {
        let _ = self.address.set(address);
    }

    pub(super) fn require(&self) {
        if !self.required.swap(true, Ordering::AcqRel) {
            self.needed.notify_one();
        }
    }

    pub(super) fn is_required(&self) -> bool {
        self.required.load(Ordering::Acquire)
    }

    /// Returns when the first thing is to be remembered.
    pub(super) async fn needed(&self) {
        self.needed.notified().await;
    }

    /// Whether what is remembered may be answered.
    pub(super) fn holds(&self) -> bool {
        !self.is_required() || now() < self.until.load(Ordering::Acquire)
    }

    /// Takes it or renews it in the database. What comes back counts only once it is handed to
    /// [`Self::extend`].
    pub(super) async fn renew(
        &self,
        connection: impl PgExecutor<'_>,
        id: Uuid,
    ) -> Result<Renewal, sqlx::Error> {
        // Begins before the database's clock is read, so that it ends here before it ends there.
        let until = now() + LENGTH.as_nanos() as u64;
        sqlx::query!(
            "INSERT INTO servers (id, lease_until, name, address, version)
             VALUES ($1, clock_timestamp() + $2::float8 * interval '1 second', $3, $4, $5)
             ON CONFLICT (id) DO UPDATE
               SET lease_until = excluded.lease_until, address = excluded.address",
            id,
            LENGTH.as_secs_f64(),
            *NAME,
            self.address.get(),
            env!("CARGO_PKG_VERSION")
        )
        .execute(connection)
        .await?;
        let before = self.until.load(Ordering::Acquire);
        Ok(Renewal { unbroken: before == 0 || now() < before, until })
    }

    pub(super) fn extend(&self, renewal: &Renewal) {
        self.until.store(renewal.until, Ordering::Release);
    }
}

/// A lease that was renewed in the database.
#[derive(Debug)]
pub(super) struct Renewal {
    /// It held since it was first taken. Otherwise others may not have waited for this server, and
    /// what it remembers is worth nothing.
    pub(super) unbroken: bool,
    until: u64,
}

fn now() -> u64 {
    START.elapsed().as_nanos() as u64
}

/// Of the servers, those that answer from memory now.
pub(super) async fn holders(pool: &Pool) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM servers WHERE NOT is_due(lease_until, make_interval(secs => $1))",
        FARTHEST.as_secs_f64()
    )
    .fetch_all(pool)
    .await
}

/// Gives up a server's lease, and tidies away those of servers that are long gone.
pub(super) async fn end(pool: &Pool, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM servers WHERE id = $1
           OR is_due(lease_until + interval '1 hour', interval '2 hours')",
        id
    )
    .execute(pool)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_remembers_something_needs_a_lease() {
        let lease = Lease::default();
        assert!(lease.holds());
        lease.require();
        assert!(!lease.holds());
        lease.until.store(now() + 1_000_000_000, Ordering::Release);
        assert!(lease.holds());
        lease.extend(&Renewal { unbroken: true, until: now() });
        assert!(!lease.holds(), "it ends by itself");
    }
}
