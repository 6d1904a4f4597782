//! `/api/tokens`: one's own API tokens.

use super::{
    answer::{Answer, Created, Success},
    extract::{Context, Id},
    fields::Fields,
    json::JsonBody,
    routes::{Routes, delete, get},
};
use crate::{
    api::account::NewTokenAnswer,
    domain::account::{Scope, TokenName, TokenView},
    server::{
        access::Access,
        accounts::{Accounts, NewToken},
        error::ServiceError,
    },
};
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

pub fn routes() -> Routes {
    Routes::new()
        .route("/api/tokens", get(Access::InPerson, list).post(Access::InPerson, make))
        .route("/api/tokens/{id}", delete(Access::InPerson, revoke))
}

/// Body of `POST /api/tokens`.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[serde(deny_unknown_fields)]
pub struct NewTokenRequest {
    #[schema(example = "Nightly export")]
    pub name: String,
    pub scopes: Vec<Scope>,
    /// Never when absent.
    pub expires_at: Option<DateTime<Utc>>,
}

/// `{tokens}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokensAnswer {
    pub tokens: Vec<TokenView>,
}

/// One's own API tokens, the newest first.
#[utoipa::path(get, path = "/api/tokens", tag = "API tokens",
    responses((status = 200, body = TokensAnswer)))]
async fn list(State(accounts): State<Accounts>, Context(request): Context) -> Answer<TokensAnswer> {
    Ok(Success(TokensAnswer { tokens: accounts.tokens(&request).await? }))
}

/// Makes an API token. `secret` is shown this once.
#[utoipa::path(post, path = "/api/tokens", tag = "API tokens",
    request_body = NewTokenRequest,
    responses((status = 201, body = NewTokenAnswer)))]
async fn make(
    State(accounts): State<Accounts>,
    Context(request): Context,
    body: JsonBody,
) -> Result<Created<NewTokenAnswer>, ServiceError> {
    let mut fields = Fields::of(body)?;
    let name = fields.parse("name", TokenName::parse);
    let words = fields.texts("scopes");
    let scopes = fields.keep_at("scopes", Scope::parse_set(words.iter().map(String::as_str)));
    let expires_at = fields.time("expiresAt");
    let token = fields.finish(name.zip(scopes).map(|(name, scopes)| NewToken {
        name,
        scopes,
        expires_at,
    }))?;
    let (token, secret) = accounts.make_token(&request, token).await?;
    Ok(Created(NewTokenAnswer { token, secret: secret.expose().to_owned() }))
}

/// Revokes one of one's own API tokens.
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "API tokens", responses((status = 200)))]
async fn revoke(
    State(accounts): State<Accounts>,
    Context(request): Context,
    Id(token): Id,
) -> Answer<()> {
    accounts.revoke_token(&request, token).await.map(Success)
}
