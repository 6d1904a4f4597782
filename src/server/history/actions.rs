//! The record of what administrators and operators did.

use crate::{
    domain::{
        accounts::Scope,
        admin::{ActionPage, ActionQuery, AdministrativeAction},
    },
    server::{
        foundation::{
            context::RequestContext, error::ServiceError, listing::limit, operator::SOURCE,
        },
        postgres::Database,
    },
};

/// One page of it, the newest first.
///
/// # Errors
/// 403 for everybody but administrators.
pub async fn actions(
    database: &Database,
    request: &RequestContext,
    query: &ActionQuery,
) -> Result<ActionPage, ServiceError> {
    request.administer(Scope::AdminRead)?;
    let limit = limit(query.limit)?;
    let mut transaction = database.as_person(request).await?;
    let mut actions = sqlx::query_as!(
        AdministrativeAction,
        r#"SELECT number, done_at, command, subject, operator, host,
                 NOT details ? $3 AS "by_command!"
               FROM public.administrative_actions
               WHERE $1::bigint IS NULL OR number < $1
               ORDER BY number DESC LIMIT $2"#,
        query.before,
        limit + 1,
        SOURCE
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = actions.len() > shown;
    actions.truncate(shown);
    let older = actions.last().filter(|_| has_more).map(|last| last.number);
    Ok(ActionPage { actions, older })
}
