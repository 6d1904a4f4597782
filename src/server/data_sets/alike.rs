//! What examples say. Asked of their fingerprints and not of the pairs that are marked: of many
//! copies each is marked with some others only, and an archived one with none.

use crate::{
    domain::data_sets::Text,
    server::{
        foundation::error::ServiceError,
        postgres::{Pool, Transaction},
    },
};
use futures::TryStreamExt as _;
use std::collections::HashMap;
use uuid::Uuid;

/// Rows that are asked for in one statement.
const BATCH: usize = 5000;

/// What each of these says as a whole.
pub async fn texts(
    transaction: &mut Transaction,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Text>, ServiceError> {
    let mut texts = HashMap::with_capacity(ids.len());
    for some in ids.chunks(BATCH) {
        let mut rows = sqlx::query!(
            r#"SELECT conversation_id, coalesce(signature, turns_hash) AS text
               FROM conversation_fingerprints WHERE conversation_id = ANY ($1)"#,
            some
        )
        .fetch(&mut **transaction);
        while let Some(row) = rows.try_next().await? {
            let text = row.text.as_deref().and_then(Text::from_bytes);
            texts.extend(text.map(|text| (row.conversation_id, text)));
        }
    }
    Ok(texts)
}

/// Those that were not examined since they were stored or edited last.
pub async fn pending(
    transaction: &mut Transaction,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, ServiceError> {
    let mut pending = Vec::new();
    for some in ids.chunks(BATCH) {
        let unknown = sqlx::query_scalar!(
            r#"SELECT given.id AS "id!" FROM unnest($1::uuid[]) AS given (id)
               WHERE NOT EXISTS (SELECT FROM conversation_fingerprints AS known
                   WHERE known.conversation_id = given.id)
                 OR EXISTS (SELECT FROM examinations_due AS due
                   WHERE due.conversation_id = given.id AND due.is_edited)"#,
            some
        )
        .fetch_all(&mut **transaction)
        .await?;
        pending.extend(unknown);
    }
    Ok(pending)
}

/// Notes what is to be examined although the regular look for new ones passes over it, because it
/// is older than others that it knows.
pub async fn note_old(pool: &Pool, pending: &[Uuid]) -> Result<(), ServiceError> {
    for some in pending.chunks(BATCH) {
        sqlx::query!(
            "INSERT INTO examinations_due (conversation_id, is_edited)
             SELECT own.id, true FROM conversations AS own WHERE own.id = ANY ($1)
               AND own.created_at < (SELECT max(known.created_at)
                 FROM conversation_fingerprints AS known) - interval '10 minutes'
               AND NOT EXISTS (SELECT FROM examinations_due AS due
                 WHERE due.conversation_id = own.id)",
            some
        )
        .execute(pool)
        .await?;
    }
    Ok(())
}
