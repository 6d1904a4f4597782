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
        foundation::error::ServiceError,
        postgres::{ChangeDescription, Transaction},
        restore::{Current, Planned, Restore, Row},
    },
};
use futures::future::BoxFuture;
use serde_json::Value;
use sqlx::types::Json;

impl Restore for PreferenceService {
    fn lock<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        description: &'a ChangeDescription,
    ) -> BoxFuture<'a, Result<Option<Current>, ServiceError>> {
        Box::pin(async move {
            let snapshot = super::lock(transaction, row.owner.id(), description).await?;
            Ok(Some(Current {
                value: snapshot.layers.own,
                version: snapshot.version,
                name: None,
                beneath: snapshot.layers.organization,
            }))
        })
    }

    fn plan<'a>(
        &'a self,
        _transaction: &'a mut Transaction,
        _row: Row,
        current: Option<&'a Current>,
        wanted: &'a Overrides,
    ) -> BoxFuture<'a, Result<Planned, ServiceError>> {
        let layers = current.map(|current| Layers {
            organization: current.beneath.clone(),
            own: current.value.clone(),
        });
        let planned = planned(&layers.unwrap_or_default(), wanted).map(Some);
        Box::pin(async move { Ok(planned) })
    }

    fn write<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        _exists: bool,
        next: Option<&'a Overrides>,
    ) -> BoxFuture<'a, Result<(), ServiceError>> {
        Box::pin(async move {
            let empty = Overrides::new();
            let next = next.unwrap_or(&empty);
            sqlx::query!(
                "UPDATE user_preferences SET preferences = $2 WHERE user_id = $1",
                row.owner.id(),
                Json(next) as _
            )
            .execute(&mut **transaction)
            .await?;
            Ok(())
        })
    }

    fn stored(&self, row: Row, version: i64) {
        self.cache.apply(&changed(row.owner.id(), version, Vec::new(), None));
    }
}

/// The own values that a save would store to come to `wanted`, or why it would not.
pub fn planned(layers: &Layers, wanted: &Overrides) -> Result<Overrides, Vec<FieldError>> {
    let patch = save::parse(&Value::Object(patch_between(&layers.own, wanted)))?;
    save::plan(layers, &patch)
}

impl PreferenceService {
    /// To be called after the commit of a change of what the members of an organization inherit:
    /// its notification may still be on its way to this very process.
    pub fn inherited(&self) {
        self.cache.clear();
    }
}
