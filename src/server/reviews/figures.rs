//! How reviewing goes.

use super::{
    ReviewService,
    disagreements::{agreement, disagreements},
};
use crate::{
    domain::{accounts::Scope, reviews::ReviewFiguresAnswer},
    server::{
        conversations::Workspaces,
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Transaction, go_on_as_system, time_zones},
    },
};
use uuid::Uuid;

impl ReviewService {
    /// How many wait, how many the caller did, and how much reviewers agree.
    pub async fn figures(
        &self,
        request: &RequestContext,
    ) -> Result<ReviewFiguresAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        let (mut transaction, whose) = self.begin(request, person).await?;
        let stored = sqlx::query_scalar!("SELECT time_zone FROM auth.users WHERE id = $1", person);
        let stored = stored.fetch_optional(&mut *transaction).await?.unwrap_or_default();
        let zone = time_zones::stored_zone(&mut transaction, &stored).await?;
        go_on_as_system(&mut transaction).await?;
        let (left, free) = waiting(&mut transaction, whose).await?;
        let (done_today, done_last_hour) = done(&mut transaction, person, &zone).await?;
        let apart = disagreements(&mut transaction, whose).await?.len();
        let agreement = agreement(&mut transaction, whose).await?;
        transaction.commit().await?;
        Ok(ReviewFiguresAnswer {
            left,
            free,
            done_today,
            done_last_hour,
            disagreements: i64::try_from(apart).unwrap_or(i64::MAX),
            agreement,
        })
    }
}

/// How many wait for review, and how many of these the person may take.
async fn waiting(
    transaction: &mut Transaction,
    whose: Workspaces,
) -> Result<(i64, i64), ServiceError> {
    // All that wait, without those few that have nothing to review: the first count comes from its
    // index alone. What is taken is looked up one by one, and never joined: a plan that expects few
    // of them would go through all that wait for each.
    let row = sqlx::query!(
        r#"WITH taken AS (
             SELECT claim.conversation_id FROM review_claims AS claim
              WHERE claim.expires_at > clock_timestamp() AND claim.reviewer_id <> $1
             UNION
             SELECT opinion.conversation_id FROM conversation_reviews AS opinion
               JOIN conversations AS c
                 ON c.id = opinion.conversation_id AND c.version = opinion.version
              WHERE opinion.reviewer_id = $1 AND opinion.action = 'opinion'
                AND NOT EXISTS (SELECT FROM conversation_reviews AS undone
                  WHERE undone.undoes_id = opinion.id)
           )
           SELECT (SELECT count(*) FROM conversations AS c
                    WHERE c.workspace_id = ANY ($2) AND c.status = 'pending_review')
                - (SELECT count(*) FROM conversations AS c
                    WHERE c.workspace_id = ANY ($2) AND c.status = 'pending_review'
                      AND c.turn_count = 0) AS "left!",
                  (SELECT count(*) FROM taken
                    WHERE (SELECT c.workspace_id = ANY ($2) AND c.status = 'pending_review'
                             AND c.turn_count > 0
                             FROM conversations AS c
                             WHERE c.id = taken.conversation_id)) AS "taken!""#,
        whose.person,
        &whose.ids()
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok((row.left, row.left - row.taken))
}

/// How many the person decided since their day began, and in the last hour. Each conversation
/// once, and nothing that was taken back.
async fn done(
    transaction: &mut Transaction,
    person: Uuid,
    zone: &str,
) -> Result<(i64, i64), ServiceError> {
    let row = sqlx::query!(
        r#"WITH span AS (
             SELECT date_trunc('day', now() AT TIME ZONE $2) AT TIME ZONE $2 AS today,
                    now() - interval '1 hour' AS hour
           )
           SELECT count(DISTINCT review.conversation_id)
                    FILTER (WHERE review.created_at >= span.today) AS "today!",
                  count(DISTINCT review.conversation_id)
                    FILTER (WHERE review.created_at >= span.hour) AS "hour!"
             FROM span JOIN conversation_reviews AS review
               ON review.reviewer_id = $1 AND review.created_at >= least(span.today, span.hour)
            WHERE review.action = 'decided'
              AND NOT EXISTS (SELECT FROM conversation_reviews AS undone
                WHERE undone.undoes_id = review.id)"#,
        person,
        zone
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok((row.today, row.hour))
}
