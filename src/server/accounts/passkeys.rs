//! Passkeys: signing in by what a device, a browser or a password manager keeps, which checks who
//! uses it by itself. That is two factors at once, so no code is asked for.
//!
//! What the browser signs is a challenge of one ceremony: a row for a few minutes, used up by the
//! first answer that is right.

use super::{
    AccountService, SignedIn,
    notices::{passkey_added, passkey_removed},
    rows::on_constraint,
};
use crate::{
    domain::{
        accounts::{FactorCode, PasskeyView, SecretText},
        error_code::ErrorCode,
        names::PasskeyName,
    },
    server::{
        foundation::{context::RequestContext, error::ServiceError},
        postgres::Transaction,
        vault::Vault,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::fmt::Display;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder,
};

/// More than anyone has devices.
const MOST_PASSKEYS: u8 = 20;
/// Time for a ceremony, in minutes: what the browser is given, too.
const MINUTES: i32 = 5;

/// A ceremony that began.
pub struct Ceremony {
    pub id: Uuid,
    /// For the browser, as its `parse…OptionsFromJSON` reads them.
    pub options: Value,
}

/// Whom passkeys are made for: the host that people know. `None` without a public address, or when
/// that is no name: browsers keep no passkey for a number.
pub(super) fn relying_party(origin: Option<&str>) -> Option<Webauthn> {
    let origin = Url::parse(origin?).ok()?;
    WebauthnBuilder::new(origin.domain()?, &origin).ok()?.rp_name("Train").build().ok()
}

/// Why stands in the log; the browser and its person can do nothing about it.
fn refused(request: &RequestContext, why: &str) -> ServiceError {
    tracing::warn!(ip = ?request.ip, why, "a passkey was refused");
    ServiceError::refused(
        ErrorCode::PasskeyRefused,
        "This passkey was not accepted. Try again, or sign in with your password.",
    )
}

fn internal(error: impl Display) -> ServiceError {
    ServiceError::Internal(format!("a passkey: {error}"))
}

fn written<T: Serialize>(value: &T) -> Result<Value, ServiceError> {
    serde_json::to_value(value).map_err(internal)
}

/// What was stored.
fn read<T: DeserializeOwned>(value: Value) -> Result<T, ServiceError> {
    serde_json::from_value(value).map_err(internal)
}

/// What a browser sent. The error would repeat it, and is not logged.
fn read_answer<T: DeserializeOwned>(
    request: &RequestContext,
    value: Value,
) -> Result<T, ServiceError> {
    serde_json::from_value(value).map_err(|_| refused(request, "it cannot be read"))
}

fn many_already() -> ServiceError {
    let sentence = format!("You have {MOST_PASSKEYS} passkeys already. Remove one first.");
    ServiceError::field("", sentence)
}

impl AccountService {
    /// Whether the installation has the address that passkeys need.
    pub fn has_passkeys(&self) -> bool {
        self.inner.passkeys.is_some()
    }

    /// # Errors
    /// 409 where the installation has no such address.
    fn relying_party(&self) -> Result<&Webauthn, ServiceError> {
        self.inner.passkeys.as_ref().ok_or_else(|| {
            ServiceError::refused(
                ErrorCode::PasskeysNotConfigured,
                "Passkeys need a name as this installation's address. Its operator sets it in \
                 TRAIN_PUBLIC_URL.",
            )
        })
    }

    /// One's own passkeys, the newest first.
    pub async fn passkeys(
        &self,
        request: &RequestContext,
    ) -> Result<Vec<PasskeyView>, ServiceError> {
        request.in_person()?;
        let mut transaction = self.database().as_person(request).await?;
        let list = sqlx::query_as!(
            PasskeyView,
            "SELECT id, name, created_at, last_used_at FROM auth.passkeys
              WHERE user_id = auth.uid() ORDER BY created_at DESC, id"
        )
        .fetch_all(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(list)
    }

    /// Begins to add a passkey, with all that signing in asks for.
    ///
    /// # Errors
    /// 400 when password or code are wrong or there are many already, 409 without a public address.
    pub async fn begin_passkey(
        &self,
        request: &RequestContext,
        vault: &Vault,
        password: &SecretText,
        code: Option<&FactorCode>,
    ) -> Result<Ceremony, ServiceError> {
        let user_id = request.in_person()?.user_id;
        let party = self.relying_party()?;
        let (mut transaction, taken) =
            self.prove_as_at_sign_in(request, vault, password, code).await?;
        let person = sqlx::query!(
            r#"SELECT email, display_name,
                      array(SELECT credential_id FROM auth.passkeys
                             WHERE user_id = $1) AS "known!: Vec<Vec<u8>>"
                 FROM auth.users WHERE id = $1"#,
            user_id
        )
        .fetch_one(&mut *transaction)
        .await?;
        // Before the device makes one that would be of no use.
        if person.known.len() >= usize::from(MOST_PASSKEYS) {
            return Err(many_already());
        }
        let begun = party.start_passkey_registration(
            user_id,
            &person.email,
            &person.display_name,
            Some(person.known),
        );
        let (options, state) = begun.map_err(internal)?;
        let mut options = written(&options.public_key)?;
        // Signing in asks for no address, so the passkey has to know whose it is.
        options["authenticatorSelection"]["residentKey"] = "required".into();
        options["authenticatorSelection"]["requireResidentKey"] = true.into();
        let id = insert_ceremony(&mut transaction, Some(user_id), &written(&state)?).await?;
        transaction.commit().await?;
        if let Some(taken) = taken {
            self.give_back(taken).await?;
        }
        Ok(Ceremony { id, options })
    }

    /// Adds the passkey that the browser made.
    pub async fn add_passkey(
        &self,
        request: &RequestContext,
        ceremony: Uuid,
        name: &PasskeyName,
        credential: Value,
    ) -> Result<PasskeyView, ServiceError> {
        let user_id = request.in_person()?.user_id;
        let party = self.relying_party()?;
        let answer: RegisterPublicKeyCredential = read_answer(request, credential)?;
        let mut transaction = self.database().begin().await?;
        // Whoever disables the account or sets another password ends what was begun here, or waits.
        sqlx::query_scalar!(
            "SELECT id FROM auth.users WHERE id = $1 AND disabled_at IS NULL FOR NO KEY UPDATE",
            user_id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or_else(|| refused(request, "the account is disabled"))?;
        let state = take_ceremony(&mut transaction, ceremony, Some(user_id)).await?;
        let state: PasskeyRegistration = read(state.ok_or_else(|| refused(request, OVER))?)?;
        let made = party.finish_passkey_registration(&answer, &state);
        let passkey = made.map_err(|error| refused(request, &error.to_string()))?;
        let inserted = sqlx::query_as!(
            PasskeyView,
            "INSERT INTO auth.passkeys (user_id, name, credential_id, credential)
             SELECT $1, $2, $3, $4
              WHERE (SELECT count(*) FROM auth.passkeys WHERE user_id = $1) < $5
             RETURNING id, name, created_at, last_used_at",
            user_id,
            name.as_str(),
            passkey.cred_id().as_slice(),
            written(&passkey)?,
            i64::from(MOST_PASSKEYS)
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(|error| {
            on_constraint(error, "passkeys_credential_id_key", || refused(request, "it is known"))
        })?;
        let view = inserted.ok_or_else(many_already)?;
        self.tell(&mut transaction, user_id, &passkey_added(name.as_str())).await?;
        transaction.commit().await?;
        tracing::info!(%user_id, "a passkey was added");
        Ok(view)
    }

    /// Gives one of one's own passkeys another name.
    pub async fn rename_passkey(
        &self,
        request: &RequestContext,
        id: Uuid,
        name: &PasskeyName,
    ) -> Result<(), ServiceError> {
        request.in_person()?;
        let mut transaction = self.database().as_person(request).await?;
        let renamed = sqlx::query!(
            "UPDATE auth.passkeys SET name = $2 WHERE id = $1 AND user_id = auth.uid()",
            id,
            name.as_str()
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        if renamed.rows_affected() == 0 { Err(UNKNOWN) } else { Ok(()) }
    }

    /// Removes one of one's own passkeys.
    pub async fn remove_passkey(
        &self,
        request: &RequestContext,
        id: Uuid,
    ) -> Result<(), ServiceError> {
        let user_id = request.in_person()?.user_id;
        let mut transaction = self.database().begin().await?;
        let name = sqlx::query_scalar!(
            "DELETE FROM auth.passkeys WHERE id = $1 AND user_id = $2 RETURNING name",
            id,
            user_id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(UNKNOWN)?;
        self.tell(&mut transaction, user_id, &passkey_removed(&name)).await?;
        Ok(transaction.commit().await?)
    }

    /// Begins to sign in with a passkey, whosever it is.
    ///
    /// # Errors
    /// 409 without a public address, 429 after too many.
    pub async fn begin_passkey_sign_in(
        &self,
        request: &RequestContext,
    ) -> Result<Ceremony, ServiceError> {
        let party = self.relying_party()?;
        self.take_ceremony_of(request.ip).await?;
        let begun = party.start_discoverable_authentication();
        let (options, state) = begun.map_err(internal)?;
        let options = written(&options.public_key)?;
        let mut transaction = self.database().begin().await?;
        let id = insert_ceremony(&mut transaction, None, &written(&state)?).await?;
        transaction.commit().await?;
        Ok(Ceremony { id, options })
    }

    /// Signs in by what the passkey answered. After a one-time password was made, that comes first.
    ///
    /// # Errors
    /// 401 when it is not known, not right, or took too long; 429 after too many.
    pub async fn sign_in_with_passkey(
        &self,
        request: &RequestContext,
        ceremony: Uuid,
        credential: Value,
    ) -> Result<SignedIn, ServiceError> {
        let party = self.relying_party()?;
        let taken = self.take_passkey(request.ip).await?;
        let answer: PublicKeyCredential = read_answer(request, credential)?;
        let (user_id, credential_id) = party
            .identify_discoverable_authentication(&answer)
            .map_err(|error| refused(request, &error.to_string()))?;
        let mut transaction = self.database().begin().await?;
        let state = take_ceremony(&mut transaction, ceremony, None).await?;
        let state = read(state.ok_or_else(|| refused(request, OVER))?)?;
        let row = sqlx::query!(
            "SELECT own.id, own.credential FROM auth.passkeys AS own
             JOIN auth.users AS person ON person.id = own.user_id
              WHERE own.user_id = $1 AND own.credential_id = $2
                AND person.disabled_at IS NULL AND person.one_time_until IS NULL
                FOR NO KEY UPDATE",
            user_id,
            credential_id
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or_else(|| refused(request, "nobody may sign in with it"))?;
        let mut passkey: Passkey = read(row.credential)?;
        let key = DiscoverableKey::from(&passkey);
        let result = party.finish_discoverable_authentication_v2(&answer, state, key);
        let result = result.map_err(|error| refused(request, &error.to_string()))?;
        // How often it was used, as far as it counts: one that counts backwards is a copy.
        passkey.update_credential(&result);
        sqlx::query!(
            "UPDATE auth.passkeys SET credential = $2, last_used_at = now() WHERE id = $1",
            row.id,
            written(&passkey)?
        )
        .execute(&mut *transaction)
        .await?;
        let signed_in = self.open_session(transaction, request, user_id).await?;
        self.give_back(taken).await?;
        Ok(signed_in)
    }
}

const UNKNOWN: ServiceError = ServiceError::NotFound("This passkey");
const OVER: &str = "what it answers is over, was answered before or is another's";

async fn insert_ceremony(
    transaction: &mut Transaction,
    user_id: Option<Uuid>,
    state: &Value,
) -> Result<Uuid, ServiceError> {
    let id = sqlx::query_scalar!(
        "INSERT INTO auth.passkey_ceremonies (user_id, state, expires_at)
         VALUES ($1, $2, now() + make_interval(mins => $3)) RETURNING id",
        user_id,
        state,
        MINUTES
    );
    Ok(id.fetch_one(&mut **transaction).await?)
}

/// Uses a ceremony up, for the one that it was begun for. `None`: there is no such one any more.
async fn take_ceremony(
    transaction: &mut Transaction,
    id: Uuid,
    user_id: Option<Uuid>,
) -> Result<Option<Value>, ServiceError> {
    let state = sqlx::query_scalar!(
        "DELETE FROM auth.passkey_ceremonies
          WHERE id = $1 AND user_id IS NOT DISTINCT FROM $2 AND expires_at > now()
         RETURNING state",
        id,
        user_id
    );
    Ok(state.fetch_optional(&mut **transaction).await?)
}
