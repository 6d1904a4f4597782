//! What was spent: the budgets with their windows, sums of the ledger, and the ledger itself.

use super::{AiService, Standing};
use crate::{
    domain::{
        accounts::Scope,
        ai::{
            Owner, ScopeType,
            ledger::{LedgerPage, LedgerQuery},
            models::Catalog,
            usage::{
                AttemptOutcome, BudgetView, GenerationLogView, GroupBy, RunningView, UsageAnswer,
                UsageGroup, UsageNow, UsageQuery,
            },
        },
        generation::{Period, TokenUsage, Window, projection::project},
        money::Money,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        gates::{self, LimitedScope, ScopeHeadroom},
        postgres::{Database, time_zones},
    },
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sqlx::PgConnection;
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// Rows of the ledger on a page when the caller does not say.
const USUAL_PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 100;

impl AiService {
    /// Spending in the current window of a scope, with every budget that counts for the person.
    pub async fn usage(
        &self,
        request: &RequestContext,
        query: &UsageQuery,
    ) -> Result<UsageAnswer, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        let (standing, models) = (self.standing(user_id).await?, self.models.current().await?);
        let now = Utc::now();
        let owner = self.readable(request, &standing, query.scope).await?;
        let zone = zone_of(&standing, owner);
        let period = query.window.unwrap_or_default();
        let scopes = self.seen_scopes(&standing, &models, now).await?;
        let budgets = budgets(&self.db, &scopes, now).await?;
        let of_window =
            budgets.iter().find(|budget| budget.scope == query.scope && budget.period == period);
        let (spend, reserved, projection) = of_window
            .map_or((Money::ZERO, Money::ZERO, None), |budget| {
                (budget.spend, budget.reserved, budget.projection)
            });
        let window = present(of_window, period, now, &zone);
        let group_by = query.group_by.unwrap_or_default();
        let mut connection = self.db.pool().acquire().await?;
        let groups = groups(&mut connection, owner, window, group_by, zone.name(), &models).await?;
        Ok(UsageAnswer {
            window: window.period,
            window_start: window.start,
            window_end: window.end,
            time_zone: zone.name().to_owned(),
            spend,
            reserved,
            estimated: groups
                .iter()
                .fold(Money::ZERO, |sum, group| sum.saturating_add(group.estimated)),
            requests: groups.iter().map(|group| group.requests).sum(),
            tokens: groups
                .iter()
                .fold(TokenUsage::default(), |sum, group| sum.saturating_add(group.tokens)),
            projection,
            budgets,
            group_by,
            groups,
        })
    }

    /// How the person's money and places stand at this moment, and those of the organization that
    /// they manage.
    pub async fn usage_now(&self, request: &RequestContext) -> Result<UsageNow, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        let (standing, models) = (self.standing(user_id).await?, self.models.current().await?);
        let now = Utc::now();
        let scopes = self.seen_scopes(&standing, &models, now).await?;
        let found = gates::headroom(&self.db, &scopes).await?;
        let running = scopes.iter().zip(&found).map(|(scope, headroom)| RunningView {
            scope: scope.owner.scope_type(),
            running: headroom.places_taken,
            places: scope.config.rate_limiting.concurrent_requests.into(),
        });
        Ok(UsageNow { running: running.collect(), budgets: budget_views(&scopes, found, now) })
    }

    /// The scopes whose spending the person may see. What the organization spent is for those who
    /// manage it.
    async fn seen_scopes(
        &self,
        standing: &Standing,
        models: &Arc<Catalog>,
        now: DateTime<Utc>,
    ) -> Result<Vec<LimitedScope>, ServiceError> {
        let membership = super::membership(&self.db, standing.user_id).await?;
        let manages = membership.is_some_and(|(_, role)| role.manages());
        let mut scopes = standing.limits(models, now).scopes.to_vec();
        scopes.retain(|scope| manages || scope.owner.scope_type() == ScopeType::Person);
        Ok(scopes)
    }

    /// What people are called, for those who manage their organization.
    async fn names(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, ServiceError> {
        let rows =
            sqlx::query!("SELECT id, display_name FROM auth.users WHERE id = ANY ($1)", &ids)
                .fetch_all(self.db.pool())
                .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.display_name)).collect())
    }

    /// One page of the ledger of a scope, newest first.
    pub async fn ledger(
        &self,
        request: &RequestContext,
        query: &LedgerQuery,
    ) -> Result<LedgerPage, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        let standing = self.standing(user_id).await?;
        let owner = self.readable(request, &standing, query.scope).await?;
        let limit = query.limit.unwrap_or(USUAL_PAGE);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(ServiceError::field(
                "limit",
                format!("limit must be a whole number from 1 to {LARGEST_PAGE}."),
            ));
        }
        let after = query.after.as_deref().map(|text| {
            let wrong = || {
                ServiceError::field(
                    "after",
                    "after must be what the page before gave as nextAfter.",
                )
            };
            text.parse::<i64>().map_err(|_| wrong())
        });
        let after = after.transpose()?;
        if let Some(id) = &query.model
            && self.models.current().await?.get(id).is_none()
        {
            let sentence = format!("There is no model “{id}” in the catalog.");
            return Err(ServiceError::field("model", sentence));
        }
        let (person, organization) = super::read::columns(owner);
        let mut transaction = self.db.as_person(request).await?;
        let rows = sqlx::query!(
            r#"SELECT id, request_id, attempt, model, input_tokens, output_tokens,
                      thinking_tokens, cache_write_tokens, cache_read_tokens,
                      cost_nano_usd, estimated, price_version, duration_ms, status, error_code,
                      conversation_id, client, user_id, created_at
                 FROM generation_logs
                WHERE ($1::uuid IS NULL OR user_id = $1)
                  AND ($2::uuid IS NULL OR organization_id = $2)
                  AND ($3::bigint IS NULL OR id < $3)
                  AND ($4::text IS NULL OR $4 = CASE
                    WHEN status = 'success' AND error_code IS NOT NULL THEN 'unusable'
                    ELSE status END)
                  AND ($5::text IS NULL OR model = $5)
                ORDER BY id DESC
                LIMIT $6"#,
            person,
            organization,
            after,
            query.status.map(AttemptOutcome::as_str),
            query.model,
            limit + 1
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        let people = match query.scope {
            ScopeType::Person => None,
            ScopeType::Organization => {
                Some(self.names(rows.iter().map(|row| row.user_id).collect()).await?)
            }
        };
        let person = |id: Uuid| {
            let name = people.as_ref()?.get(&id).cloned();
            Some(name.unwrap_or_else(|| "A removed account".to_owned()))
        };
        let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
        let mut entries = Vec::new();
        for row in rows.into_iter().take(usize::try_from(limit).unwrap_or_default()) {
            entries.push(GenerationLogView {
                id: row.id,
                request_id: row.request_id,
                attempt: row.attempt,
                model: row.model,
                tokens: tokens([
                    row.input_tokens,
                    row.output_tokens,
                    row.thinking_tokens,
                    row.cache_write_tokens,
                    row.cache_read_tokens,
                ]),
                cost: Money::from_nanos(row.cost_nano_usd),
                estimated: row.estimated,
                price_version: row.price_version,
                duration_ms: row.duration_ms,
                status: row.status.parse().map_err(ServiceError::Internal)?,
                error_code: row.error_code,
                conversation_id: row.conversation_id,
                client: row.client,
                person: person(row.user_id),
                created_at: row.created_at,
            });
        }
        let next_after = entries.last().filter(|_| more).map(|last| last.id.to_string());
        Ok(LedgerPage { entries, next_after })
    }

    /// Whose spending a request may read by a scope: one's own, or that of the organization which
    /// one manages.
    pub(super) async fn readable(
        &self,
        request: &RequestContext,
        standing: &Standing,
        scope: ScopeType,
    ) -> Result<Owner, ServiceError> {
        let user_id = request.allow(Scope::AiRead)?.user_id;
        match scope {
            ScopeType::Person => Ok(Owner::Person(standing.user_id)),
            ScopeType::Organization => match super::membership(&self.db, user_id).await? {
                Some((organization, role)) if role.manages() => {
                    Ok(Owner::Organization(organization))
                }
                Some(_) => Err(ServiceError::Forbidden(
                    "Only owners and admins of the organization may see what it spent.",
                )),
                None => Err(super::no_organization()),
            },
        }
    }
}

