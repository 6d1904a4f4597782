//! How many conversations stand where, and which scores they have.

use super::ConversationService;
use crate::{
    domain::{
        accounts::Scope,
        conversations::{ConversationCounts, StatusCount},
        generation::scores::{ScoreCount, ScoresAnswer},
    },
    server::foundation::{context::RequestContext, error::ServiceError},
};

impl ConversationService {
    /// The conversations that the person lists, by status. Administrators of the installation may
    /// read all; here they count their own like everybody.
    pub async fn counts(
        &self,
        request: &RequestContext,
    ) -> Result<ConversationCounts, ServiceError> {
        let user_id = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let rows = sqlx::query!(
            r#"SELECT status, count(*) AS "count!" FROM conversations
                WHERE workspace_id IN ($1, (SELECT auth.own_organization()))
                  AND status <> 'archived'
                GROUP BY status"#,
            user_id
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let counted = rows.into_iter().map(|row| {
            let status = row.status.parse().map_err(ServiceError::Internal)?;
            Ok(StatusCount { status, count: row.count })
        });
        Ok(ConversationCounts::of(counted.collect::<Result<Vec<_>, ServiceError>>()?))
    }

    /// The scores of the person's own conversations.
    pub async fn scores(&self, request: &RequestContext) -> Result<ScoresAnswer, ServiceError> {
        let user_id = request.allow(Scope::ConversationsRead)?.user_id;
        let mut transaction = self.db.as_person(request).await?;
        let scores = sqlx::query_as!(
            ScoreCount,
            r#"SELECT quality_score::double precision AS "score!", count(*) AS "count!",
                  count(*) FILTER (WHERE NOT is_trainable) AS "untrainable!"
                FROM conversations WHERE created_by = $1 AND quality_score IS NOT NULL
                GROUP BY quality_score ORDER BY quality_score"#,
            user_id
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(ScoresAnswer::of(scores))
    }
}
