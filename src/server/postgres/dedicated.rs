//! A connection beside the pool, for one task that asks the same over and over.

use super::{SESSION, UNTRIED, WAIT_FOR_CONNECTION};
use crate::server::foundation::error::ServiceError;
use sqlx::{Connection as _, Executor, PgConnection, postgres::PgConnectOptions};
use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};
use tokio::time::timeout;

/// A connection for one kind of statement. Its process of PostgreSQL has the plans and the catalog
/// at hand, where a pool would go round all of its connections, and it is tried neither before nor
/// after a statement. Opened when it is needed, and again after it broke.
#[derive(Debug)]
pub struct Dedicated {
    options: PgConnectOptions,
    /// While nobody uses it, with the time since when.
    idle: Mutex<Option<(PgConnection, Instant)>>,
}

impl Dedicated {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self { options, idle: Mutex::default() }
    }

    /// The connection, until it is given to [`keep`](Self::keep). A second taker gets another.
    ///
    /// # Errors
    /// No connection in time, or a database that does not answer.
    pub async fn take(&self) -> Result<PgConnection, sqlx::Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((mut connection, since)) = idle
            && (since.elapsed() < UNTRIED
                || matches!(timeout(WAIT_FOR_CONNECTION, connection.ping()).await, Ok(Ok(()))))
        {
            return Ok(connection);
        }
        let open = async {
            let mut connection = PgConnection::connect_with(&self.options).await?;
            connection.execute(SESSION).await?;
            Ok(connection)
        };
        timeout(WAIT_FOR_CONNECTION, open).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Keeps the connection for the next statement, unless the answer to the last one leaves doubt
    /// about it.
    pub fn keep<T>(&self, connection: PgConnection, answer: &Result<T, sqlx::Error>) {
        let is_sound = answer.as_ref().err().is_none_or(|error| {
            error.as_database_error().is_some() && !ServiceError::is_unavailable(error)
        });
        if is_sound {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            *idle = Some((connection, Instant::now()));
        }
    }
}
