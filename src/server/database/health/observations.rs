//! What alerts are made of: of each kind of trouble the objects that may have it, the worst first
//! and never more than some hundreds, however large the database is. `Unavailable` means that
//! nothing is known, which neither raises nor resolves an alert.

use super::{connections, counters, indexes, overview, queries, reader::panel, tables};
use crate::{
    domain::database::{
        BlockedSession, IndexRow, Interval, Panel, PreparedTransaction, QueryRow, SequenceUse,
        Session, Slot, TableRow, Usage, Wraparound,
    },
    server::postgres::Database,
};
use std::time::Duration;

/// One look at the whole database.
#[derive(Clone, Debug, PartialEq)]
pub struct Observations {
    /// Tables of at least 50 MB whose bloat is known, the most bloated first.
    pub bloated_tables: Panel<Vec<TableRow>>,
    /// Tables that autovacuum's formula calls due for vacuum or analyze, of either kind those first
    /// whose last one is the longest ago.
    pub overdue_tables: Panel<Vec<TableRow>>,
    /// Unused (≥ 10 MB), duplicate and invalid ones.
    pub troubled_indexes: Panel<Vec<IndexRow>>,
    /// With the highest mean time or the largest share of the time.
    pub slow_queries: Panel<Vec<QueryRow>>,
    pub interval: Panel<Interval>,
    pub connections: Panel<Usage>,
    pub idle_in_transaction: Panel<Vec<Session>>,
    pub long_queries: Panel<Vec<Session>>,
    pub blocking: Panel<Vec<BlockedSession>>,
    pub wraparound: Panel<Wraparound>,
    pub sequences: Panel<Vec<SequenceUse>>,
    /// Since the statistics' last reset.
    pub checksum_failures: Panel<i64>,
    pub slots: Panel<Vec<Slot>>,
    pub prepared_transactions: Panel<Vec<PreparedTransaction>>,
}

impl Default for Observations {
    /// Nothing is known.
    fn default() -> Self {
        fn unknown<T>() -> Panel<T> {
            Panel::unavailable("It was not looked at yet.")
        }
        Self {
            bloated_tables: unknown(),
            overdue_tables: unknown(),
            troubled_indexes: unknown(),
            slow_queries: unknown(),
            interval: unknown(),
            connections: unknown(),
            idle_in_transaction: unknown(),
            long_queries: unknown(),
            blocking: unknown(),
            wraparound: unknown(),
            sequences: unknown(),
            checksum_failures: unknown(),
            slots: unknown(),
            prepared_transactions: unknown(),
        }
    }
}

/// Looks at everything. The cheap things first and the long lists after them, so that the lists do
/// not take the connections that the others wait for.
pub(super) async fn observe(database: &Database, unused_after: Duration) -> Observations {
    let (interval, connections, idle_in_transaction, long_queries, blocking) = tokio::join!(
        panel("The figures of the last interval", counters::interval(database)),
        panel("The connections", connections::usage(database)),
        panel("Idle transactions", connections::idle_in_transaction(database)),
        panel("The running statements", connections::long_queries(database)),
        panel("Who waits for whom", connections::blocking(database)),
    );
    let (wraparound, sequences, checksum_failures, slots, prepared_transactions) = tokio::join!(
        panel("The age of the oldest rows", overview::wraparound(database)),
        panel("The sequences", overview::sequences(database)),
        panel("Failures of checksums", overview::checksum_failures(database)),
        panel("The replication slots", overview::slots(database)),
        panel("Prepared transactions", overview::prepared_transactions(database)),
    );
    let (bloated_tables, overdue_tables, troubled_indexes, slow_queries) = tokio::join!(
        panel("The bloated tables", tables::bloated(database)),
        panel("The overdue tables", tables::overdue(database)),
        panel("The indexes", indexes::troubled(database, unused_after)),
        panel("The statements", queries::slowest(database)),
    );
    Observations {
        bloated_tables,
        overdue_tables,
        troubled_indexes,
        slow_queries,
        interval,
        connections,
        idle_in_transaction,
        long_queries,
        blocking,
        wraparound,
        sequences,
        checksum_failures,
        slots,
        prepared_transactions,
    }
}
