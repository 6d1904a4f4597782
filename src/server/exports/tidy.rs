//! What is removed after a while: files after a day, entries of the log after a year. Selections
//! that nothing has any more are removed with those of data sets.

use super::ExportService;
use crate::{
    domain::exports::HOURS,
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use uuid::Uuid;

/// How long the log is kept, in days.
const KEPT_DAYS: i32 = 365;

impl ExportService {
    /// Removes files that are older than a day, and log rows that are older than a year; answers
    /// how many. Several servers may do it at once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tidy(&self) -> Result<u64, ServiceError> {
        let old = sqlx::query_scalar!(
            "SELECT id FROM exports WHERE state = 'done' AND (created_by IS NULL
               OR finished_at < now() - make_interval(hours => $1))
             ORDER BY finished_at",
            HOURS
        )
        .fetch_all(self.db.pool())
        .await?;
        let mut removed = 0;
        for id in old {
            let mut transaction = self.db.begin().await?;
            removed += expire(&mut transaction, id).await?;
            transaction.commit().await?;
        }
        let forgotten = sqlx::query!(
            "DELETE FROM exports WHERE state NOT IN ('queued', 'running', 'done')
               AND (created_at < now() - make_interval(days => $1)
                 OR created_by IS NULL AND organization_id IS NULL)",
            KEPT_DAYS
        )
        .execute(self.db.pool())
        .await?;
        Ok(removed + forgotten.rows_affected())
    }
}

/// Removes the oldest files of a person but these.
pub(super) async fn make_room(
    transaction: &mut Transaction,
    person: Uuid,
    kept: i64,
) -> Result<(), ServiceError> {
    let too_many = sqlx::query_scalar!(
        "SELECT id FROM exports WHERE created_by = $1 AND state = 'done'
         ORDER BY finished_at DESC, id OFFSET $2",
        person,
        kept
    )
    .fetch_all(&mut **transaction)
    .await?;
    for id in too_many {
        expire(transaction, id).await?;
    }
    Ok(())
}

async fn expire(transaction: &mut Transaction, id: Uuid) -> Result<u64, ServiceError> {
    let expired = sqlx::query!(
        "UPDATE exports SET state = 'expired', selection_id = NULL
         WHERE id = $1 AND state = 'done'",
        id
    )
    .execute(&mut **transaction)
    .await?;
    if expired.rows_affected() > 0 {
        remove_file(transaction, id).await?;
    }
    Ok(expired.rows_affected())
}

/// Removes the pieces of a file.
pub(super) async fn remove_file(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<(), ServiceError> {
    sqlx::query!("DELETE FROM export_chunks WHERE export_id = $1", id)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
