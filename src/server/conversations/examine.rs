//! What is found out about conversations after they were stored: which are nearly the same, and
//! what content checks find. Nobody who writes waits for it. New ones are found by their time;
//! triggers note those that were edited, archived, brought back or removed in `examinations_due`.
//!
//! A round is one transaction, and does the same when it is repeated. It never waits for a
//! conversation that somebody holds: that one is noted again.

mod marks;
mod pairs;
mod text;

pub use text::turns_hash;

use crate::server::{
    foundation::error::ServiceError,
    postgres::{Pool, Transaction},
};
use sqlx::Executor;
use text::{Examined, Task};
use uuid::Uuid;

/// Conversations of a round at most.
const ROUND: usize = 200;
/// New ones that are looked for at once: each look goes again through all that came in the last ten
/// minutes.
const BATCH: i64 = 5000;

/// Examines those that came or changed since the last time; answers how many.
pub async fn examine_conversations(pool: &Pool) -> Result<u64, ServiceError> {
    let mut examined = 0;
    loop {
        let new = unknown(pool).await?;
        let before = examined;
        for some in new.chunks(ROUND) {
            let tasks: Vec<_> =
                some.iter().map(|id| Task { conversation: *id, reads: true }).collect();
            // What a round leaves is noted as due.
            examined += round(pool, &tasks, &[]).await?.done;
        }
        let is_last = new.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        if is_last || examined == before {
            break;
        }
    }
    loop {
        let due = due(pool).await?;
        let tasks = tasks(&due);
        let ids: Vec<i64> = due.iter().map(|due| due.id).collect();
        if ids.is_empty() {
            return Ok(examined);
        }
        let ended = round(pool, &tasks, &ids).await?;
        examined += ended.done;
        // Only such are left as somebody holds: the next run has them.
        if ended.done == 0 && ended.postponed > 0 {
            return Ok(examined);
        }
    }
}

/// What became of a round.
struct Ended {
    done: u64,
    postponed: usize,
}

/// Examines some conversations and removes the notes that they were due.
async fn round(pool: &Pool, tasks: &[Task], notes: &[i64]) -> Result<Ended, ServiceError> {
    let mut transaction = pool.begin().await?;
    // One round at a time: two that are alike and examined by two would not find each other.
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('train.examine', 0))")
        .execute(&mut *transaction)
        .await?;
    // Everything here is found by an index. How many share a band the planner can only guess, and
    // it guesses too many.
    transaction.execute("SET LOCAL enable_seqscan = off").await?;
    let (examined, mut postponed) = text::read(&mut transaction, tasks).await?;
    text::store(&mut transaction, &examined).await?;
    let lost = pairs::remove(&mut transaction, &examined).await?;
    let found = pairs::find(&mut transaction, &examined).await?;
    postponed.extend(marks::set(&mut transaction, &examined, &found, &lost).await?);
    sqlx::query!("DELETE FROM examinations_due WHERE id = ANY ($1)", notes)
        .execute(&mut *transaction)
        .await?;
    postponed.sort_unstable();
    postponed.dedup();
    note(&mut transaction, &postponed, true).await?;
    transaction.commit().await?;
    let done = examined.iter().filter(|one| postponed.binary_search(&one.id).is_err()).count();
    Ok(Ended { done: done as u64, postponed: postponed.len() })
}

/// Notes that conversations are to be examined.
async fn note(
    transaction: &mut Transaction,
    conversations: &[Uuid],
    is_edited: bool,
) -> Result<(), ServiceError> {
    if conversations.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO examinations_due (conversation_id, is_edited) SELECT unnest($1::uuid[]), $2",
        conversations,
        is_edited
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// New ones, the oldest first. Who stored one may have begun a while before it could be seen.
async fn unknown(pool: &Pool) -> Result<Vec<Uuid>, ServiceError> {
    Ok(sqlx::query_scalar!(
        "SELECT conversation.id FROM conversations AS conversation
         WHERE conversation.created_at >= coalesce((SELECT max(known.created_at)
             FROM conversation_fingerprints AS known), '-infinity') - interval '10 minutes'
           AND NOT EXISTS (SELECT FROM conversation_fingerprints AS known
             WHERE known.conversation_id = conversation.id)
         ORDER BY conversation.created_at LIMIT $1",
        BATCH
    )
    .fetch_all(pool)
    .await?)
}

/// A note that a conversation is to be examined.
struct Due {
    id: i64,
    conversation_id: Uuid,
    is_edited: bool,
}

/// The next notes. What only moved waits while a bulk job changes many, which notes each: looking
/// at one again takes longer than changing it.
async fn due(pool: &Pool) -> Result<Vec<Due>, ServiceError> {
    Ok(sqlx::query_as!(
        Due,
        "SELECT id, conversation_id, is_edited FROM examinations_due
         WHERE is_edited OR NOT EXISTS (SELECT FROM bulk_jobs AS job
           WHERE job.state IN ('running', 'undoing') AND job.lease_id IS NOT NULL
             AND job.lease_until > clock_timestamp() AND job.action ->> 'kind' <> 'revise')
         ORDER BY id LIMIT $1",
        ROUND as i64
    )
    .fetch_all(pool)
    .await?)
}

/// Each conversation once.
fn tasks(due: &[Due]) -> Vec<Task> {
    let mut tasks: Vec<Task> = due
        .iter()
        .map(|due| Task { conversation: due.conversation_id, reads: due.is_edited })
        .collect();
    tasks.sort_unstable_by_key(|task| (task.conversation, !task.reads));
    tasks.dedup_by_key(|task| task.conversation);
    tasks
}

/// All conversations of a round.
fn ids(examined: &[Examined]) -> Vec<Uuid> {
    examined.iter().map(|one| one.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_examined_once_and_read_if_one_note_says_so() {
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let notes = [(1, one, false), (2, other, false), (3, one, true), (4, one, false)];
        let due =
            notes.map(|(id, conversation_id, is_edited)| Due { id, conversation_id, is_edited });
        let tasks: Vec<_> =
            tasks(&due).into_iter().map(|task| (task.conversation, task.reads)).collect();
        assert_eq!(tasks, [(one, true), (other, false)]);
    }
}
