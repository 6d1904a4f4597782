//! A forgotten password and another e-mail address: both are confirmed by a mailed link. The forms
//! that a link leads to need no script.

use crate::{
    api::{
        codec::Answer,
        error::ApiError,
        operation::{Done, operations},
    },
    domain::accounts::{
        PublicUser, SecretText,
        links::{AccountLink, PendingEmail},
    },
};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

operations! { "Account";
    /// Mails a link that sets a new password. The answer and its time are the same whether or not
    /// the address has an account.
    AskPasswordReset = POST "/api/auth/forgot-password", body ForgottenRequest => Done,
        refuses { 409: "The installation sends no mail" };

    /// Whose account a mailed link is about, if it holds.
    ReadAccountLink = POST "/api/auth/link", body LinkRequest => AccountLinkAnswer;

    /// Sets a new password by a mailed link. All sessions of the account end, its tokens stay.
    ResetPassword = POST "/api/auth/reset-password", body ResetRequest => Done,
        refuses { 409: "The link does not hold" };

    /// One's own address, and the change of it that waits for its confirmation.
    ReadEmail = GET "/api/auth/email" => EmailAnswer;

    /// Asks for another e-mail address. It changes once the link is opened that is mailed to it,
    /// within 24 hours; where no mail is set up, at once.
    ChangeEmail = POST "/api/auth/email", body EmailRequest => EmailAnswer;

    /// Gives up the change that waits.
    CancelEmailChange = DELETE "/api/auth/email" => EmailAnswer;

    /// Mails the link of the change that waits once more.
    ResendEmailLink = POST "/api/auth/email/resend" => EmailAnswer,
        refuses { 409: "None waits" };

    /// Gives an account the address that the link was mailed to.
    ConfirmEmail = POST "/api/auth/email/confirm", body LinkRequest => ConfirmedAnswer,
        refuses { 409: "The link does not hold, or another account has the address by now" };
}

/// Who forgot their password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgottenRequest {
    #[serde(default)]
    #[schema(required, example = "anna@example.com")]
    pub email: String,
}

/// What comes with a mailed link.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// Of the mailed link.
    #[serde(default)]
    #[schema(required, example = "acc_4f1c…")]
    pub token: String,
}

/// A new password by a mailed link.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResetRequest {
    /// Of the mailed link.
    #[serde(default)]
    #[schema(required, example = "acc_4f1c…")]
    pub token: String,
    #[serde(default)]
    #[schema(
        required,
        value_type = String,
        format = Password,
        example = "seven small lighthouses"
    )]
    pub new_password: SecretText,
}

/// Another e-mail address.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmailRequest {
    #[serde(default)]
    #[schema(required, example = "anna.long@example.com")]
    pub new_email: String,
    #[serde(default)]
    #[schema(required, value_type = String, format = Password, example = "a quiet green meadow")]
    pub current_password: SecretText,
}

/// `{link}`: absent when the link does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountLinkAnswer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<AccountLink>,
}

/// `{user, pending}`: the account as it is, and the change that waits, if one does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EmailAnswer {
    pub user: PublicUser,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingEmail>,
}

/// `{email}`: the address that the account has now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConfirmedAnswer {
    #[schema(example = "anna.long@example.com")]
    pub email: String,
}

/// One's own address and what waits, for the page.
#[server(endpoint = "fn/email", input = Json, output = Answer)]
pub async fn load_email() -> Result<EmailAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadEmail>((), Nothing {}, Nothing {}).await
}

/// Whose account a mailed link is about, for the page that it leads to.
#[server(endpoint = "fn/account-link", input = Json, output = Answer)]
pub async fn load_account_link(token: String) -> Result<AccountLinkAnswer, ApiError> {
    use crate::{api::operation::Nothing, server::http::operation::run};
    run::<ReadAccountLink>((), Nothing {}, LinkRequest { token }).await
}

/// The form that asks for a link. Goes back to its page, which says where to look.
#[server(prefix = "/api/fn", endpoint = "forgot-password")]
pub async fn forgot_password(email: String) -> Result<(), ApiError> {
    use crate::{
        api::operation::Nothing,
        server::http::{accounts::forms::lead_on, operation::run},
    };
    run::<AskPasswordReset>((), Nothing {}, ForgottenRequest { email }).await?;
    let done = "If this address has an account, a link is on its way to it. It holds for an hour. \
        Look among the unwanted mail as well.";
    lead_on("/forgot-password", done.into());
    Ok(())
}

/// The form that sets a new password. Goes to the sign-in page, which says that it was changed.
#[server(prefix = "/api/fn", endpoint = "reset-password")]
pub async fn reset_by_form(token: String, new_password: SecretText) -> Result<(), ApiError> {
    use crate::{
        api::operation::Nothing,
        server::http::{accounts::forms::lead_on, operation::run},
    };
    run::<ResetPassword>((), Nothing {}, ResetRequest { token, new_password }).await?;
    lead_on("/sign-in", "Password changed. Sign in with the new one.".into());
    Ok(())
}

/// The form that confirms an address. Goes back to its page, which says that it counts.
#[server(prefix = "/api/fn", endpoint = "confirm-email")]
pub async fn confirm_by_form(token: String) -> Result<(), ApiError> {
    use crate::{
        api::operation::Nothing,
        server::http::{accounts::forms::lead_on, operation::run},
    };
    let ConfirmedAnswer { email } =
        run::<ConfirmEmail>((), Nothing {}, LinkRequest { token }).await?;
    lead_on("/confirm-email", format!("Confirmed. Sign in with {email} from now on."));
    Ok(())
}
