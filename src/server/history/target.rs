//! What a rollback changes: a row of one of the configuration tables, held while it is looked at
//! and stored by the rules of its own service.

use super::read::target_name;
use crate::{
    domain::{
        ai::{Overrides, Owner},
        error_code::ErrorCode,
        field_error::FieldError,
        history::ConfigType,
        preferences::Layers,
    },
    server::{
        ai::{
            AiService,
            restore::{self as ai, Held, Stored},
        },
        error::ServiceError,
        organizations::defaults::restore as defaults,
        postgres::{ChangeDescription, Transaction},
        preferences::{PreferenceService, restore as preferences},
    },
};
use uuid::Uuid;

/// A row that holds configuration, or did until it was deleted.
#[derive(Debug)]
pub struct Target {
    pub id: Uuid,
    pub kind: ConfigType,
    pub owner: Owner,
    pub name: String,
    /// Of the row, or of its deletion.
    pub version: i64,
    current: Current,
}

#[derive(Debug)]
enum Current {
    Preferences(Layers),
    Defaults(Overrides),
    Configuration(Option<Stored>),
    Ceilings(Overrides),
}

impl Target {
    /// Reads and holds the row. `known_name` is how history calls it, for one that is deleted.
    pub async fn lock(
        transaction: &mut Transaction,
        (id, kind, owner): (Uuid, ConfigType, Owner),
        known_name: Option<String>,
        description: &ChangeDescription,
    ) -> Result<Self, ServiceError> {
        let (current, version, own_name) = match (kind, owner) {
            (ConfigType::UserPreference, Owner::Person(user_id)) => {
                let (layers, version) =
                    preferences::lock(transaction, user_id, description).await?;
                (Current::Preferences(layers), version, None)
            }
            (ConfigType::OrganizationPreferenceDefault, _) => {
                let (stored, version) = defaults::lock(transaction, id).await?;
                (Current::Defaults(stored), version, None)
            }
            (ConfigType::OrganizationPolicy, _) => {
                let (ceilings, version) = ai::lock_ceilings(transaction, id).await?;
                (Current::Ceilings(ceilings), version, None)
            }
            (ConfigType::AiConfig, _) => match ai::lock(transaction, id).await? {
                Some((stored, version)) => {
                    let name = stored.config_name.clone();
                    (Current::Configuration(Some(stored)), version, Some(name))
                }
                None => (
                    Current::Configuration(None),
                    newest_version(transaction, id).await?,
                    known_name,
                ),
            },
            (ConfigType::ApiKey, _) | (ConfigType::UserPreference, Owner::Organization(_)) => {
                return Err(keys_stay());
            }
        };
        let organization = match owner {
            Owner::Organization(id) => {
                sqlx::query_scalar!("SELECT name FROM organizations WHERE id = $1", id)
                    .fetch_optional(&mut **transaction)
                    .await?
            }
            Owner::Person(_) => None,
        };
        Ok(Self {
            id,
            kind,
            owner,
            name: target_name(kind, own_name, organization.as_ref()),
            version,
            current,
        })
    }

    /// The value as history would record it; `None` when it is deleted.
    pub fn value(&self) -> Option<Overrides> {
        match &self.current {
            Current::Preferences(layers) => Some(layers.own.clone()),
            Current::Defaults(value) | Current::Ceilings(value) => Some(value.clone()),
            Current::Configuration(stored) => stored.as_ref().map(Stored::value),
        }
    }

    /// The value that would be stored to come to `wanted`, or every reason why not.
    pub async fn plan(
        &self,
        transaction: &mut Transaction,
        held: Option<&Held>,
        wanted: Option<&Overrides>,
    ) -> Result<Result<Option<Overrides>, Vec<FieldError>>, ServiceError> {
        let empty = Overrides::new();
        let no_rules =
            || ServiceError::Internal("the rules of AI configurations were not read".into());
        Ok(match &self.current {
            Current::Preferences(layers) => {
                preferences::plan(layers, wanted.unwrap_or(&empty)).map(Some)
            }
            Current::Defaults(current) => {
                defaults::plan(current, wanted.unwrap_or(&empty)).map(Some)
            }
            Current::Ceilings(current) => held
                .ok_or_else(no_rules)?
                .plan_ceilings(current, wanted.unwrap_or(&empty))
                .map(Some),
            Current::Configuration(current) => {
                let Some(wanted) = wanted else { return Ok(Ok(None)) };
                let wanted = match Stored::read(wanted) {
                    Ok(wanted) => wanted,
                    Err(error) => return Ok(Err(vec![error])),
                };
                let planned =
                    held.ok_or_else(no_rules)?.plan(self.owner, current.as_ref(), &wanted);
                let is_new = current
                    .as_ref()
                    .is_none_or(|current| current.config_name != wanted.config_name);
                let obstacles = match is_new {
                    true => {
                        ai::obstacles(transaction, self.id, self.owner, &wanted.config_name).await?
                    }
                    false => Vec::new(),
                };
                match planned {
                    Ok(planned) if obstacles.is_empty() => Ok(Some(planned.value())),
                    Ok(_) => Err(obstacles),
                    Err(errors) => Err(obstacles.into_iter().chain(errors).collect()),
                }
            }
        })
    }

    /// Stores a planned value.
    pub async fn store(
        &self,
        transaction: &mut Transaction,
        next: Option<&Overrides>,
    ) -> Result<(), ServiceError> {
        let empty = Overrides::new();
        match (&self.current, self.owner) {
            (Current::Preferences(_), owner) => {
                preferences::store(transaction, owner.id(), next.unwrap_or(&empty)).await
            }
            (Current::Defaults(_), _) => {
                defaults::store(transaction, self.id, next.unwrap_or(&empty)).await
            }
            (Current::Ceilings(_), _) => {
                ai::store_ceilings(transaction, self.id, next.unwrap_or(&empty)).await
            }
            (Current::Configuration(current), owner) => {
                let next = next
                    .map(Stored::read)
                    .transpose()
                    .map_err(|error| ServiceError::Internal(error.message))?;
                ai::store(transaction, self.id, owner, current.is_some(), next.as_ref()).await
            }
        }
    }

    /// After the commit: what this process remembers of the old value is forgotten. The others hear
    /// of it by the trigger.
    pub fn stored(&self, preferences: &PreferenceService, ai: &AiService, version: i64) {
        match self.current {
            Current::Preferences(_) => preferences.stored(self.owner.id(), version),
            Current::Defaults(_) => preferences.inherited(),
            Current::Configuration(_) | Current::Ceilings(_) => ai.stored(self.owner),
        }
    }
}

/// The version of the newest change of a target.
pub async fn newest_version(
    transaction: &mut Transaction,
    target_id: Uuid,
) -> Result<i64, ServiceError> {
    let version = sqlx::query_scalar!(
        "SELECT max(version) FROM configuration_audit_log WHERE target_id = $1",
        target_id
    )
    .fetch_one(&mut **transaction)
    .await?;
    version.ok_or(ServiceError::NotFound("This configuration"))
}

/// Why a change of a key cannot be taken back.
pub fn keys_stay() -> ServiceError {
    ServiceError::refused(
        ErrorCode::KeysWriteOnly,
        "Keys are write-only: history never held this one, so it cannot be brought back. Enter the key again under AI \
            configuration, API keys.",
    )
}
