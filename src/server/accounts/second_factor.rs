//! The second step of signing in, for those who want one: a code of an authenticator app, or one of
//! ten recovery codes. API tokens are not asked for it.

mod notices;
mod recovery;
mod totp;

use super::{AccountService, administration::UNKNOWN, throttle::Taken};
use crate::{
    domain::{
        accounts::{EmailAddress, FactorCode, SecondFactorView, SecretText},
        error_code::ErrorCode,
    },
    server::{
        foundation::{
            context::RequestContext,
            error::ServiceError,
            operator::{self, Subject},
        },
        postgres::Transaction,
        vault::{Secret, Vault},
    },
};
use chrono::Utc;
use notices::Notice;
use serde_json::json;
use totp::SharedSecret;
use uuid::Uuid;

/// What the app needs, shown while it is set up and never again. Without `Debug`.
pub struct Setup {
    /// To be typed.
    pub secret: String,
    /// To be scanned, as SVG.
    pub image: String,
    /// To be opened, on the device that has the app.
    pub uri: String,
}

/// What a right code was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    App,
    /// So many recovery codes are left.
    Recovery(i64),
}

fn wrong_code() -> ServiceError {
    ServiceError::field(
        "code",
        "This code is wrong or was used before. Enter the one that your app shows now.",
    )
}

impl AccountService {
    /// Whether signing in asks for a code, and how many recovery codes are left.
    pub async fn second_factor(
        &self,
        request: &RequestContext,
    ) -> Result<SecondFactorView, ServiceError> {
        request.in_person()?;
        let mut transaction = self.database().as_person(request).await?;
        let view = sqlx::query_as!(
            SecondFactorView,
            r#"SELECT (SELECT confirmed_at FROM auth.second_factors
                        WHERE user_id = auth.uid()) AS confirmed_at,
                      (SELECT count(*) FROM auth.recovery_codes
                        WHERE user_id = auth.uid() AND used_at IS NULL) AS "recovery_codes!""#
        )
        .fetch_one(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(view)
    }

    /// Makes a secret for the person's app. Signing in asks for nothing until
    /// [`Self::confirm_second_factor`].
    ///
    /// # Errors
    /// 400 when the password is wrong, 409 when it is on already, 503 without a master key.
    pub async fn begin_second_factor(
        &self,
        request: &RequestContext,
        vault: &Vault,
        password: &SecretText,
    ) -> Result<Setup, ServiceError> {
        let user_id = request.in_person()?.user_id;
        let confirmed = self.confirm_password(request, password, "password").await?;
        let secret = SharedSecret::generate()
            .map_err(|error| ServiceError::Internal(format!("random numbers: {error}")))?;
        let uri = secret.uri(confirmed.email.as_str());
        let image = totp::picture(&uri).map_err(ServiceError::Internal)?;
        let mut transaction = self.database().begin().await?;
        confirmed.hold(&mut transaction).await?;
        let text = Secret::new(secret.to_hex());
        let sealed = vault.seal_second_factor(&mut transaction, user_id, &text).await?;
        let written = sqlx::query!(
            "INSERT INTO auth.second_factors AS own (user_id, key_id, nonce, ciphertext)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (user_id) DO UPDATE SET key_id = excluded.key_id,
               nonce = excluded.nonce, ciphertext = excluded.ciphertext, created_at = now()
              WHERE own.confirmed_at IS NULL",
            user_id,
            sealed.key_id,
            sealed.nonce,
            sealed.ciphertext
        )
        .execute(&mut *transaction)
        .await?;
        if written.rows_affected() == 0 {
            return Err(ServiceError::refused(
                ErrorCode::SecondFactorOn,
                "Two-step verification is on already. Turn it off first to use another app.",
            ));
        }
        transaction.commit().await?;
        Ok(Setup { secret: secret.to_base32(), image, uri })
    }

    /// Turns it on once the app shows the right code. The recovery codes are shown this once.
    ///
    /// # Errors
    /// 400 with the path `code` when that one is wrong, or nothing is being set up.
    pub async fn confirm_second_factor(
        &self,
        request: &RequestContext,
        vault: &Vault,
        code: &FactorCode,
    ) -> Result<Vec<String>, ServiceError> {
        let user_id = request.in_person()?.user_id;
        let taken = self.take_second_step(request.ip, user_id).await?;
        let mut transaction = self.database().begin().await?;
        if take_code(&mut transaction, vault, user_id, code, false).await? != Some(Proof::App) {
            return Err(wrong_code());
        }
        sqlx::query!(
            "UPDATE auth.second_factors SET confirmed_at = now() WHERE user_id = $1",
            user_id
        )
        .execute(&mut *transaction)
        .await?;
        let codes = recovery::replace(&mut transaction, user_id).await?;
        self.tell(&mut transaction, user_id, &Notice::TurnedOn.told()).await?;
        transaction.commit().await?;
        self.give_back(taken).await?;
        tracing::info!(%user_id, "two-step verification was turned on");
        Ok(codes)
    }

    /// New recovery codes in place of those from before.
    ///
    /// # Errors
    /// 400 when password or code are wrong.
    pub async fn renew_recovery_codes(
        &self,
        request: &RequestContext,
        vault: &Vault,
        password: &SecretText,
        code: &FactorCode,
    ) -> Result<Vec<String>, ServiceError> {
        let user_id = request.in_person()?.user_id;
        let (mut transaction, taken) = self.prove_both(request, vault, password, code).await?;
        let codes = recovery::replace(&mut transaction, user_id).await?;
        self.tell(&mut transaction, user_id, &Notice::CodesRenewed.told()).await?;
        transaction.commit().await?;
        self.give_back(taken).await?;
        Ok(codes)
    }

