//! The route of an operation: reads a request into its call, and writes its answer.

use super::{
    answer::{Success, nothing_there},
    conditional::{idempotency_key, if_match},
    json, query, typed,
};
use crate::{
    api::{
        error::ApiError,
        operation::{Header, JSON, Operation, PathParts},
    },
    server::{
        foundation::{context::RequestContext, envelope::Written, error::ServiceError},
        http::{
            operation::{Call, Handle},
            state::AppState,
        },
        idempotency::IdempotencyKey,
    },
};
use axum::{
    extract::{FromRequestParts, RawPathParams, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use serde_json::Value;

/// Carries one call out, from its request to its answer. Who asks was admitted before.
pub async fn dispatch<O: Handle>(state: AppState, request: Request) -> Response {
    let call = match read::<O>(state, request).await {
        Ok(call) => call,
        Err(error) => return error.into_response(),
    };
    match O::handle(call).await {
        Ok(answer) => write::<O>(answer),
        Err(error) => error.into_response(),
    }
}

/// The answer of an operation as its route gives it.
pub fn write<O: Operation>(answer: O::Answer) -> Response {
    let status = StatusCode::from_u16(O::STATUS).unwrap_or_default();
    (status, Success(answer)).into_response()
}

/// As [`write`], of an answer that was written before.
pub fn write_kept<O: Operation>(answer: &Written<O::Answer>) -> Response {
    let status = StatusCode::from_u16(O::STATUS).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(JSON)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, answer.text()).into_response()
}

/// Reads the call of an operation out of its request.
///
/// # Errors
/// 404 for a path that names nothing, 400 for a query, a header or a body that is wrong, in this
/// order: nothing is read for what is refused anyway.
pub async fn read<O: Operation>(state: AppState, request: Request) -> Result<Call<O>, ApiError> {
    let (mut parts, body) = request.into_parts();
    let (request, named) = who_and_where(&mut parts, &state).await?;
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let at = O::At::read(&named).ok_or_else(nothing_there)?;
    let refuse = |field| request.fail(ServiceError::Validation(vec![field]));
    let query = match O::HAS_QUERY {
        true => query::read::<O::Query>(parts.uri.query().unwrap_or_default()).map_err(refuse)?,
        false => O::Query::default(),
    };
    let given = GivenHeaders::of(&parts, O::HEADERS);
    let base_version = given.base_version().map_err(|error| request.fail(error))?;
    let body = match O::HAS_BODY {
        true if O::TAKES != JSON => {
            let bytes = json::read_body(Request::from_parts(parts, body), O::LARGEST_BODY).await?;
            let body = typed::read_bytes::<O::Body>(&bytes).map_err(refuse)?;
            return Ok(Call { state, request, at, query, body, base_version, key: None });
        }
        true => json::read(Request::from_parts(parts, body), O::LARGEST_BODY).await?,
        false => Value::Object(serde_json::Map::new()),
    };
    let key = given.key(&body).map_err(|error| request.fail(error))?;
    let body = typed::read::<O::Body>(body).map_err(refuse)?;
    Ok(Call { state, request, at, query, body, base_version, key })
}

/// Who asks, and what stands in the braces of the path.
async fn who_and_where(
    parts: &mut Parts,
    state: &AppState,
) -> Result<(RequestContext, Vec<String>), ApiError> {
    let Some(request) = parts.extensions.get::<RequestContext>().cloned() else {
        let outside = ServiceError::Internal("a route outside of the middleware".into());
        return Err(outside.into_api(""));
    };
    let named = RawPathParams::from_request_parts(parts, state).await;
    let named = named.map_err(|_| nothing_there())?;
    Ok((request, named.iter().map(|(_, part)| part.to_owned()).collect()))
}

/// What is needed of the head of a request to read the headers that an operation names.
struct GivenHeaders {
    names: &'static [Header],
    headers: HeaderMap,
    method: Method,
    path: String,
}

impl GivenHeaders {
    fn of(parts: &Parts, names: &'static [Header]) -> Self {
        let headers = if names.is_empty() { HeaderMap::new() } else { parts.headers.clone() };
        let path = parts.uri.path().to_owned();
        Self { names, headers, method: parts.method.clone(), path }
    }

    fn base_version(&self) -> Result<Option<i64>, ServiceError> {
        match self.names.contains(&Header::IfMatch) {
            true => if_match(&self.headers),
            false => Ok(None),
        }
    }

    fn key(&self, body: &Value) -> Result<Option<IdempotencyKey>, ServiceError> {
        match self.names.contains(&Header::IdempotencyKey) {
            true => idempotency_key(&self.headers, &self.method, &self.path, body),
            false => Ok(None),
        }
    }
}
