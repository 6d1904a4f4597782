//! `/api/tokens`: one's own API tokens.

use crate::{
    api::{
        accounts::{
            ListTokens, MakeToken, NewTokenAnswer, NewTokenRequest, RevokeToken, TokensAnswer,
        },
        operation::Done,
    },
    domain::{accounts::Scope, field_error::FieldErrors, instant, names::TokenName},
    server::{
        accounts::NewToken,
        foundation::error::ServiceError,
        http::{
            access::Access,
            operation::{Call, Handle},
            routes::Routes,
        },
    },
};
use chrono::{DateTime, Utc};

pub fn routes() -> Routes {
    Routes::new().on::<ListTokens>().on::<MakeToken>().on::<RevokeToken>()
}

impl Handle for ListTokens {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<TokensAnswer, ServiceError> {
        Ok(TokensAnswer { tokens: call.state.accounts.tokens(&call.request).await? })
    }
}

impl Handle for MakeToken {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<NewTokenAnswer, ServiceError> {
        let token = new_token(&call.body)?;
        let (token, secret) = call.state.accounts.make_token(&call.request, token).await?;
        Ok(NewTokenAnswer { token, secret: secret.expose().to_owned() })
    }
}

impl Handle for RevokeToken {
    const ACCESS: Access = Access::InPerson;

    async fn handle(call: Call<Self>) -> Result<Done, ServiceError> {
        call.state.accounts.revoke_token(&call.request, call.at).await?;
        Ok(Done {})
    }
}

fn new_token(body: &NewTokenRequest) -> Result<NewToken, ServiceError> {
    let mut errors = FieldErrors::default();
    let name = errors.keep("name", TokenName::parse(&body.name));
    let scopes = Scope::set(&body.scopes);
    let scopes = errors.keep("scopes", scopes);
    let expires_at = body.expires_at.as_deref();
    let expires_at = expires_at.and_then(|text| errors.keep("expiresAt", time(text)));
    let token = name.zip(scopes).map(|(name, scopes)| NewToken { name, scopes, expires_at });
    errors.finish(token).map_err(ServiceError::Validation)
}

/// A time in ISO 8601.
fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
    time.ok()
        .filter(|time| instant::is_plausible(*time))
        .ok_or("expiresAt must be a time such as 2030-12-31T00:00:00Z.")
}
