//! Configurations and ceilings back to an earlier value: the rules and the limits of a save, in a
//! transaction of history's.

use super::{
    AiService, Standing,
    policy::{lock_ceilings, store_ceilings},
    read::columns,
    save::{MOST, check_room},
};
use crate::{
    domain::{
        ai::{
            AiPatch, CeilingPatch, Ceilings, Layer, Overrides, Owner, check_config_name,
            models::Catalog,
            save::{Rules, validate},
        },
        field_error::FieldError,
        merge_patch::patch_between,
    },
    server::{
        foundation::error::ServiceError,
        postgres::{ChangeDescription, Transaction},
        restore::{Current, Planned, Restore, RestoreValue, Row},
    },
};
use chrono::Utc;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::types::Json;
use std::sync::Arc;
use uuid::Uuid;

/// A configuration as history keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    config_name: String,
    is_active: bool,
    priority: i32,
    #[serde(default)]
    configuration: Overrides,
}

impl Stored {
    /// # Errors
    /// When it is no configuration: written by another release.
    fn read(value: &Overrides) -> Result<Self, FieldError> {
        serde_json::from_value(Value::Object(value.clone())).map_err(|_| {
            FieldError::new(
                "",
                "This configuration was stored in a form that cannot be read any more.",
            )
        })
    }

    fn value(&self) -> Overrides {
        match serde_json::to_value(self) {
            Ok(Value::Object(value)) => value,
            _ => Map::new(),
        }
    }
}

/// What a value is held against. Read before the transaction: reading needs connections of its own.
#[derive(Clone, Debug)]
pub struct Basis {
    standing: Arc<Standing>,
    models: Arc<Catalog>,
}

/// Configurations of people and organizations.
pub struct Configurations {
    pub service: AiService,
    pub basis: Basis,
}

/// The ceilings of organizations.
pub struct CeilingsOfOrganizations {
    pub service: AiService,
    pub basis: Basis,
}

impl AiService {
    /// The rules for what a person changes, for themselves or their organization.
    pub async fn basis(&self, user_id: Uuid) -> Result<Basis, ServiceError> {
        Ok(Basis { standing: self.standing(user_id).await?, models: self.models.current().await? })
    }
}

impl Restore for Configurations {
    fn is_deletable(&self) -> bool {
        true
    }

    fn lock<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        _description: &'a ChangeDescription,
    ) -> BoxFuture<'a, Result<Option<Current>, ServiceError>> {
        Box::pin(async move {
            let found = lock(transaction, row.id).await?;
            Ok(found.map(|(stored, version)| Current {
                value: stored.value(),
                version,
                name: Some(stored.config_name),
                beneath: Overrides::new(),
            }))
        })
    }

    fn plan<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        current: Option<&'a Current>,
        wanted: &'a Overrides,
    ) -> BoxFuture<'a, Result<Planned, ServiceError>> {
        Box::pin(async move {
            let read = |value| Stored::read(value).map_err(|error| vec![error]);
            let before = match current.map(|current| read(&current.value)).transpose() {
                Ok(before) => before,
                Err(errors) => return Ok(Err(errors)),
            };
            let wanted = match read(wanted) {
                Ok(wanted) => wanted,
                Err(errors) => return Ok(Err(errors)),
            };
            let planned = self.basis.plan(row.owner, before.as_ref(), &wanted);
            let keeps_name = before.is_some_and(|before| before.config_name == wanted.config_name);
            let obstacles = match keeps_name {
                true => Vec::new(),
                false => obstacles(transaction, row.id, row.owner, &wanted.config_name).await?,
            };
            Ok(match planned {
                Ok(planned) if obstacles.is_empty() => Ok(Some(planned.value())),
                Ok(_) => Err(obstacles),
                Err(errors) => Err(obstacles.into_iter().chain(errors).collect()),
            })
        })
    }

    fn write<'a>(
        &'a self,
        transaction: &'a mut Transaction,
        row: Row,
        exists: bool,
        next: Option<&'a Overrides>,
    ) -> BoxFuture<'a, Result<(), ServiceError>> {
        Box::pin(async move {
            let next = next
                .map(Stored::read)
                .transpose()
                .map_err(|error| ServiceError::Internal(error.message))?;
            store(transaction, row.id, row.owner, exists, next.as_ref()).await
        })
    }

    fn stored(&self, row: Row, _version: i64) {
        self.service.forget(row.owner);
    }
}

impl RestoreValue for CeilingsOfOrganizations {
    async fn hold(
        &self,
        transaction: &mut Transaction,
        row: Row,
    ) -> Result<(Overrides, i64), ServiceError> {
        let (Ceilings(ceilings), version) = lock_ceilings(transaction, row.owner.id()).await?;
        Ok((ceilings, version))
    }

    fn next(&self, before: Overrides, wanted: &Overrides) -> Result<Overrides, Vec<FieldError>> {
        let patch = CeilingPatch(patch_between(&before, wanted));
        Ceilings(before).plan(&patch, &self.basis.models).map(|Ceilings(next)| next)
    }

