//! What two people judged differently, and how much reviewers agree. Judgements are decisions and
//! opinions that were not taken back.
//!
//! Both look at the last judgements only, so that a figure costs the same after years: the last
//! 2000 of each who reviews here now, and of these the last 10 000.

use crate::{
    domain::reviews::{Agreement, kappa},
    server::{conversations::Workspaces, foundation::error::ServiceError, postgres::Transaction},
};
use uuid::Uuid;

/// Conversations about whose present version the latest judgements of two people differ, unless
/// somebody decided after they did: that settles it, until the next judgement.
pub async fn disagreements(
    transaction: &mut Transaction,
    whose: Workspaces,
) -> Result<Vec<Uuid>, ServiceError> {
    Ok(sqlx::query_scalar!(
        r#"WITH reviewer AS (
             SELECT $1::uuid AS id
             UNION SELECT member.user_id FROM organization_members AS member
              WHERE member.organization_id = $2
           ), recent AS (
             SELECT DISTINCT known.conversation_id FROM (
               SELECT own.conversation_id FROM reviewer
               CROSS JOIN LATERAL (
                 SELECT review.conversation_id, review.sequence
                   FROM conversation_reviews AS review
                  WHERE review.reviewer_id = reviewer.id AND review.action IN ('decided', 'opinion')
                  ORDER BY review.created_at DESC LIMIT 2000) AS own
               ORDER BY own.sequence DESC LIMIT 10000) AS known
           ), judgement AS MATERIALIZED (
             SELECT review.conversation_id, review.reviewer_id, review.status, review.action,
                    review.sequence,
                    max(review.sequence) OVER (PARTITION BY review.conversation_id) AS last
               FROM recent JOIN conversations AS c ON c.id = recent.conversation_id
               JOIN conversation_reviews AS review
                 ON review.conversation_id = c.id AND review.version = c.version
              WHERE c.workspace_id = ANY ($3) AND c.status NOT IN ('archived', 'failed')
                AND c.turn_count > 0 AND review.action IN ('decided', 'opinion')
                AND review.reviewer_id IS NOT NULL
                AND NOT EXISTS (SELECT FROM conversation_reviews AS undone
                  WHERE undone.undoes_id = review.id)
           ), now_apart AS (
             SELECT latest.conversation_id FROM (
               SELECT DISTINCT ON (conversation_id, reviewer_id) conversation_id, status
                 FROM judgement ORDER BY conversation_id, reviewer_id, sequence DESC) AS latest
              GROUP BY latest.conversation_id HAVING count(DISTINCT latest.status) > 1
           ), apart_before AS (
             SELECT latest.conversation_id FROM (
               SELECT DISTINCT ON (conversation_id, reviewer_id) conversation_id, status
                 FROM judgement WHERE sequence < last
                ORDER BY conversation_id, reviewer_id, sequence DESC) AS latest
              GROUP BY latest.conversation_id HAVING count(DISTINCT latest.status) > 1
           )
           SELECT now_apart.conversation_id AS "conversation_id!" FROM now_apart
            WHERE NOT (EXISTS (SELECT FROM judgement
                  WHERE judgement.conversation_id = now_apart.conversation_id
                    AND judgement.sequence = judgement.last AND judgement.action = 'decided')
                AND EXISTS (SELECT FROM apart_before
                  WHERE apart_before.conversation_id = now_apart.conversation_id))"#,
        whose.person,
        whose.organization,
        &whose.ids()
    )
    .fetch_all(&mut **transaction)
    .await?)
}

/// How much reviewers agree: of each version that two people judged, the latest judgement of each
/// of the first two.
pub async fn agreement(
    transaction: &mut Transaction,
    whose: Workspaces,
) -> Result<Option<Agreement>, ServiceError> {
    let rows = sqlx::query!(
        r#"WITH reviewer AS (
             SELECT $1::uuid AS id
             UNION SELECT member.user_id FROM organization_members AS member
              WHERE member.organization_id = $2
           ), recent AS (
             SELECT own.* FROM reviewer
             CROSS JOIN LATERAL (
               SELECT review.id, review.conversation_id, review.version, review.reviewer_id,
                      review.status, review.sequence
                 FROM conversation_reviews AS review
                WHERE review.reviewer_id = reviewer.id AND review.action IN ('decided', 'opinion')
                ORDER BY review.created_at DESC LIMIT 2000) AS own
             ORDER BY own.sequence DESC LIMIT 10000
           ), latest AS (
             SELECT recent.conversation_id, recent.version, recent.reviewer_id,
                    (array_agg(recent.status ORDER BY recent.sequence DESC))[1] AS status,
                    min(recent.sequence) AS began
               FROM recent JOIN conversations AS c ON c.id = recent.conversation_id
              WHERE c.workspace_id = ANY ($3)
                AND NOT EXISTS (SELECT FROM conversation_reviews AS undone
                  WHERE undone.undoes_id = recent.id)
              GROUP BY recent.conversation_id, recent.version, recent.reviewer_id
           ), placed AS (
             SELECT latest.status, lead(latest.status) OVER judged AS other,
                    row_number() OVER judged AS place
               FROM latest
             WINDOW judged AS (PARTITION BY latest.conversation_id, latest.version
               ORDER BY latest.began)
           )
           SELECT placed.status AS "one!", placed.other AS "other!", count(*) AS "count!"
             FROM placed WHERE placed.place = 1 AND placed.other IS NOT NULL
            GROUP BY placed.status, placed.other"#,
        whose.person,
        whose.organization,
        &whose.ids()
    )
    .fetch_all(&mut **transaction)
    .await?;
    let pairs = rows.into_iter().map(|row| {
        let decision = |word: String| word.parse().map_err(ServiceError::Internal);
        Ok((decision(row.one)?, decision(row.other)?, row.count))
    });
    Ok(kappa(&pairs.collect::<Result<Vec<_>, ServiceError>>()?))
}
