//! Pairs of conversations that are alike.

use super::{ids, text::Examined};
use crate::{
    domain::conversations::{Signature, likeness},
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use futures::TryStreamExt;
use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};
use uuid::Uuid;

/// Conversations that one is compared with: of ten thousand copies it does not meet all.
const CANDIDATES: i64 = 200;
/// Pairs that a conversation gets when it is examined, the most similar. Others may find it, too.
const PAIRS: usize = 20;

/// Removes the pairs of those that are to be compared from the beginning; answers whose pairs with
/// them are gone.
pub async fn remove(
    transaction: &mut Transaction,
    examined: &[Examined],
) -> Result<Vec<Uuid>, ServiceError> {
    let anew = examined.iter().filter(|one| one.begins_anew());
    let anew: HashSet<Uuid> = anew.map(|one| one.id).collect();
    if anew.is_empty() {
        return Ok(Vec::new());
    }
    let removed = sqlx::query_scalar!(
        "DELETE FROM near_duplicates WHERE conversation_id = ANY ($1) OR other_id = ANY ($1)
         RETURNING conversation_id",
        &anew.iter().copied().collect::<Vec<_>>()
    )
    .fetch_all(&mut **transaction)
    .await?;
    let others: HashSet<Uuid> = removed.into_iter().filter(|id| !anew.contains(id)).collect();
    Ok(others.into_iter().collect())
}

/// Compares those of a round with the others of their workspaces, and stores which are alike;
/// answers with whom.
pub async fn find(
    transaction: &mut Transaction,
    examined: &[Examined],
) -> Result<Vec<Uuid>, ServiceError> {
    let ids = ids(examined);
    let own = signatures(transaction, &ids).await?;
    let mut found: HashMap<Uuid, Vec<(u8, Uuid)>> = HashMap::new();
    // The workspace is compared in a way that no index serves: most have few conversations and some
    // have nearly all, and a plan for the many would read the whole of these.
    let mut candidates = sqlx::query!(
        "SELECT own.conversation_id, other.conversation_id AS other, other.signature
         FROM conversation_fingerprints AS own
         CROSS JOIN LATERAL (
           SELECT candidate.conversation_id, candidate.signature
           FROM conversation_fingerprints AS candidate
           WHERE candidate.bands && own.bands
             AND candidate.workspace_id IS NOT DISTINCT FROM own.workspace_id
             AND candidate.conversation_id <> own.conversation_id
           LIMIT $2) AS other
         WHERE own.conversation_id = ANY ($1) AND own.workspace_id IS NOT NULL
           AND own.signature IS NOT NULL",
        &ids,
        CANDIDATES
    )
    .fetch(&mut **transaction);
    while let Some(row) = candidates.try_next().await? {
        let other = row.signature.as_deref().and_then(Signature::from_bytes);
        let Some((one, other)) = own.get(&row.conversation_id).zip(other) else { continue };
        let percent = one.percent(&other);
        if likeness(f64::from(percent) / 100.0).is_some() {
            found.entry(row.conversation_id).or_default().push((percent, row.other));
        }
    }
    drop(candidates);
    for (id, pairs) in &mut found {
        // Among equals each takes others, so that none of many copies gets the pairs of all.
        pairs.sort_unstable_by_key(|(percent, other)| {
            (Reverse(*percent), other.as_u128() ^ id.as_u128())
        });
        pairs.truncate(PAIRS);
    }
    store(transaction, &found).await
}

/// Of those of a round that have one.
async fn signatures(
    transaction: &mut Transaction,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Signature>, ServiceError> {
    let rows = sqlx::query!(
        r#"SELECT conversation_id, signature AS "signature!" FROM conversation_fingerprints
             WHERE conversation_id = ANY ($1) AND signature IS NOT NULL"#,
        ids
    )
    .fetch_all(&mut **transaction)
    .await?;
    let read = |bytes: &[u8]| Signature::from_bytes(bytes);
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.conversation_id, read(&row.signature)?)))
        .collect())
}

/// Stores pairs both ways, but for those with a conversation that somebody is removing.
async fn store(
    transaction: &mut Transaction,
    found: &HashMap<Uuid, Vec<(u8, Uuid)>>,
) -> Result<Vec<Uuid>, ServiceError> {
    let others: HashSet<Uuid> = found.values().flatten().map(|(_, other)| *other).collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let there = sqlx::query_scalar!(
        "SELECT id FROM conversations WHERE id = ANY ($1) FOR KEY SHARE SKIP LOCKED",
        &others.into_iter().collect::<Vec<_>>()
    )
    .fetch_all(&mut **transaction)
    .await?;
    let is_there: HashSet<&Uuid> = there.iter().collect();
    let (mut ids, mut partners, mut similarities) = (Vec::new(), Vec::new(), Vec::new());
    for (id, pairs) in found {
        for (percent, other) in pairs.iter().filter(|(_, other)| is_there.contains(other)) {
            ids.push(*id);
            partners.push(*other);
            similarities.push(i16::from(*percent));
        }
    }
    sqlx::query!(
        "INSERT INTO near_duplicates (conversation_id, other_id, similarity)
         SELECT id, other, similarity
           FROM unnest($1::uuid[], $2::uuid[], $3::smallint[]) AS given (id, other, similarity)
         UNION SELECT other, id, similarity
           FROM unnest($1::uuid[], $2::uuid[], $3::smallint[]) AS given (id, other, similarity)
         ON CONFLICT DO NOTHING",
        &ids,
        &partners,
        &similarities
    )
    .execute(&mut **transaction)
    .await?;
    Ok(there)
}
