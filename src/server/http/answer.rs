//! Answers: `"success": true` beside the payload, and every failure in the one shape with the
//! request's id.

use crate::{
    api::error::ApiError,
    domain::error_code::ErrorCode,
    server::foundation::{envelope::Envelope, error::ServiceError},
};
use axum::{
    Json,
    response::{IntoResponse, Response, sse::Event},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::Value;

tokio::task_local! {
    /// Set for the whole life of a request, so that an error made anywhere in it knows its id.
    pub(super) static REQUEST_ID: String;
}

/// The id of the request that is being answered; empty outside of one.
pub fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// 200 with `{"success": true, …payload}`. The payload is a struct.
#[derive(Debug)]
pub struct Success<T>(pub T);

impl<T: Serialize> IntoResponse for Success<T> {
    fn into_response(self) -> Response {
        let mut response = Json(Envelope::around(self.0)).into_response();
        // Answers are about one person; a shared cache must not keep them.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        self.into_api(&request_id()).into_response()
    }
}

impl IntoResponse for ApiError {
    fn into_response(mut self) -> Response {
        if self.request_id.is_empty() {
            self.request_id = request_id();
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 asks for it. The scheme is the one that scripts use; browsers do not open
            // their own dialog for it.
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"train\""),
            );
        }
        response
    }
}

/// What stands in the path names nothing.
pub fn nothing_there() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "There is nothing with this identifier.")
}

/// 404 for a path under `/api` that nothing answers.
pub async fn unknown_path() -> ApiError {
    ApiError::new(
        ErrorCode::NotFound,
        "There is nothing at this address. The routes are listed at /api/openapi.json.",
    )
}

/// 405; the router adds the header `Allow`.
pub async fn wrong_method() -> ApiError {
    ApiError::new(
        ErrorCode::MethodNotAllowed,
        "This address does not take this method. The header Allow names those it takes.",
    )
}

/// A body that did not come in time.
pub fn too_slow() -> ApiError {
    let sentence = "The body of the request took too long to arrive. Send it again.";
    ApiError::new(ErrorCode::RequestTimeout, sentence)
}

/// A body larger than `largest` bytes, the most that a request of its kind can need.
pub fn too_large(largest: usize) -> ApiError {
    const MIB: usize = 1024 * 1024;
    let most = match largest {
        MIB.. => format!("{} MiB", largest / MIB),
        _ => format!("{} KiB", largest / 1024),
    };
    let sentence = format!("The body of the request is too large; at most {most}.");
    ApiError::new(ErrorCode::TooLarge, sentence)
}

/// An event of a stream as it is sent: its name and data, as `ServerSent::write` gives them.
pub fn sse((name, data): (String, Value)) -> Event {
    Event::default().event(name).data(data.to_string())
}
