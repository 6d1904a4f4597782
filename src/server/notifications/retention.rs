//! What is old goes: otherwise everybody's list would grow for ever.

use super::NotificationService;
use crate::server::foundation::error::ServiceError;

/// Days for which what was read is kept, and with it its dedupe key; also what was told by toast or
/// mail only.
const DAYS_READ: i32 = 90;
/// Days after which nobody will read it any more.
const DAYS_UNREAD: i32 = 365;
/// Removed in one statement: few enough for its time limit.
const BATCH: i64 = 5000;

impl NotificationService {
    /// Removes old notifications with their mail; answers how many. Several servers may do it at
    /// once.
    pub async fn tidy(&self) -> Result<u64, ServiceError> {
        let mut gone = 0;
        loop {
            let batch = sqlx::query!(
                "DELETE FROM notifications WHERE id IN (
                   SELECT id FROM notifications
                    WHERE created_at < now() - make_interval(days => $1)
                      AND (read_at IS NOT NULL OR NOT in_app
                        OR created_at < now() - make_interval(days => $2))
                    ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED)",
                DAYS_READ,
                DAYS_UNREAD,
                BATCH
            )
            .execute(self.db.pool())
            .await?
            .rows_affected();
            gone += batch;
            if batch < BATCH.unsigned_abs() {
                return Ok(gone);
            }
        }
    }
}
