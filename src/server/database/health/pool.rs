//! The connections that this server process holds.

use crate::{domain::database::PoolView, server::postgres::Database};
use std::time::Instant;

/// How long a request waits for a connection just now; nothing when there was none in time.
pub(super) async fn waited(database: &Database) -> Option<f64> {
    let started = Instant::now();
    let connection = database.pool().acquire().await.ok()?;
    let waited = started.elapsed();
    drop(connection);
    Some(waited.as_secs_f64() * 1000.0)
}

/// Those for requests, and those for reading what the database does and for maintaining it: all of
/// them count where the connections of the database run out.
pub(super) fn view(database: &Database, wait_ms: Option<f64>) -> PoolView {
    let pools = [database.pool(), database.operations()];
    let idle: usize = pools.iter().map(|pool| pool.num_idle()).sum();
    PoolView {
        size: pools.iter().map(|pool| pool.size()).sum(),
        idle: u32::try_from(idle).unwrap_or(u32::MAX),
        max: pools.iter().map(|pool| pool.max_connections()).sum(),
        wait_ms,
    }
}
