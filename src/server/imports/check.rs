//! Looks at a file: reads it row by row, and keeps what was found.
//!
//! The file is read piece by piece, each in a transaction of its own, so that neither memory nor a
//! connection is held for long.

use super::{
    ImportService,
    batch::Batch,
    lease::{self, Lease},
    worker::End,
};
use crate::{
    domain::imports::{FileReader, Found},
    server::{
        foundation::{error::ServiceError, shutdown::Shutdown},
        postgres::Transaction,
    },
};
use sqlx::Executor as _;
use tokio::task::yield_now;

/// How much is read at once, in bytes: what is found in it is small too.
const BITE: usize = 64 * 1024;
/// For comparing with all that is stored.
const LONGEST: &str = "SET LOCAL statement_timeout = '9min'";

impl ImportService {
    /// From the beginning, whatever another server found before it died.
    pub(super) async fn check(
        &self,
        lease: &Lease,
        shutdown: &Shutdown,
    ) -> Result<End, ServiceError> {
        if !self.forget(lease).await? {
            return Ok(End::Over);
        }
        let mut reader = FileReader::default();
        let mut batch = Batch::default();
        let mut found = Vec::new();
        let mut next = 0;
        while let Some(piece) = self.piece(lease, next).await? {
            for bite in piece.chunks(BITE) {
                if let Err(why) = reader.push(bite, &mut found) {
                    return Ok(End::Failed(why));
                }
                if !self.take_in(lease, &mut batch, &mut found).await? {
                    return Ok(End::Over);
                }
                if shutdown.is_cancelled() {
                    return Ok(End::Stopped);
                }
                // Reading a bite takes a while, and others wait for this thread.
                yield_now().await;
            }
            next += i64::try_from(piece.len()).unwrap_or(i64::MAX);
        }
        let format = match reader.end(&mut found) {
            Ok(format) => format,
            Err(why) => return Ok(End::Failed(why)),
        };
        found.drain(..).for_each(|one| batch.add(one));
        if !self.keep(lease, &mut batch).await? {
            return Ok(End::Over);
        }
        let mut transaction = self.db.begin().await?;
        transaction.execute(LONGEST).await?;
        mark_duplicates(&mut transaction, lease).await?;
        // Last: whoever drops it does not wait for all that.
        if !lease::hold(&mut transaction, lease).await? {
            return Ok(End::Over);
        }
        sqlx::query!(
            "UPDATE imports SET state = 'checked', format = $2, lease_id = NULL,
               lease_until = NULL,
               duplicates = (SELECT count(*) FROM import_rows AS own
                 WHERE own.import_id = imports.id AND own.is_duplicate)
             WHERE id = $1",
            lease.import,
            format.map(|format| format.as_str())
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!("DELETE FROM import_chunks WHERE import_id = $1", lease.import)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(End::Over)
    }

    /// Removes what was found before; false when it is another server's now, or was dropped.
    async fn forget(&self, lease: &Lease) -> Result<bool, ServiceError> {
        let mut transaction = self.db.begin().await?;
        if !lease::hold(&mut transaction, lease).await? {
            return Ok(false);
        }
        transaction.execute(LONGEST).await?;
        sqlx::query!(
            "WITH rows AS (DELETE FROM import_rows WHERE import_id = $1),
               problems AS (DELETE FROM import_problems WHERE import_id = $1)
             UPDATE imports SET total = 0, valid = 0, untrainable = 0, duplicates = 0,
               problems = 0
             WHERE id = $1",
            lease.import
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The piece that begins there; `None` behind the last.
    async fn piece(&self, lease: &Lease, start: i64) -> Result<Option<Vec<u8>>, ServiceError> {
        Ok(sqlx::query_scalar!(
            "SELECT bytes FROM import_chunks WHERE import_id = $1 AND start = $2",
            lease.import,
            start
        )
        .fetch_optional(self.db.pool())
        .await?)
    }

    /// Adds what was found to the batch, and writes that when it is large; false when the import is
    /// another server's now, or was dropped.
    async fn take_in(
        &self,
        lease: &Lease,
        batch: &mut Batch,
        found: &mut Vec<Found>,
    ) -> Result<bool, ServiceError> {
        found.drain(..).for_each(|one| batch.add(one));
        match batch.is_full() {
            true => self.keep(lease, batch).await,
            false => Ok(true),
        }
    }

    async fn keep(&self, lease: &Lease, batch: &mut Batch) -> Result<bool, ServiceError> {
        let mut transaction = self.db.begin().await?;
        if !lease::hold(&mut transaction, lease).await? {
            return Ok(false);
        }
        batch.write(&mut transaction, lease).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Marks what is word for word in the workspace already, or earlier in the file.
async fn mark_duplicates(transaction: &mut Transaction, lease: &Lease) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE import_rows AS own SET is_duplicate = true
         FROM (SELECT position,
             row_number() OVER (PARTITION BY text_hash ORDER BY position) AS place
           FROM import_rows WHERE import_id = $1) AS same
         WHERE own.import_id = $1 AND own.position = same.position AND same.place > 1",
        lease.import
    )
    .execute(&mut **transaction)
    .await?;
    mark_known(transaction, lease).await
}

/// Marks what is word for word in the workspace by now.
pub(super) async fn mark_known(
    transaction: &mut Transaction,
    lease: &Lease,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE import_rows AS own SET is_duplicate = true
         FROM (SELECT DISTINCT public.said_hash(stored.turns) AS hash
           FROM conversations AS stored WHERE stored.workspace_id = $2) AS here
         WHERE own.import_id = $1 AND NOT own.is_duplicate AND own.text_hash = here.hash",
        lease.import,
        lease.organization.unwrap_or(lease.person)
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
