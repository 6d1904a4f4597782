//! Answers of the gateway, in the provider's form.

use super::super::answer::request_id;
use crate::{
    domain::gateway::{Kind, body, is_lasting},
    server::{
        foundation::error::ServiceError,
        gateway::{Refusal, Reply, ReplyBody},
    },
};
use axum::{
    Json,
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::{FutureExt, StreamExt};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use std::{convert::Infallible, panic::AssertUnwindSafe};
use tokio_stream::wrappers::ReceiverStream;

/// The name of the request where the provider's libraries look for it.
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// Tells the provider's libraries not to ask again by themselves.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// An answer that is passed on.
pub fn reply(reply: Reply) -> Response {
    let body = match reply.body {
        ReplyBody::Whole(body) => Body::from(body),
        ReplyBody::Stream(pieces) => {
            Body::from_stream(ReceiverStream::new(pieces).map(Ok::<_, Infallible>))
        }
    };
    let mut response = Response::new(body);
    *response.headers_mut() = reply.headers;
    named(response)
}

/// A refusal, ours or the provider's.
pub fn refusal(refusal: Refusal) -> Response {
    let request_id = request_id();
    let (status, body, headers) = match refusal {
        Refusal::Provider(words) => {
            let mut error = words.error;
            error.insert("code".into(), json!(words.code));
            let body = json!({"type": "error", "error": error, "request_id": request_id});
            let mut headers = words.headers;
            headers.remove(header::CONTENT_TYPE);
            if is_lasting(words.code) {
                headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
            }
            (words.status, body, headers)
        }
        Refusal::Ours(error) => ours(error, &request_id),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(body)).into_response();
    for (name, value) in &headers {
        response.headers_mut().append(name, value.clone());
    }
    named(response)
}

fn ours(error: ServiceError, request_id: &str) -> (u16, Value, HeaderMap) {
    let error = error.into_api(request_id);
    let kind = Kind::of(error.code);
    let mut headers = HeaderMap::new();
    if let Some(seconds) = error.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if is_lasting(error.code) {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (kind.status, body(kind, &error.error, error.code, request_id), headers)
}

/// Names the request in the answer, as the provider does.
pub fn named(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::try_from(request_id()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The net under the gateway: what is our fault has the provider's form as well.
pub async fn catch_panic(request: Request, next: Next) -> Response {
    AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| refusal(ServiceError::Internal("a panic in the gateway".into()).into()))
}
