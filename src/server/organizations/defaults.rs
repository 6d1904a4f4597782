//! What an organization sets for its members' preferences.

pub mod restore;

use crate::{
    domain::{
        accounts::Scope,
        merge_patch::{differences, get},
        preferences::{Layers, Overrides, organization::OrganizationDefaultsAnswer, save},
    },
    server::{
        foundation::{
            context::{ChangeContext, RequestContext},
            error::ServiceError,
        },
        postgres::{Database, Transaction, describe_change},
    },
};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// The defaults as a member of the organization sees them.
pub async fn read(
    db: &Database,
    request: &RequestContext,
    organization_id: Uuid,
) -> Result<OrganizationDefaultsAnswer, ServiceError> {
    request.allow(Scope::PreferencesRead)?;
    let mut transaction = db.as_person(request).await?;
    let row = sqlx::query!(
        r#"SELECT preferences AS "preferences: Json<Overrides>", version, updated_at
             FROM organization_preference_defaults WHERE organization_id = $1"#,
        organization_id
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(ServiceError::NotFound("This organization"))?;
    transaction.commit().await?;
    Ok(OrganizationDefaultsAnswer {
        preferences: row.preferences.0,
        version: row.version,
        updated_at: row.updated_at,
        affected: 0,
    })
}

/// Stores a change of the defaults, or only counts whom it would affect when `preview`.
pub async fn save(
    db: &Database,
    request: &RequestContext,
    organization_id: Uuid,
    patch: &save::Patch,
    base_version: Option<i64>,
    preview: bool,
) -> Result<OrganizationDefaultsAnswer, ServiceError> {
    request.allow(Scope::OrganizationWrite)?;
    let mut transaction = db.as_person(request).await?;
    manager_only(&mut transaction, organization_id).await?;
    let change = ChangeContext { action: Some("updated"), ..ChangeContext::default() };
    describe_change(&mut transaction, request, &change).await?;
    let row = sqlx::query!(
        r#"SELECT preferences AS "preferences: Json<Overrides>", version, updated_at
             FROM organization_preference_defaults WHERE organization_id = $1 FOR NO KEY UPDATE"#,
        organization_id
    )
    .fetch_one(&mut *transaction)
    .await?;
    let before = row.preferences.0;
    if let Some(base) = base_version.filter(|base| *base != row.version) {
        let message = format!(
            "The defaults were changed in the meantime: you saw version {base}, now it is {}.",
            row.version
        );
        return Err(ServiceError::Conflict {
            message,
            fields: Vec::new(),
            current: Value::Object(before),
        });
    }
    // The organization's values stand on the built-in ones, as a person's would.
    let layers = Layers { own: before.clone(), ..Layers::default() };
    let after = save::plan(&layers, patch).map_err(ServiceError::Validation)?;
    let paths: Vec<String> =
        differences(&before, &after).into_iter().map(|change| change.path).collect();
    let affected = affected(&mut transaction, organization_id, &paths).await?;
    if preview || paths.is_empty() {
        return Ok(OrganizationDefaultsAnswer {
            preferences: after,
            version: row.version,
            updated_at: row.updated_at,
            affected,
        });
    }
    let row = sqlx::query!(
        "UPDATE organization_preference_defaults SET preferences = $2 WHERE organization_id = $1 \
            RETURNING version, updated_at",
        organization_id,
        Json(&after) as _
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(OrganizationDefaultsAnswer {
        preferences: after,
        version: row.version,
        updated_at: row.updated_at,
        affected,
    })
}

/// Members who did not choose at least one of these fields for themselves.
async fn affected(
    transaction: &mut Transaction,
    organization_id: Uuid,
    paths: &[String],
) -> Result<i64, ServiceError> {
    if paths.is_empty() {
        return Ok(0);
    }
    // As the service role: a manager may know how many, not what each of them chose.
    sqlx::query!("SELECT set_config('role', 'service_role', true)")
        .fetch_one(&mut **transaction)
        .await?;
    let rows = sqlx::query_scalar!(
        r#"SELECT own.preferences AS "own: Json<Overrides>"
             FROM organization_members member
             JOIN user_preferences own ON own.user_id = member.user_id
            WHERE member.organization_id = $1"#,
        organization_id
    )
    .fetch_all(&mut **transaction)
    .await?;
    sqlx::query!("SELECT set_config('role', 'authenticated', true)")
        .fetch_one(&mut **transaction)
        .await?;
    let count =
        rows.iter().filter(|Json(own)| paths.iter().any(|path| get(own, path).is_none())).count();
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

async fn manager_only(
    transaction: &mut Transaction,
    organization_id: Uuid,
) -> Result<(), ServiceError> {
    let role = sqlx::query_scalar!("SELECT auth.organization_role($1)", organization_id)
        .fetch_one(&mut **transaction)
        .await?;
    match role.as_deref() {
        Some("owner" | "admin") => Ok(()),
        Some(_) => Err(ServiceError::Forbidden(
            "Only owners and admins of the organization may change its defaults.",
        )),
        None => Err(ServiceError::NotFound("This organization")),
    }
}