    /// Turns it off, and forgets secret and recovery codes.
    ///
    /// # Errors
    /// 400 when password or code are wrong.
    pub async fn turn_second_factor_off(
        &self,
        request: &RequestContext,
        vault: &Vault,
        password: &SecretText,
        code: &FactorCode,
    ) -> Result<(), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let (mut transaction, taken) = self.prove_both(request, vault, password, code).await?;
        forget(&mut transaction, user_id).await?;
        self.tell(&mut transaction, user_id, &Notice::TurnedOff.told()).await?;
        transaction.commit().await?;
        self.give_back(taken).await?;
        tracing::info!(%user_id, "two-step verification was turned off");
        Ok(())
    }

    /// Turns it off for somebody who lost app and recovery codes. False: it was not on.
    pub async fn reset_second_factor(&self, email: &EmailAddress) -> Result<bool, ServiceError> {
        let mut transaction = self.database().begin().await?;
        let user_id =
            sqlx::query_scalar!("SELECT id FROM auth.users WHERE lower(email) = $1", email.key())
                .fetch_optional(&mut *transaction)
                .await?
                .ok_or(UNKNOWN)?;
        if !forget(&mut transaction, user_id).await? {
            return Ok(false);
        }
        self.tell(&mut transaction, user_id, &Notice::TurnedOffByOperator.told()).await?;
        let subject = Subject { id: Some(user_id), name: Some(email.as_str()) };
        operator::note(&mut transaction, "admin reset-second-factor", subject, json!({})).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The code of a sign-in whose password was right.
    pub(super) async fn prove_second_step(
        &self,
        transaction: &mut Transaction,
        vault: &Vault,
        user_id: Uuid,
        code: &FactorCode,
    ) -> Result<(), ServiceError> {
        match take_code(transaction, vault, user_id, code, true).await?.ok_or_else(wrong_code)? {
            Proof::App => Ok(()),
            Proof::Recovery(left) => {
                let notice = Notice::RecoveryCodeUsed(left).told();
                self.tell(transaction, user_id, &notice).await
            }
        }
    }

    /// The password once more, and the code where signing in asks for one: for what signs in
    /// without both from then on. The transaction keeps the account as it is.
    pub(super) async fn prove_as_at_sign_in(
        &self,
        request: &RequestContext,
        vault: &Vault,
        password: &SecretText,
        code: Option<&FactorCode>,
    ) -> Result<(Transaction, Option<Taken>), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let confirmed = self.confirm_password(request, password, "password").await?;
        let taken = match code {
            Some(_) => Some(self.take_second_step(request.ip, user_id).await?),
            None => None,
        };
        let mut transaction = self.database().begin().await?;
        confirmed.hold(&mut transaction).await?;
        if is_on(&mut transaction, user_id).await? {
            let code = code.ok_or_else(|| {
                ServiceError::field("code", "Enter the code that your authenticator app shows.")
            })?;
            self.prove_second_step(&mut transaction, vault, user_id, code).await?;
        }
        Ok((transaction, taken))
    }

    /// Password and code once more, with the limits of signing in: the transaction in which the
    /// code is used up, and the try that is given back after it.
    async fn prove_both(
        &self,
        request: &RequestContext,
        vault: &Vault,
        password: &SecretText,
        code: &FactorCode,
    ) -> Result<(Transaction, Taken), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let confirmed = self.confirm_password(request, password, "password").await?;
        let taken = self.take_second_step(request.ip, user_id).await?;
        let mut transaction = self.database().begin().await?;
        confirmed.hold(&mut transaction).await?;
        self.prove_second_step(&mut transaction, vault, user_id, code).await?;
        Ok((transaction, taken))
    }
}

/// Whether signing in asks this person for a code.
pub(super) async fn is_on(
    transaction: &mut Transaction,
    user_id: Uuid,
) -> Result<bool, ServiceError> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM auth.second_factors
                           WHERE user_id = $1 AND confirmed_at IS NOT NULL) AS "found!""#,
        user_id
    );
    Ok(found.fetch_one(&mut **transaction).await?)
}

/// Removes it with its recovery codes. Answers whether it was on.
async fn forget(transaction: &mut Transaction, user_id: Uuid) -> Result<bool, ServiceError> {
    let gone = sqlx::query!(
        "DELETE FROM auth.second_factors WHERE user_id = $1 RETURNING confirmed_at",
        user_id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(gone.is_some_and(|row| row.confirmed_at.is_some()))
}

/// Uses a code up, if it is right. The lock lets two that bring the same one wait for each other.
async fn take_code(
    transaction: &mut Transaction,
    vault: &Vault,
    user_id: Uuid,
    code: &FactorCode,
    is_confirmed: bool,
) -> Result<Option<Proof>, ServiceError> {
    let row = sqlx::query!(
        "SELECT key_id, nonce, ciphertext, last_step FROM auth.second_factors
          WHERE user_id = $1 AND (confirmed_at IS NOT NULL) = $2 FOR UPDATE",
        user_id,
        is_confirmed
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let code = match code {
        FactorCode::App(code) => *code,
        FactorCode::Recovery(code) => {
            let left = recovery::take(transaction, user_id, code).await?;
            return Ok(left.map(Proof::Recovery));
        }
    };
    let secret = vault.open_second_factor(user_id, &row.key_id, &row.nonce, &row.ciphertext)?;
    let secret = SharedSecret::from_hex(secret.expose())
        .ok_or_else(|| ServiceError::Internal("a sealed second factor is no secret".into()))?;
    let now = Utc::now().timestamp();
    let Some(step) = secret.matching_step(code, now, row.last_step) else { return Ok(None) };
    sqlx::query!("UPDATE auth.second_factors SET last_step = $2 WHERE user_id = $1", user_id, step)
        .execute(&mut **transaction)
        .await?;
    Ok(Some(Proof::App))
}
