//! What an organization sets for its members' preferences.

pub mod restore;

use super::members::own_role;
use crate::{
    domain::{
        accounts::Scope,
        merge_patch::{differences, get},
        preferences::{Layers, Overrides, organization::OrganizationDefaultsAnswer, save},
    },
    server::{
        accounts::rows::NO_ORGANIZATION,
        foundation::{
            context::{ChangeContext, RequestContext},
            error::ServiceError,
        },
        postgres::{Database, Transaction, describe_change},
    },
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// A row as it stands.
struct Row {
    preferences: Json<Overrides>,
    version: i64,
    updated_at: DateTime<Utc>,
}

impl Row {
    fn answer(self, affected: i64) -> OrganizationDefaultsAnswer {
        let Self { preferences: Json(preferences), version, updated_at } = self;
        OrganizationDefaultsAnswer { preferences, version, updated_at, affected }
    }
}

/// The defaults as a member of the organization sees them.
pub async fn read(
    db: &Database,
    request: &RequestContext,
    organization_id: Uuid,
) -> Result<OrganizationDefaultsAnswer, ServiceError> {
    request.allow(Scope::PreferencesRead)?;
    let mut transaction = db.as_person(request).await?;
    let row = sqlx::query_as!(
        Row,
        r#"SELECT preferences AS "preferences: Json<Overrides>", version, updated_at
             FROM organization_preference_defaults WHERE organization_id = $1"#,
        organization_id
    )
    .fetch_optional(&mut *transaction)
    .await?
    .ok_or(NO_ORGANIZATION)?;
    transaction.commit().await?;
    Ok(row.answer(0))
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
    if !own_role(&mut transaction, organization_id).await?.manages() {
        return Err(ServiceError::Forbidden(
            "Only owners and admins of the organization may change its defaults.",
        ));
    }
    let change = ChangeContext { action: Some("updated"), ..ChangeContext::default() };
    describe_change(&mut transaction, request, &change).await?;
    let row = lock(&mut transaction, organization_id).await?;
    let before = &row.preferences.0;
    ServiceError::check_version("The defaults were", base_version, row.version, before)?;
    // The organization's values stand on the built-in ones, as a person's would.
    let layers = Layers { own: before.clone(), ..Layers::default() };
    let after = save::plan(&layers, patch).map_err(ServiceError::Validation)?;
    let paths: Vec<String> =
        differences(before, &after).into_iter().map(|change| change.path).collect();
    let affected = affected(&mut transaction, organization_id, &paths).await?;
    if preview || paths.is_empty() {
        return Ok(Row { preferences: Json(after), ..row }.answer(affected));
    }
    let row = store(&mut transaction, organization_id, &after).await?;
    transaction.commit().await?;
    Ok(row.answer(affected))
}

/// The row, held until the end of the transaction.
async fn lock(transaction: &mut Transaction, organization_id: Uuid) -> Result<Row, ServiceError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT preferences AS "preferences: Json<Overrides>", version, updated_at
             FROM organization_preference_defaults WHERE organization_id = $1 FOR NO KEY UPDATE"#,
        organization_id
    );
    row.fetch_optional(&mut **transaction).await?.ok_or(NO_ORGANIZATION)
}

async fn store(
    transaction: &mut Transaction,
    organization_id: Uuid,
    preferences: &Overrides,
) -> Result<Row, ServiceError> {
    Ok(sqlx::query_as!(
        Row,
        r#"UPDATE organization_preference_defaults SET preferences = $2 WHERE organization_id = $1
           RETURNING preferences AS "preferences: Json<Overrides>", version, updated_at"#,
        organization_id,
        Json(preferences) as _
    )
    .fetch_one(&mut **transaction)
    .await?)
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
