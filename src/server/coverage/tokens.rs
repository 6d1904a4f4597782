//! How long the conversations of a list are.

use super::CoverageService;
use crate::{
    domain::{
        accounts::Scope,
        conversations::ConversationQuery,
        coverage::{Length, TokenFitAnswer},
    },
    server::{
        conversations::{Workspaces, push_filters},
        foundation::{context::RequestContext, error::ServiceError},
    },
};
use sqlx::QueryBuilder;

impl CoverageService {
    /// All that fit are counted. What they are compared with narrows nothing.
    pub async fn tokens(
        &self,
        request: &RequestContext,
        query: &ConversationQuery,
    ) -> Result<TokenFitAnswer, ServiceError> {
        let person = request.allow(Scope::ConversationsRead)?.user_id;
        query.check().map_err(ServiceError::Validation)?;
        let counted = ConversationQuery { tokens_over: None, ..query.clone() };
        let mut transaction = self.db.as_person(request).await?;
        let workspaces = Workspaces::of(&mut transaction, person).await?;
        // Put together of the filters that are set. Of many conversations there are few lengths, so
        // the rest is reckoned from those.
        let mut sql = QueryBuilder::new(
            "SELECT c.training_tokens AS tokens, count(*) AS count FROM conversations AS c
                WHERE c.workspace_id = ANY (",
        );
        sql.push_bind(workspaces.ids()).push(")");
        push_filters(&mut sql, &counted);
        sql.push(" GROUP BY c.training_tokens ORDER BY c.training_tokens");
        let lengths: Vec<(i32, i64)> =
            sql.build_query_as().persistent(false).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        let lengths: Vec<_> =
            lengths.into_iter().map(|(tokens, count)| Length { tokens, count }).collect();
        let policy = self.policies.of(workspaces.organization).await?;
        let target = policy.token_target.and_then(|target| i32::try_from(target).ok());
        Ok(TokenFitAnswer::of(&lengths, target, query.tokens_over))
    }
}
