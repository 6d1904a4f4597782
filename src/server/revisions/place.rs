//! A place among the proposals that may wait for a conversation, while Claude writes one.

use crate::server::{
    foundation::error::ServiceError,
    postgres::{Database, Pool, Transaction},
};
use tokio::runtime::Handle;
use uuid::Uuid;

/// No request takes longer. A place whose server died is free again then.
const LONGEST_MINUTES: i32 = 60;

/// Given back when it is dropped.
pub(super) struct Place {
    pool: Pool,
    request_id: Uuid,
}

impl Place {
    /// Takes one for a request, which may have one from an earlier sending.
    pub async fn take(
        db: &Database,
        transaction: &mut Transaction,
        conversation: Uuid,
        request_id: Uuid,
    ) -> Result<Self, ServiceError> {
        sqlx::query!(
            "INSERT INTO revision_requests (request_id, conversation_id, expires_at)
             VALUES ($1, $2, clock_timestamp() + make_interval(mins => $3))
             ON CONFLICT (request_id) DO UPDATE SET expires_at = excluded.expires_at",
            request_id,
            conversation,
            LONGEST_MINUTES
        )
        .execute(&mut **transaction)
        .await?;
        Ok(Self { pool: db.pool().clone(), request_id })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (pool, request_id) = (self.pool.clone(), self.request_id);
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Err(error) = give_back(&pool, request_id).await {
                tracing::warn!(%error, %request_id, "a place for a proposal stays until its time");
            }
        });
    }
}

/// Gives a place back, unless another sending of the same request goes on.
pub(super) async fn give_back(pool: &Pool, request_id: Uuid) -> Result<(), ServiceError> {
    sqlx::query!(
        "DELETE FROM revision_requests AS asked WHERE asked.request_id = $1
           AND NOT EXISTS (SELECT FROM generation_holds AS hold
             WHERE hold.request_id = $1 AND hold.expires_at > clock_timestamp())",
        request_id
    )
    .execute(pool)
    .await?;
    Ok(())
}
