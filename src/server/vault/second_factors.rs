//! The secrets of second factors, sealed as keys are: the account is the associated data. Who may
//! store or use one their service decides.

use super::{Keyring, MASTER_LOCK, Secret, Unreadable, Vault};
use crate::{
    domain::error_code::ErrorCode,
    server::{
        foundation::error::ServiceError,
        postgres::{Pool, Transaction},
    },
};
use uuid::Uuid;

/// What [`SealedKeys::owners`](super::SealedKeys) says of them.
pub(super) const OWNERS: &str = "second step";

/// A secret as it is stored.
pub struct Sealed {
    /// The master key that it is sealed under.
    pub key_id: String,
    pub nonce: Vec<u8>,
    pub ciphertext: Vec<u8>,
}

impl Vault {
    /// Seals the secret of a second factor for the row that the transaction writes. Until its end
    /// no rotation of the master key ends.
    ///
    /// # Errors
    /// 503 without a master key.
    pub async fn seal_second_factor(
        &self,
        transaction: &mut Transaction,
        user_id: Uuid,
        secret: &Secret,
    ) -> Result<Sealed, ServiceError> {
        sqlx::query!("SELECT pg_advisory_xact_lock_shared($1)", MASTER_LOCK)
            .fetch_one(&mut **transaction)
            .await?;
        let key = self.keys_for_sealing(transaction).await?.into_current();
        let (nonce, ciphertext) = key.seal(&identity(user_id), secret.expose().as_bytes())?;
        Ok(Sealed { key_id: key.id().to_owned(), nonce: nonce.to_vec(), ciphertext })
    }

    /// Opens what [`Self::seal_second_factor`] sealed.
    ///
    /// # Errors
    /// 503 when the master key is not here; the log says which.
    pub fn open_second_factor(
        &self,
        user_id: Uuid,
        key_id: &str,
        nonce: &[u8],
        ciphertext: &[u8],
    ) -> Result<Secret, ServiceError> {
        let opened = match self.source.keys() {
            Ok(keys) => keys.open(key_id, &identity(user_id), nonce, ciphertext),
            Err(error) => Err(Unreadable::NoMasterKey(error.to_string())),
        };
        opened.map_err(|why| {
            tracing::error!(%user_id, %why, "a second factor cannot be opened");
            ServiceError::refused(
                ErrorCode::VaultKeyMissing,
                "Codes of authenticator apps cannot be checked at the moment. Use a recovery code, \
                 or tell the operator of this installation.",
            )
        })
    }
}

/// The associated data: which row this is.
fn identity(user_id: Uuid) -> Vec<u8> {
    format!("train second factor 1\n{user_id}").into_bytes()
}

/// Of each stored one the master key that it is sealed under, and whether it opens, as far as that
/// key is here.
pub(super) async fn tried(
    pool: &Pool,
    keys: Option<&Keyring>,
) -> Result<Vec<(String, bool)>, sqlx::Error> {
    let rows = sqlx::query!("SELECT user_id, key_id, nonce, ciphertext FROM auth.second_factors")
        .fetch_all(pool)
        .await?;
    let tried = rows.into_iter().map(|row| {
        let identity = identity(row.user_id);
        let opens = keys.is_some_and(|keys| {
            keys.open(&row.key_id, &identity, &row.nonce, &row.ciphertext).is_ok()
        });
        (row.key_id, opens)
    });
    Ok(tried.collect())
}

/// Seals up to so many anew under the current key, of those that the others here open; 0 when none
/// is left.
pub(super) async fn seal_anew(
    transaction: &mut Transaction,
    keys: &Keyring,
    most: i64,
) -> Result<u64, ServiceError> {
    let rows = sqlx::query!(
        "SELECT user_id, key_id, nonce, ciphertext FROM auth.second_factors
          WHERE key_id <> $1 AND key_id = ANY($3) ORDER BY user_id LIMIT $2 FOR UPDATE",
        keys.current().id(),
        most,
        &keys.ids()
    )
    .fetch_all(&mut **transaction)
    .await?;
    let mut sealed = 0;
    for row in rows {
        let identity = identity(row.user_id);
        let secret = keys
            .open(&row.key_id, &identity, &row.nonce, &row.ciphertext)
            .map_err(|why| ServiceError::Internal(why.to_string()))?;
        let (nonce, ciphertext) = keys.current().seal(&identity, secret.expose().as_bytes())?;
        sqlx::query!(
            "UPDATE auth.second_factors SET key_id = $2, nonce = $3, ciphertext = $4
              WHERE user_id = $1",
            row.user_id,
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
