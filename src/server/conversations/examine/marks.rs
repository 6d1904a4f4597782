//! The marks that follow: how alike the most similar other one is, and what was found.

use super::{ids, note, text::Examined};
use crate::{
    domain::conversations::{Likeness, likeness},
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Marks those of a round, and the others that are alike to one. Those that lost a pair are
/// compared themselves before they lose their mark: others may be as alike, of which they have no
/// pair. Answers which somebody holds just now. Only rows whose marks change are written.
pub async fn set(
    transaction: &mut Transaction,
    examined: &[Examined],
    found: &[Uuid],
    lost: &[Uuid],
) -> Result<Vec<Uuid>, ServiceError> {
    let own: HashMap<Uuid, &Examined> = examined.iter().map(|one| (one.id, one)).collect();
    let touched: HashSet<Uuid> =
        ids(examined).into_iter().chain(found.iter().chain(lost).copied()).collect();
    let touched: Vec<Uuid> = touched.into_iter().collect();
    let similar = most_similar(transaction, &touched).await?;
    let present = sqlx::query!(
        "SELECT id, likeness, finding_kinds FROM conversations WHERE id = ANY ($1)",
        &touched
    )
    .fetch_all(&mut **transaction)
    .await?;
    let mut again = Vec::new();
    let (mut changed, mut marks, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    for row in present {
        let mark = similar.get(&row.id).copied();
        let one = own.get(&row.id);
        if one.is_none()
            && rank(mark) < rank(row.likeness.as_deref().and_then(|word| word.parse().ok()))
        {
            again.push(row.id);
            continue;
        }
        let mark = mark.map(Likeness::as_str);
        let found = match one.and_then(|one| one.text.as_ref()) {
            Some(text) => text.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
            None => row.finding_kinds.clone(),
        };
        if mark != row.likeness.as_deref() || found != row.finding_kinds {
            changed.push(row.id);
            marks.push(mark.map(str::to_owned));
            // As PostgreSQL writes an array: the words are plain.
            kinds.push(format!("{{{}}}", found.join(",")));
        }
    }
    note(transaction, &again, false).await?;
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let written = sqlx::query_scalar!(
        "WITH free AS MATERIALIZED (SELECT id FROM conversations WHERE id = ANY ($1)
           FOR NO KEY UPDATE SKIP LOCKED)
         UPDATE conversations AS whole
         SET likeness = given.likeness, finding_kinds = given.kinds::text[]
         FROM unnest($1::uuid[], $2::text[], $3::text[]) AS given (id, likeness, kinds)
         JOIN free ON free.id = given.id
         WHERE whole.id = given.id RETURNING whole.id",
        &changed,
        &marks as &[Option<String>],
        &kinds
    )
    .fetch_all(&mut **transaction)
    .await?;
    let written: HashSet<Uuid> = written.into_iter().collect();
    Ok(changed.into_iter().filter(|id| !written.contains(id)).collect())
}

/// What the best pair of each says.
async fn most_similar(
    transaction: &mut Transaction,
    conversations: &[Uuid],
) -> Result<HashMap<Uuid, Likeness>, ServiceError> {
    let rows = sqlx::query!(
        r#"SELECT conversation_id, max(similarity) AS "similarity!" FROM near_duplicates
             WHERE conversation_id = ANY ($1) GROUP BY conversation_id"#,
        conversations
    )
    .fetch_all(&mut **transaction)
    .await?;
    let mark = |similarity: i16| likeness(f64::from(similarity) / 100.0);
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.conversation_id, mark(row.similarity)?)))
        .collect())
}

fn rank(likeness: Option<Likeness>) -> u8 {
    match likeness {
        Some(Likeness::NearlyTheSame) => 2,
        Some(Likeness::Related) => 1,
        None => 0,
    }
}
