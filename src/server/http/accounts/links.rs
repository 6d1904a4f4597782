//! `/api/auth/…` for a forgotten password and another e-mail address.

use crate::{
    api::{
        accounts::links::{
            AccountLinkAnswer, AskPasswordReset, CancelEmailChange, ChangeEmail, ConfirmEmail,
            ConfirmedAnswer, EmailAnswer, ReadAccountLink, ReadEmail, ResendEmailLink,
            ResetPassword,
        },
        operation::{Done, Operation},
    },
    domain::accounts::EmailAddress,
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            routes::Routes,
        },
    },
};

pub fn routes() -> Routes {
    Routes::new()
        .on::<AskPasswordReset>()
        .on::<ReadAccountLink>()
        .on::<ResetPassword>()
        .on::<ReadEmail>()
        .on::<ChangeEmail>()
        .on::<CancelEmailChange>()
        .on::<ResendEmailLink>()
        .on::<ConfirmEmail>()
}

impl Handle for AskPasswordReset {
    const ACCESS: Access = Access::Anyone;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let email = EmailAddress::parse(&call.body.email)
            .map_err(|message| ServiceError::field("email", message))?;
        call.state.accounts.ask_password_reset(&call.request, &email).await?;
        Ok(Done {})
    }
}

impl Handle for ReadAccountLink {
    const ACCESS: Access = Access::Anyone;

    async fn handle(call: Call<Self>) -> Result<AccountLinkAnswer, ServiceError> {
        Ok(AccountLinkAnswer { link: call.state.accounts.account_link(&call.body.token).await? })
    }
}

impl Handle for ResetPassword {
    const ACCESS: Access = Access::Anyone;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let (token, new) = (&call.body.token, &call.body.new_password);
        call.state.accounts.reset_password_by_link(token, new).await?;
        Ok(Done {})
    }
}

impl Handle for ReadEmail {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<EmailAnswer, ServiceError> {
        as_it_is(&call).await
    }
}

impl Handle for ChangeEmail {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<EmailAnswer, ServiceError> {
        let (new, password) = (&call.body.new_email, &call.body.current_password);
        call.state.accounts.change_email(&call.request, new, password).await?;
        as_it_is(&call).await
    }
}

impl Handle for CancelEmailChange {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<EmailAnswer, ServiceError> {
        call.state.accounts.cancel_email_change(&call.request).await?;
        as_it_is(&call).await
    }
}

impl Handle for ResendEmailLink {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<EmailAnswer, ServiceError> {
        call.state.accounts.resend_email_link(&call.request).await?;
        as_it_is(&call).await
    }
}

impl Handle for ConfirmEmail {
    const ACCESS: Access = Access::Anyone;

    async fn handle(call: Call<Self>) -> Result<ConfirmedAnswer, ServiceError> {
        Ok(ConfirmedAnswer { email: call.state.accounts.confirm_email(&call.body.token).await? })
    }
}

async fn as_it_is<O: Operation>(call: &Call<O>) -> Result<EmailAnswer, ServiceError> {
    let accounts = &call.state.accounts;
    let user = accounts.me(&call.request).await?;
    Ok(EmailAnswer { user, pending: accounts.pending_email(&call.request).await? })
}
