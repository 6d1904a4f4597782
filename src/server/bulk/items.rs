//! The items of a job: which come next, and what became of them.

use super::{lease::Lease, place::Place, standing::Stand};
use crate::{
    domain::bulk::SkipReason,
    server::{
        foundation::error::ServiceError,
        postgres::{Pool, Transaction},
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

/// Positions that one statement looks through.
const STRETCH: i32 = 2000;

/// A conversation of a job.
pub(super) struct Item {
    pub position: i32,
    pub id: Uuid,
    /// Of one that was changed.
    pub kept: Option<Json<Kept>>,
}

/// The next items in this state, behind the place; none at the end of the job.
pub(super) async fn next(
    pool: &Pool,
    lease: &Lease,
    place: &mut Place,
    state: &str,
) -> Result<Vec<Item>, ServiceError> {
    while place.after < lease.total {
        // From one position to another: a planner that knows nothing of a new job yet would read
        // and sort all that is left, each time.
        let until = place.after.saturating_add(STRETCH);
        let items = sqlx::query_as!(
            Item,
            r#"SELECT position, conversation_id AS id, before AS "kept: Json<Kept>"
               FROM bulk_job_items
               WHERE job_id = $1 AND position > $2 AND position <= $3 AND state = $4
               ORDER BY position LIMIT $5"#,
            lease.job,
            place.after,
            until,
            state,
            place.most()
        )
        .fetch_all(pool)
        .await?;
        if !items.is_empty() {
            return Ok(items);
        }
        place.after = until;
    }
    Ok(Vec::new())
}

/// What a job keeps of a conversation that it changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub before: Stand,
    pub after: Stand,
    /// Its entry in what became of the conversation.
    pub review: Option<Uuid>,
}

/// What became of an item.
#[derive(Serialize)]
pub(super) struct Became {
    position: i32,
    state: &'static str,
    reason: Option<String>,
    before: Option<Kept>,
}

impl Became {
    pub fn changed(position: i32, before: &Stand, after: &Stand, review: Option<Uuid>) -> Self {
        let kept = Kept { before: before.clone(), after: after.clone(), review };
        Self { before: Some(kept), ..Self::plain(position, "changed") }
    }

    pub fn skipped(position: i32, reason: SkipReason) -> Self {
        Self { reason: Some(reason.as_str().to_owned()), ..Self::plain(position, "skipped") }
    }

    pub fn plain(position: i32, state: &'static str) -> Self {
        Self { position, state, reason: None, before: None }
    }

    pub fn state(&self) -> &'static str {
        self.state
    }

    /// Why it was skipped.
    pub fn skip(&self) -> Option<SkipReason> {
        self.reason.as_deref().and_then(|word| word.parse().ok())
    }
}

/// One that waits on.
#[derive(Serialize)]
pub(super) struct Waiting {
    pub position: i32,
    /// How often Claude was asked in vain.
    pub tries: i16,
    /// Under which key Claude is asked next.
    pub sending: i16,
}

/// Writes which ones wait on.
pub(super) async fn waiting(
    transaction: &mut Transaction,
    job: Uuid,
    items: &[Waiting],
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE bulk_job_items AS item SET tries = new.tries, sending = new.sending
         FROM jsonb_to_recordset($2)
           AS new (position integer, tries smallint, sending smallint)
         WHERE item.job_id = $1 AND item.position = new.position AND item.state = 'waiting'",
        job,
        json!(items)
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Writes what became of items.
pub(super) async fn end(
    transaction: &mut Transaction,
    job: Uuid,
    became: &[Became],
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE bulk_job_items AS item SET state = new.state, reason = new.reason,
           before = coalesce(new.before, item.before)
         FROM jsonb_to_recordset($2)
           AS new (position integer, state text, reason text, before jsonb)
         WHERE item.job_id = $1 AND item.position = new.position",
        job,
        json!(became)
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
