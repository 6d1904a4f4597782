//! Who works on which import. Only the database's clock counts.

use crate::server::{
    foundation::error::ServiceError,
    jobs::lease,
    postgres::{Pool, Transaction},
};
use uuid::Uuid;

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
        lease::LENGTH
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
    lease::release!(pool, "imports", lease.import, lease.id)
}

/// Goes on working; false when the import is another server's now, or was dropped.
pub(super) async fn renew(pool: &Pool, lease: &Lease) -> Result<bool, ServiceError> {
    lease::renew!(pool, "imports", "'checking', 'importing'", lease.import, lease.id)
}

/// Holds the import until the end of the transaction; false when it is another server's now, or was
/// dropped.
pub(super) async fn hold(
    transaction: &mut Transaction,
    lease: &Lease,
) -> Result<bool, ServiceError> {
    let Lease { import, id, stores, .. } = *lease;
    lease::hold!(&mut **transaction, "imports", "'importing', 'checking'", import, id, stores)
        .map(|held| held.is_some())
}
