//! Transactions that are begun whole or not at all.

use sqlx::{PgPool, Postgres, SqlSafeStr, Transaction};

/// Begins a transaction on a connection of the pool. `statement`: `BEGIN`, with whatever belongs to it in the same round trip.
///
/// It is begun to its end even when nobody waits any more, as when a browser goes away in the middle of its request; then it is rolled
/// back. sqlx 0.9 takes note of a transaction only after the answer to `BEGIN`: a future that is dropped before would give a connection
/// back to the pool that is still in a transaction, in the role of whoever asked, and what the next one saves on it would not be committed.
/// So nothing in the server begins a transaction of a pool in another way.
///
/// # Errors
/// As from the pool: no connection in time, or a database that does not answer.
pub async fn begin(
    pool: &PgPool,
    statement: impl SqlSafeStr,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let (pool, statement) = (pool.clone(), statement.into_sql_str());
    let begun = tokio::spawn(async move { pool.begin_with(statement).await });
    begun.await.unwrap_or_else(|error| Err(sqlx::Error::Io(std::io::Error::other(error))))
}
