//! What is older than history is kept goes into the archive.

use crate::server::{foundation::error::ServiceError, postgres::Pool};

/// Changes moved in one transaction: few enough for the statement's time limit.
const BATCH: i32 = 2000;

/// Moves every change that is older than `days`, at least 30, into the archive; answers how many.
/// The newest change of each target stays. Several servers may do it at once.
pub async fn archive(pool: &Pool, days: u32) -> Result<u64, ServiceError> {
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    let mut moved = 0;
    loop {
        let batch = sqlx::query_scalar!(
            r#"SELECT archive_audit_log(make_interval(days => $1), $2) AS "moved!""#,
            days,
            BATCH
        )
        .fetch_one(pool)
        .await?;
        if batch <= 0 {
            return Ok(moved);
        }
        moved += batch.unsigned_abs();
    }
}
