//! Writes a selection down.

use crate::{
    domain::exports::Split,
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use sqlx::Executor as _;
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

/// Writes down the conversations in this order, as they are now, in a transaction of the system. A
/// conversation that is gone meanwhile is passed over.
///
/// # Errors
/// When the database does not answer.
pub async fn freeze(
    transaction: &mut Transaction,
    query: Option<&str>,
    items: &[Item],
) -> Result<Uuid, ServiceError> {
    write_all(transaction, query, items, true).await
}

/// As [`freeze`], for what is written once and never compared: without the hashes, which take most
/// of the time.
///
/// # Errors
/// As [`freeze`].
pub async fn freeze_once(
    transaction: &mut Transaction,
    query: Option<&str>,
    items: &[Item],
) -> Result<Uuid, ServiceError> {
    write_all(transaction, query, items, false).await
}

async fn write_all(
    transaction: &mut Transaction,
    query: Option<&str>,
    items: &[Item],
    is_hashed: bool,
) -> Result<Uuid, ServiceError> {
    transaction.execute("SET LOCAL statement_timeout = '120s'").await?;
    let selection = sqlx::query_scalar!(
        "INSERT INTO selections (query, total) VALUES ($1, 0) RETURNING id",
        query.map(|text| text.trim_start_matches('?'))
    )
    .fetch_one(&mut **transaction)
    .await?;
    let mut total = 0;
    for (number, batch) in items.chunks(BATCH).enumerate() {
        let first = i32::try_from(number * BATCH).unwrap_or(i32::MAX);
        total += write(transaction, (selection, first), batch, is_hashed).await?;
    }
    sqlx::query!(
        "UPDATE selections SET total = $2 WHERE id = $1",
        selection,
        i32::try_from(total).unwrap_or(i32::MAX)
    )
    .execute(&mut **transaction)
    .await?;
    Ok(selection)
}

/// What is hashed is what people edit, and nothing that is counted from it. Names are those that
/// the members of the organization see.
async fn write(
    transaction: &mut Transaction,
    (selection, first): (Uuid, i32),
    items: &[Item],
    is_hashed: bool,
) -> Result<u64, ServiceError> {
    let ids: Vec<Uuid> = items.iter().map(|item| item.conversation).collect();
    let splits: Vec<Option<String>> =
        items.iter().map(|item| item.split.map(|split| split.as_str().to_owned())).collect();
    let groups: Vec<Option<i32>> = items.iter().map(|item| item.duplicate_group).collect();
    let written = sqlx::query!(
        r#"INSERT INTO selection_items (selection_id, position, conversation_id, version,
             content_hash, split, facts)
           SELECT $1, $2::integer + given.place::integer - 1, own.id, own.version,
             CASE WHEN $6 THEN sha256(convert_to(jsonb_build_array(own.title, own.persona,
               own.emotion, own.topic,
               own.intent, own.tone, own.tier, to_jsonb(own.categories),
               jsonb_path_query_array(own.turns, '$[*].role'),
               jsonb_path_query_array(own.turns, '$[*].content'))::text, 'UTF8')) END,
             given.split,
             jsonb_strip_nulls(jsonb_build_object(
               'publicId', own.public_id, 'version', own.version, 'status', own.status,
               'score', own.quality_score, 'trainable', own.is_trainable,
               'tokens', own.training_tokens, 'createdAt', own.created_at,
               'updatedAt', own.updated_at, 'author', author.display_name,
               'approvedBy', approver.display_name, 'approvedAt', own.approved_at,
               'approvals', approval.list, 'model', own.parameters -> 'model',
               'promptSha256', own.parameters -> 'promptSha256',
               'cost', own.actual_cost_nano_usd, 'origin', own.origin, 'license', own.license,
               'findings', to_jsonb(own.finding_kinds), 'duplicateGroup', given.duplicate_group,
               'demonstration', own.is_demonstration))
           FROM unnest($3::uuid[], $4::text[], $5::integer[]) WITH ORDINALITY
             AS given (id, split, duplicate_group, place)
           JOIN conversations AS own ON own.id = given.id
           LEFT JOIN auth.users AS author ON author.id = own.created_by
             AND (own.organization_id IS NULL OR EXISTS (
               SELECT FROM organization_members AS member WHERE member.user_id = own.created_by
                 AND member.organization_id = own.organization_id))
           LEFT JOIN auth.users AS approver ON approver.id = own.approved_by
             AND (own.approved_by = own.created_by OR EXISTS (
               SELECT FROM organization_members AS member WHERE member.user_id = own.approved_by
                 AND member.organization_id = own.organization_id))
           LEFT JOIN LATERAL (SELECT jsonb_agg(jsonb_build_object('action', review.action,
                 'status', review.status, 'reviewer', reviewer.display_name,
                 'at', review.created_at, 'comment', review.comment) ORDER BY review.sequence)
               AS list
             FROM conversation_reviews AS review
             LEFT JOIN auth.users AS reviewer ON reviewer.id = review.reviewer_id
               AND (review.reviewer_id = own.created_by OR EXISTS (
                 SELECT FROM organization_members AS member
                 WHERE member.user_id = review.reviewer_id
                   AND member.organization_id = own.organization_id))
             WHERE review.conversation_id = own.id
               AND review.action IN ('decided', 'opinion', 'undone')) AS approval ON true"#,
        selection,
        first,
        &ids,
        &splits as &[Option<String>],
        &groups as &[Option<i32>],
        is_hashed
    )
    .execute(&mut **transaction)
    .await?;
    Ok(written.rows_affected())
}
