//! Passkeys: adding, listing, renaming and removing one's own, and signing in with one.

use super::UserAnswer;
use crate::{
    api::{
        codec::Answer,
        error::ApiError,
        operation::{Done, operations},
    },
    domain::accounts::{PasskeyView, SecretText},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

operations! { "Account";
    /// One's own passkeys, the newest first.
    ListPasskeys = GET "/api/auth/passkeys" => PasskeysAnswer;

    /// Begins to add a passkey. `options` are for `navigator.credentials.create`.
    BeginPasskey = POST "/api/auth/passkeys/begin", body BeginPasskeyRequest => CeremonyAnswer,
        refuses { 409: "The installation has no public address" };

    /// Adds the passkey that the browser made.
    AddPasskey = POST "/api/auth/passkeys", body AddPasskeyRequest => 201 PasskeyAnswer,
        refuses { 401: "The passkey was not accepted, or it took too long",
            409: "The installation has no public address" };

    /// Gives one of one's own passkeys another name.
    RenamePasskey = PATCH "/api/auth/passkeys/{id}", at Uuid, body PasskeyPatch => Done;

    /// Removes one of one's own passkeys: it no longer signs in.
    RemovePasskey = DELETE "/api/auth/passkeys/{id}", at Uuid => Done;

    /// Begins to sign in with a passkey. `options` are for `navigator.credentials.get`.
    BeginPasskeySignIn = POST "/api/auth/sign-in/passkey/begin" => CeremonyAnswer,
        refuses { 409: "The installation has no public address" };

    /// Signs in by what the browser answered. No code is asked for.
    SignInWithPasskey = POST "/api/auth/sign-in/passkey", body PasskeySignInRequest => UserAnswer,
        refuses { 409: "The installation has no public address" };
}

/// What signing in asks for, so that nobody else adds a passkey at an unlocked desk: the password,
/// and a code where two-step verification is on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginPasskeyRequest {
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "a quiet green meadow")]
    pub password: SecretText,
    /// Of the authenticator app, or a recovery code.
    #[serde(default)]
    #[schema(value_type = String, format = Password, example = "123456")]
    pub code: SecretText,
}

/// What the browser made, and how it is called.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPasskeyRequest {
    pub ceremony: Uuid,
    #[serde(default)]
    #[schema(required, example = "Phone")]
    pub name: String,
    /// A `PublicKeyCredential` as JSON.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub credential: Value,
}

/// Another name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeyPatch {
    #[serde(default)]
    #[schema(required, example = "Phone")]
    pub name: String,
}

/// What the browser answered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasskeySignInRequest {
    pub ceremony: Uuid,
    /// A `PublicKeyCredential` as JSON.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub credential: Value,
}

/// `{ceremony, options}`: for a few minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CeremonyAnswer {
    pub ceremony: Uuid,
    /// As the browser's own reading of JSON takes them.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub options: Value,
}

/// `{passkeys, available}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PasskeysAnswer {
    pub passkeys: Vec<PasskeyView>,
    /// Whether the installation has the public address that passkeys need.
    pub available: bool,
}

/// `{passkey}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PasskeyAnswer {
    pub passkey: PasskeyView,
}

/// The person's passkeys, for their page.
#[server(endpoint = "fn/passkeys", input = Json, output = Answer)]
pub async fn load_passkeys() -> Result<PasskeysAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListPasskeys>((), Nothing {}, Nothing {}).await
}
