//! Sign-ins whose password was right and whose second step is not done: one row each, known by a
//! random cookie as a session is, and worth nothing but the question for the code.

use super::{
    AccountService, Secret, SignedIn,
    notices::{ACCOUNT, notice},
    secrets,
};
use crate::{
    domain::{
        accounts::FactorCode,
        error_code::ErrorCode,
        notifications::{Notification, Severity},
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        notifications::ACCOUNT_KEY,
        postgres::Transaction,
        vault::Vault,
    },
};
use chrono::Utc;
use uuid::Uuid;

/// Time to find the telephone.
const MINUTES: u16 = 10;

fn expired() -> ServiceError {
    ServiceError::refused(
        ErrorCode::SecondStepExpired,
        "Signing in took too long, or began elsewhere. Enter your password again.",
    )
}

/// How long the cookie lives: as long as the row.
pub fn pending_seconds() -> u32 {
    u32::from(MINUTES) * 60
}

/// Remembers that this person's password was right, and the hash of the one that they chose in
/// place of a one-time password. Those of theirs that ended go.
pub(super) async fn insert_pending(
    transaction: &mut Transaction,
    user_id: Uuid,
    chosen: Option<&str>,
) -> Result<Secret, ServiceError> {
    let secret = Secret::generate("")
        .map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
    sqlx::query!(
        "DELETE FROM auth.pending_sign_ins WHERE user_id = $1 AND expires_at < now()",
        user_id
    )
    .execute(&mut **transaction)
    .await?;
    let hash = secret.hash();
    sqlx::query!(
        "INSERT INTO auth.pending_sign_ins (token_hash, user_id, password_hash, expires_at)
         VALUES ($1, $2, $3, now() + make_interval(mins => $4))",
        hash.as_slice(),
        user_id,
        chosen,
        i32::from(MINUTES)
    )
    .execute(&mut **transaction)
    .await?;
    Ok(secret)
}

/// Whose password was right. The account stays as it is until the transaction ends.
async fn whose(
    transaction: &mut Transaction,
    hash: &secrets::SecretHash,
) -> Result<Uuid, ServiceError> {
    sqlx::query_scalar!(
        "SELECT person.id FROM auth.pending_sign_ins AS pending
         JOIN auth.users AS person ON person.id = pending.user_id
          WHERE pending.token_hash = $1 AND pending.expires_at > now()
            AND person.disabled_at IS NULL
            AND person.password_changed_at <= pending.created_at
            FOR NO KEY UPDATE OF person",
        hash.as_slice()
    )
    .fetch_optional(&mut **transaction)
    .await?
    .ok_or_else(expired)
}

impl AccountService {
    /// Finishes a sign-in by the code of the app or a recovery code. `cookie` is what the browser
    /// got for its right password. A password that was chosen in place of a one-time password
    /// stands from now on.
    ///
    /// # Errors
    /// 401 when the password has to be given again, 400 with the path `code` when that one is
    /// wrong, 429 after too many.
    pub async fn finish_sign_in(
        &self,
        request: &RequestContext,
        vault: &Vault,
        cookie: Option<&str>,
        code: &FactorCode,
    ) -> Result<SignedIn, ServiceError> {
        let hash = cookie.and_then(|cookie| secrets::hash_presented(cookie, ""));
        let hash = hash.ok_or_else(expired)?;
        let user_id = {
            let mut transaction = self.database().begin().await?;
            whose(&mut transaction, &hash).await?
        };
        let taken = match self.take_second_step(request.ip, user_id).await {
            Ok(taken) => taken,
            Err(error) => {
                self.tell_of_guesses(user_id).await?;
                return Err(error);
            }
        };
        let mut transaction = self.database().begin().await?;
        // An administrator may have disabled the account or reset its password meanwhile.
        whose(&mut transaction, &hash).await?;
        let proven = self.prove_second_step(&mut transaction, vault, user_id, code).await;
        proven.inspect_err(|_| tracing::warn!(ip = ?request.ip, "a second step was refused"))?;
        // Of two that finish the same sign-in, one does.
        let chosen = sqlx::query_scalar!(
            "DELETE FROM auth.pending_sign_ins WHERE token_hash = $1 RETURNING password_hash",
            hash.as_slice()
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or_else(expired)?;
        if let Some(chosen) = chosen {
            self.replace_one_time_password(&mut transaction, user_id, &chosen).await?;
        }
        let signed_in = self.open_session(transaction, request, user_id).await?;
        self.give_back(taken).await?;
        Ok(signed_in)
    }

    /// Tells a person, once a day, that somebody has their password and guesses at their codes.
    async fn tell_of_guesses(&self, user_id: Uuid) -> Result<(), ServiceError> {
        let text = "Too many wrong codes followed your right password. If it was not you, change \
             your password.";
        let title = "Your password was entered with too many wrong codes";
        let guesses = Notification {
            dedupe_key: format!("{ACCOUNT_KEY}codes:{}", Utc::now().date_naive()),
            ..notice(Severity::Warning, title, text.to_owned(), ACCOUNT)
        };
        let mut transaction = self.database().begin().await?;
        self.tell(&mut transaction, user_id, &guesses).await?;
        Ok(transaction.commit().await?)
    }
}
