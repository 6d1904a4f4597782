//! Connections of a pool, and what is taken from it. Everything that waits for one asks
//! [`checkout`](super::checkout) first.

#![allow(clippy::disallowed_types, reason = "the one place that names them")]

use super::checkout::{Checkout, before_waiting};
use futures::{future::BoxFuture, stream::BoxStream};
use sqlx::{
    Either, Execute, Executor, PgConnection, PgPool, Postgres, SqlSafeStr, SqlStr,
    pool::PoolConnection,
    postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo},
};
use std::ops::{Deref, DerefMut};

/// A pool of connections. A statement on it takes a connection for itself; [`begin`](Self::begin)
/// and [`acquire`](Self::acquire) hold one from the call on, while they still wait for it, and
/// until it is given back the same request or task may take no other, from no pool. Were it counted
/// only once it is there, two that are joined in one task would be found out now and then, by who
/// is faster.
#[derive(Clone, Debug)]
pub struct Pool(PgPool);

impl Pool {
    pub(super) fn new(pool: PgPool) -> Self {
        Self(pool)
    }

    /// A connection of one's own, until it is dropped.
    ///
    /// # Errors
    /// No connection in time, or a database that does not answer.
    #[track_caller]
    pub fn acquire(&self) -> impl Future<Output = Result<Connection, sqlx::Error>> + Send + use<> {
        before_waiting();
        let (pool, checkout) = (self.0.clone(), Checkout::take());
        async move { Ok(Connection { inner: pool.acquire().await?, _checkout: checkout }) }
    }

    /// A transaction; see [`begin_with`](Self::begin_with).
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    #[track_caller]
    pub fn begin(&self) -> impl Future<Output = Result<Transaction, sqlx::Error>> + Send + use<> {
        self.begin_with("BEGIN")
    }

    /// Begins a transaction. `statement`: `BEGIN`, with whatever belongs to it in the same round
    /// trip.
    ///
    /// It is begun to its end even when nobody waits any more, as when a browser goes away in the
    /// middle of its request; then it is rolled back. sqlx 0.9 takes note of a transaction only
    /// after the answer to `BEGIN`: a future that is dropped before would give a connection back to
    /// the pool that is still in a transaction, in the role of whoever asked, and what the next one
    /// saves on it would not be committed. So this is the only way to begin one.
    ///
    /// # Errors
    /// As [`acquire`](Self::acquire).
    #[track_caller]
    pub fn begin_with<S: SqlSafeStr>(
        &self,
        statement: S,
    ) -> impl Future<Output = Result<Transaction, sqlx::Error>> + Send + use<S> {
        before_waiting();
        let (pool, statement) = (self.0.clone(), statement.into_sql_str());
        let checkout = Checkout::take();
        async move {
            let beginning = tokio::spawn(async move { pool.begin_with(statement).await });
            let inner = beginning
                .await
                .map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))??;
            Ok(Transaction { inner, _checkout: checkout })
        }
    }

    /// Connections that are open.
    pub fn size(&self) -> u32 {
        self.0.size()
    }

    /// Those of them that wait for work.
    pub fn num_idle(&self) -> usize {
        self.0.num_idle()
    }

    /// The most that may be open.
    pub fn max_connections(&self) -> u32 {
        self.0.options().get_max_connections()
    }

    /// Takes nobody in any more, and returns once all connections are given back and closed.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

impl<'p> Executor<'p> for &'_ Pool {
    type Database = Postgres;

    #[track_caller]
    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        before_waiting();
        (&self.0).fetch_many(query)
    }

    #[track_caller]
    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        before_waiting();
        (&self.0).fetch_optional(query)
    }

    #[track_caller]
    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        before_waiting();
        (&self.0).prepare_with(sql, parameters)
    }

    #[track_caller]
    fn describe<'e>(
        self,
        sql: SqlStr,
    ) -> BoxFuture<'e, Result<sqlx::Describe<Postgres>, sqlx::Error>>
    where
        'p: 'e,
    {
        before_waiting();
        (&self.0).describe(sql)
    }
}

/// A connection that is held.
#[derive(Debug)]
pub struct Connection {
    inner: PoolConnection<Postgres>,
    _checkout: Checkout,
}

impl Connection {
    /// Closes it in the end instead of giving it back: its settings are no longer those of the
    /// others.
    pub fn close_on_drop(&mut self) {
        self.inner.close_on_drop();
    }
}

impl Deref for Connection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

/// A transaction, rolled back when it is dropped before [`commit`](Self::commit).
#[derive(Debug)]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Postgres>,
    _checkout: Checkout,
}

impl Transaction {
    /// Keeps what was done in it, and gives the connection back.
    ///
    /// # Errors
    /// When the database does not answer; whether it was kept is then unknown.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.inner.commit().await
    }

    /// Waits until no other transaction holds `slot`, and holds it to the end: for what is counted
    /// before it is made, such as a limit per person. What follows as a statement of its own sees
    /// what the others left.
    ///
    /// # Errors
    /// When the wait is too long, or the database does not answer.
    pub async fn one_by_one(&mut self, slot: &str) -> Result<(), sqlx::Error> {
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", slot)
            .execute(&mut **self)
            .await
            .map(drop)
    }

    /// Takes back what was done in it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.inner.rollback().await
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use sqlx::postgres::PgPoolOptions;
    use std::panic::AssertUnwindSafe;

    /// Whether the work at hand may ask for a connection.
    async fn may_ask(pool: &Pool) -> bool {
        AssertUnwindSafe(async { drop(pool.begin()) }).catch_unwind().await.is_ok()
    }

    #[tokio::test]
    async fn whoever_waits_for_a_connection_asks_for_no_other() {
        let pool =
            Pool::new(PgPoolOptions::new().connect_lazy("postgres://nobody@localhost").unwrap());
        let beginning = pool.begin();
        assert!(!may_ask(&pool).await, "whether or not the first has it already");
        // What is said to be another piece of work waits beside it.
        assert!(super::super::apart(may_ask(&pool)).await);
        drop(beginning);
        let acquiring = pool.acquire();
        assert!(!may_ask(&pool).await);
        drop(acquiring);
        assert!(may_ask(&pool).await);
    }
}
