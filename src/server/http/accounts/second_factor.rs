//! `/api/auth/second-factor`: two-step verification, and the second step of signing in.

use super::{add_cookie, welcome};
use crate::{
    api::{
        accounts::second_factor::{
            BeginSecondFactor, ConfirmSecondFactor, FinishSignIn, ReadSecondFactor,
            RecoveryCodesAnswer, RenewRecoveryCodes, SecondFactorAnswer, SecondFactorSetupAnswer,
            TurnSecondFactorOff,
        },
        operation::Done,
    },
    domain::accounts::{FactorCode, SecretText},
    server::{
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            respond::{Head, Respond},
            routes::Routes,
        },
    },
};
use axum::response::Response;

pub fn routes() -> Routes {
    Routes::new()
        .raw::<FinishSignIn>()
        .on::<ReadSecondFactor>()
        .on::<BeginSecondFactor>()
        .on::<ConfirmSecondFactor>()
        .on::<RenewRecoveryCodes>()
        .on::<TurnSecondFactorOff>()
}

/// The code as it was typed.
pub(super) fn read(code: &SecretText) -> Result<FactorCode, ServiceError> {
    FactorCode::parse(code.expose()).map_err(|message| ServiceError::field("code", message))
}

impl Respond for FinishSignIn {
    const ACCESS: Access = Access::Anyone;

    async fn respond(call: Call<Self>, head: Head) -> Result<Response, ServiceError> {
        let code = read(&call.body.code)?;
        let Call { state, request, .. } = call;
        state.cookies.learn().await?;
        let cookie = state.cookies.read_pending(&head.cookies);
        let signed_in = state.accounts.finish_sign_in(&request, &state.vault, cookie, &code);
        let signed_in = signed_in.await?;
        let mut response = welcome::<Self>(&state, signed_in, &head);
        add_cookie(&mut response, state.cookies.no_pending(head.is_https));
        Ok(response)
    }
}

impl Handle for ReadSecondFactor {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<SecondFactorAnswer, ServiceError> {
        let second_factor = call.state.accounts.second_factor(&call.request).await?;
        Ok(SecondFactorAnswer { second_factor })
    }
}

impl Handle for BeginSecondFactor {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<SecondFactorSetupAnswer, ServiceError> {
        let Call { state, request, body, .. } = call;
        let setup = state.accounts.begin_second_factor(&request, &state.vault, &body.password);
        let setup = setup.await?;
        Ok(SecondFactorSetupAnswer { secret: setup.secret, uri: setup.uri, image: setup.image })
    }
}

impl Handle for ConfirmSecondFactor {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<RecoveryCodesAnswer, ServiceError> {
        let Call { state, request, body, .. } = call;
        let code = read(&body.code)?;
        let codes = state.accounts.confirm_second_factor(&request, &state.vault, &code).await?;
        Ok(RecoveryCodesAnswer { codes })
    }
}

impl Handle for RenewRecoveryCodes {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<RecoveryCodesAnswer, ServiceError> {
        let Call { state, request, body, .. } = call;
        let (vault, code) = (&state.vault, read(&body.code)?);
        let codes = state.accounts.renew_recovery_codes(&request, vault, &body.password, &code);
        Ok(RecoveryCodesAnswer { codes: codes.await? })
    }
}

impl Handle for TurnSecondFactorOff {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let Call { state, request, body, .. } = call;
        let (vault, code) = (&state.vault, read(&body.code)?);
        state.accounts.turn_second_factor_off(&request, vault, &body.password, &code).await?;
        Ok(Done {})
    }
}
