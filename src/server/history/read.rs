//! Pages of changes, and one change with everything about it. Row-level security decides what is
//! there to be read.

use super::{
    filter::{Filter, bounds, check, managed, reader, rows},
    reach::Reach,
};
use crate::{
    domain::{
        accounts::Scope,
        history::{Change, ChangeAnswer, ChangePage, ChangeQuery, ChangeScope, ConfigType},
        merge_patch::FieldChange,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::{Database, Transaction},
    },
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, QueryBuilder, types::Json};
use uuid::Uuid;

/// Rows on a page when the caller does not say.
const DEFAULT_LIMIT: i64 = 20;
const MAX_LIMIT: i64 = 100;

/// What a page reads of each row; `found` is the row. [`detail`] reads the same.
const COLUMNS: &str = "found.id, found.sequence, found.config_type, found.target_id,
    coalesce(found.new_value, found.old_value)->>'configName' AS config_name,
    coalesce(found.new_value, found.old_value)->>'masked' AS masked, found.owner_user_id,
    found.owner_organization_id,
    (SELECT person.display_name FROM auth.users person
      WHERE person.id = found.owner_user_id) AS person_name,
    (SELECT organization.name FROM organizations organization
      WHERE organization.id = found.owner_organization_id)
      AS organization_name,
    found.action, found.changed_by, found.changed_by_name, found.changed_at, found.changes,
    found.reason, found.source,
    found.user_agent, found.version";

/// One row of history with the names that belong to it.
#[derive(Clone, Debug, FromRow)]
struct Row {
    id: Uuid,
    sequence: i64,
    config_type: String,
    target_id: Uuid,
    config_name: Option<String>,
    masked: Option<String>,
    owner_user_id: Option<Uuid>,
    owner_organization_id: Option<Uuid>,
    person_name: Option<String>,
    organization_name: Option<String>,
    action: String,
    changed_by: Option<Uuid>,
    changed_by_name: Option<String>,
    changed_at: DateTime<Utc>,
    changes: Json<Vec<FieldChange>>,
    reason: Option<String>,
    source: String,
    user_agent: Option<String>,
    version: i64,
}

/// What a token needs to change this kind of configuration.
pub fn needed(kind: ConfigType) -> Scope {
    match kind {
        ConfigType::UserPreference => Scope::PreferencesWrite,
        ConfigType::OrganizationPreferenceDefault | ConfigType::ConversationPolicy => {
            Scope::OrganizationWrite
        }
        ConfigType::AiConfig | ConfigType::OrganizationPolicy | ConfigType::ApiKey => {
            Scope::AiWrite
        }
    }
}

/// What a target is called.
pub fn target_name(
    kind: ConfigType,
    own_name: Option<String>,
    organization: Option<&String>,
) -> String {
    match kind {
        ConfigType::UserPreference => "Preferences".to_owned(),
        ConfigType::OrganizationPreferenceDefault
        | ConfigType::OrganizationPolicy
        | ConfigType::ConversationPolicy => {
            organization.cloned().unwrap_or_else(|| "An organization that is gone".to_owned())
        }
        ConfigType::AiConfig => own_name.unwrap_or_else(|| "A configuration".to_owned()),
        ConfigType::ApiKey => own_name.unwrap_or_else(|| "A key".to_owned()),
    }
}

impl Row {
    fn may_undo(&self, kind: ConfigType, reach: Reach<'_>) -> bool {
        let scopes = reach.actor.scopes.as_ref();
        kind.is_undoable()
            && reach.owns(self.owner_user_id, self.owner_organization_id)
            && scopes.is_none_or(|held| held.iter().any(|held| held.includes(needed(kind))))
    }

    fn into_change(self, reach: Reach) -> Result<Change, ServiceError> {
        let kind: ConfigType = self.config_type.parse().map_err(ServiceError::Internal)?;
        let undoable = self.may_undo(kind, reach);
        let own_name = self.config_name.or(self.masked);
        Ok(Change {
            id: self.id,
            sequence: self.sequence,
            config_type: kind,
            target_id: self.target_id,
            target_name: target_name(kind, own_name, self.organization_name.as_ref()),
            owner_user_id: self.owner_user_id,
            owner_organization_id: self.owner_organization_id,
            owner_name: self.person_name.or(self.organization_name),
            action: self.action,
            changed_by: self.changed_by,
            changed_by_name: self.changed_by_name,
            changed_at: self.changed_at,
            changes: self.changes.0,
            reason: self.reason,
            source: self.source,
            user_agent: self.user_agent,
            version: self.version,
            undoable,
        })
    }
}

