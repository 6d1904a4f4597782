//! Around every request: its id, its log line, its numbers, and the net under a panic.

use super::answer::REQUEST_ID;
use crate::{
    domain::credential,
    server::{
        context::{RequestContext, Source},
        database::{apart, same_work},
        error::ServiceError,
        state::AppState,
    },
};
use axum::{
    body::{Body, HttpBody},
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use dashmap::DashMap;
use futures::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::{
    fmt::Write as _,
    net::SocketAddr,
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};
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

/// Upper ends of the buckets of the request duration, in seconds.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Counters since the start, in the form that Prometheus reads.
#[derive(Debug)]
pub struct Metrics {
    began: Instant,
    requests: DashMap<(String, String, u16), u64>,
    buckets: [AtomicU64; BUCKETS.len()],
    count: AtomicU64,
    microseconds: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            requests: DashMap::new(),
            buckets: Default::default(),
            count: AtomicU64::new(0),
            microseconds: AtomicU64::new(0),
        }
    }
}

impl Metrics {
    fn count(&self, method: &str, route: &str, status: u16, took: Duration) {
        // Clients may invent methods; routes are ours.
        let method =
            if matches!(method, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") {
                method
            } else {
                "other"
            };
        *self.requests.entry((method.to_owned(), route.to_owned(), status)).or_default() += 1;
        self.count.fetch_add(1, Ordering::Relaxed);
        self.microseconds
            .fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        for (bucket, upper) in self.buckets.iter().zip(BUCKETS) {
            if took.as_secs_f64() <= upper {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// The text of `/metrics`. `connections`: open and idle ones to the database.
    pub fn render(&self, connections: (u32, usize)) -> String {
        let mut text = String::new();
        let mut line = |words: std::fmt::Arguments<'_>| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{words}");
        };
        line(format_args!(
            "# HELP train_http_requests_total Requests answered since the start.\n# TYPE \
                train_http_requests_total counter"
        ));
        for entry in &self.requests {
            let ((method, route, status), count) = entry.pair();
            line(format_args!(
                "train_http_requests_total{{method=\"{method}\",route=\"{route}\",\
                    status=\"{status}\"}} {count}"
            ));
        }
        line(format_args!(
            "# HELP train_http_request_duration_seconds Time to answer, without sending the \
                body.\n# TYPE train_http_request_duration_seconds histogram"
        ));
        for (bucket, upper) in self.buckets.iter().zip(BUCKETS) {
            let count = bucket.load(Ordering::Relaxed);
            line(format_args!(
                "train_http_request_duration_seconds_bucket{{le=\"{upper}\"}} {count}"
            ));
        }
        let count = self.count.load(Ordering::Relaxed);
        line(format_args!("train_http_request_duration_seconds_bucket{{le=\"+Inf\"}} {count}"));
        let seconds =
            Duration::from_micros(self.microseconds.load(Ordering::Relaxed)).as_secs_f64();
        line(format_args!("train_http_request_duration_seconds_sum {seconds}"));
        line(format_args!("train_http_request_duration_seconds_count {count}"));
        let mut gauge = |name: &str, help: &str, value: f64| {
            line(format_args!("# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"));
        };
        gauge("train_uptime_seconds", "Time since the start.", self.began.elapsed().as_secs_f64());
        gauge(
            "train_database_connections",
            "Open connections to the database.",
            f64::from(connections.0),
        );
        gauge(
            "train_database_connections_idle",
            "Those of them that wait for work.",
            connections.1 as f64,
        );
        if let Some(bytes) = resident_bytes() {
            gauge("process_resident_memory_bytes", "Memory in use.", bytes as f64);
        }
        text
    }
}

/// Linux only; elsewhere the line is missing.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?
        .trim()
        .strip_suffix(" kB")?
        .parse()
        .ok()?;
    Some(kib * 1024)
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
