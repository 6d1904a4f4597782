//! The installation, for its administrators: who has an account, which organizations there are,
//! what was done to them, and how the servers are doing. What is done to accounts is the account
//! service's.

mod installation;
mod people;
mod retention;

use crate::{
    domain::{
        accounts::Scope,
        admin::{ActionPage, ActionQuery, AdministrativeAction},
    },
    server::{
        config::Config,
        foundation::{context::RequestContext, error::ServiceError, operator::SOURCE},
        postgres::Database,
        vault::Vault,
    },
};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// The service behind the pages of administrators. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AdminService {
    database: Database,
    vault: Vault,
    config: Arc<Config>,
    /// When this server began.
    started_at: DateTime<Utc>,
}

impl AdminService {
    pub fn new(database: Database, vault: Vault, config: Arc<Config>) -> Self {
        Self { database, vault, config, started_at: Utc::now() }
    }

    /// What administrators and operators did, the newest first.
    ///
    /// # Errors
    /// 403 for everybody but administrators.
    pub async fn actions(
        &self,
        request: &RequestContext,
        query: &ActionQuery,
    ) -> Result<ActionPage, ServiceError> {
        request.administer(Scope::AdminRead)?;
        let limit = limit(query.limit)?;
        let mut transaction = self.database.as_person(request).await?;
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
}

/// How much of a list is asked for at once.
fn limit(asked: Option<i64>) -> Result<i64, ServiceError> {
    let limit = asked.unwrap_or(50);
    if (1..=100).contains(&limit) {
        Ok(limit)
    } else {
        Err(ServiceError::field("limit", "The limit must be a number from 1 to 100."))
    }
}

/// A page of a list, from 1, and how many rows come before it.
fn page(asked: Option<i64>, limit: i64) -> Result<(i64, i64), ServiceError> {
    let page = asked.unwrap_or(1);
    if (1..=1_000_000).contains(&page) {
        Ok((page, (page - 1) * limit))
    } else {
        Err(ServiceError::field("page", "The page must be a number from 1 to 1000000."))
    }
}

/// What is looked for, as the lists compare it; an empty word looks for nothing.
fn searched(search: Option<&str>) -> Result<Option<String>, ServiceError> {
    let search = search.map(str::trim).filter(|search| !search.is_empty());
    match search {
        Some(search) if search.chars().count() > 200 || search.contains('\0') => {
            Err(ServiceError::field("search", "Look for at most 200 characters of text."))
        }
        search => Ok(search.map(str::to_lowercase)),
    }
}
