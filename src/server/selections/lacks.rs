//! What became of the conversations of a selection.

use crate::{
    domain::bulk::DELETED_DAYS,
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Which conversations a selection lacks, or will.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacks {
    /// How many it has, whatever became of them.
    pub all: i64,
    /// Removed for good.
    pub gone: i64,
    /// Deleted, and kept until they are removed for good.
    pub deleted: i64,
    /// When the first of these is.
    pub until: Option<DateTime<Utc>>,
}

/// Counts them, as the system.
///
/// # Errors
/// When the database does not answer.
pub async fn lacks(transaction: &mut Transaction, selection: Uuid) -> Result<Lacks, ServiceError> {
    let lacks = sqlx::query_as!(
        Lacks,
        r#"SELECT count(*) AS "all!", count(*) FILTER (WHERE own.id IS NULL) AS "gone!",
             count(*) FILTER (WHERE own.deleted_at IS NOT NULL) AS "deleted!",
             min(own.deleted_at) + make_interval(days => $2) AS until
           FROM selection_items AS item
           LEFT JOIN conversations AS own ON own.id = item.conversation_id
           WHERE item.selection_id = $1"#,
        selection,
        DELETED_DAYS
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(lacks)
}
