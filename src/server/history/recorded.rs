//! Rows of history as a rollback needs them.

use super::{filter::Filter, read::needed};
use crate::{
    domain::{
        ai::{Overrides, Owner},
        history::{ChangeFilter, ChangeScope, ConfigType, MOST_CHANGES},
        merge_patch::FieldChange,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        history::reach::Reach,
        postgres::Transaction,
    },
};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, Postgres, QueryBuilder, types::Json};
use uuid::Uuid;

/// One change with the whole values before and after it.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub id: Uuid,
    pub target_id: Uuid,
    pub kind: ConfigType,
    pub owner: Owner,
    pub version: i64,
    pub changed_at: DateTime<Utc>,
    pub changes: Vec<FieldChange>,
    pub old: Option<Overrides>,
    pub new: Option<Overrides>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    target_id: Uuid,
    config_type: String,
    owner_user_id: Option<Uuid>,
    owner_organization_id: Option<Uuid>,
    version: i64,
    changed_at: DateTime<Utc>,
    changes: Json<Vec<FieldChange>>,
    old_value: Option<Json<Overrides>>,
    new_value: Option<Json<Overrides>>,
}

impl TryFrom<Row> for Recorded {
    type Error = ServiceError;

    fn try_from(row: Row) -> Result<Self, ServiceError> {
        let owner = match (row.owner_user_id, row.owner_organization_id) {
            (Some(id), _) => Owner::Person(id),
            (None, Some(id)) => Owner::Organization(id),
            (None, None) => {
                return Err(ServiceError::Internal(format!("change {} belongs to nobody", row.id)));
            }
        };
        Ok(Self {
            id: row.id,
            target_id: row.target_id,
            kind: row.config_type.parse().map_err(ServiceError::Internal)?,
            owner,
            version: row.version,
            changed_at: row.changed_at,
            changes: row.changes.0,
            old: row.old_value.map(|Json(value)| value),
            new: row.new_value.map(|Json(value)| value),
        })
    }
}

impl Recorded {
    /// How the change calls its target, where the value itself holds a name.
    pub fn own_name(&self) -> Option<String> {
        let value = self.new.as_ref().or(self.old.as_ref())?;
        Some(value.get("configName")?.as_str()?.to_owned())
    }

    /// What identifies its target.
    pub fn target(&self) -> (Uuid, ConfigType, Owner) {
        (self.target_id, self.kind, self.owner)
    }

    /// # Errors
    /// 403 when the person may read the change but not change its target, also for a token without
    /// the scope.
    pub fn check_reach(
        &self,
        request: &RequestContext,
        reach: Reach<'_>,
    ) -> Result<(), ServiceError> {
        request.allow(needed(self.kind))?;
        let (person, organization) = match self.owner {
            Owner::Person(id) => (Some(id), None),
            Owner::Organization(id) => (None, Some(id)),
        };
        if reach.owns(person, organization) {
            return Ok(());
        }
        Err(ServiceError::Forbidden(
            "You may roll back what you may change: your own configuration, and that of the \
                organization that you manage.",
        ))
    }
}

/// Changes by their ids, as far as the person may see them, by target and the newest first.
pub async fn by_ids(
    transaction: &mut Transaction,
    ids: &[Uuid],
) -> Result<Vec<Recorded>, ServiceError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, target_id, config_type, owner_user_id, owner_organization_id, version,
           changed_at,
                  changes AS "changes: Json<Vec<FieldChange>>",
                  old_value AS "old_value: Json<Overrides>",
                  new_value AS "new_value: Json<Overrides>"
             FROM configuration_audit_log WHERE id = ANY($1) ORDER BY target_id, version DESC"#,
        ids
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter().map(Recorded::try_from).collect()
}

/// Changes of what the person may change, that fit a filter, in the same order.
///
/// # Errors
/// 400 when there are too many for one transaction, 403 for a scope that is not the person's.
pub async fn by_filter(
    transaction: &mut Transaction,
    reach: Reach<'_>,
    filter: &ChangeFilter,
    bounds: (i64, i64),
) -> Result<Vec<Recorded>, ServiceError> {
    let conditions = Filter::of(reach, &filter.query(), bounds)?;
    let (person, organization) = (reach.actor.user_id, reach.managed);
    let mut sql = QueryBuilder::<Postgres>::new(
        "SELECT log.id, log.target_id, log.config_type, log.owner_user_id,
         log.owner_organization_id, log.version,
                log.changed_at, log.changes, log.old_value, log.new_value
           FROM configuration_audit_log log WHERE (",
    );
    match filter.scope {
        None | Some(ChangeScope::All) => {
            sql.push("log.owner_user_id = ").push_bind(person);
            sql.push(" OR log.owner_organization_id = ").push_bind(organization);
        }
        Some(ChangeScope::Own) => {
            sql.push("log.owner_user_id = ").push_bind(person);
            sql.push(" OR log.changed_by = ").push_bind(person);
            sql.push(" AND log.owner_organization_id = ").push_bind(organization);
        }
        Some(ChangeScope::Organization) => {
            sql.push("log.owner_organization_id = ").push_bind(organization);
        }
    }
    sql.push(")");
    conditions.push_all(&mut sql, "log");
    let most = i64::try_from(MOST_CHANGES).unwrap_or(i64::MAX);
    sql.push(" ORDER BY log.target_id, log.version DESC LIMIT ").push_bind(most + 1);
    let rows: Vec<Row> =
        sql.build_query_as().persistent(false).fetch_all(&mut **transaction).await?;
    if rows.len() > MOST_CHANGES {
        let sentence =
            format!("These are more than {MOST_CHANGES} changes. Choose a shorter span of time.");
        return Err(ServiceError::field("filter", sentence));
    }
    rows.into_iter().map(Recorded::try_from).collect()
}

/// What a target was at a version; the outer `None` when history does not reach back to it.
pub async fn value_at(
    transaction: &mut Transaction,
    target_id: Uuid,
    version: i64,
) -> Result<Option<Option<Overrides>>, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT log.version = $2 AS "is_it!",
                  CASE WHEN log.version = $2 THEN log.new_value ELSE log.old_value
                    END AS "value: Json<Overrides>"
             FROM configuration_audit_log log
            WHERE log.target_id = $1 AND log.version IN ($2, $2 + 1) ORDER BY log.version LIMIT 1"#,
        target_id,
        version
    )
    .fetch_optional(&mut **transaction)
    .await?;
    // What the first change found: an empty beginning that history does not tell of, or nothing at
    // all.
    Ok(row
        .filter(|row| row.is_it || row.value.is_some())
        .map(|row| row.value.map(|Json(value)| value)))
}

/// Paths of changes of these targets, after the version given for each, other than `except`.
pub async fn others_since(
    transaction: &mut Transaction,
    since: &[(Uuid, i64)],
    except: &[Uuid],
) -> Result<Vec<(Uuid, Vec<String>)>, ServiceError> {
    let (targets, versions): (Vec<Uuid>, Vec<i64>) = since.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"SELECT log.target_id, log.changes AS "changes: Json<Vec<FieldChange>>"
             FROM unnest($1::uuid[], $2::bigint[]) AS first (target_id, version)
             JOIN configuration_audit_log log ON log.target_id = first.target_id
               AND log.version > first.version
            WHERE log.id <> ALL($3)"#,
        &targets,
        &versions,
        except
    )
    .fetch_all(&mut **transaction)
    .await?;
    let paths = |changes: Vec<FieldChange>| changes.into_iter().map(|change| change.path).collect();
    Ok(rows.into_iter().map(|row| (row.target_id, paths(row.changes.0))).collect())
}
