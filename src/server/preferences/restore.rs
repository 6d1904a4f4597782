//! A person's preferences back to an earlier value: the rules and the statement of a save, in a
//! transaction of history's.

use super::{PreferenceService, changed};
use crate::{
    domain::{
        field_error::FieldError,
        merge_patch::patch_between,
        preferences::{Layers, Overrides, save},
    },
    server::{
        error::ServiceError,
        postgres::{ChangeDescription, Transaction},
    },
};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

/// The layers and the version as they stand, held until the end of the transaction.
pub async fn lock(
    transaction: &mut Transaction,
    user_id: Uuid,
    description: &ChangeDescription,
) -> Result<(Layers, i64), ServiceError> {
    let snapshot = super::lock(transaction, user_id, description).await?;
    Ok((snapshot.layers, snapshot.version))
}

/// The own values that a save would store to come to `wanted`, or why it would not.
pub fn plan(layers: &Layers, wanted: &Overrides) -> Result<Overrides, Vec<FieldError>> {
    let patch = save::parse(&Value::Object(patch_between(&layers.own, wanted)))?;
    save::plan(layers, &patch)
}

pub async fn store(
    transaction: &mut Transaction,
    user_id: Uuid,
    own: &Overrides,
) -> Result<(), ServiceError> {
    sqlx::query!(
        "UPDATE user_preferences SET preferences = $2 WHERE user_id = $1",
        user_id,
        Json(own) as _
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

impl PreferenceService {
    /// To be called after the commit of a change that its trigger announced: the notification may
    /// still be on its way to this very process.
    pub fn stored(&self, user_id: Uuid, version: i64) {
        self.cache.apply(&changed(user_id, version, Vec::new(), None));
    }

    /// The same after a change of what the members of an organization inherit.
    pub fn inherited(&self) {
        self.cache.clear();
    }
}
