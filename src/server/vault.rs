//! Keys of people and organizations, and secrets of second factors, encrypted: the program knows
//! the master key, the database only what it sealed.
//!
//! Each key is sealed with XChaCha20-Poly1305 under a random nonce, with its owner, name and
//! version as associated data: a ciphertext moved to another row does not open. Nothing here asks
//! whether the caller may do it; the services that call do. History is written by the table's
//! triggers and holds only how a key is masked.

mod master_key;
mod master_rotation;
mod second_factors;
mod secret;
mod status;

pub use master_key::{KeyError, Keyring, MasterKey, Unreadable};
pub use master_rotation::Rotated;
pub use second_factors::Sealed;
pub use secret::Secret;
pub use status::{SealedKeys, SealedState};

use crate::{
    domain::{
        ai::{Owner, views::KeyState},
        error_code::ErrorCode,
    },
    server::{
        foundation::{
            context::{ChangeContext, RequestContext},
            error::ServiceError,
        },
        postgres::{Database, Transaction, describe_change},
    },
};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::{path::PathBuf, sync::Arc, time::Duration};
use uuid::Uuid;

/// How long a key that was replaced may still be used when the new one is refused.
pub const USUAL_GRACE: Duration = Duration::from_secs(24 * 3600);
/// The file of the embedded default, in the data directory.
pub const KEY_FILE: &str = "vault.key";
/// The advisory lock that keeps a key from being sealed with a master key on its way out: shared by
/// whoever stores, exclusive for the end of a rotation. Any number that nobody else uses ("vault"
/// in ASCII).
const MASTER_LOCK: i64 = 0x76_61_75_6c_74;

/// Where the master key comes from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// `TRAIN_VAULT_KEY` and, while it is rotated, `TRAIN_VAULT_PREVIOUS_KEY`.
    Environment(Keyring),
    /// A file, for a server with its own PostgreSQL, which is alone with its data. It is made when
    /// it is missing and nothing is sealed yet; a missing one that something is sealed under is
    /// never replaced unasked.
    File(PathBuf),
    /// An external database may have several servers, and a file on each would be a different key.
    Missing,
}

impl KeySource {
    /// The keys as they are now: a file may have changed since the last look.
    fn keys(&self) -> Result<Keyring, NoKeys> {
        match self {
            Self::Environment(keys) => Ok(keys.clone()),
            Self::File(path) => Ok(Keyring::from_file(path)?),
            Self::Missing => Err(NoKeys::NotConfigured),
        }
    }
}

/// Why there is no master key at this moment.
#[derive(Debug, thiserror::Error)]
enum NoKeys {
    #[error("TRAIN_VAULT_KEY is not set")]
    NotConfigured,
    #[error(transparent)]
    File(#[from] KeyError),
}

impl From<NoKeys> for ServiceError {
    /// For whoever wants to store a key.
    fn from(error: NoKeys) -> Self {
        let message = match error {
            NoKeys::NotConfigured => {
                "Keys cannot be stored here yet: this installation has no master key. \
                 Let its operator set TRAIN_VAULT_KEY and start it again."
            }
            NoKeys::File(KeyError::Missing { .. }) => {
                "Keys cannot be stored at the moment: this installation has lost its master key. \
                 Let its operator bring the file vault.key back, or run “train vault replace”."
            }
            NoKeys::File(error) => return Self::Internal(format!("master key: {error}")),
        };
        Self::refused(ErrorCode::VaultKeyMissing, message)
    }
}

/// A key as people see it.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskedSecret {
    pub id: Uuid,
    pub name: String,
    /// Counts the keys of one owner and name from 1.
    pub version: i64,
    /// `sk-ant-…a1b2`
    pub masked: String,
    pub state: KeyState,
    /// Until when a secondary key may be used.
    pub grace_until: Option<DateTime<Utc>>,
    /// Whether the master key that it was sealed under is here; a revoked one needs none.
    pub readable: bool,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<Uuid>,
}

/// A key that may be used now.
#[derive(Debug)]
pub struct ActiveSecret {
    pub id: Uuid,
    pub version: i64,
    pub state: KeyState,
    pub grace_until: Option<DateTime<Utc>>,
    /// The key, or why it cannot be opened.
    pub secret: Result<Secret, Unreadable>,
}

/// The state that a row says; the table takes no other words.
fn state(word: &str) -> KeyState {
    word.parse().unwrap_or(KeyState::Revoked)
}

