//! What becomes of proposals that were accepted or dropped, and of places that nobody gave back.

use super::RevisionService;
use crate::server::foundation::error::ServiceError;

/// How long a closed one is kept, in days: what was accepted is a version by then.
const KEPT_DAYS: i32 = 90;
/// Rows that are removed in one statement: few enough that nobody waits for them.
const BATCH: i64 = 1000;

impl RevisionService {
    /// Removes those that were closed long ago, and places of servers that died; answers how many.
    /// Several servers may do it at once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tidy(&self) -> Result<u64, ServiceError> {
        let mut removed = sqlx::query!(
            "DELETE FROM public.revision_requests WHERE expires_at < clock_timestamp()"
        )
        .execute(self.db.pool())
        .await?
        .rows_affected();
        loop {
            let batch = sqlx::query!(
                "DELETE FROM public.conversation_revisions WHERE id IN (
                   SELECT id FROM public.conversation_revisions
                   WHERE closed_at < now() - make_interval(days => $1)
                   ORDER BY closed_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
                KEPT_DAYS,
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
}
