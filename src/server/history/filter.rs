//! A query for changes, checked, and as the conditions of a statement.

use super::read::Reach;
use crate::{
    domain::{
        account::Role,
        field_error::FieldErrors,
        history::{ChangeQuery, ChangeScope, ConfigType, is_action},
    },
    server::{
        context::{Actor, RequestContext},
        database::Database,
        error::ServiceError,
    },
};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use sqlx::{Postgres, QueryBuilder, Transaction};
use uuid::Uuid;

/// The longest text to look for, in Unicode scalar values.
const LONGEST_TEXT: usize = 200;
/// Rows of one owner that a page looks at for a setting or a text, before it answers with what it found.
const WINDOW: i64 = 50_000;
/// No two changes were written in another order than that of their times by more than this.
const DISORDER: TimeDelta = TimeDelta::minutes(1);

/// Whose rows, after the question whether the person may ask for them.
#[derive(Clone, Copy, Debug)]
pub enum Rows {
    Own(Uuid),
    Organization(Uuid),
    All,
}

/// A query whose every part can be asked of the database.
#[derive(Clone, Debug)]
pub struct Filter {
    pub rows: Rows,
    /// Sequence numbers, both exclusive.
    pub after: i64,
    pub before: i64,
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    config_type: Option<ConfigType>,
    target_id: Option<Uuid>,
    actor: Option<Uuid>,
    action: Option<String>,
    path: Option<String>,
    text: Option<String>,
}

impl Filter {
    /// The query of a person, within the bounds of [`bounds`].
    ///
    /// # Errors
    /// 403 for rows that are not the person's to read.
    pub fn of(reach: Reach<'_>, query: &ChangeQuery, (after, until): (i64, i64)) -> Result<Self, ServiceError> {
        let plain = |text: &Option<String>| {
            // PostgreSQL's texts cannot hold the character zero, so nothing is found by it.
            text.as_deref().map(|text| text.trim().replace('\0', "")).filter(|text| !text.is_empty())
        };
        Ok(Self {
            rows: rows(reach, query.scope)?,
            after,
            before: query.before.unwrap_or(i64::MAX).min(until),
            from: query.from,
            to: query.to,
            config_type: query.config_type,
            target_id: query.target_id,
            actor: query.actor,
            action: plain(&query.action),
            path: plain(&query.path),
            text: plain(&query.text),
        })
    }

    /// What no index can find: such a page looks at so many rows and no more.
    pub fn is_sifting(&self) -> bool {
        self.path.is_some() || self.text.is_some()
    }

    /// Rows that each branch of a statement gives at most.
    pub fn window(&self, limit: i64) -> i64 {
        if self.is_sifting() { WINDOW } else { limit }
    }

    /// Writes a select of `columns` per index that finds the rows, newest first, at most `window` of each; they do not overlap.
    pub fn push_branches(
        &self,
        sql: &mut QueryBuilder<Postgres>,
        head: &str,
        separator: &str,
        tail: &str,
        window: i64,
    ) {
        let count = if matches!(self.rows, Rows::Own(_)) { 2 } else { 1 };
        for branch in 0..count {
            if branch > 0 {
                sql.push(separator);
            }
            sql.push(head).push(" from configuration_audit_log log where ");
            match (self.rows, branch) {
                (Rows::Own(person), 0) => sql.push("log.owner_user_id = ").push_bind(person),
                (Rows::Own(person), _) => sql
                    .push("log.changed_by = ")
                    .push_bind(person)
                    .push(" and log.owner_user_id is distinct from ")
                    .push_bind(person),
                (Rows::Organization(id), _) => sql.push("log.owner_organization_id = ").push_bind(id),
                (Rows::All, _) => sql.push("true"),
            };
            self.push_conditions(sql);
            sql.push(" order by log.sequence desc limit ").push_bind(window).push(tail);
        }
    }

