//! Finds out who asks: by session cookie or by API token.

use super::{cookies, observe::is_https};
use crate::{
    api::error::ApiError,
    server::{
        context::{RequestContext, Source},
        error::ServiceError,
        state::AppState,
    },
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};

/// For routes: who asks goes into the request's context. Without the database it is 503, because "not signed in" would be a lie.
pub async fn for_routes(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let secure = is_https(request.extensions());
    match identify(&state, &mut request).await {
        Ok(cookie) => with_cookie(next.run(request).await, cookie, secure, &state),
        Err(error) => error.into_response(),
    }
}

/// For pages: a page is drawn even when the database is away, and says so. Marks the request with [`Unavailable`].
pub async fn for_pages(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let secure = is_https(request.extensions());
    match identify(&state, &mut request).await {
        Ok(cookie) => with_cookie(next.run(request).await, cookie, secure, &state),
        Err(error) => {
            let error = error.into_api(&super::answer::request_id());
            if error.status != 503 {
                return error.into_response();
            }
            request.extensions_mut().insert(Unavailable(error));
            next.run(request).await
        }
    }
}

/// The database could not be asked who this is.
#[derive(Clone, Debug)]
pub struct Unavailable(pub ApiError);

/// What should happen to the browser's session cookie.
enum Cookie {
    Keep,
    Prolong(String),
    Remove,
}

async fn identify(state: &AppState, request: &mut Request) -> Result<Cookie, ServiceError> {
    // Taken out and put back, because a copy would cost more than all the rest.
    let context = request.extensions_mut().remove::<RequestContext>();
    let mut context = context.ok_or_else(|| ServiceError::Internal("a request without context".into()))?;
    let found = look_up(state, request.headers(), &mut context).await;
    if let Some(actor) = &context.actor {
        tracing::Span::current().record("user", tracing::field::display(actor.user_id));
    }
    request.extensions_mut().insert(context);
    found
}

async fn look_up(state: &AppState, headers: &HeaderMap, context: &mut RequestContext) -> Result<Cookie, ServiceError> {
    let mut cookie = Cookie::Keep;
    if let Some(token) = bearer(headers) {
        let known = state.accounts.find_token(token).await?.ok_or_else(|| ServiceError::Refused {
            status: 401,
            code: "invalid_token",
            message: "This API token is unknown, revoked or expired. Make a new one in your account's settings.".into(),
        })?;
        context.actor = Some(known.actor);
        context.source = Source::ApiToken;
    } else if let Some(presented) = cookies::read(headers, cookies::SESSION) {
        match state.accounts.find_session(presented, context).await? {
            Some(found) => {
                context.actor = Some(found.known.actor);
                context.session_id = found.known.session_id;
                if found.renewed {
                    cookie = Cookie::Prolong(presented.to_owned());
                }
            }
            None => cookie = Cookie::Remove,
        }
    }
    Ok(cookie)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A handler that signs in or out has the last word on the cookie.
fn with_cookie(mut response: Response, cookie: Cookie, secure: bool, state: &AppState) -> Response {
    let value = match cookie {
        Cookie::Keep => None,
        Cookie::Prolong(secret) => cookies::session(&secret, state.accounts.session_seconds(), secure),
        Cookie::Remove => cookies::no_session(secure),
    };
    let is_session = |value: &HeaderValue| value.as_bytes().starts_with(cookies::SESSION.as_bytes());
    let decided = response.headers().get_all(header::SET_COOKIE).iter().any(is_session);
    if let (Some(value), false) = (value, decided) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
