//! Selections that nothing has any more: of versions that were removed, also with an account or an
//! organization, and of exports whose file is gone.

use super::DataSetService;
use crate::server::{foundation::error::ServiceError, postgres::Pool};
use std::time::Duration;
use uuid::Uuid;

/// For how long whoever removes a version waits until its selection is gone as well: the rest is
/// left to the job.
const PATIENCE: Duration = Duration::from_secs(2);

impl DataSetService {
    /// Removes selections that nothing has; answers how many. Several servers may do it at once.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tidy(&self) -> Result<u64, ServiceError> {
        let unused = sqlx::query_scalar!(
            "SELECT id FROM selections AS own WHERE created_at < now() - interval '1 hour'
               AND NOT EXISTS (SELECT FROM exports
                 WHERE selection_id = own.id AND state IN ('queued', 'running', 'done'))
               AND NOT EXISTS (SELECT FROM data_set_versions WHERE selection_id = own.id)
             ORDER BY created_at"
        )
        .fetch_all(self.db.pool())
        .await?;
        let mut removed = 0;
        for id in unused {
            removed += remove(self.db.pool(), id).await?;
        }
        Ok(removed)
    }

    /// The same at once, for selections whose versions were just removed.
    pub(super) async fn clear(&self, selections: &[Uuid]) {
        let removing = async {
            for id in selections {
                remove(self.db.pool(), *id).await?;
            }
            Ok::<_, ServiceError>(())
        };
        match tokio::time::timeout(PATIENCE, removing).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "selections are left for later"),
            Err(_) => tracing::info!("many selections are left for later"),
        }
    }
}

/// Removes one, unless an export writes it or has its file.
async fn remove(pool: &Pool, id: Uuid) -> Result<u64, ServiceError> {
    let mut transaction = pool.begin().await?;
    // Whoever refers to it meanwhile either comes before, and is seen by the next statement, or
    // finds that it is gone.
    sqlx::query!("SELECT FROM selections WHERE id = $1 FOR UPDATE", id)
        .execute(&mut *transaction)
        .await?;
    let removed = sqlx::query!(
        "DELETE FROM selections AS own WHERE id = $1
           AND NOT EXISTS (SELECT FROM exports
             WHERE selection_id = own.id AND state IN ('queued', 'running', 'done'))
           AND NOT EXISTS (SELECT FROM data_set_versions WHERE selection_id = own.id)",
        id
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(removed.rows_affected())
}
