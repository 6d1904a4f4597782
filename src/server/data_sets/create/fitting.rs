//! What is left of conversations that are cut.

use crate::{
    domain::{
        conversations::{Signature, Turn},
        data_sets::Text,
        exports::{LeftOut, TokenFit, TokenRule, longest},
    },
    server::{conversations::turns_hash, foundation::error::ServiceError, postgres::Transaction},
};
use sqlx::types::Json;
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// Conversations that are in memory with their turns at a time: those here are long.
const AT_ONCE: usize = 8;

/// What files have of a conversation that is cut.
pub struct Cut {
    pub turns: i64,
    pub tokens: i32,
    pub text: Text,
}

/// Without those of which nothing is left when they are cut; and what is left of others: files
/// have no more of them, so that is what may be in one part only.
pub async fn fitting(
    transaction: &mut Transaction,
    mut ids: Vec<Uuid>,
    rule: Option<TokenFit>,
    left_out: &mut BTreeMap<LeftOut, i64>,
) -> Result<(Vec<Uuid>, HashMap<Uuid, Cut>), ServiceError> {
    let mut cuts = HashMap::new();
    let Some(TokenFit { target, rule: TokenRule::Cut }) = rule else { return Ok((ids, cuts)) };
    let target = i32::try_from(target).unwrap_or(i32::MAX);
    let long = sqlx::query_scalar!(
        "SELECT id FROM conversations WHERE id = ANY ($1) AND training_tokens > $2",
        &ids,
        target
    )
    .fetch_all(&mut **transaction)
    .await?;
    let mut too_long = HashSet::new();
    for some in long.chunks(AT_ONCE) {
        let rows = sqlx::query!(
            r#"SELECT id, turns AS "turns: Json<Vec<Turn>>" FROM conversations
               WHERE id = ANY ($1)"#,
            some
        )
        .fetch_all(&mut **transaction)
        .await?;
        let cut = spawn_blocking(move || {
            let cut = |turns: &[Turn]| cut(turns, target);
            rows.into_iter().map(|row| (row.id, cut(&row.turns))).collect::<Vec<_>>()
        });
        let cut = cut.await.map_err(|error| ServiceError::Internal(format!("cutting: {error}")))?;
        for (id, cut) in cut {
            match cut {
                Some(cut) => _ = cuts.insert(id, cut),
                None => _ = too_long.insert(id),
            }
        }
    }
    if !too_long.is_empty() {
        let count = i64::try_from(too_long.len()).unwrap_or(i64::MAX);
        *left_out.entry(LeftOut::TooLong).or_default() += count;
        ids.retain(|id| !too_long.contains(id));
    }
    Ok((ids, cuts))
}

fn cut(turns: &[Turn], target: i32) -> Option<Cut> {
    let (count, tokens) = longest(turns, target)?;
    let left = &turns[..count];
    let text = match Signature::of(left) {
        Some(signature) => Text::Words(signature),
        None => Text::Wordless(turns_hash(left)),
    };
    Some(Cut { turns: i64::try_from(count).unwrap_or(i64::MAX), tokens, text })
}
