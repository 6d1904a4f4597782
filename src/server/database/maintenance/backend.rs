//! A session of PostgreSQL that runs an operation.

use crate::server::database::health::Signal;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A session for good: numbers of processes come again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backend {
    pub pid: i32,
    pub start: DateTime<Utc>,
}

impl Backend {
    /// That of a connection. Before it becomes the owner, who may not see this everywhere.
    pub async fn of(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        sqlx::query_as!(
            Self,
            r#"SELECT pid AS "pid!", backend_start AS "start!" FROM pg_stat_activity
               WHERE pid = pg_backend_pid()"#
        )
        .fetch_one(connection)
        .await
    }

    /// "active" while it works; `None` when it is gone.
    pub async fn state(self, watcher: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"SELECT coalesce(state, 'active') AS "state!" FROM pg_stat_activity
               WHERE pid = $1 AND backend_start = $2"#,
            self.pid,
            self.start
        )
        .fetch_optional(watcher)
        .await
    }

    /// Ends its statement or all of it, if it is still there.
    pub async fn signal(
        self,
        watcher: &mut PgConnection,
        signal: Signal,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "SELECT CASE WHEN $3 THEN pg_terminate_backend(pid) ELSE pg_cancel_backend(pid) END
             FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2",
            self.pid,
            self.start,
            signal == Signal::Terminate
        )
        .fetch_optional(watcher)
        .await
        .map(drop)
    }
}
