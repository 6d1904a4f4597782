//! Who works on which import. Only the database's clock counts.

use crate::server::{
    foundation::error::ServiceError,
    postgres::{Pool, Transaction},
};
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

/// A server that did nothing for so long is taken for gone, in seconds.
const LENGTH: f64 = 30.0;
/// How often it says that it is there, also while the database works on one long statement.
const BEAT: Duration = Duration::from_secs(8);

/// An import that a server works on.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub import: Uuid,
    pub id: Uuid,
    pub person: Uuid,
    /// Whose lists the conversations come into.
    pub organization: Option<Uuid>,
    /// It was looked at already, and is to be imported.
    pub stores: bool,
}

/// Takes the import that waits for the longest, or whose server is gone.
pub(super) async fn take(pool: &Pool) -> Result<Option<Lease>, ServiceError> {
    let id = Uuid::new_v4();
    let taken = sqlx::query!(
        r#"UPDATE imports SET lease_id = $1,
             lease_until = clock_timestamp() + make_interval(secs => $2)
           WHERE id = (SELECT id FROM imports
             WHERE state IN ('checking', 'importing')
               AND (lease_until IS NULL
                 OR public.is_due(lease_until, make_interval(secs => $2::float8 * 2)))
             ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id, created_by, organization_id, state = 'importing' AS "stores!""#,
        id,
        LENGTH
    )
    .fetch_optional(pool)
    .await?;
    Ok(taken.map(|row| Lease {
        import: row.id,
        id,
        person: row.created_by,
        organization: row.organization_id,
        stores: row.stores,
    }))
}

/// Leaves the import to whichever server comes first.
pub(super) async fn release(pool: &Pool, lease: &Lease) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE imports SET lease_id = NULL, lease_until = NULL
         WHERE id = $1 AND lease_id = $2",
        lease.import,
        lease.id
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Keeps the lease; ends when the import is another server's, or was dropped.
pub(super) async fn keep(pool: &Pool, lease: &Lease) {
    loop {
        sleep(BEAT).await;
        let renewed = sqlx::query!(
            "UPDATE imports SET lease_until = clock_timestamp() + make_interval(secs => $3)
             WHERE id = $1 AND lease_id = $2 AND state IN ('checking', 'importing')",
            lease.import,
            lease.id,
            LENGTH
        )
        .execute(pool)
        .await;
        match renewed {
            Ok(renewed) if renewed.rows_affected() == 0 => return,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the lease of an import could not be renewed"),
        }
    }
}

/// Holds the import until the end of the transaction; false when it is another server's now, or was
/// dropped.
pub(super) async fn hold(
    transaction: &mut Transaction,
    lease: &Lease,
) -> Result<bool, ServiceError> {
    let held = sqlx::query_scalar!(
        "SELECT id FROM imports
         WHERE id = $1 AND lease_id = $2
           AND state = CASE WHEN $3 THEN 'importing' ELSE 'checking' END
         FOR NO KEY UPDATE",
        lease.import,
        lease.id,
        lease.stores
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(held.is_some())
}