/// Whose calendar the windows of an owner follow.
pub(super) fn zone_of(standing: &Standing, owner: Owner) -> Tz {
    match (&standing.organization, owner) {
        (Some(organization), Owner::Organization(_)) => organization.zone,
        _ => standing.zone,
    }
}

/// The present window of the scope of a budget, as the gates count in it: one that has begun runs
/// to its end, whatever the time zone has become.
pub(super) fn present(
    budget: Option<&BudgetView>,
    period: Period,
    now: DateTime<Utc>,
    zone: &Tz,
) -> Window {
    budget.map_or_else(
        || Window::around(period, now, zone),
        |budget| Window { period, start: budget.window_start, end: budget.window_end },
    )
}

/// The budgets of scopes in their present windows, with what is spent and reserved.
pub async fn budgets(
    db: &Database,
    scopes: &[LimitedScope],
    now: DateTime<Utc>,
) -> Result<Vec<BudgetView>, ServiceError> {
    Ok(budget_views(scopes, gates::headroom(db, scopes).await?, now))
}

fn budget_views(
    scopes: &[LimitedScope],
    found: Vec<ScopeHeadroom>,
    now: DateTime<Utc>,
) -> Vec<BudgetView> {
    let views = scopes.iter().zip(found).flat_map(|(scope, headroom)| {
        let windows: Vec<_> =
            headroom.budgets.iter().map(|line| (line.window(), line.settled)).collect();
        let projections = project(&windows, now);
        headroom.budgets.into_iter().zip(projections).map(move |(line, projection)| BudgetView {
            scope: scope.owner.scope_type(),
            period: line.period,
            window_start: line.window_start,
            window_end: line.window_end,
            limit: line.limit,
            spend: line.settled,
            reserved: line.reserved,
            projection,
            enforcement: scope.config.cost_budget.enforcement,
            alert_thresholds: scope.config.cost_budget.alert_thresholds.clone(),
        })
    });
    views.collect()
}

