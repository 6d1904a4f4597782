//! Who writes which export. Only the database's clock counts.

use super::sink::{Piece, Whole};
use crate::{
    domain::exports::{ExportOptions, ExportState, LeftOut},
    server::{foundation::error::ServiceError, jobs::lease, postgres::Pool},
};
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An export that a server writes.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub export: Uuid,
    pub id: Uuid,
    pub selection: Uuid,
    pub version: Option<Uuid>,
    pub options: ExportOptions,
    /// What was left out before the first conversation was written.
    pub left_out: BTreeMap<LeftOut, i64>,
}

/// Takes the export that waits for the longest, or whose server is gone.
pub(super) async fn take(pool: &Pool) -> Result<Option<Lease>, ServiceError> {
    let id = Uuid::new_v4();
    let taken = sqlx::query!(
        r#"UPDATE exports SET lease_id = $1, state = 'running',
             lease_until = clock_timestamp() + make_interval(secs => $2)
           WHERE id = (SELECT id FROM exports
             WHERE state IN ('queued', 'running') AND (lease_until IS NULL
               OR public.is_due(lease_until, make_interval(secs => $2::float8 * 2)))
             ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id, selection_id, version_id, options AS "options: Json<ExportOptions>",
             left_out AS "left_out: Json<BTreeMap<LeftOut, i64>>""#,
        id,
        lease::LENGTH
    )
    .fetch_optional(pool)
    .await?;
    Ok(taken.map(|row| Lease {
        export: row.id,
        id,
        // Without one there is nothing left to write, and that is what it will find.
        selection: row.selection_id.unwrap_or_default(),
        version: row.version_id,
        options: row.options.0,
        left_out: row.left_out.0,
    }))
}

/// Leaves the export to whichever server comes first.
pub(super) async fn release(pool: &Pool, lease: &Lease) -> Result<(), ServiceError> {
    lease::release!(pool, "exports", lease.export, lease.id)
}

/// Says how far it is; false when it is another server's now, or was stopped.
pub(super) async fn renew(pool: &Pool, lease: &Lease, written: i64) -> Result<bool, ServiceError> {
    let renewed = sqlx::query!(
        "UPDATE exports SET written = greatest(written, $3),
           lease_until = clock_timestamp() + make_interval(secs => $4)
         WHERE id = $1 AND lease_id = $2 AND state = 'running'",
        lease.export,
        lease.id,
        i32::try_from(written).unwrap_or(i32::MAX),
        lease::LENGTH
    )
    .execute(pool)
    .await?;
    Ok(renewed.rows_affected() > 0)
}

/// What became of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    New,
    /// A server that is gone stored another one there.
    Differs,
    /// The export is another server's now, or was stopped.
    Lost,
}

/// Stores a piece, unless it is there already. In one statement: it holds no connection while the
/// next conversations are read.
pub(super) async fn store(
    pool: &Pool,
    lease: &Lease,
    piece: &Piece,
    written: i64,
) -> Result<Stored, ServiceError> {
    let row = sqlx::query!(
        r#"WITH held AS (
             UPDATE exports SET written = greatest(written, $6),
               lease_until = clock_timestamp() + make_interval(secs => $7)
             WHERE id = $1 AND lease_id = $2 AND state = 'running' RETURNING id),
           added AS (
             INSERT INTO export_chunks (export_id, start, size, bytes)
             SELECT id, $3, $4, $5 FROM held ON CONFLICT DO NOTHING RETURNING start)
           SELECT EXISTS (SELECT FROM held) AS "is_held!",
             EXISTS (SELECT FROM added) AS "is_new!""#,
        lease.export,
        lease.id,
        piece.start,
        piece.size,
        &piece.packed,
        i32::try_from(written).unwrap_or(i32::MAX),
        lease::LENGTH
    )
    .fetch_one(pool)
    .await?;
    if !row.is_held {
        return Ok(Stored::Lost);
    }
    if row.is_new {
        return Ok(Stored::New);
    }
    let before = sqlx::query_scalar!(
        "SELECT bytes FROM export_chunks WHERE export_id = $1 AND start = $2",
        lease.export,
        piece.start
    )
    .fetch_optional(pool)
    .await?;
    let is_same = match before {
        None => return Ok(Stored::Lost),
        Some(bytes) if bytes == piece.packed => true,
        // Another release may pack otherwise.
        Some(bytes) => super::sink::unpacked(&bytes)? == super::sink::unpacked(&piece.packed)?,
    };
    Ok(if is_same { Stored::New } else { Stored::Differs })
}

/// The export is done, with all that it is.
pub(super) async fn finish(
    pool: &Pool,
    lease: &Lease,
    whole: &Whole,
    written: i64,
    left_out: &BTreeMap<LeftOut, i64>,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE exports SET state = 'done', size_bytes = $3, sha256 = $4, written = $5,
           left_out = $6, bundled = NULL, finished_at = now(), lease_id = NULL, lease_until = NULL
         WHERE id = $1 AND lease_id = $2 AND state = 'running'",
        lease.export,
        lease.id,
        whole.size,
        whole.sha256,
        i32::try_from(written).unwrap_or(i32::MAX),
        Json(left_out) as _
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The export failed: what was written of it is removed.
pub(super) async fn fail(pool: &Pool, lease: &Lease, why: &str) -> Result<(), ServiceError> {
    let mut transaction = pool.begin().await?;
    let failed = sqlx::query!(
        "UPDATE exports SET state = $4, error = $3, selection_id = NULL, bundled = NULL,
           finished_at = now(), lease_id = NULL, lease_until = NULL
         WHERE id = $1 AND lease_id = $2 AND state = 'running'",
        lease.export,
        lease.id,
        why,
        ExportState::Failed.as_str()
    )
    .execute(&mut *transaction)
    .await?;
    if failed.rows_affected() > 0 {
        super::tidy::remove_file(&mut transaction, lease.export).await?;
    }
    Ok(transaction.commit().await?)
}
