//! Around every request: its id, its log line, its numbers, and the net under a panic.

use super::answer::REQUEST_ID;
use crate::{
    domain::credential,
    server::{
        foundation::{
            context::{RequestContext, Source},
            error::ServiceError,
        },
        http::state::AppState,
        postgres::{apart, same_work},
    },
};
use axum::{
    body::{Body, HttpBody},
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::{net::SocketAddr, panic::AssertUnwindSafe, time::Instant};
use tracing::Instrument;
use uuid::Uuid;

pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request its id and context, and writes one line about it when it is answered.
///
/// The id is always our own: one sent by the client could repeat or imitate another.
pub async fn observe(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let request_id = Uuid::new_v4().simple().to_string();
    let began = Instant::now();
    let method = request.method().clone();
    // Without the query, which may hold what people searched for.
    let path = credential::left_out(request.uri().path()).into_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str)
        .to_owned();
    let context = context(&state, &request, request_id.clone());
    let span = tracing::info_span!("request", id = request_id, user = tracing::field::Empty);
    let https = Https(reached_by_https(&state, &request));
    request.extensions_mut().insert(context);
    request.extensions_mut().insert(https);

    let answered = apart(REQUEST_ID.scope(request_id.clone(), whole_work(next.run(request))));
    let mut response = answered.instrument(span.clone()).await;
    let _entered = span.entered();
    if let Ok(value) = HeaderValue::try_from(&request_id) {
        response.headers_mut().insert(REQUEST_ID_HEADER, value);
    }
    let status = response.status().as_u16();
    let took = began.elapsed();
    state.metrics.count(method.as_str(), &route, status, took);
    let milliseconds = (took.as_secs_f64() * 10_000.0).round() / 10.0;
    // Probes come every few seconds and files are many; neither tells anything unless it fails.
    if status < 400
        && (route == "unmatched"
            || route.starts_with("/pkg")
            || matches!(&*path, "/healthz" | "/readyz" | "/metrics"))
    {
        tracing::debug!(%method, path, status, milliseconds, "answered");
    } else {
        tracing::info!(%method, path, status, milliseconds, "answered");
    }
    response
}

/// Keeps a body that is written while it is sent in the work that it belongs to.
pub(super) async fn whole_work(answer: impl Future<Output = Response>) -> Response {
    let response = answer.await;
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| Body::from_stream(same_work(body.into_data_stream())))
}

/// The net under everything that answers: a panic is logged and becomes an ordinary failure.
pub async fn catch_panic(request: Request, next: Next) -> Response {
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|panic| {
        let cause = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        ServiceError::Internal(format!("a panic: {}", cause.unwrap_or("of unknown cause")))
            .into_response()
    })
}

fn context(state: &AppState, request: &Request, request_id: String) -> RequestContext {
    let header =
        |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip());
    let forwarded = forwarded_for(request.headers());
    RequestContext {
        request_id,
        actor: None,
        source: Source::Page,
        ip: peer.map(|peer| state.config.trusted_proxies.client(peer, Some(&forwarded))),
        // Kept with sessions and in history.
        user_agent: header(header::USER_AGENT)
            .map(|text| credential::left_out(text).chars().take(500).collect()),
        client: None,
        session_id: None,
    }
}

/// All of `X-Forwarded-For`, in order: some proxies append to what a client sent, others add a line
/// of their own below it.
///
/// What is no text stays in its place as something that is no address either, so that nothing
/// before it is believed.
fn forwarded_for(headers: &HeaderMap) -> String {
    let lines = headers.get_all("x-forwarded-for").iter();
    lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect::<Vec<_>>().join(", ")
}

/// Whether the browser's own connection is encrypted, as far as we can know: then cookies are
/// Secure.
#[derive(Clone, Copy, Debug)]
struct Https(bool);

/// Whether the browser reached us by TLS.
pub fn is_https(extensions: &http::Extensions) -> bool {
    extensions.get::<Https>().is_some_and(|Https(https)| *https)
}

fn reached_by_https(state: &AppState, request: &Request) -> bool {
    if state.config.public_url.as_ref().is_some_and(|url| url.is_https()) {
        return true;
    }
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip());
    let forwarded =
        request.headers().get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    forwarded == Some("https") && peer.is_some_and(|peer| state.config.trusted_proxies.trusts(peer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::TrustedProxies;

    fn client(lines: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_bytes(line).unwrap());
        }
        let proxies = TrustedProxies::parse("192.0.2.0/24").unwrap();
        proxies.client("192.0.2.1".parse().unwrap(), Some(&forwarded_for(&headers))).to_string()
    }

    #[test]
    fn the_client_is_found_over_all_lines_of_the_header() {
        assert_eq!(client(&[]), "192.0.2.1");
        assert_eq!(client(&[b"198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            client(&[b"9.9.9.9", b"198.51.100.7"]),
            "198.51.100.7",
            "a client cannot choose its address"
        );
        assert_eq!(
            client(&[b"9.9.9.9, 8.8.8.8", b"198.51.100.7, 192.0.2.9", b"192.0.2.8"]),
            "198.51.100.7"
        );
    }

    #[test]
    fn what_is_no_text_hides_no_address_and_ends_the_search() {
        assert_eq!(client(&[b"9.9.9.9", b"\xff"]), "192.0.2.1");
        assert_eq!(client(&[b"9.9.9.9, \xff, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(&[b"9.9.9.9", b"198.51.100.7\xff", b"192.0.2.9"]), "192.0.2.9");
    }
}
