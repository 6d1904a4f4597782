//! An organization's defaults back to an earlier value: the rules and the statement of a save, in a
//! transaction of history's.

use crate::{
    domain::{
        field_error::FieldError,
        merge_patch::patch_between,
        preferences::{Layers, Overrides, save},
    },
    server::{error::ServiceError, postgres::Transaction},
};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// The defaults and their version as they stand, held until the end of the transaction.
pub async fn lock(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<(Overrides, i64), ServiceError> {
    let row = sqlx::query!(
        r#"SELECT preferences AS "preferences: Json<Overrides>", version
           FROM organization_preference_defaults
            WHERE id = $1 FOR NO KEY UPDATE"#,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or(ServiceError::NotFound("This organization"))?;
    Ok((row.preferences.0, row.version))
}

/// The defaults that a save would store to come to `wanted`, or why it would not.
pub fn plan(current: &Overrides, wanted: &Overrides) -> Result<Overrides, Vec<FieldError>> {
    let patch = save::parse(&Value::Object(patch_between(current, wanted)))?;
    save::plan(&Layers { own: current.clone(), ..Layers::default() }, &patch)
}

pub async fn store(
    transaction: &mut Transaction,
    id: Uuid,
    defaults: &Overrides,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE organization_preference_defaults SET preferences = $2 WHERE id = $1",
        id,
        Json(defaults) as _
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
