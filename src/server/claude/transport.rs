//! HTTP underneath: connections, timeouts, bounds, and which failure is which.

use super::{
    ApiKey, ClaudeError, ConnectFailure, Endpoint, InterruptedBy, Partial, Stage, VERSION,
    provider_error::ProviderError,
    resolver::{NameNotFound, Resolver},
    retry_after::retry_after,
    written::{Announced, Written},
};
use axum::body::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use reqwest::{Body, Client, Response, Url, redirect};
use serde::Serialize;
use std::{
    error::Error,
    io,
    sync::{Arc, Mutex, Once, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::time::{Instant, timeout_at};

/// More than this is no answer of Claude: 128 000 tokens are about half a megabyte.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;
/// In a stream each of them can come in an event of its own, of some 150 bytes.
const LARGEST_STREAM: usize = 64 * 1024 * 1024;
/// A refusal is short; of a longer one the beginning is enough.
const LARGEST_REFUSAL: usize = 64 * 1024;
/// How many pools of connections are kept.
const MOST_CLIENTS: usize = 32;

/// The connections of this process.
///
/// The library takes the connect timeout when a pool is made, not with a request. A timer around
/// the request could not tell connecting from waiting for the answer, so there is one pool per
/// timeout in use. Nearly everybody has the same one; of many, those used last are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Transport {
    clients: Arc<Mutex<Vec<(Kind, Client)>>>,
}

/// What a pool is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    connect_timeout: Duration,
    /// A server on this machine is never asked by way of a proxy.
    local: bool,
}

impl Transport {
    /// Sends a request whose answer is bounded in size and by the attempt's time.
    pub async fn post(
        &self,
        endpoint: &Endpoint,
        path: &str,
        body: &impl Serialize,
        written: &Written,
    ) -> Result<Answer, ClaudeError> {
        let body =
            serde_json::to_vec(body).map_err(|_| ClaudeError::Invalid { what: "the request" })?;
        let body = Some((body.into(), written));
        let answer = self.send(Method::POST, endpoint, path, own_headers(), body).await?;
        answer.accepted(&endpoint.key).await
    }

    /// Sends a request of somebody else, with their headers, and gives the answer whatever it is.
    pub async fn pass_on(
        &self,
        endpoint: &Endpoint,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        written: &Written,
    ) -> Result<Answer, ClaudeError> {
        let body = Some((body, written));
        let mut answer = self.send(Method::POST, endpoint, path, headers, body).await?;
        if answer.is_event_stream() {
            answer.limit = LARGEST_STREAM;
        }
        Ok(answer)
    }

    /// Gets a path with its query.
    pub async fn get(&self, endpoint: &Endpoint, path: &str) -> Result<Answer, ClaudeError> {
        let answer = self.send(Method::GET, endpoint, path, own_headers(), None).await?;
        answer.accepted(&endpoint.key).await
    }

    async fn send(
        &self,
        method: Method,
        endpoint: &Endpoint,
        path: &str,
        headers: HeaderMap,
        body: Option<(Bytes, &Written)>,
    ) -> Result<Answer, ClaudeError> {
        let invalid = |what| ClaudeError::Invalid { what };
        let url = Url::parse(&format!("{}{path}", endpoint.base_url.trim().trim_end_matches('/')))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| invalid("the API address"))?;
        let mut key =
            HeaderValue::from_str(endpoint.key.expose()).map_err(|_| invalid("the API key"))?;
        key.set_sensitive(true);

        let deadline = Instant::now() + endpoint.attempt_timeout;
        let client =
            self.client(Kind { connect_timeout: endpoint.connect_timeout, local: is_local(&url) })?;
        let mut request = client.request(method, url).headers(headers).header("x-api-key", key);
        // A request without a body leaves with its head; nobody asks whether it did.
        let mut has_left = Box::new(|| true) as Box<dyn Fn() -> bool + Send>;
        if let Some((body, written)) = body {
            let body = Body::wrap(Announced::new(body, written.clone()));
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
            let written = written.clone();
            has_left = Box::new(move || written.is_set());
        }
        let response = match timeout_at(deadline, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(failure(&error, has_left())),
            Err(_) => return Err(timed_out(has_left())),
        };
        Ok(Answer { response, deadline, limit: LARGEST_ANSWER, read: 0 })
    }

    fn client(&self, kind: Kind) -> Result<Client, ClaudeError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let known =
            clients.iter().position(|(known, _)| *known == kind).map(|place| clients.remove(place));
        let (_, client) = match known {
            Some(known) => known,
            None => (kind, build(kind)?),
        };
        clients.truncate(MOST_CLIENTS - 1);
        clients.insert(0, (kind, client.clone()));
        Ok(client)
    }
}

/// The protocol that this client itself speaks.
fn own_headers() -> HeaderMap {
    HeaderMap::from_iter([(
        HeaderName::from_static("anthropic-version"),
        HeaderValue::from_static(VERSION),
    )])
}