pub(super) async fn groups(
    connection: &mut PgConnection,
    owner: Owner,
    window: Window,
    group_by: GroupBy,
    zone: &str,
    models: &Catalog,
) -> Result<Vec<UsageGroup>, ServiceError> {
    let (person, organization) = super::read::columns(owner);
    let key = match group_by {
        GroupBy::Model => "model",
        GroupBy::Day => "day",
        GroupBy::Status => "status",
        GroupBy::Person => "person",
        GroupBy::Client => "client",
    };
    let zone = time_zones::stored_zone(connection, zone).await?;
    let rows = sqlx::query!(
        r#"SELECT CASE $5 WHEN 'model' THEN log.model WHEN 'status' THEN CASE
             WHEN log.status = 'success' AND log.error_code IS NOT NULL THEN 'unusable'
             ELSE log.status END
           WHEN 'person' THEN log.user_id::text WHEN 'client' THEN coalesce(log.client, '')
                       ELSE to_char(log.created_at AT TIME ZONE $6, 'YYYY-MM-DD') END AS "key!",
                  min(coalesce(person.display_name, 'A removed account')) AS name,
                  count(DISTINCT log.request_id) AS "requests!",
                  sum(log.input_tokens)::bigint AS "input!",
                  sum(log.output_tokens)::bigint AS "output!",
                  sum(log.thinking_tokens)::bigint AS "thinking!",
                  sum(log.cache_write_tokens)::bigint AS "cache_write!",
                  sum(log.cache_read_tokens)::bigint AS "cache_read!",
                  sum(log.cost_nano_usd)::bigint AS "cost!",
                  coalesce(sum(log.cost_nano_usd) FILTER (WHERE log.estimated),
                    0)::bigint AS "estimated!",
                  max(log.created_at) AS "last_used!"
             FROM generation_logs log LEFT JOIN auth.users person ON person.id = log.user_id
            WHERE ($1::uuid IS NULL OR log.user_id = $1)
              AND ($2::uuid IS NULL OR log.organization_id = $2)
              AND log.created_at >= $3 AND log.created_at < $4
            GROUP BY 1
            ORDER BY CASE WHEN $5 = 'day' THEN 0 ELSE sum(log.cost_nano_usd) END DESC, 1"#,
        person,
        organization,
        window.start,
        window.end,
        key,
        zone
    )
    .fetch_all(connection)
    .await?;
    let named = rows.into_iter().map(|row| UsageGroup {
        label: match group_by {
            GroupBy::Model => {
                models.get(&row.key).map_or_else(|| row.key.clone(), |model| model.name.clone())
            }
            GroupBy::Status => row
                .key
                .parse::<AttemptOutcome>()
                .map_or_else(|_| row.key.clone(), |outcome| outcome.label().into()),
            GroupBy::Person => row.name.unwrap_or_default(),
            GroupBy::Client if row.key.is_empty() => "On the pages".into(),
            GroupBy::Day | GroupBy::Client => row.key.clone(),
        },
        key: row.key,
        requests: row.requests,
        tokens: tokens([row.input, row.output, row.thinking, row.cache_write, row.cache_read]),
        cost: Money::from_nanos(row.cost),
        estimated: Money::from_nanos(row.estimated),
        last_used: row.last_used,
    });
    Ok(named.collect())
}

/// Counts in the database are never negative: the tables check that.
fn tokens(counts: [i64; 5]) -> TokenUsage {
    let [input, output, thinking, cache_write_5m, cache_read] =
        counts.map(|count| u64::try_from(count).unwrap_or_default());
    TokenUsage { input, output, thinking, cache_write_5m, cache_write_1h: 0, cache_read }
}
