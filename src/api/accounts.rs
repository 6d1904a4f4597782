//! A person's own account: signing up, in and out, the profile, sessions and API tokens.

pub mod links;
pub mod passkeys;
pub mod second_factor;
pub mod session;

use super::{
    codec::Answer,
    error::ApiError,
    operation::{Done, operations},
};
use crate::domain::accounts::{PublicUser, Scope, SecretText, SessionView, TokenView};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

operations! { "Account";
    /// Makes an account and signs it in. The first account becomes the administrator.
    SignUp = POST "/api/auth/sign-up", body SignUpRequest => 201 UserAnswer,
        refuses { 403: "Sign-up is closed, and the address was not invited" };

    /// Signs in. The answer and its time are the same for an unknown account and a wrong password.
    /// With a password that an administrator made it takes a new one as well. With two-step
    /// verification it is 401 `second_factor_needed`, with a cookie for the code.
    SignIn = POST "/api/auth/sign-in", body SignInRequest => UserAnswer;

    /// Ends the session.
    SignOut = POST "/api/auth/sign-out" => Done;

    /// Who is asking.
    ReadAccount = GET "/api/auth/me" => UserAnswer;

    /// One's own sessions, the last used first.
    ListSessions = GET "/api/auth/sessions" => SessionsAnswer;

    /// Ends one of one's own sessions.
    EndSession = DELETE "/api/auth/sessions/{id}", at Uuid => Done;

    /// Ends all other sessions.
    EndOtherSessions = POST "/api/auth/sessions/sign-out-everywhere" => EndedAnswer;

    /// Changes the password and ends all other sessions.
    ChangePassword = POST "/api/auth/password", body PasswordRequest => Done;

    /// Changes the display name, the time zone, or both.
    ChangeProfile = PATCH "/api/auth/profile", body ProfileRequest => UserAnswer;

    /// Deletes the account. History keeps what the person changed.
    DeleteAccount = DELETE "/api/auth/account", body DeleteAccountRequest => Done,
        refuses {
            409: "The last administrator, or the only owner of an organization with members",
        };
}

operations! { "API tokens";
    /// One's own API tokens, the newest first.
    ListTokens = GET "/api/tokens" => TokensAnswer;

    /// Makes an API token. `secret` is shown this once.
    MakeToken = POST "/api/tokens", body NewTokenRequest => 201 NewTokenAnswer;

    /// Revokes one of one's own API tokens.
    RevokeToken = DELETE "/api/tokens/{id}", at Uuid => Done;
}

/// A sign-up. What is missing is told with everything else that is wrong.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignUpRequest {
    #[serde(default)]
    #[schema(required, example = "anna@example.com")]
    pub email: String,
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "a quiet green meadow")]
    pub password: SecretText,
    #[serde(default)]
    #[schema(required, example = "Anna")]
    pub display_name: String,
    /// IANA name; UTC when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// The token of the link in a mailed invitation; needed while sign-up is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "inv_4f1c…")]
    pub invitation: Option<String>,
}

/// Who signs in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignInRequest {
    #[serde(default)]
    #[schema(required, example = "anna@example.com")]
    pub email: String,
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "a quiet green meadow")]
    pub password: SecretText,
    /// With a one-time password only: the one that stands from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Password)]
    pub new_password: Option<SecretText>,
}

/// Another password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordRequest {
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "a quiet green meadow")]
    pub current_password: SecretText,
    #[serde(default)]
    #[schema(
        required,
        value_type = String,
        format = Password,
        example = "seven small lighthouses"
    )]
    pub new_password: SecretText,
}

/// What changes of a profile; what is absent stays.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Anna Long")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub time_zone: Option<String>,
}

/// The password once more, so that nobody else deletes an account at an unlocked desk.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteAccountRequest {
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "a quiet green meadow")]
    pub password: SecretText,
}

/// A token to be made. What is missing is told with everything else that is wrong.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTokenRequest {
    #[serde(default)]
    #[schema(required, example = "Nightly export")]
    pub name: String,
    #[serde(default)]
    #[schema(required)]
    pub scopes: Vec<Scope>,
    /// Never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

/// `{user}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UserAnswer {
    pub user: PublicUser,
}

/// `{sessions}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SessionsAnswer {
    pub sessions: Vec<SessionView>,
}

/// `{ended}`: how many other sessions were ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EndedAnswer {
    pub ended: u64,
}

/// `{tokens}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TokensAnswer {
    pub tokens: Vec<TokenView>,
}

/// `{token, secret}`: the secret is shown this once.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct NewTokenAnswer {
    pub token: TokenView,
    #[schema(example = "trn_4f1c…")]
    pub secret: String,
}

/// The browsers in which the person is signed in, for their page.
#[server(endpoint = "fn/sessions", input = Json, output = Answer)]
pub async fn load_sessions() -> Result<SessionsAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListSessions>((), Nothing {}, Nothing {}).await
}

/// The person's API tokens, for their page.
#[server(endpoint = "fn/tokens", input = Json, output = Answer)]
pub async fn load_tokens() -> Result<TokensAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ListTokens>((), Nothing {}, Nothing {}).await
}
