//! Which stored keys can be opened with the master keys at hand: for the log at start and for
//! `train vault status`. Nothing here shows a key or whose it is.

use super::{KeySource, Keyring, Owner, Vault, identity, second_factors};
pub use crate::domain::admin::SealedState;
use crate::server::foundation::error::ServiceError;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Stored keys that share a master key, a kind of owner and what is the matter with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKeys {
    pub state: SealedState,
    /// The master key that they were sealed under.
    pub key_id: String,
    /// `person` or `organization`; for second factors `second step`.
    pub owners: String,
    pub count: u64,
}

/// Whether any key is sealed in the database.
pub(super) async fn is_anything_sealed(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM vault.secrets WHERE ciphertext IS NOT NULL)
               OR EXISTS (SELECT FROM auth.second_factors) AS "sealed!""#
    )
    .fetch_one(connection)
    .await
}

impl Vault {
    /// The ids of the master keys at hand, the one that seals first; or the sentence why there are
    /// none.
    pub fn master_keys(&self) -> Result<Vec<String>, String> {
        self.source.keys().map(|keys| keys.ids()).map_err(|error| error.to_string())
    }

    /// Every stored key, tried with the master keys at hand.
    pub async fn status(&self) -> Result<Vec<SealedKeys>, ServiceError> {
        let rows = sqlx::query!(
            r#"SELECT scope_type, scope_id, name, version, key_id, nonce AS "nonce!",
               ciphertext AS "ciphertext!"
                 FROM vault.secrets WHERE ciphertext IS NOT NULL"#
        )
        .fetch_all(self.database.pool())
        .await?;
        let keys = self.source.keys().ok();
        let mut counted = BTreeMap::<(SealedState, String, String), u64>::new();
        let mut count = |key_id: String, owners: String, opens: bool| {
            let state = match keys.as_ref().filter(|keys| keys.has(&key_id)) {
                None => SealedState::MasterKeyMissing,
                Some(_) if opens => SealedState::Opens,
                Some(_) => SealedState::Damaged,
            };
            *counted.entry((state, key_id, owners)).or_default() += 1;
        };
        for row in rows {
            let owner = row.scope_type.parse().ok().map(|scope| Owner::new(scope, row.scope_id));
            let opens = |keys: &Keyring| {
                owner.is_some_and(|owner| {
                    let identity = identity(owner, &row.name, row.version);
                    keys.open(&row.key_id, &identity, &row.nonce, &row.ciphertext).is_ok()
                })
            };
            count(row.key_id.clone(), row.scope_type.clone(), keys.as_ref().is_some_and(opens));
        }
        for (key_id, opens) in second_factors::tried(self.database.pool(), keys.as_ref()).await? {
            count(key_id, second_factors::OWNERS.into(), opens);
        }
        let sealed = counted.into_iter().map(|((state, key_id, owners), count)| SealedKeys {
            state,
            key_id,
            owners,
            count,
        });
        Ok(sealed.collect())
    }

    /// Writes into the log what the operator has to know at start: one line for each fact, nothing
    /// when every stored key can be opened.
    pub async fn report(&self) {
        let status = match self.status().await {
            Ok(status) => status,
            Err(error) => {
                tracing::warn!(%error, "the stored keys could not be looked through");
                return;
            }
        };
        let closed = || status.iter().filter(|keys| keys.state != SealedState::Opens);
        if closed().next().is_none() {
            return;
        }
        let present = match self.master_keys() {
            Ok(ids) => ids.join(", "),
            Err(why) => {
                tracing::error!(
                    why,
                    "there is no master key, and keys are stored: nobody can use or store keys \
                     until it is brought back, or “train vault replace” gives them up"
                );
                "none".to_owned()
            }
        };
        for SealedKeys { state, key_id, owners, count } in closed() {
            let problem = match state {
                SealedState::Damaged => "stored keys are unreadable: they were altered",
                _ => "stored keys are unreadable: their master key is not here",
            };
            tracing::error!(count, owners, sealed_under = key_id, present, "{problem}");
        }
    }

    /// Makes a new master key although keys are sealed under one that is missing: from here on they
    /// cannot be used, and people store theirs again. Answers how many keys are concerned.
    ///
    /// # Errors
    /// There is a usable master key, or none of ours can be made.
    pub async fn replace_master(&self) -> Result<u64, ServiceError> {
        let KeySource::File(path) = &*self.source else {
            return Err(ServiceError::Internal(
                "The master key comes from TRAIN_VAULT_KEY here: set that to another one.".into(),
            ));
        };
        if self.source.keys().is_ok() {
            return Err(ServiceError::Internal(format!(
                "{} is there and can be used; “train vault rotate” changes it without losing a \
                    key.",
                path.display()
            )));
        }
        let lost = self.status().await?.iter().map(|keys| keys.count).sum();
        let made = Keyring::make_file(path);
        made.map_err(|error| ServiceError::Internal(error.to_string()))?;
        Ok(lost)
    }
}