/// The way to the stored keys. Clones share it.
#[derive(Clone, Debug)]
pub struct Vault {
    database: Database,
    source: Arc<KeySource>,
}

impl Vault {
    /// Reads the key file, so that a bad one stops the start and not the first request. A missing
    /// one is made when the first key is stored, or by [`Self::prepare`].
    ///
    /// # Errors
    /// One sentence for the operator: the file cannot be used, or holds a key that everybody could
    /// guess.
    pub fn open(database: Database, source: KeySource) -> Result<Self, KeyError> {
        if let KeySource::File(path) = &source {
            match Keyring::from_file(path) {
                Ok(_) | Err(KeyError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { database, source: Arc::new(source) })
    }

    /// Makes the key file if it is missing and nothing is sealed under another one: those keys
    /// would seem to be lost, and the file that opens them would no longer fit into its place.
    ///
    /// # Errors
    /// The file cannot be made, or the database does not answer.
    pub async fn prepare(&self) -> Result<(), ServiceError> {
        let mut connection = self.database.pool().acquire().await?;
        match self.keys_for_sealing(&mut connection).await {
            Ok(_) | Err(ServiceError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What seals a new key. Makes the key file as [`Self::prepare`] does.
    async fn keys_for_sealing(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Keyring, ServiceError> {
        match (self.source.keys(), &*self.source) {
            (Err(NoKeys::File(KeyError::Missing { .. })), KeySource::File(path))
                if !status::is_anything_sealed(connection).await? =>
            {
                let made = Keyring::make_file(path);
                made.map_err(|error| ServiceError::Internal(format!("master key: {error}")))
            }
            (keys, _) => Ok(keys?),
        }
    }

    /// Stores the first key of this name or replaces the present one, which may be used for `grace`
    /// longer.
    pub async fn rotate(
        &self,
        request: &RequestContext,
        owner: Owner,
        name: &str,
        secret: &Secret,
        grace: Duration,
        reason: Option<String>,
    ) -> Result<MaskedSecret, ServiceError> {
        let mut transaction = self.begin_change(request, reason).await?;
        // Two that rotate at once: the second replaces the first one's key.
        let slot = format!("vault:{}:{}:{name}", owner.scope_type().as_str(), owner.id());
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", slot)
            .fetch_one(&mut *transaction)
            .await?;
        let version = sqlx::query_scalar!(
            r#"SELECT coalesce(max(version), 0) + 1 AS "version!" FROM vault.secrets
                WHERE scope_type = $1 AND scope_id = $2 AND name = $3"#,
            owner.scope_type().as_str(),
            owner.id(),
            name
        )
        .fetch_one(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE vault.secrets SET state = CASE WHEN $4::double precision > 0 THEN 'secondary'
             ELSE 'revoked' END,
               grace_until = CASE WHEN $4 > 0 THEN now() + make_interval(secs => $4) END,
               nonce = CASE WHEN $4 > 0 THEN nonce END, ciphertext = CASE
                 WHEN $4 > 0 THEN ciphertext END
              WHERE scope_type = $1 AND scope_id = $2 AND name = $3 AND state = 'primary'",
            owner.scope_type().as_str(),
            owner.id(),
            name,
            grace.as_secs_f64()
        )
        .execute(&mut *transaction)
        .await?;
        // Read under the shared lock that `begin_change` took: no rotation of the master key ends
        // meanwhile.
        let key = self.keys_for_sealing(&mut transaction).await?.into_current();
        let (nonce, ciphertext) =
            key.seal(&identity(owner, name, version), secret.expose().as_bytes())?;
        let masked = secret.masked();
        let row = sqlx::query!(
            "INSERT INTO vault.secrets (scope_type, scope_id, name, version, key_id, nonce,
             ciphertext, masked, state, created_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'primary', $9) RETURNING id, created_at",
            owner.scope_type().as_str(),
            owner.id(),
            name,
            version,
            key.id(),
            nonce.as_slice(),
            ciphertext,
            masked,
            request.actor.as_ref().map(|actor| actor.user_id)
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(MaskedSecret {
            id: row.id,
            name: name.to_owned(),
            version,
            masked,
            state: KeyState::Primary,
            grace_until: None,
            readable: true,
            created_at: row.created_at,
            created_by: request.actor.as_ref().map(|actor| actor.user_id),
        })
    }

    /// The keys that may be used now: the primary first, then those within their grace, the newest
    /// first. One that cannot be opened is among them, without its text.
    pub async fn active(
        &self,
        owner: Owner,
        name: &str,
    ) -> Result<Vec<ActiveSecret>, ServiceError> {
        let rows = sqlx::query!(
            r#"SELECT id, version, key_id, nonce AS "nonce!", ciphertext AS "ciphertext!", state,
               grace_until
                 FROM vault.secrets
                WHERE scope_type = $1 AND scope_id = $2 AND name = $3
                  AND (state = 'primary' OR state = 'secondary' AND grace_until > now())
                ORDER BY state, version DESC"#,
            owner.scope_type().as_str(),
            owner.id(),
            name
        )
        .fetch_all(self.database.pool())
        .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let keys = self.source.keys();
        let active = rows.into_iter().map(|row| {
            let identity = identity(owner, name, row.version);
            let secret = match &keys {
                Ok(keys) => keys.open(&row.key_id, &identity, &row.nonce, &row.ciphertext),
                Err(error) => Err(Unreadable::NoMasterKey(error.to_string())),
            };
            ActiveSecret {
                id: row.id,
                version: row.version,
                state: state(&row.state),
                grace_until: row.grace_until,
                secret,
            }
        });
        Ok(active.collect())
    }

    /// All keys of an owner, also those that are gone: by name, the newest first. None of them is
    /// opened for it.
    pub async fn list(&self, owner: Owner) -> Result<Vec<MaskedSecret>, ServiceError> {
        let rows = sqlx::query!(
            "SELECT id, name, version, key_id, masked, state, grace_until, created_at, created_by
             FROM vault.secrets
              WHERE scope_type = $1 AND scope_id = $2 ORDER BY name, version DESC",
            owner.scope_type().as_str(),
            owner.id()
        )
        .fetch_all(self.database.pool())
        .await?;
        let keys = self.source.keys().ok();
        let has = |key_id: &str| keys.as_ref().is_some_and(|keys| keys.has(key_id));
        let seen = rows.into_iter().map(|row| MaskedSecret {
            readable: row.state == "revoked" || has(&row.key_id),
            id: row.id,
            name: row.name,
            version: row.version,
            masked: row.masked,
            state: state(&row.state),
            grace_until: row.grace_until,
            created_at: row.created_at,
            created_by: row.created_by,
        });
        Ok(seen.collect())
    }

    /// Removes a key for ever. One that is gone already stays so.
    ///
    /// # Errors
    /// 404 when the owner has no such key.
    pub async fn revoke(
        &self,
        request: &RequestContext,
        owner: Owner,
        id: Uuid,
    ) -> Result<(), ServiceError> {
        let mut transaction = self.begin_change(request, None).await?;
        let done = sqlx::query!(
            "UPDATE vault.secrets SET state = 'revoked', grace_until = NULL, nonce = NULL,
             ciphertext = NULL
              WHERE id = $1 AND scope_type = $2 AND scope_id = $3",
            id,
            owner.scope_type().as_str(),
            owner.id()
        )
        .execute(&mut *transaction)
        .await?;
        if done.rows_affected() == 0 {
            return Err(ServiceError::NotFound("This key"));
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Removes the keys whose grace has ended and says how many. For a job that runs now and then:
    /// nobody can use them anyway.
    pub async fn retire_expired(&self) -> Result<u64, ServiceError> {
        let done = sqlx::query!(
            "UPDATE vault.secrets SET state = 'revoked', grace_until = NULL, nonce = NULL,
             ciphertext = NULL
              WHERE state = 'secondary' AND grace_until <= now()"
        )
        .execute(self.database.pool())
        .await?;
        Ok(done.rows_affected())
    }

    async fn begin_change(
        &self,
        request: &RequestContext,
        reason: Option<String>,
    ) -> Result<Transaction, ServiceError> {
        let mut transaction = self.database.begin().await?;
        describe_change(
            &mut transaction,
            request,
            &ChangeContext { reason, ..ChangeContext::default() },
        )
        .await?;
        sqlx::query!("SELECT pg_advisory_xact_lock_shared($1)", MASTER_LOCK)
            .fetch_one(&mut *transaction)
            .await?;
        Ok(transaction)
    }
}

/// The associated data: which row this is. The name comes last, because it is the only part that
/// could hold a separator.
fn identity(owner: Owner, name: &str, version: i64) -> Vec<u8> {
    format!("train vault 1\n{}\n{}\n{version}\n{name}", owner.scope_type().as_str(), owner.id())
        .into_bytes()
}
