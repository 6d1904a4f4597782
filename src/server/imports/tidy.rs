//! What is removed after a while: what nobody finished, and what ended long ago.

use super::ImportService;
use crate::server::foundation::error::ServiceError;
use uuid::Uuid;

/// How long a file waits for its rest, or for somebody to import it, in hours.
const WAITS_HOURS: i32 = 24;
/// How long an import is listed after its end, in days.
const KEPT_DAYS: i32 = 90;
/// Rows that are removed in one statement: few enough that nobody waits for them.
const BATCH: i64 = 2000;

impl ImportService {
    /// Removes what nobody finished, and what is old; answers how many rows. Several servers may do
    /// it at once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tidy(&self) -> Result<u64, ServiceError> {
        // Nobody goes on with it from then on. It ended long ago, so that what is left of it when
        // this is cut off goes the next time.
        sqlx::query!(
            "UPDATE imports SET state = 'cancelled',
               finished_at = now() - make_interval(days => $2 + 1)
             WHERE state IN ('uploading', 'checked')
               AND created_at < now() - make_interval(hours => $1)",
            WAITS_HOURS,
            KEPT_DAYS
        )
        .execute(self.db.pool())
        .await?;
        let ended = sqlx::query!(
            r#"SELECT id, finished_at < now() - make_interval(days => $1) AS "is_old!"
               FROM imports AS whole
               WHERE state IN ('done', 'failed', 'cancelled')
                 AND (finished_at < now() - make_interval(days => $1)
                   OR EXISTS (SELECT FROM import_rows AS own WHERE own.import_id = whole.id)
                   OR EXISTS (SELECT FROM import_chunks AS own WHERE own.import_id = whole.id))
               ORDER BY created_at"#,
            KEPT_DAYS
        )
        .fetch_all(self.db.pool())
        .await?;
        let mut removed = 0;
        for import in ended {
            removed += self.remove(import.id, import.is_old).await?;
        }
        Ok(removed)
    }

    /// Removes what an import that ended has, some rows at a time, and then itself.
    async fn remove(&self, import: Uuid, is_old: bool) -> Result<u64, ServiceError> {
        let mut removed = 0;
        loop {
            let batch = sqlx::query!(
                "DELETE FROM import_rows WHERE import_id = $1 AND position IN (
                   SELECT own.position FROM import_rows AS own
                   WHERE own.import_id = $1 ORDER BY own.position LIMIT $2)",
                import,
                BATCH
            )
            .execute(self.db.pool())
            .await?
            .rows_affected();
            removed += batch;
            if batch == 0 {
                break;
            }
        }
        removed += sqlx::query!("DELETE FROM import_chunks WHERE import_id = $1", import)
            .execute(self.db.pool())
            .await?
            .rows_affected();
        if is_old {
            removed += sqlx::query!("DELETE FROM imports WHERE id = $1", import)
                .execute(self.db.pool())
                .await?
                .rows_affected();
        }
        Ok(removed)
    }
}
