//! `/api/auth/passkeys`: one's own passkeys, and signing in with one.

use super::{second_factor, welcome};
use crate::{
    api::{
        accounts::passkeys::{
            AddPasskey, BeginPasskey, BeginPasskeySignIn, CeremonyAnswer, ListPasskeys,
            PasskeyAnswer, PasskeysAnswer, RemovePasskey, RenamePasskey, SignInWithPasskey,
        },
        operation::Done,
    },
    domain::names::PasskeyName,
    server::{
        accounts::Ceremony,
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
        .on::<ListPasskeys>()
        .on::<BeginPasskey>()
        .on::<AddPasskey>()
        .on::<RenamePasskey>()
        .on::<RemovePasskey>()
        .on::<BeginPasskeySignIn>()
        .raw::<SignInWithPasskey>()
}

impl From<Ceremony> for CeremonyAnswer {
    fn from(ceremony: Ceremony) -> Self {
        Self { ceremony: ceremony.id, options: ceremony.options }
    }
}

fn name(text: &str) -> Result<PasskeyName, ServiceError> {
    PasskeyName::parse(text).map_err(|message| ServiceError::field("name", message))
}

impl Handle for ListPasskeys {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<PasskeysAnswer, ServiceError> {
        let available = call.state.accounts.has_passkeys();
        let passkeys = call.state.accounts.passkeys(&call.request).await?;
        Ok(PasskeysAnswer { passkeys, available })
    }
}

impl Handle for BeginPasskey {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<CeremonyAnswer, ServiceError> {
        let Call { state, request, body, .. } = call;
        let code = Some(&body.code).filter(|code| !code.expose().is_empty());
        let code = code.map(second_factor::read).transpose()?;
        let (vault, accounts) = (&state.vault, &state.accounts);
        let begun = accounts.begin_passkey(&request, vault, &body.password, code.as_ref());
        Ok(begun.await?.into())
    }
}

impl Handle for AddPasskey {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<PasskeyAnswer, ServiceError> {
        let Call { state, request, body, .. } = call;
        let name = name(&body.name)?;
        let added = state.accounts.add_passkey(&request, body.ceremony, &name, body.credential);
        Ok(PasskeyAnswer { passkey: added.await? })
    }
}

impl Handle for RenamePasskey {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        let name = name(&call.body.name)?;
        call.state.accounts.rename_passkey(&call.request, call.at, &name).await?;
        Ok(Done {})
    }
}

impl Handle for RemovePasskey {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.accounts.remove_passkey(&call.request, call.at).await?;
        Ok(Done {})
    }
}

impl Handle for BeginPasskeySignIn {
    const ACCESS: Access = Access::Anyone;

    async fn handle(call: Call<Self>) -> Result<CeremonyAnswer, ServiceError> {
        Ok(call.state.accounts.begin_passkey_sign_in(&call.request).await?.into())
    }
}

impl Respond for SignInWithPasskey {
    const ACCESS: Access = Access::Anyone;

    async fn respond(call: Call<Self>, head: Head) -> Result<Response, ServiceError> {
        let Call { state, request, body, .. } = call;
        state.cookies.learn().await?;
        let accounts = &state.accounts;
        let signed_in =
            accounts.sign_in_with_passkey(&request, body.ceremony, body.credential).await?;
        Ok(welcome::<Self>(&state, signed_in, &head))
    }
}
