//! A person's own account as its page loads it. Changes go through the HTTP routes, which scripts
//! use as well.

use super::error::ApiError;
use crate::domain::account::{PublicUser, SessionView, TokenView};
use leptos::{prelude::*, server_fn::codec::Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `{user}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UserAnswer {
    pub user: PublicUser,
}

/// `{token, secret}`: the secret is shown this once.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct NewTokenAnswer {
    pub token: TokenView,
    #[schema(example = "trn_4f1c…")]
    pub secret: String,
}

/// The browsers in which the person is signed in, the most recent first.
#[server(endpoint = "fn/sessions", input = Json, output = Json)]
pub async fn list_sessions() -> Result<Vec<SessionView>, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.accounts.sessions(&request).await.map_err(|error| request.fail(error))
}

/// The person's API tokens, the newest first.
#[server(endpoint = "fn/tokens", input = Json, output = Json)]
pub async fn list_tokens() -> Result<Vec<TokenView>, ApiError> {
    use crate::server::page_request::page_request;
    let (state, request, _turn) = page_request().await?;
    state.accounts.tokens(&request).await.map_err(|error| request.fail(error))
}
