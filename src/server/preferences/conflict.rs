//! Two saves that were based on the same version: what does not collide is merged, what does is
//! told.

use crate::{
    domain::{
        field_error::FieldError,
        merge_patch::{FieldChange, get},
        preferences::{PreferencesAnswer, Snapshot, catalog, save::Patch},
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use serde_json::{Value, json};
use sqlx::types::Json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Refuses a save whose fields somebody else changed to something different since `base`.
pub async fn check(
    transaction: &mut Transaction,
    user_id: Uuid,
    now: &Snapshot,
    base: i64,
    patch: &Patch,
) -> Result<(), ServiceError> {
    if base == now.version {
        return Ok(());
    }
    if base > now.version || base < 1 {
        let message = format!(
            "Version {base} does not exist; the newest is {}. Load the preferences again.",
            now.version
        );
        return Err(conflict(now, message, Vec::new(), Vec::new()));
    }
    let changed = changed_since(transaction, user_id, base, now.version).await?;
    let mut collisions = Vec::new();
    let mut fields = Vec::new();
    for path in patch.paths() {
        let mine = patch.value(&path).filter(|value| !value.is_null());
        let theirs = get(&now.layers.own, &path);
        // Without the whole list of changes nothing may be assumed about a field that differs.
        let touched = changed.as_ref().is_none_or(|paths| paths.contains(&path));
        if touched && mine != theirs {
            let label = catalog::field_at(&path).map_or(path.as_str(), |field| field.label);
            fields.push(FieldError::new(&path, format!("{label} was changed elsewhere.")));
            collisions.push(json!({"path": path, "mine": mine, "theirs": theirs}));
        }
    }
    if fields.is_empty() {
        return Ok(());
    }
    let message = "This setting was changed elsewhere. Choose which value to keep.".to_owned();
    Err(conflict(now, message, fields, collisions))
}

fn conflict(
    now: &Snapshot,
    message: String,
    fields: Vec<FieldError>,
    collisions: Vec<Value>,
) -> ServiceError {
    let mut current = serde_json::to_value(PreferencesAnswer::from(now)).unwrap_or_default();
    if let Value::Object(current) = &mut current {
        current.insert("collisions".into(), Value::Array(collisions));
    }
    ServiceError::Conflict { message, fields, current }
}

/// The paths changed after a version; `None` when history does not reach back that far.
async fn changed_since(
    transaction: &mut Transaction,
    user_id: Uuid,
    base: i64,
    newest: i64,
) -> Result<Option<BTreeSet<String>>, ServiceError> {
    let rows = sqlx::query_scalar!(
        r#"SELECT log.changes AS "changes: Json<Vec<FieldChange>>"
             FROM configuration_audit_log log
             JOIN user_preferences own ON own.id = log.target_id
            WHERE own.user_id = $1 AND log.version > $2"#,
        user_id,
        base
    )
    .fetch_all(&mut **transaction)
    .await?;
    if i64::try_from(rows.len()) != Ok(newest - base) {
        return Ok(None);
    }
    Ok(Some(rows.into_iter().flat_map(|Json(changes)| changes).map(|change| change.path).collect()))
}
