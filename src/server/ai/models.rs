//! The catalog of models as it is now: the program's own, with what administrators added or
//! corrected.

use crate::{
    domain::ai::models::{Catalog, is_id},
    server::{
        foundation::{
            cache::Cache,
            context::{RequestContext, Role},
            error::ServiceError,
        },
        postgres::{Database, Event},
    },
};
use serde_json::Value;
use sqlx::types::Json;
use std::{sync::Arc, time::Duration};

/// The way to the catalog. Clones share what was read.
#[derive(Clone)]
pub struct Models {
    db: Database,
    /// One for everybody.
    read: Arc<Cache<(), Arc<Catalog>>>,
}

/// The longest time that an old catalog could apply if the notification of its change were lost.
const LIFETIME: Duration = Duration::from_secs(300);

impl Models {
    pub fn new(db: Database) -> Self {
        let read = Arc::new(Cache::new(LIFETIME, 1));
        let kept = Arc::clone(&read);
        db.events().on_change(move |event| {
            if matches!(event, Event::ModelCatalogChanged | Event::Reconnected) {
                kept.forget_all();
            }
        });
        Self { db, read }
    }

    /// The catalog, as of the last change that was acknowledged anywhere.
    pub async fn current(&self) -> Result<Arc<Catalog>, ServiceError> {
        let epoch = self.db.events().epoch();
        if let Some(catalog) = self.read.get(&(), epoch) {
            return Ok(catalog);
        }
        let ticket = self.read.ticket(epoch);
        let rows = sqlx::query!(
            r#"SELECT model_id, entry AS "entry: Json<Value>" FROM model_overrides
               ORDER BY model_id"#
        )
        .fetch_all(self.db.pool())
        .await?;
        let entries = rows.iter().map(|row| (row.model_id.as_str(), &row.entry.0));
        let (catalog, errors) = Catalog::built_in().with_overrides(entries);
        for error in errors {
            tracing::warn!(%error, "a correction of the model catalog cannot be used");
        }
        let catalog = Arc::new(catalog);
        self.read.put((), Arc::clone(&catalog), ticket);
        Ok(catalog)
    }

    /// Adds or corrects a model; `null` takes the correction back.
    ///
    /// # Errors
    /// 403 for everybody but administrators, 400 when the entry cannot be used.
    pub async fn correct(
        &self,
        request: &RequestContext,
        id: &str,
        entry: &Value,
    ) -> Result<Arc<Catalog>, ServiceError> {
        let actor = request.in_person()?;
        if actor.role != Role::Admin {
            return Err(ServiceError::Forbidden(
                "Only administrators of the installation may change the catalog of models.",
            ));
        }
        if !is_id(id) {
            return Err(ServiceError::field(
                "model",
                "A model's id has 1 to 100 letters, digits and signs of - . _ : / @.",
            ));
        }
        let mut transaction = self.db.as_person(request).await?;
        if entry.is_null() {
            sqlx::query!("DELETE FROM model_overrides WHERE model_id = $1", id)
                .execute(&mut *transaction)
                .await?;
        } else {
            Catalog::built_in().read_entry(id, entry).map_err(|error| {
                let path = if error.field.is_empty() {
                    "entry".to_owned()
                } else {
                    format!("entry.{}", error.field)
                };
                ServiceError::field(&path, error.message)
            })?;
            sqlx::query!(
                "INSERT INTO model_overrides (model_id, entry) VALUES ($1, $2)
                 ON CONFLICT (model_id) DO UPDATE SET entry = excluded.entry",
                id,
                Json(entry) as _
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        self.read.forget_all();
        self.current().await
    }
}
