//! What is removed after a while: jobs that nobody started or that ended long ago, and
//! conversations that were deleted.

use super::BulkService;
use crate::{domain::bulk::DELETED_DAYS, server::foundation::error::ServiceError};

/// How long a job and what it replaced are kept after its end, in days.
const KEPT_DAYS: i32 = 90;
/// Rows that are removed in one statement: few enough that nobody waits for them.
const BATCH: i64 = 1000;

impl BulkService {
    /// Removes what is old; answers how many rows. Several servers may do it at once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tidy(&self) -> Result<u64, ServiceError> {
        Ok(self.purge().await? + self.forget_jobs().await?)
    }

    /// Removes conversations that were deleted long ago, with all that was said about them.
    async fn purge(&self) -> Result<u64, ServiceError> {
        let mut removed = 0;
        loop {
            let batch = sqlx::query!(
                "DELETE FROM conversations WHERE id IN (
                   SELECT id FROM conversations
                   WHERE deleted_at < now() - make_interval(days => $1)
                   ORDER BY deleted_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
                DELETED_DAYS,
                BATCH
            )
            .execute(self.db.pool())
            .await?
            .rows_affected();
            removed += batch;
            if batch < BATCH.unsigned_abs() {
                return Ok(removed);
            }
        }
    }

    /// Removes jobs: their conversations first, some at a time.
    async fn forget_jobs(&self) -> Result<u64, ServiceError> {
        let old = sqlx::query_scalar!(
            "SELECT id FROM bulk_jobs
             WHERE state = 'prepared' AND created_at < now() - interval '1 hour'
               OR state IN ('done', 'cancelled', 'failed', 'undone')
                 AND (finished_at < now() - make_interval(days => $1)
                   OR created_by IS NULL AND organization_id IS NULL)
             ORDER BY created_at",
            KEPT_DAYS
        )
        .fetch_all(self.db.pool())
        .await?;
        let mut removed = 0;
        for job in old {
            loop {
                // One that was started at the last moment keeps all of them.
                let batch = sqlx::query!(
                    "DELETE FROM bulk_job_items WHERE job_id = $1 AND position IN (
                       SELECT item.position FROM bulk_job_items AS item
                       WHERE item.job_id = $1 ORDER BY item.position LIMIT $2)
                       AND EXISTS (SELECT FROM bulk_jobs AS job WHERE job.id = $1
                         AND job.state NOT IN ('queued', 'running', 'undoing')
                         FOR KEY SHARE)",
                    job,
                    BATCH * 10
                )
                .execute(self.db.pool())
                .await?
                .rows_affected();
                removed += batch;
                if batch == 0 {
                    break;
                }
            }
            removed += sqlx::query!(
                "DELETE FROM bulk_jobs WHERE id = $1
                   AND state NOT IN ('queued', 'running', 'undoing')",
                job
            )
            .execute(self.db.pool())
            .await?
            .rows_affected();
        }
        Ok(removed)
    }
}
