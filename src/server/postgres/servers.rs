//! Which servers there are, for administrators. As the system: the list is nobody's.

use super::{Database, LEASE};
use crate::domain::admin::ServerView;

impl Database {
    /// The newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn servers(&self) -> Result<Vec<ServerView>, sqlx::Error> {
        sqlx::query_as!(
            ServerView,
            r#"SELECT id, name, address, version, started_at,
                 lease_until - make_interval(secs => $2) AS "seen_at!",
                 NOT is_due(lease_until, make_interval(secs => $2 * 2)) AS "alive!",
                 id = $1 AS "own!"
               FROM public.servers ORDER BY started_at DESC, id LIMIT 100"#,
            self.events().server_id(),
            LEASE.as_secs_f64()
        )
        .fetch_all(self.pool())
        .await
    }

    /// The version of PostgreSQL.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn version(&self) -> Result<String, sqlx::Error> {
        sqlx::query_scalar!(r#"SELECT current_setting('server_version') AS "version!""#)
            .fetch_one(self.pool())
            .await
    }
}
