//! What a rollback changes: a row of one of the configuration tables, held while it is looked at
//! and stored by the rules of its own service.

use super::read::target_name;
use crate::{
    domain::{
        ai::{Overrides, Owner},
        error_code::ErrorCode,
        history::ConfigType,
    },
    server::{
        foundation::error::ServiceError,
        postgres::{ChangeDescription, Transaction},
        restore::{Current, Planned, Restore, Row},
    },
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What can go back to an earlier value, by history's kind.
pub type Restorable = BTreeMap<ConfigType, Box<dyn Restore>>;

/// A row that holds configuration, or did until it was deleted.
pub struct Target<'a> {
    pub row: Row,
    pub kind: ConfigType,
    pub name: String,
    /// Of the row, or of its deletion.
    pub version: i64,
    restore: &'a dyn Restore,
    current: Option<Current>,
}

impl<'a> Target<'a> {
    /// Reads and holds the row. `known_name` is how history calls it, for one that is deleted.
    pub async fn lock(
        transaction: &mut Transaction,
        restorable: &'a Restorable,
        (id, kind, owner): (Uuid, ConfigType, Owner),
        known_name: Option<String>,
        description: &ChangeDescription,
    ) -> Result<Self, ServiceError> {
        let restore = restorable.get(&kind).ok_or_else(keys_stay)?.as_ref();
        let row = Row { id, owner };
        let current = restore.lock(transaction, row, description).await?;
        let (version, own_name) = match &current {
            Some(current) => (current.version, current.name.clone()),
            None => (newest_version(transaction, id).await?, known_name),
        };
        let organization = match owner {
            Owner::Organization(id) => {
                sqlx::query_scalar!("SELECT name FROM organizations WHERE id = $1", id)
                    .fetch_optional(&mut **transaction)
                    .await?
            }
            Owner::Person(_) => None,
        };
        let name = target_name(kind, own_name, organization.as_ref());
        Ok(Self { row, kind, name, version, restore, current })
    }

    /// The value as history would record it; `None` when it is deleted.
    pub fn value(&self) -> Option<&Overrides> {
        self.current.as_ref().map(|current| &current.value)
    }

    /// The value that would be stored to come to `wanted`, or every reason why not.
    pub async fn plan(
        &self,
        transaction: &mut Transaction,
        wanted: Option<Overrides>,
    ) -> Result<(Option<Overrides>, Planned), ServiceError> {
        let wanted = match self.restore.is_deletable() {
            true => wanted,
            // Before the first choice they were empty.
            false => Some(wanted.unwrap_or_default()),
        };
        let planned = match &wanted {
            wanted if wanted.as_ref() == self.value() => Ok(wanted.clone()),
            None => Ok(None),
            Some(value) => {
                self.restore.plan(transaction, self.row, self.current.as_ref(), value).await?
            }
        };
        Ok((wanted, planned))
    }

    /// Stores a planned value.
    pub async fn store(
        &self,
        transaction: &mut Transaction,
        next: Option<&Overrides>,
    ) -> Result<(), ServiceError> {
        self.restore.write(transaction, self.row, self.current.is_some(), next).await
    }

    /// To be called after the commit.
    pub fn stored(&self, version: i64) {
        self.restore.stored(self.row, version);
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
        "Keys are write-only: history never held this one, so it cannot be brought back. Enter \
            the key again under AI \
            configuration, API keys.",
    )
}
