//! `/v1…`: the gateway. It speaks the provider's interface, not ours: who asks says so in the
//! provider's headers, failures have the provider's form, and no session counts.
//!
//! Its operations are not declared in `api`, because the provider describes them. What is, is where
//! programs reach it.

mod answer;
mod body;

use super::routes::Routes;
use crate::{
    api::gateway::{GatewayAnswer, ReadGateway},
    domain::{accounts::Scope, error_code::ErrorCode, gateway::ModelsPage},
    server::{
        claude::Forward,
        foundation::{
            context::{RequestContext, Source},
            error::ServiceError,
            shares::{Kind, Whose},
        },
        gateway::{Incoming, Refusal},
        http::{
            access::Access,
            operation::{Call, Handle},
            query,
            state::AppState,
        },
    },
};
use answer::{catch_panic, refusal, reply};
use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, get, post},
};
use body::read_body;
use http::{HeaderMap, header, request::Parts};

/// Where messages are asked for.
const MESSAGES: &str = "/v1/messages";
const COUNT_TOKENS: &str = "/v1/messages/count_tokens";
const MODELS: &str = "/v1/models";

/// What is said of the gateway to people.
pub fn routes() -> Routes {
    Routes::new().on::<ReadGateway>()
}

impl Handle for ReadGateway {
    const ACCESS: Access = Access::Person(Scope::AiRead);

    async fn handle(call: Call<Self>) -> Result<GatewayAnswer, ServiceError> {
        let user_id = call.request.allow(Scope::AiRead)?.user_id;
        let models = call.state.gateway.usable(user_id).await?;
        Ok(GatewayAnswer {
            address: call.state.config.public_url.as_ref().map(|url| url.origin()),
            models: models.into_iter().map(|model| model.id).collect(),
        })
    }
}

/// The routes of the gateway, with nothing around them that is for browsers.
pub fn router() -> Router<AppState> {
    let only = |methods: MethodRouter<AppState>| methods.fallback(wrong_method);
    Router::new()
        .route(MESSAGES, only(post(message)))
        .route(COUNT_TOKENS, only(post(count_tokens)))
        .route(MODELS, only(get(models)))
        // Ids of other providers' models have slashes.
        .route("/v1/models/{*id}", only(get(model)))
        .route("/v1", any(unknown))
        .route("/v1/", any(unknown))
        .route("/v1/{*path}", any(unknown))
        .layer(from_fn(catch_panic))
}

async fn message(State(state): State<AppState>, request: Request) -> Response {
    let passed = async {
        let (who, incoming) = take_in(&state, request).await?;
        state.gateway.message(&who, incoming).await
    };
    passed.await.map_or_else(refusal, reply)
}

async fn count_tokens(State(state): State<AppState>, request: Request) -> Response {
    let passed = async {
        let (who, incoming) = take_in(&state, request).await?;
        state.gateway.count_tokens(&who, incoming).await
    };
    passed.await.map_or_else(refusal, reply)
}

async fn models(State(state): State<AppState>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let listed = async {
        let who = identify(&state, &mut parts).await?;
        let page: ModelsPage = query::read(parts.uri.query().unwrap_or_default())
            .map_err(|error| ServiceError::refused(ErrorCode::ValidationFailed, error.message))?;
        state.gateway.models(&who, &page).await
    };
    found(listed.await)
}

async fn model(State(state): State<AppState>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let found_one = async {
        let who = identify(&state, &mut parts).await?;
        let id = parts.uri.path().strip_prefix(MODELS).unwrap_or_default().trim_start_matches('/');
        let id = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
        state.gateway.model(&who, &id).await
    };
    found(found_one.await)
}

fn found<T: serde::Serialize>(found: Result<T, ServiceError>) -> Response {
    match found {
        Ok(found) => answer::named(Json(found).into_response()),
        Err(error) => refusal(error.into()),
    }
}

async fn unknown() -> Response {
    let sentence = "There is nothing at this address. The gateway has POST /v1/messages, POST \
        /v1/messages/count_tokens, GET /v1/models and GET /v1/models/{id}.";
    refusal(ServiceError::refused(ErrorCode::NotFound, sentence).into())
}

