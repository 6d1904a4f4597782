//! What is old goes, of tables that no service tidies by itself. docs/operations.md, "What grows",
//! says of every table how long it keeps what, and who removes it.

use crate::server::{foundation::error::ServiceError, postgres::Pool};

/// Rows of one table that are removed in one statement: few enough that nobody waits for them.
const BATCH: i32 = 1000;

/// Removes from the ledger, the windows of budgets and their alerts what is older than `days`, at
/// least 400; answers how many rows. One server does it at a time.
pub async fn forget_spending(pool: &Pool, days: u32) -> Result<u64, ServiceError> {
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    let mut removed = 0;
    loop {
        let batch = sqlx::query_scalar!(
            r#"SELECT public.forget_spending(make_interval(days => $1), $2) AS "batch!""#,
            days,
            BATCH
        )
        .fetch_one(pool)
        .await?;
        if batch <= 0 {
            return Ok(removed);
        }
        removed += batch.unsigned_abs();
    }
}

/// Removes maintenance that ended, and backups without a file that were made, more than 400 days
/// ago; answers how many rows. One server does it at a time.
pub async fn forget_operations(pool: &Pool) -> Result<u64, ServiceError> {
    let mut removed = 0;
    loop {
        let batch =
            sqlx::query_scalar!(r#"SELECT public.forget_operations($1) AS "batch!""#, BATCH)
                .fetch_one(pool)
                .await?;
        if batch <= 0 {
            return Ok(removed);
        }
        removed += batch.unsigned_abs();
    }
}

/// Removes what servers that crashed left behind: what their requests held, and their entries in
/// the list of servers; and what nobody's pace depends on any more. Answers how many rows; several
/// servers may do it at once.
pub async fn forget_crashed(pool: &Pool) -> Result<u64, ServiceError> {
    let mut removed = 0;
    loop {
        let holds = sqlx::query_scalar!(r#"SELECT public.tidy_holds($1) AS "batch!""#, BATCH)
            .fetch_one(pool)
            .await?
            .unsigned_abs();
        let servers = sqlx::query!(
            "DELETE FROM public.servers WHERE id IN (
               SELECT id FROM public.servers
               WHERE public.is_due(lease_until + interval '1 hour', interval '2 hours')
               LIMIT $1 FOR UPDATE SKIP LOCKED)",
            i64::from(BATCH)
        )
        .execute(pool)
        .await?
        .rows_affected();
        removed += holds + servers;
        if holds.max(servers) < u64::from(BATCH.unsigned_abs()) {
            return Ok(removed);
        }
    }
}

/// Days after which nobody goes on with a comment that they began.
const DAYS_OF_DRAFTS: i32 = 90;

/// Removes what people began and did not end: comments that they did not post, and claims on
/// conversations whose reviewers have gone. Answers how many rows; several servers may do it at
/// once.
pub async fn forget_unfinished(pool: &Pool) -> Result<u64, ServiceError> {
    let batch = i64::from(BATCH);
    let mut removed = 0;
    loop {
        let drafts = sqlx::query!(
            "DELETE FROM public.comment_drafts WHERE (user_id, conversation_id, turn) IN (
               SELECT user_id, conversation_id, turn FROM public.comment_drafts
               WHERE updated_at < now() - make_interval(days => $1)
               ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
            DAYS_OF_DRAFTS,
            batch
        )
        .execute(pool)
        .await?
        .rows_affected();
        let claims = sqlx::query!(
            "DELETE FROM public.review_claims WHERE conversation_id IN (
               SELECT conversation_id FROM public.review_claims
               WHERE expires_at < clock_timestamp()
               ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)",
            batch
        )
        .execute(pool)
        .await?
        .rows_affected();
        removed += drafts + claims;
        if drafts.max(claims) < batch.unsigned_abs() {
            return Ok(removed);
        }
    }
}