    async fn store(
        &self,
        transaction: &mut Transaction,
        row: Row,
        next: &Overrides,
    ) -> Result<(), ServiceError> {
        store_ceilings(transaction, row.owner.id(), next).await.map(drop)
    }

    fn forget(&self, row: Row) {
        self.service.forget(row.owner);
    }
}

impl Basis {
    /// The configuration that a save would store to come to `wanted`, or why it would not.
    fn plan(
        &self,
        owner: Owner,
        current: Option<&Stored>,
        wanted: &Stored,
    ) -> Result<Stored, Vec<FieldError>> {
        let before = current.map(|current| current.configuration.clone()).unwrap_or_default();
        let patch = AiPatch(patch_between(&before, &wanted.configuration));
        let mut layers = self.standing.layers.clone();
        let target = match owner {
            Owner::Person(_) => {
                layers.person = before;
                Layer::Person
            }
            Owner::Organization(_) => {
                layers.organization = before;
                Layer::Organization
            }
        };
        let rules = Rules { models: &self.models, today: self.standing.today(Utc::now()) };
        let mut errors = Vec::new();
        let config_name = check_config_name(&wanted.config_name)
            .map_err(|message| errors.push(FieldError::new("configName", message)));
        let configuration = validate(&layers, target, &patch, rules).map_err(|wrong| {
            let inside = wrong.into_iter().map(|error| match error.path.as_str() {
                "" => FieldError::new("configuration", error.message),
                path => FieldError::new(format!("configuration.{path}"), error.message),
            });
            errors.extend(inside);
        });
        match (config_name, configuration) {
            (Ok(config_name), Ok(configuration)) => {
                Ok(Stored { config_name, configuration, ..wanted.clone() })
            }
            _ => Err(errors),
        }
    }
}

/// A configuration and its version, held until the end of the transaction; `None` when it is
/// deleted.
async fn lock(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Option<(Stored, i64)>, ServiceError> {
    let row = sqlx::query!(
        r#"SELECT config_name, configuration AS "configuration: Json<Overrides>", is_active,
           priority, version
             FROM ai_configurations WHERE id = $1 FOR NO KEY UPDATE"#,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(row.map(|row| {
        let stored = Stored {
            config_name: row.config_name,
            is_active: row.is_active,
            priority: row.priority,
            configuration: row.configuration.0,
        };
        (stored, row.version)
    }))
}

/// Why a configuration cannot be made again beside those that there are.
async fn obstacles(
    transaction: &mut Transaction,
    id: Uuid,
    owner: Owner,
    name: &str,
) -> Result<Vec<FieldError>, ServiceError> {
    let (person, organization) = columns(owner);
    let row = sqlx::query!(
        r#"SELECT count(*) AS "count!", coalesce(bool_or(config_name = $4), false) AS "taken!"
           FROM ai_configurations
            WHERE user_id IS NOT DISTINCT FROM $1 AND organization_id IS NOT DISTINCT FROM $2
              AND id <> $3"#,
        person,
        organization,
        id,
        name
    )
    .fetch_one(&mut **transaction)
    .await?;
    let mut errors = Vec::new();
    if row.taken {
        let sentence =
            format!("There is another configuration named “{name}” by now. Delete it first.");
        errors.push(FieldError::new("configName", sentence));
    }
    if row.count >= MOST {
        let sentence = format!(
            "There are {MOST} configurations already. Delete one that is not used any more."
        );
        errors.push(FieldError::new("", sentence));
    }
    Ok(errors)
}

/// Writes a configuration, with its old id when it was deleted; `None` deletes it.
async fn store(
    transaction: &mut Transaction,
    id: Uuid,
    owner: Owner,
    exists: bool,
    wanted: Option<&Stored>,
) -> Result<(), ServiceError> {
    let (person, organization) = columns(owner);
    match wanted {
        None => {
            sqlx::query!("DELETE FROM ai_configurations WHERE id = $1", id)
                .execute(&mut **transaction)
                .await?;
        }
        Some(wanted) if exists => {
            sqlx::query!(
                "UPDATE ai_configurations SET config_name = $2, configuration = $3, is_active = \
                    $4, priority = $5 WHERE id = $1",
                id,
                wanted.config_name,
                Json(&wanted.configuration) as _,
                wanted.is_active,
                wanted.priority
            )
            .execute(&mut **transaction)
            .await?;
        }
        Some(wanted) => {
            // Several that come back together were each planned without the others.
            check_room(transaction, owner).await?;
            sqlx::query!(
                "INSERT INTO ai_configurations (id, user_id, organization_id, config_name,
                 configuration, is_active, priority)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                id,
                person,
                organization,
                wanted.config_name,
                Json(&wanted.configuration) as _,
                wanted.is_active,
                wanted.priority
            )
            .execute(&mut **transaction)
            .await?;
        }
    }
    Ok(())
}
