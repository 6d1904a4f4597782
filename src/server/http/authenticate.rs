//! Finds out who asks: by session cookie or by API token.

use super::{cookies, observe::is_https};
use crate::{
    api::{error::ApiError, events::FollowEvents, operation::Operation},
    domain::error_code::ErrorCode,
    server::{
        foundation::{
            context::{RequestContext, Source},
            error::ServiceError,
        },
        http::state::AppState,
    },
};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::{HeaderMap, header};
use uuid::Uuid;

/// For routes: who asks goes into the request's context. Without the database it is 503, because
/// "not signed in" would be a lie.
pub async fn for_routes(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let secure = is_https(request.extensions());
    match identify(&state, &mut request).await {
        Ok(cookie) => with_cookie(next.run(request).await, cookie, secure, &state),
        Err(error) => error.into_response(),
    }
}

/// For pages: a page is drawn even when the database is away, and says so. Marks the request with
/// [`Unavailable`].
pub async fn for_pages(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
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

/// When the session or token that asks ends by itself, as far as is known now; absent for a token
/// that does not. For what goes on after the request was let in.
#[derive(Clone, Copy, Debug)]
pub struct AccessUntil(pub DateTime<Utc>);

/// What should happen to the browser's session cookie.
enum Cookie {
    Keep,
    Prolong(String),
    Remove,
}

async fn identify(state: &AppState, request: &mut Request) -> Result<Cookie, ServiceError> {
    // Taken out and put back, because a copy would cost more than all the rest.
    let context = request.extensions_mut().remove::<RequestContext>();
    let mut context =
        context.ok_or_else(|| ServiceError::Internal("a request without context".into()))?;
    let found = match look_up(state, request.headers(), &mut context).await {
        Ok(_) if !is_own_page(request, &context) => Err(ServiceError::refused(
            ErrorCode::OtherAccount,
            "Somebody else has signed in in this browser meanwhile. Reload the page; what \
                you changed is kept for your account.",
        )),
        found => found,
    };
    if let Some(actor) = &context.actor {
        tracing::Span::current().record("user", tracing::field::display(actor.user_id));
    }
    request.extensions_mut().insert(context);
    let (cookie, until) = found?;
    if let Some(until) = until {
        request.extensions_mut().insert(AccessUntil(until));
    }
    Ok(cookie)
}

/// What becomes of the cookie, and when the access that was found ends by itself.
async fn look_up(
    state: &AppState,
    headers: &HeaderMap,
    context: &mut RequestContext,
) -> Result<(Cookie, Option<DateTime<Utc>>), ServiceError> {
    let (mut cookie, mut until) = (Cookie::Keep, None);
    let named = state.cookies.learn().await;
    if let Some(token) = bearer(headers) {
        let known = state.accounts.find_token(token, context.ip).await?.ok_or_else(|| {
            ServiceError::refused(
                ErrorCode::InvalidToken,
                "This API token is unknown, revoked or expired. Make a new one in your \
                account's settings.",
            )
        })?;
        until = known.expires_at;
        context.actor = Some(known.actor);
        context.client = known.client;
        context.source = Source::ApiToken;
    } else if cookies::has_session(headers) {
        named?;
        // It may be another installation's, of the same host.
        let Some(presented) = state.cookies.read_session(headers) else {
            return Ok((cookie, until));
        };
        match state.accounts.find_session(presented, context).await? {
            Some(found) => {
                until = found.known.expires_at;
                context.actor = Some(found.known.actor);
                context.session_id = found.known.session_id;
                if found.renewed {
                    cookie = Cookie::Prolong(presented.to_owned());
                }
            }
            None => cookie = Cookie::Remove,
        }
    }
    Ok((cookie, until))
}

/// Whether the page that asks was drawn for whoever is signed in now. Calls of a page name its
/// account in a header; its stream of events, which can have none, in its address. What names none,
/// such as a program with a token, is not asked.
fn is_own_page(request: &Request, context: &RequestContext) -> bool {
    let header = request.headers().get("train-account").and_then(|value| value.to_str().ok());
    let address = || {
        request
            .uri()
            .query()?
            .strip_prefix("account=")
            .filter(|_| request.uri().path() == FollowEvents::PATH)
    };
    let Some(page) = header.or_else(address) else { return true };
    context.actor.as_ref().is_none_or(|actor| Uuid::parse_str(page) == Ok(actor.user_id))
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
        Cookie::Prolong(secret) => {
            state.cookies.session(&secret, state.accounts.session_seconds(), secure)
        }
        Cookie::Remove => state.cookies.no_session(secure),
    };
    let mut set = response.headers().get_all(header::SET_COOKIE).iter();
    let decided = set.any(|value| state.cookies.is_session(value));
    if let (Some(value), false) = (value, decided) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
