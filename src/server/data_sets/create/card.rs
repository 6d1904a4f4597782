//! The card of a version that is being made.

use crate::{
    domain::{
        data_sets::{Card, CardCounter, CardExample},
        money::Money,
    },
    server::{foundation::error::ServiceError, postgres::Transaction, selections::Item},
};
use futures::TryStreamExt as _;
use std::collections::HashMap;
use uuid::Uuid;

/// Rows of one statement.
const BATCH: usize = 5000;

/// Counts what these have, without reading what was said.
pub async fn count(
    transaction: &mut Transaction,
    items: &[Item],
    cuts: &HashMap<Uuid, (i64, i32)>,
) -> Result<Card, ServiceError> {
    let mut counter = CardCounter::default();
    for some in items.chunks(BATCH) {
        let places: HashMap<Uuid, &Item> =
            some.iter().map(|item| (item.conversation, item)).collect();
        let ids: Vec<Uuid> = places.keys().copied().collect();
        let mut rows = sqlx::query!(
            r#"SELECT id, turn_count, training_tokens, actual_cost_nano_usd,
                 quality_score::float8 AS score, parameters ->> 'model' AS model,
                 parameters ->> 'promptSha256' AS prompt, tier, persona, emotion, topic, origin,
                 license, finding_kinds
               FROM conversations WHERE id = ANY ($1)"#,
            &ids
        )
        .fetch(&mut **transaction);
        while let Some(row) = rows.try_next().await? {
            let Some(item) = places.get(&row.id) else { continue };
            let (turns, tokens) = match cuts.get(&row.id) {
                Some(cut) => *cut,
                None => (row.turn_count.into(), row.training_tokens),
            };
            counter.count(CardExample {
                split: item.split,
                turns,
                tokens,
                cost: row.actual_cost_nano_usd.map(Money::from_nanos),
                score: row.score,
                duplicate_group: item.duplicate_group,
                model: row.model.as_deref().unwrap_or_default(),
                prompt_sha256: row.prompt.as_deref().unwrap_or_default(),
                tier: &row.tier,
                persona: &row.persona,
                emotion: &row.emotion,
                topic: &row.topic,
                origin: &row.origin,
                license: &row.license,
                findings: row.finding_kinds.iter().map(String::as_str).collect(),
            });
        }
    }
    Ok(counter.finish())
}
