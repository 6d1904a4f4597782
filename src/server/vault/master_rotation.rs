//! Another master key: everything that is stored is sealed anew, in batches, while servers go on
//! using it.

use super::{
    KeySource, Keyring, MASTER_LOCK, Owner, SealedKeys, SealedState, Unreadable, Vault, identity,
    second_factors,
};
use crate::server::{foundation::error::ServiceError, postgres::Transaction};

/// Rows of one transaction: few enough that nobody waits long for one of them.
const BATCH: i64 = 100;

/// What giving the vault another master key came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Keys that were sealed anew.
    pub sealed: u64,
    /// Keys that stay as they are: their master key is not here, so nobody can open them.
    pub passed_over: u64,
}

impl Vault {
    /// Gives the vault another master key and answers how many keys were sealed anew.
    ///
    /// With a key file: makes a fresh key, keeps the old ones beside it until all is sealed anew,
    /// then drops them. A run that was cut short is finished by the next. With `TRAIN_VAULT_KEY`:
    /// that one is the new key already, and `TRAIN_VAULT_PREVIOUS_KEY` opens what is sealed under
    /// the old; both have to be set for all servers before.
    ///
    /// # Errors
    /// When a stored key does not open with the master key that it was sealed under. Nothing is
    /// lost: the old keys stay, and no fresh one is made.
    pub async fn rotate_master(&self) -> Result<Rotated, ServiceError> {
        let keys = self.source.keys().map_err(|error| unusable(&error))?;
        self.refuse_damaged().await?;
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
        // Whoever read the old key before and stores now: wait for them, keep others out, and look
        // once more.
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
        let closed =
            self.status().await?.into_iter().filter(|keys| keys.state != SealedState::Opens);
        Ok(Rotated { sealed, passed_over: closed.map(|keys| keys.count).sum() })
    }

    /// That every key whose master key is here opens with it, before a fresh one is written.
    async fn refuse_damaged(&self) -> Result<(), ServiceError> {
        let status = self.status().await?;
        match status.into_iter().find(|keys| keys.state == SealedState::Damaged) {
            Some(SealedKeys { key_id, .. }) => {
                Err(ServiceError::Internal(Unreadable::Damaged { key_id }.to_string()))
            }
            None => Ok(()),
        }
    }
}

fn unusable(error: &dyn std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("master key: {error}"))
}

/// Seals up to a batch of rows under the current key, of those that the others here open; 0 when
/// none is left.
async fn seal_anew(transaction: &mut Transaction, keys: &Keyring) -> Result<u64, ServiceError> {
    let rows = sqlx::query!(
        r#"SELECT id, scope_type, scope_id, name, version, key_id, nonce AS "nonce!",
           ciphertext AS "ciphertext!"
             FROM vault.secrets WHERE ciphertext IS NOT NULL AND key_id <> $1 AND key_id = ANY($3)
            ORDER BY id LIMIT $2 FOR UPDATE"#,
        keys.current().id(),
        BATCH,
        &keys.ids()
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
    Ok(sealed + second_factors::seal_anew(transaction, keys, BATCH).await?)
}