fn build(kind: Kind) -> Result<Client, ClaudeError> {
    static PROVIDER: Once = Once::new();
    // Fails if somebody chose one before, which is as good.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));

    let mut builder = Client::builder()
        .user_agent(concat!("train/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(kind.connect_timeout)
        .dns_resolver(Resolver)
        // A redirect would carry the key to wherever it points.
        .redirect(redirect::Policy::none())
        // One call is one attempt: every one is counted and billed.
        .retry(reqwest::retry::never());
    if kind.local {
        builder = builder.no_proxy();
    }
    // Fails when the machine has no certificates to trust.
    builder.build().map_err(|_| ClaudeError::Connect { failure: ConnectFailure::Tls })
}

fn is_local(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// An answer whose head has come.
#[derive(Debug)]
pub(super) struct Answer {
    response: Response,
    deadline: Instant,
    limit: usize,
    read: usize,
}

impl Answer {
    pub fn is_event_stream(&self) -> bool {
        let kind = self.response.headers().get(header::CONTENT_TYPE);
        kind.is_some_and(|kind| {
            kind.as_bytes().to_ascii_lowercase().starts_with(b"text/event-stream")
        })
    }

    pub fn request_id(&self) -> Option<String> {
        let id = self.response.headers().get("request-id")?.to_str().ok()?;
        Some(id.chars().take(100).collect())
    }

    /// The answer if it is a success.
    ///
    /// # Errors
    /// What the refusal means.
    async fn accepted(mut self, key: &ApiKey) -> Result<Self, ClaudeError> {
        match self.response.status().is_success() {
            true => Ok(self),
            false => {
                let body = self.refusal().await;
                Err(self.error(&body, key))
            }
        }
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Lets go of the headers, and with them of the buffer that they were read into: a stream lasts
    /// for minutes, and there may be a thousand of them.
    pub fn forget_headers(&mut self) {
        *self.response.headers_mut() = HeaderMap::new();
    }

    /// The next bytes of the body, `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClaudeError> {
        let bytes = match timeout_at(self.deadline, self.response.chunk()).await {
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => return Ok(None),
            Ok(Err(_)) => {
                return Err(ClaudeError::Interrupted { by: InterruptedBy::Cut, partial: None });
            }
            Err(_) => return Err(ClaudeError::Timeout { stage: Stage::Generation, partial: None }),
        };
        self.read += bytes.len();
        if self.read > self.limit {
            return Err(ClaudeError::TooLarge { limit: self.limit, partial: None });
        }
        Ok(Some(bytes))
    }

    /// The whole body. Of one that breaks off it is told how much there was: all of it was written.
    pub async fn body(&mut self) -> Result<Vec<u8>, ClaudeError> {
        let mut body = Vec::new();
        loop {
            match self.chunk().await {
                Ok(Some(bytes)) => body.extend(bytes),
                Ok(None) => return Ok(body),
                Err(error) => return Err(error.with_partial(Partial::unseen(self.read))),
            }
        }
    }

    /// The body of an answer that is no success, as far as it is worth reading.
    pub async fn refusal(&mut self) -> Vec<u8> {
        self.limit = LARGEST_REFUSAL;
        self.body().await.unwrap_or_default()
    }

    /// What a status other than success means. The status counts more than the text below it,
    /// whatever becomes of that.
    pub fn error(&self, body: &[u8], key: &ApiKey) -> ClaudeError {
        ClaudeError::Status {
            status: self.status(),
            error: ProviderError::parse(body).map(|text| key.redact(text)),
            retry_after: retry_after(self.headers(), SystemTime::now()),
            request_id: self.request_id(),
        }
    }
}

/// The attempt's time is over. What has not left yet is still waiting for its connection.
fn timed_out(has_left: bool) -> ClaudeError {
    let stage = if has_left { Stage::Generation } else { Stage::Connect };
    ClaudeError::Timeout { stage, partial: None }
}

/// Why no answer came. Only kinds are kept: the library's text has the address in it.
fn failure(error: &reqwest::Error, has_left: bool) -> ClaudeError {
    if !error.is_connect() {
        return match (error.is_timeout(), has_left) {
            (true, has_left) => timed_out(has_left),
            (false, true) => ClaudeError::Interrupted { by: InterruptedBy::Cut, partial: None },
            (false, false) => ClaudeError::Connect { failure: ConnectFailure::Other },
        };
    }
    if error.is_timeout() {
        return ClaudeError::Timeout { stage: Stage::Connect, partial: None };
    }
    let mut failure = ConnectFailure::Other;
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if error.is::<NameNotFound>() {
            failure = ConnectFailure::Name;
        }
        if error.is::<rustls::Error>() {
            failure = ConnectFailure::Tls;
        }
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
            failure = ConnectFailure::Refused;
        }
        // An I/O error passes over what it wraps when it is asked for its source.
        let wrapped = io.and_then(io::Error::get_ref).map(|inner| inner as &(dyn Error + 'static));
        cause = wrapped.or_else(|| error.source());
    }
    ClaudeError::Connect { failure }
}
