//! Another master key: everything that is stored is sealed anew, in batches, while servers go on using it.

use super::{KeySource, Keyring, MASTER_LOCK, Owner, Vault, identity};
use crate::server::{database::Transaction, error::ServiceError};

/// Rows of one transaction: few enough that nobody waits long for one of them.
const BATCH: i64 = 100;

impl Vault {
    /// Gives the vault another master key and answers how many keys were sealed anew.
    ///
    /// With a key file: makes a fresh key, keeps the old ones beside it until all is sealed anew, then drops them. A run that was cut
    /// short is finished by the next. With `TRAIN_VAULT_KEY`: that one is the new key already, and
    /// `TRAIN_VAULT_PREVIOUS_KEY` opens what is sealed under the old; both have to be set for all servers before.
    ///
    /// # Errors
    /// When a stored key does not open with any key that is here. Nothing is lost: the old keys stay.
    pub async fn rotate_master(&self) -> Result<u64, ServiceError> {
        let keys = self.source.keys().map_err(|error| unusable(&error))?;
        let keys = match &*self.source {
            KeySource::File(path) => {
                let keys = keys.with_fresh_key().map_err(|error| unusable(&error))?;
                keys.to_file(path).map_err(|error| unusable(&error))?;
                keys
            }
            _ => keys,
        };
        let mut sealed = 0;
        loop {
            let mut transaction = self.database.begin().await?;
            let batch = seal_anew(&mut transaction, &keys).await?;
            transaction.commit().await?;
            sealed += batch;
            if batch == 0 {
                break;
            }
        }
        // Whoever read the old key before and stores now: wait for them, keep others out, and look once more.
        let mut transaction = self.database.begin().await?;
        sqlx::query!("SELECT pg_advisory_xact_lock($1)", MASTER_LOCK)
            .fetch_one(&mut *transaction)
            .await?;
        loop {
            let batch = seal_anew(&mut transaction, &keys).await?;
            sealed += batch;
            if batch == 0 {
                break;
            }
        }
        transaction.commit().await?;
        if let KeySource::File(path) = &*self.source {
            let only = Keyring::new(keys.into_current(), Vec::new());
            only.to_file(path).map_err(|error| unusable(&error))?;
        }
        Ok(sealed)
    }
}

fn unusable(error: &dyn std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("master key: {error}"))
}

/// Seals up to a batch of rows under the current key; 0 when none is left.
async fn seal_anew(transaction: &mut Transaction, keys: &Keyring) -> Result<u64, ServiceError> {
    let rows = sqlx::query!(
        r#"SELECT id, scope_type, scope_id, name, version, key_id, nonce AS "nonce!", ciphertext AS "ciphertext!"
             FROM vault.secrets WHERE ciphertext IS NOT NULL AND key_id <> $1 ORDER BY id LIMIT $2 FOR UPDATE"#,
        keys.current().id(),
        BATCH
    )
    .fetch_all(&mut **transaction)
    .await?;
    let mut sealed = 0;
    for row in rows {
        let owner =
            row.scope_type.parse().ok().map(|scope| Owner::new(scope, row.scope_id)).ok_or_else(
                || ServiceError::Internal(format!("unknown scope {}", row.scope_type)),
            )?;
        let identity = identity(owner, &row.name, row.version);
        let secret = keys
            .open(&row.key_id, &identity, &row.nonce, &row.ciphertext)
            .map_err(|why| ServiceError::Internal(why.to_string()))?;
        let (nonce, ciphertext) = keys.current().seal(&identity, secret.expose().as_bytes())?;
        sqlx::query!(
            "UPDATE vault.secrets SET key_id = $2, nonce = $3, ciphertext = $4 WHERE id = $1",
            row.id,
            keys.current().id(),
            nonce.as_slice(),
            ciphertext
        )
        .execute(&mut **transaction)
        .await?;
        sealed += 1;
    }
    Ok(sealed)
}
