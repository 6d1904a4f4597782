//! An organization's defaults back to an earlier value: the rules and the statement of a save, in a
//! transaction of history's.

use crate::{
    domain::preferences::{Layers, Overrides},
    server::{
        foundation::error::ServiceError,
        postgres::{ChangeDescription, Transaction},
        preferences::{PreferenceService, restore::planned},
        restore::{Current, Planned, Restore, Row},
    },
};
use futures::future::BoxFuture;
use sqlx::types::Json;

/// The defaults of organizations; the service remembers what their members inherit.
pub struct Defaults(pub PreferenceService);

impl Restore for Defaults {
    fn lock<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        _description: &'a ChangeDescription,
    ) -> BoxFuture<'a, Result<Option<Current>, ServiceError>> {
        Box::pin(async move {
            let row = sqlx::query!(
                r#"SELECT preferences AS "preferences: Json<Overrides>", version
           FROM organization_preference_defaults
            WHERE id = $1 FOR NO KEY UPDATE"#,
                row.id
            )
            .fetch_optional(&mut **transaction)
            .await?
            .ok_or(ServiceError::NotFound("This organization"))?;
            Ok(Some(Current {
                value: row.preferences.0,
                version: row.version,
                name: None,
                beneath: Overrides::new(),
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
        let own = current.map(|current| current.value.clone()).unwrap_or_default();
        let layers = Layers { own, ..Layers::default() };
        Box::pin(async move { Ok(planned(&layers, wanted)) })
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
                "UPDATE organization_preference_defaults SET preferences = $2 WHERE id = $1",
                row.id,
                Json(next) as _
            )
            .execute(&mut **transaction)
            .await?;
            Ok(())
        })
    }

    fn stored(&self, _row: Row, _version: i64) {
        self.0.inherited();
    }
}