/// The changes that the person may see and asks for, newest first.
pub async fn list(
    db: &Database,
    request: &RequestContext,
    query: &ChangeQuery,
) -> Result<ChangePage, ServiceError> {
    let actor = reader(request)?;
    let limit = judged(db, request, query.scope, checked(query)).await?;
    let bounds = bounds(db, query.from, query.to).await?;
    let mut transaction = db.as_person(request).await?;
    let reach = Reach { actor, managed: managed(&mut transaction).await? };
    let filter = Filter::of(reach, query, bounds)?;
    let page = page(&mut transaction, reach, &filter, limit).await?;
    transaction.commit().await?;
    Ok(page)
}

/// The length of the page, of a query that can be answered.
fn checked(query: &ChangeQuery) -> Result<i64, ServiceError> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        let sentence = format!("limit must be a whole number from 1 to {MAX_LIMIT}.");
        return Err(ServiceError::field("limit", sentence));
    }
    check(query).map(|()| limit)
}

/// What came of looking at a query. Whoever may not ask for its rows is told that, and not what is
/// wrong with it.
pub(super) async fn judged<T>(
    db: &Database,
    request: &RequestContext,
    scope: ChangeScope,
    judgement: Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    if judgement.is_err() && scope != ChangeScope::Own {
        let mut transaction = db.as_person(request).await?;
        let reach = Reach { actor: reader(request)?, managed: managed(&mut transaction).await? };
        rows(reach, scope)?;
        transaction.commit().await?;
    }
    judgement
}

/// One page of a filter.
pub(super) async fn page(
    transaction: &mut Transaction,
    reach: Reach<'_>,
    filter: &Filter,
    limit: i64,
) -> Result<ChangePage, ServiceError> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(" FROM ");
    // One row more than asked for tells whether there is another page.
    filter.push_found(&mut sql, limit + 1);
    sql.push(" WHERE true");
    filter.push_sieve(&mut sql, "found");
    sql.push(" ORDER BY found.sequence DESC LIMIT ").push_bind(limit + 1);
    // Planned anew each time: what is a good plan depends on the values, and partial indexes need
    // to see them.
    let mut rows: Vec<Row> =
        sql.build_query_as().persistent(false).fetch_all(&mut **transaction).await?;
    let mut next_before = horizon(transaction, filter).await?;
    // What one index found beyond the place where the other one stopped belongs to the next page.
    rows.retain(|row| next_before.is_none_or(|end| row.sequence >= end));
    let most = usize::try_from(limit).unwrap_or_default();
    if rows.len() > most {
        rows.truncate(most);
        next_before = rows.last().map(|row| row.sequence);
    }
    let changes = rows.into_iter().map(|row| row.into_change(reach)).collect::<Result<_, _>>()?;
    Ok(ChangePage { changes, next_before })
}

/// The row at which a page stopped looking; `None` when it saw all.
async fn horizon(
    transaction: &mut Transaction,
    filter: &Filter,
) -> Result<Option<i64>, ServiceError> {
    let mut sql = QueryBuilder::new("");
    if !filter.push_horizon(&mut sql) {
        return Ok(None);
    }
    Ok(sql.build_query_scalar().persistent(false).fetch_one(&mut **transaction).await?)
}

/// One change with everything that is known of it.
pub async fn detail(
    db: &Database,
    request: &RequestContext,
    id: Uuid,
) -> Result<ChangeAnswer, ServiceError> {
    let actor = reader(request)?;
    let mut transaction = db.as_person(request).await?;
    let reach = Reach { actor, managed: managed(&mut transaction).await? };
    let row = sqlx::query_as!(
        Row,
        r#"SELECT found.id, found.sequence, found.config_type, found.target_id,
             coalesce(found.new_value, found.old_value)->>'configName' AS config_name,
             coalesce(found.new_value, found.old_value)->>'masked' AS masked, found.owner_user_id,
             found.owner_organization_id,
             (SELECT person.display_name FROM auth.users person
               WHERE person.id = found.owner_user_id) AS person_name,
             (SELECT organization.name FROM organizations organization
               WHERE organization.id = found.owner_organization_id)
               AS organization_name,
             found.action, found.changed_by, found.changed_by_name, found.changed_at,
             found.changes AS "changes: Json<Vec<FieldChange>>", found.reason, found.source,
             found.user_agent, found.version
           FROM configuration_audit_log found WHERE found.id = $1"#,
        id
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let row = row.ok_or(ServiceError::NotFound("This change"))?;
    let rest = sqlx::query!(
        r#"SELECT old_value AS "old_value: Json<Value>", new_value AS "new_value: Json<Value>",
           host(client_ip) AS client_ip,
                  mutation_id, encode(hash, 'hex') AS "hash!"
             FROM configuration_audit_log WHERE id = $1"#,
        id
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(ChangeAnswer {
        change: row.into_change(reach)?,
        old_value: rest.old_value.map(|Json(value)| value),
        new_value: rest.new_value.map(|Json(value)| value),
        client_ip: rest.client_ip,
        mutation_id: rest.mutation_id,
        hash: rest.hash,
    })
}
