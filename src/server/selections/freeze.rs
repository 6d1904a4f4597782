//! Writes a selection down.

use crate::{
    domain::exports::Split,
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use sqlx::Executor as _;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Rows of one statement.
const BATCH: usize = 1000;

/// A conversation of a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub conversation: Uuid,
    /// Of a version of a data set.
    pub split: Option<Split>,
    /// Near duplicates have the same.
    pub duplicate_group: Option<i32>,
}

/// What is frozen besides what always is.
#[derive(Clone, Copy)]
struct Depth {
    /// Hashes of what was said, for comparing.
    hashes: bool,
    /// What reviewers decided.
    approvals: bool,
}

/// Writes down the conversations in this order, as they are now, in a transaction of the system. A
/// conversation that is gone meanwhile is passed over. All of them have been examined.
///
/// # Errors
/// When the database does not answer.
pub async fn freeze(
    transaction: &mut Transaction,
    query: Option<&str>,
    items: &[Item],
) -> Result<Uuid, ServiceError> {
    write_all(transaction, query, items, Depth { hashes: true, approvals: true }).await
}

/// As [`freeze`], for what is written once and never compared: somebody waits for it. With what
/// reviewers decided only where the file has it.
///
/// # Errors
/// As [`freeze`].
pub async fn freeze_once(
    transaction: &mut Transaction,
    query: Option<&str>,
    items: &[Item],
    approvals: bool,
) -> Result<Uuid, ServiceError> {
    write_all(transaction, query, items, Depth { hashes: false, approvals }).await
}

async fn write_all(
    transaction: &mut Transaction,
    query: Option<&str>,
    items: &[Item],
    depth: Depth,
) -> Result<Uuid, ServiceError> {
    transaction.execute("SET LOCAL statement_timeout = '120s'").await?;
    let selection = sqlx::query_scalar!(
        "INSERT INTO selections (query, total) VALUES ($1, 0) RETURNING id",
        query.map(|text| text.trim_start_matches('?'))
    )
    .fetch_one(&mut **transaction)
    .await?;
    let (mut total, mut people) = (0, BTreeSet::new());
    for (number, batch) in items.chunks(BATCH).enumerate() {
        let first = i32::try_from(number * BATCH).unwrap_or(i32::MAX);
        let written = write(transaction, (selection, first), batch, depth).await?;
        total += written.count;
        people.extend(written.people);
    }
    // Names are those that the members of the organization see.
    sqlx::query!(
        "UPDATE selections SET total = $2, people = coalesce((
           SELECT jsonb_object_agg(person.id, person.display_name) FROM auth.users AS person
           WHERE person.id = ANY ($3) AND (person.id = auth.uid() OR EXISTS (
             SELECT FROM organization_members AS member WHERE member.user_id = person.id
               AND member.organization_id = (SELECT auth.own_organization())))), '{}')
         WHERE id = $1",
        selection,
        i32::try_from(total).unwrap_or(i32::MAX),
        &people.into_iter().collect::<Vec<_>>()
    )
    .execute(&mut **transaction)
    .await?;
    Ok(selection)
}

/// What a batch came to.
struct Written {
    count: i64,
    /// Those that facts name.
    people: Vec<Uuid>,
}

/// What is hashed is what people edit, and nothing that is counted from it; of the turns what was
/// hashed when they were examined.
async fn write(
    transaction: &mut Transaction,
    (selection, first): (Uuid, i32),
    items: &[Item],
    depth: Depth,
) -> Result<Written, ServiceError> {
    let ids: Vec<Uuid> = items.iter().map(|item| item.conversation).collect();
    let splits: Vec<Option<String>> =
        items.iter().map(|item| item.split.map(|split| split.as_str().to_owned())).collect();
    let groups: Vec<Option<i32>> = items.iter().map(|item| item.duplicate_group).collect();
    Ok(sqlx::query_as!(
        Written,
        r#"WITH written AS (
             INSERT INTO selection_items (selection_id, position, conversation_id, version,
               content_hash, split, facts)
             SELECT $1, $2::integer + given.place::integer - 1, own.id, own.version,
               CASE WHEN $6 THEN (
                 SELECT sha256(convert_to(jsonb_build_array(own.title, own.persona, own.emotion,
                   own.topic, own.intent, own.tone, own.tier, to_jsonb(own.categories),
                   encode(known.turns_hash, 'hex'))::text, 'UTF8'))
                 FROM conversation_fingerprints AS known
                 WHERE known.conversation_id = own.id AND known.turns_hash IS NOT NULL) END,
               given.split,
               jsonb_strip_nulls(jsonb_build_object(
                 'publicId', own.public_id, 'version', own.version, 'status', own.status,
                 'score', own.quality_score, 'trainable', own.is_trainable,
                 'tokens', own.training_tokens, 'createdAt', own.created_at,
                 'updatedAt', own.updated_at, 'author', own.created_by,
                 'approvedBy', own.approved_by, 'approvedAt', own.approved_at,
                 'approvals', CASE WHEN $7 THEN (
                   SELECT jsonb_agg(jsonb_build_object('action', review.action,
                     'status', review.status, 'reviewer', review.reviewer_id,
                     'at', review.created_at, 'comment', review.comment) ORDER BY review.sequence)
                   FROM conversation_reviews AS review WHERE review.conversation_id = own.id
                     AND review.action IN ('decided', 'opinion', 'undone')) END,
                 'model', own.parameters -> 'model',
                 'promptSha256', own.parameters -> 'promptSha256',
                 'cost', own.actual_cost_nano_usd, 'origin', own.origin, 'license', own.license,
                 'findings', to_jsonb(own.finding_kinds),
                 'duplicateGroup', given.duplicate_group, 'demonstration', own.is_demonstration))
             FROM unnest($3::uuid[], $4::text[], $5::integer[]) WITH ORDINALITY
               AS given (id, split, duplicate_group, place)
             JOIN conversations AS own ON own.id = given.id
             RETURNING facts)
           SELECT (SELECT count(*) FROM written) AS "count!", ARRAY(
             SELECT (facts ->> 'author')::uuid FROM written WHERE facts ? 'author'
             UNION SELECT (facts ->> 'approvedBy')::uuid FROM written WHERE facts ? 'approvedBy'
             UNION SELECT (approval ->> 'reviewer')::uuid FROM written,
               jsonb_array_elements(facts -> 'approvals') AS approval
               WHERE approval ->> 'reviewer' IS NOT NULL) AS "people!""#,
        selection,
        first,
        &ids,
        &splits as &[Option<String>],
        &groups as &[Option<i32>],
        depth.hashes,
        depth.approvals
    )
    .fetch_one(&mut **transaction)
    .await?)
}