async fn wrong_method() -> Response {
    let sentence = "This address does not take this method.";
    refusal(ServiceError::refused(ErrorCode::MethodNotAllowed, sentence).into())
}

/// Who asks, and what is to be passed on. Nothing of the body is read for those who may not ask.
async fn take_in(
    state: &AppState,
    request: Request,
) -> Result<(RequestContext, Incoming), Refusal> {
    let (mut parts, body) = request.into_parts();
    let who = identify(state, &mut parts).await?;
    let user_id = who.allow(Scope::MessagesWrite)?.user_id;
    let share = state.shares.take(Kind::Generations, Whose::Person(user_id)).await?;
    let (body, held) = read_body(&state.gateway.room, &parts.headers, body).await?;
    // The query chooses variants of the interface: `?beta=true`.
    let path = match parts.uri.query() {
        Some(query) => format!("{}?{query}", parts.uri.path()),
        None => parts.uri.path().to_owned(),
    };
    let forward = Forward::new(path, &parts.headers, body);
    Ok((who, Incoming { forward, held, share }))
}

/// Who asks, if they may use the gateway.
///
/// # Errors
/// 401 without a token that is valid, 403 for one without the scope, 503 without the database.
async fn identify(state: &AppState, parts: &mut Parts) -> Result<RequestContext, ServiceError> {
    let context = parts.extensions.remove::<RequestContext>();
    let mut context =
        context.ok_or_else(|| ServiceError::Internal("a request without context".into()))?;
    let presented = presented(&parts.headers).ok_or_else(|| {
        let sentence = "Send an API token of Train with the scope messages:write in the header \
            x-api-key or as Authorization: Bearer. Settings, Account makes one.";
        ServiceError::refused(ErrorCode::NotSignedIn, sentence)
    })?;
    let known = state.accounts.find_token(presented, context.ip).await?.ok_or_else(|| {
        let sentence = if presented.starts_with("sk-ant-") {
            "This is a key of Anthropic. Here an API token of Train is needed (trn_…), with the \
                scope messages:write; the key belongs into AI configuration, API keys."
        } else {
            "This API token is unknown, revoked or expired. Make a new one in your account's \
                settings."
        };
        ServiceError::refused(ErrorCode::InvalidToken, sentence)
    })?;
    tracing::Span::current().record("user", tracing::field::display(known.actor.user_id));
    context.actor = Some(known.actor);
    context.client = known.client;
    context.source = Source::ApiToken;
    context.allow(Scope::MessagesWrite)?;
    Ok(context)
}

/// The token, from either header of the provider's libraries. Where both are there, as when one
/// comes from an environment that was set for something else, ours counts.
fn presented(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let key = text("x-api-key").filter(|key| !key.is_empty());
    let bearer = text(header::AUTHORIZATION.as_str()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let is_ours = |token: &&str| token.starts_with("trn_");
    key.filter(is_ours).or(bearer.filter(is_ours)).or(key).or(bearer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_token_is_found_in_either_header() {
        let of = |headers: &[(&'static str, &'static str)]| {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| {
                    (header::HeaderName::from_static(name), HeaderValue::from_static(value))
                })
                .collect();
            presented(&headers).map(str::to_owned)
        };
        let (ours, other) = (("x-api-key", "trn_a"), ("authorization", "Bearer sk-other"));
        assert_eq!(of(&[ours]).as_deref(), Some("trn_a"));
        assert_eq!(of(&[("authorization", "bearer trn_b")]).as_deref(), Some("trn_b"));
        assert_eq!(of(&[ours, other]).as_deref(), Some("trn_a"));
        let dummy = ("x-api-key", "dummy");
        assert_eq!(of(&[dummy, ("authorization", "Bearer trn_b")]).as_deref(), Some("trn_b"));
        assert_eq!(of(&[dummy]).as_deref(), Some("dummy"));
        assert_eq!(of(&[("authorization", "Basic dXNlcg==")]), None);
        assert_eq!(of(&[("x-api-key", "")]), None);
    }
}
