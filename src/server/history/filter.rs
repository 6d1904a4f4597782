//! A query for changes, checked, and as the conditions of a statement.

mod check;

pub use check::{check, check_parts};

use crate::{
    domain::{
        accounts::Role,
        history::{ChangeQuery, ChangeScope, ConfigType},
    },
    server::{
        foundation::{
            context::{Actor, RequestContext},
            error::ServiceError,
        },
        history::reach::Reach,
        postgres::{Database, Transaction},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// Rows that a page looks at for what no index finds together, before it answers with what it
/// found: the time of a page.
const WINDOW: i64 = 1_000;
/// No two changes were written in another order than that of their times by more than this.
const DISORDER: TimeDelta = TimeDelta::minutes(1);

/// Whose rows, after the question whether the person may ask for them.
#[derive(Clone, Copy, Debug)]
pub enum Rows {
    Own(Uuid),
    Organization(Uuid),
    All,
}

/// Rows that one index has in the order of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Branch {
    /// Of what is the person's own.
    Home(Uuid),
    /// What the person did to what is somebody else's.
    Elsewhere(Uuid),
    Organization(Uuid),
    All,
}

/// A filter, the narrower ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Facet {
    Target,
    Path,
    Action,
    Actor,
    Kind,
    Text,
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
    pub fn of(
        reach: Reach<'_>,
        query: &ChangeQuery,
        (after, until): (i64, i64),
    ) -> Result<Self, ServiceError> {
        let plain = |text: &Option<String>| {
            // PostgreSQL's texts cannot hold the character zero, so nothing is found by it.
            text.as_deref()
                .map(|text| text.trim().replace('\0', ""))
                .filter(|text| !text.is_empty())
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

    /// The filters that are set.
    fn facets(&self) -> impl Iterator<Item = Facet> + '_ {
        let set = [
            (Facet::Target, self.target_id.is_some()),
            (Facet::Path, self.path.is_some()),
            (Facet::Action, self.action.is_some()),
            (Facet::Actor, self.actor.is_some()),
            (Facet::Kind, self.config_type.is_some()),
            (Facet::Text, self.text.is_some()),
        ];
        set.into_iter().filter_map(|(facet, is_set)| is_set.then_some(facet))
    }

    /// The filter that an index of the branch finds, in the order of pages. What most changes are
    /// has none: it is found by looking.
    fn lead(&self, branch: Branch) -> Option<Facet> {
        let is_indexed = |facet: &Facet| match (facet, branch) {
            (_, Branch::Elsewhere(_)) | (Facet::Text, _) => false,
            (Facet::Target, _) => true,
            (Facet::Path, _) => branch != Branch::All,
            (Facet::Action, Branch::Organization(_)) => true,
            (Facet::Action, _) => self.action.as_deref() != Some("updated"),
            (Facet::Actor, Branch::Home(owner)) => self.actor != Some(owner),
            (Facet::Actor, _) => true,
            (Facet::Kind, Branch::Organization(_)) => true,
            (Facet::Kind, _) => self.config_type != Some(ConfigType::UserPreference),
        };
        self.facets().find(is_indexed)
    }

    /// Whether an index finds more rows than are meant, so that they must be looked at.
    fn is_sifting(&self, branch: Branch) -> bool {
        let lead = self.lead(branch);
        self.facets().any(|facet| Some(facet) != lead)
    }

    fn branches(&self) -> Vec<Branch> {
        match self.rows {
            Rows::Own(person) => vec![Branch::Home(person), Branch::Elsewhere(person)],
            Rows::Organization(id) => vec![Branch::Organization(id)],
            Rows::All => vec![Branch::All],
        }
    }

    /// Writes the rows of all branches, which do not overlap, as `found`: newest first in each, not
    /// sifted yet.
    pub fn push_found(&self, sql: &mut QueryBuilder<Postgres>, limit: i64) {
        sql.push("(");
        for (index, branch) in self.branches().into_iter().enumerate() {
            sql.push(if index > 0 { " UNION ALL (SELECT log.*" } else { "(SELECT log.*" });
            self.push_branch(sql, branch);
            let most = if self.is_sifting(branch) { WINDOW } else { limit };
            sql.push(" LIMIT ").push_bind(most).push(")");
        }
        sql.push(") found");
    }

    /// Writes a select of the row at which a page stopped looking, the newest of those of its
    /// branches; null when it saw all that there is. `false` when nothing is looked for, and there
    /// is nothing to ask.
    pub fn push_horizon(&self, sql: &mut QueryBuilder<Postgres>) -> bool {
        let branches: Vec<_> =
            self.branches().into_iter().filter(|branch| self.is_sifting(*branch)).collect();
        sql.push("SELECT max(sequence) FROM (");
        for (index, branch) in branches.iter().enumerate() {
            sql.push(if index > 0 {
                " UNION ALL (SELECT log.sequence"
            } else {
                "(SELECT log.sequence"
            });
            self.push_branch(sql, *branch);
            sql.push(" LIMIT 1 OFFSET ").push_bind(WINDOW - 1).push(")");
        }
        sql.push(") looked");
        !branches.is_empty()
    }

    /// Where the rows of a branch come from, newest first.
    fn push_branch(&self, sql: &mut QueryBuilder<Postgres>, branch: Branch) {
        let lead = self.lead(branch);
        let mut sequence = "log.sequence";
        match (lead, branch, &self.path) {
            (Some(Facet::Path), Branch::Home(owner) | Branch::Organization(owner), Some(path)) => {
                sequence = "known.sequence";
                sql.push(
                    " FROM configuration_audit_paths known JOIN configuration_audit_log log \
                    ON log.sequence = known.sequence",
                )
                .push(" WHERE known.owner_id = ")
                .push_bind(owner)
                .push(" AND known.path = ")
                .push_bind(path);
            }
            _ => {
                sql.push(" FROM configuration_audit_log log WHERE true");
            }
        }
        match branch {
            Branch::Home(person) => {
                sql.push(" AND log.owner_user_id = ").push_bind(person);
            }
            Branch::Elsewhere(person) => {
                // A range of both columns instead of the person and a range of numbers: else
                // PostgreSQL, which cannot know how few of a busy person's changes these are, walks
                // through all changes of everybody by their numbers.
                sql.push(
                    " AND log.owner_user_id IS DISTINCT FROM log.changed_by AND (log.changed_by, \
                        log.sequence) > (",
                )
                .push_bind(person)
                .push(", ")
                .push_bind(self.after)
                .push(") AND (log.changed_by, log.sequence) < (")
                .push_bind(person)
                .push(", ")
                .push_bind(self.before)
                .push(")");
                self.push_span(sql, "log");
                sql.push(" ORDER BY log.changed_by DESC, log.sequence DESC");
                return;
            }
            Branch::Organization(id) => {
                sql.push(" AND log.owner_organization_id = ").push_bind(id);
            }
            Branch::All => {}
        }
        if let (Some(Facet::Actor), Branch::Home(_)) = (lead, branch) {
            sql.push(" AND log.owner_user_id IS DISTINCT FROM log.changed_by");
        }
        if let Some(lead) = lead {
            self.push_facet(sql, lead, "log");
        }
        sql.push(format!(" AND {sequence} > ")).push_bind(self.after);
        sql.push(format!(" AND {sequence} < ")).push_bind(self.before);
        self.push_span(sql, "log");
        sql.push(format!(" ORDER BY {sequence} DESC"));
    }

    fn push_span(&self, sql: &mut QueryBuilder<Postgres>, row: &str) {
        if let Some(from) = self.from {
            sql.push(format!(" AND {row}.changed_at >= ")).push_bind(from);
        }
        if let Some(to) = self.to {
            sql.push(format!(" AND {row}.changed_at < ")).push_bind(to);
        }
    }

    /// Writes every condition but whose the rows are, for statements that do not go page by page.
    pub fn push_all(&self, sql: &mut QueryBuilder<Postgres>, row: &str) {
        sql.push(format!(" AND {row}.sequence > ")).push_bind(self.after);
        sql.push(format!(" AND {row}.sequence < ")).push_bind(self.before);
        self.push_span(sql, row);
        self.push_sieve(sql, row);
    }

    /// Writes what is looked for.
    pub fn push_sieve(&self, sql: &mut QueryBuilder<Postgres>, row: &str) {
        for facet in self.facets() {
            self.push_facet(sql, facet, row);
        }
    }

    fn push_facet(&self, sql: &mut QueryBuilder<Postgres>, facet: Facet, row: &str) {
        match facet {
            Facet::Target => sql.push(format!(" AND {row}.target_id = ")).push_bind(self.target_id),
            Facet::Action => {
                sql.push(format!(" AND {row}.action = ")).push_bind(self.action.clone())
            }
            Facet::Actor => sql.push(format!(" AND {row}.changed_by = ")).push_bind(self.actor),
            Facet::Kind => sql
                .push(format!(" AND {row}.config_type = "))
                .push_bind(self.config_type.map(ConfigType::as_str)),
            Facet::Path => {
                let path = self.path.clone().unwrap_or_default();
                let group = format!("{path}.");
                sql.push(format!(
                    " AND EXISTS (SELECT FROM jsonb_array_elements({row}.changes) change WHERE \
                        change->>'path' = "
                ))
                .push_bind(path)
                .push(" OR starts_with(change->>'path', ")
                .push_bind(group)
                .push("))")
            }
            Facet::Text => {
                let text = self.text.clone().unwrap_or_default();
                sql.push(format!(" AND (strpos(lower({row}.reason), lower("))
                    .push_bind(text.clone())
                    .push(format!(
                        ")) > 0 OR EXISTS (SELECT FROM jsonb_array_elements({row}.changes) change"
                    ))
                    .push(" WHERE strpos(lower(change->>'path'), lower(")
                    .push_bind(text)
                    .push(")) > 0))")
            }
        };
    }
}

/// # Errors
/// 403 when the person may not see all of these rows.
pub fn rows(reach: Reach<'_>, scope: ChangeScope) -> Result<Rows, ServiceError> {
    match (scope, reach.managed) {
        (ChangeScope::Own, _) => Ok(Rows::Own(reach.actor.user_id)),
        (ChangeScope::Organization, Some(id)) => Ok(Rows::Organization(id)),
        (ChangeScope::Organization, None) => Err(ServiceError::Forbidden(
            "Only owners and admins of an organization may read its history.",
        )),
        (ChangeScope::All, _) if reach.actor.role == Role::Admin => Ok(Rows::All),
        (ChangeScope::All, _) => Err(ServiceError::Forbidden(
            "Only administrators of the installation may read all of the history.",
        )),
    }
}

/// The organization that the person owns or administers.
pub async fn managed(transaction: &mut Transaction) -> Result<Option<Uuid>, ServiceError> {
    Ok(sqlx::query_scalar!("SELECT auth.administered_organization()")
        .fetch_one(&mut **transaction)
        .await?)
}

/// Sequence numbers outside of which no change lies in a span of time, so that a page of long ago
/// need not be walked to.
///
/// The number is taken just before the time, so the two have the same order but for what ran at
/// once. Read as the service: it is only an estimate for indexes, and the row-level policies would
/// make the look-up slow.
pub async fn bounds(
    db: &Database,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
) -> Result<(i64, i64), ServiceError> {
    if from.is_none() && to.is_none() {
        return Ok((i64::MIN, i64::MAX));
    }
    let row = sqlx::query!(
        r#"SELECT (SELECT log.sequence FROM configuration_audit_log log WHERE log.changed_at < $1
                    ORDER BY log.changed_at DESC LIMIT 1) AS after,
                  (SELECT log.sequence FROM configuration_audit_log log WHERE log.changed_at > $2
                    ORDER BY log.changed_at LIMIT 1) AS before"#,
        from.map(|from| from - DISORDER),
        to.map(|to| to + DISORDER)
    )
    .fetch_one(db.pool())
    .await?;
    Ok((row.after.unwrap_or(i64::MIN), row.before.unwrap_or(i64::MAX)))
}

/// The person who asks, if they may read history.
pub fn reader(request: &RequestContext) -> Result<&Actor, ServiceError> {
    request.allow(crate::domain::accounts::Scope::HistoryRead)
}
