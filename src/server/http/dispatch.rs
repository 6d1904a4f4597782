//! The route of an operation: reads a request into its call, and writes its answer.

use super::{
    answer::Success,
    conditional::{idempotency_key, if_match},
    extract::nothing_there,
    json::JsonBody,
    query, typed,
};
use crate::{
    api::{
        error::ApiError,
        operation::{Header, Operation, PathParts},
    },
    server::{
        context::RequestContext,
        error::ServiceError,
        idempotency::IdempotencyKey,
        operation::{Call, Handle},
        state::AppState,
    },
};
use axum::{
    extract::{FromRequest, FromRequestParts, RawPathParams, Request},
    response::{IntoResponse, Response},
};
use http::StatusCode;
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

/// Reads the call of an operation out of its request.
///
/// # Errors
/// 404 for a path that names nothing, 400 for a query, a header or a body that is wrong.
pub async fn read<O: Operation>(state: AppState, request: Request) -> Result<Call<O>, ApiError> {
    let raw = RawCall::read(&state, request, O::PATH, O::HEADERS, O::HAS_BODY).await?;
    let parts: Vec<&str> = raw.path.iter().map(String::as_str).collect();
    let at = O::At::read(&parts).ok_or_else(nothing_there)?;
    let refuse = |field| raw.request.fail(ServiceError::Validation(vec![field]));
    let query = match O::HAS_QUERY {
        true => query::read::<O::Query>(raw.query.as_deref().unwrap_or_default()),
        false => Ok(O::Query::default()),
    };
    let query = query.map_err(refuse)?;
    let body = typed::read::<O::Body>(raw.body).map_err(refuse)?;
    let RawCall { request, base_version, key, .. } = raw;
    Ok(Call { state, request, at, query, body, base_version, key })
}

/// What is read of a request alike, whichever the operation.
struct RawCall {
    request: RequestContext,
    path: Vec<String>,
    query: Option<String>,
    body: Value,
    base_version: Option<i64>,
    key: Option<IdempotencyKey>,
}

impl RawCall {
    async fn read(
        state: &AppState,
        request: Request,
        path: &'static str,
        headers: &[Header],
        has_body: bool,
    ) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let context = parts.extensions.get::<RequestContext>().cloned();
        let Some(request) = context else {
            let outside = ServiceError::Internal("a route outside of the middleware".into());
            return Err(outside.into_api(""));
        };
        let named = RawPathParams::from_request_parts(&mut parts, state).await;
        let named = named.map_err(|_| nothing_there())?;
        let named = named.iter().map(|(_, part)| part.to_owned()).collect();
        let query = parts.uri.query().map(str::to_owned);
        let (given, method) = (parts.headers.clone(), parts.method.clone());
        let body = match has_body {
            true => JsonBody::from_request(Request::from_parts(parts, body), state).await?.0,
            false => Value::Object(serde_json::Map::new()),
        };
        let mut call = Self { request, path: named, query, body, base_version: None, key: None };
        for header in headers {
            let read = match header {
                Header::IfMatch => if_match(&given).map(|version| call.base_version = version),
                Header::IdempotencyKey => {
                    idempotency_key(&given, &method, path, &call.body).map(|key| call.key = key)
                }
            };
            read.map_err(|error| call.request.fail(error))?;
        }
        Ok(call)
    }
}