    fn push_conditions(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" and log.sequence > ").push_bind(self.after).push(" and log.sequence < ").push_bind(self.before);
        if let Some(from) = self.from {
            sql.push(" and log.changed_at >= ").push_bind(from);
        }
        if let Some(to) = self.to {
            sql.push(" and log.changed_at < ").push_bind(to);
        }
        if let Some(kind) = self.config_type {
            sql.push(" and log.config_type = ").push_bind(kind.as_str());
        }
        if let Some(target) = self.target_id {
            sql.push(" and log.target_id = ").push_bind(target);
        }
        if let Some(actor) = self.actor {
            sql.push(" and log.changed_by = ").push_bind(actor);
        }
        if let Some(action) = &self.action {
            sql.push(" and log.action = ").push_bind(action);
        }
    }

    /// Writes what is looked for inside of the rows, for the whole of the branches.
    pub fn push_sieve(&self, sql: &mut QueryBuilder<Postgres>) {
        sql.push(" where true");
        if let Some(path) = &self.path {
            sql.push(" and exists (select from jsonb_array_elements(found.changes) change where change->>'path' = ")
                .push_bind(path)
                .push(" or starts_with(change->>'path', ")
                .push_bind(format!("{path}."))
                .push("))");
        }
        if let Some(text) = &self.text {
            sql.push(" and (strpos(lower(found.reason), lower(")
                .push_bind(text)
                .push(")) > 0 or exists (select from jsonb_array_elements(found.changes) change where strpos(lower(change->>'path'), lower(")
                .push_bind(text)
                .push(")) > 0))");
        }
    }
}

/// # Errors
/// 400 with everything that cannot be looked for.
pub fn check(query: &ChangeQuery) -> Result<(), ServiceError> {
    let mut errors = FieldErrors::default();
    if let Some(action) = query.action.as_deref().map(str::trim).filter(|word| !word.is_empty())
        && !is_action(action)
    {
        errors.add("action", "There is no such action. Choose one such as updated, deleted or rolled_back.");
    }
    for (name, text) in [("path", &query.path), ("text", &query.text)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
            errors.add(name, format!("{name} must have at most {LONGEST_TEXT} characters."));
        }
    }
    check_span(&mut errors, "", query.from, query.to);
    let errors = errors.into_vec();
    if errors.is_empty() { Ok(()) } else { Err(ServiceError::Validation(errors)) }
}

/// Notes under `prefix` what is wrong with a span of time.
pub fn check_span(errors: &mut FieldErrors, prefix: &str, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) {
    for (name, time) in [("from", from), ("to", to)] {
        // PostgreSQL's own range is wider, but nobody means the year 20000.
        if time.is_some_and(|time| !(1970..10_000).contains(&time.year())) {
            errors.add(format!("{prefix}{name}"), format!("{name} must be a time such as 2026-12-31T00:00:00Z."));
        }
    }
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        errors.add(format!("{prefix}to"), "The span of time must end after it begins.");
    }
}

/// # Errors
/// 403 when the person may not see all of these rows.
pub fn rows(reach: Reach<'_>, scope: ChangeScope) -> Result<Rows, ServiceError> {
    match (scope, reach.managed) {
        (ChangeScope::Own, _) => Ok(Rows::Own(reach.actor.user_id)),
        (ChangeScope::Organization, Some(id)) => Ok(Rows::Organization(id)),
        (ChangeScope::Organization, None) => {
            Err(ServiceError::Forbidden("Only owners and admins of an organization may read its history."))
        }
        (ChangeScope::All, _) if reach.actor.role == Role::Admin => Ok(Rows::All),
        (ChangeScope::All, _) => {
            Err(ServiceError::Forbidden("Only administrators of the installation may read all of the history."))
        }
    }
}

/// The organization that the person owns or administers.
pub async fn managed(transaction: &mut Transaction<'static, Postgres>) -> Result<Option<Uuid>, ServiceError> {
    Ok(sqlx::query_scalar!("select auth.administered_organization()").fetch_one(&mut **transaction).await?)
}

/// Sequence numbers outside of which no change lies in a span of time, so that a page of long ago need not be walked to.
///
/// The number is taken just before the time, so the two have the same order but for what ran at once. Read as the service: it is
/// only an estimate for indexes, and the row-level policies would make the look-up slow.
pub async fn bounds(
    db: &Database,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<(i64, i64), ServiceError> {
    if from.is_none() && to.is_none() {
        return Ok((i64::MIN, i64::MAX));
    }
    let row = sqlx::query!(
        r#"select (select log.sequence from configuration_audit_log log where log.changed_at < $1
                    order by log.changed_at desc limit 1) as after,
                  (select log.sequence from configuration_audit_log log where log.changed_at > $2
                    order by log.changed_at limit 1) as before"#,
        from.map(|from| from - DISORDER),
        to.map(|to| to + DISORDER)
    )
    .fetch_one(db.pool())
    .await?;
    Ok((row.after.unwrap_or(i64::MIN), row.before.unwrap_or(i64::MAX)))
}

/// The person who asks, if they may read history.
pub fn reader(request: &RequestContext) -> Result<&Actor, ServiceError> {
    request.allow(crate::domain::account::Scope::HistoryRead)
}
