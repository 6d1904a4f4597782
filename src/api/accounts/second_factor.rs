//! Two-step verification: setting it up, turning it off, and the second step of signing in.

use super::UserAnswer;
use crate::{
    api::{
        codec::Answer,
        error::ApiError,
        operation::{Done, operations},
    },
    domain::accounts::{SecondFactorView, SecretText},
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

operations! { "Account";
    /// Finishes a sign-in that was answered with `second_factor_needed`, by a code of the
    /// authenticator app or a recovery code. The cookie of that answer says whose it is.
    FinishSignIn = POST "/api/auth/sign-in/code", body CodeRequest => UserAnswer;

    /// Whether signing in asks for a code, and how many recovery codes are left.
    ReadSecondFactor = GET "/api/auth/second-factor" => SecondFactorAnswer;

    /// Begins to set two-step verification up. The secret is shown this once; nothing is asked for
    /// until a code of it confirms that the app has it.
    BeginSecondFactor = POST "/api/auth/second-factor", body BeginSecondFactorRequest
        => SecondFactorSetupAnswer,
        refuses { 409: "It is on already", 503: "The server has no master key" };

    /// Turns two-step verification on by the first code of the app. The recovery codes are shown
    /// this once.
    ConfirmSecondFactor = POST "/api/auth/second-factor/confirm", body CodeRequest
        => RecoveryCodesAnswer;

    /// Makes new recovery codes; those from before no longer work.
    RenewRecoveryCodes = POST "/api/auth/second-factor/recovery-codes", body SecondFactorRequest
        => RecoveryCodesAnswer;

    /// Turns two-step verification off.
    TurnSecondFactorOff = DELETE "/api/auth/second-factor", body SecondFactorRequest => Done;
}

/// A code of the authenticator app, or a recovery code.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "123456")]
    pub code: SecretText,
}

/// The password once more, so that nobody else sets it up at an unlocked desk.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginSecondFactorRequest {
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "a quiet green meadow")]
    pub password: SecretText,
}

/// Password and code once more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondFactorRequest {
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "a quiet green meadow")]
    pub password: SecretText,
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "123456")]
    pub code: SecretText,
}

/// `{secondFactor}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecondFactorAnswer {
    pub second_factor: SecondFactorView,
}

/// What the app needs, shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct SecondFactorSetupAnswer {
    /// To be typed, in base32.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: String,
    /// The same for the device that has the app.
    #[schema(example = "otpauth://totp/Train:…")]
    pub uri: String,
    /// The same to be scanned: SVG.
    #[schema(example = "<svg …")]
    pub image: String,
}

/// `{codes}`: shown this once; each works once.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodesAnswer {
    #[schema(example = json!(["012345-6789ab-cdefgh-jkmnpq"]))]
    pub codes: Vec<String>,
}

/// The state of two-step verification, for the person's page.
#[server(endpoint = "fn/second-factor", input = Json, output = Answer)]
pub async fn load_second_factor() -> Result<SecondFactorAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadSecondFactor>((), Nothing {}, Nothing {}).await
}
