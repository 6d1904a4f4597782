//! The route of an operation whose answer is more than its JSON: it sets a cookie or a header, or
//! is a file or a stream.

use super::{authenticate::AccessUntil, dispatch, observe::is_https};
use crate::{
    api::operation::Operation,
    server::{
        foundation::error::ServiceError,
        http::{access::Access, operation::Call, state::AppState},
    },
};
use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::{HeaderMap, header};

/// Carries an operation out, and writes the whole answer. Where that is JSON, it is written by
/// [`dispatch::write`], which knows the type.
pub trait Respond: Operation {
    /// Decided before anything but the path is read.
    const ACCESS: Access;

    fn respond(
        call: Call<Self>,
        head: Head,
    ) -> impl Future<Output = Result<Response, ServiceError>> + Send;
}

/// What such answers depend on besides the call.
#[derive(Clone, Debug)]
pub struct Head {
    /// The browser reached us by TLS.
    pub is_https: bool,
    /// The cookies, as [`Cookies`](super::cookies::Cookies) reads them.
    pub cookies: HeaderMap,
    /// A stream of events is asked for.
    pub wants_events: bool,
    /// When access ends by itself, as far as is known now.
    pub access_until: Option<DateTime<Utc>>,
    /// Which part of a file is asked for, and of which file (`If-Range`).
    pub range: Option<String>,
    pub if_range: Option<String>,
}

impl Head {
    fn of(request: &Request) -> Self {
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let accepted = text(header::ACCEPT);
        let until = request.extensions().get::<AccessUntil>();
        let cookies = request.headers().get_all(header::COOKIE).iter();
        Self {
            is_https: is_https(request.extensions()),
            cookies: cookies.map(|value| (header::COOKIE, value.clone())).collect(),
            wants_events: accepted.is_some_and(|kinds| kinds.contains("text/event-stream")),
            access_until: until.map(|AccessUntil(time)| *time),
            range: text(header::RANGE).map(str::to_owned),
            if_range: text(header::IF_RANGE).map(str::to_owned),
        }
    }
}

/// Carries one call out, from its request to its answer. Who asks was admitted before.
pub async fn dispatch<O: Respond>(state: AppState, request: Request) -> Response {
    let head = Head::of(&request);
    match dispatch::read::<O>(state, request).await {
        Ok(call) => O::respond(call, head).await.unwrap_or_else(IntoResponse::into_response),
        Err(error) => error.into_response(),
    }
}
