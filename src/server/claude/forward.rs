//! Requests of somebody else, passed on as they are.

use super::{Claude, ClaudeError, Endpoint, Written, transport::Answer};
use axum::body::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// What of a client's headers the provider gets to see: those that are part of its interface.
/// Everything else stays here: the client's token and cookies, its addresses, what it runs on.
const PASSED: [&str; 2] = ["anthropic-version", "anthropic-beta"];

/// One attempt at a request of somebody else.
#[derive(Clone, Debug)]
pub struct Forward {
    /// With its query.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The answer to it, whose head has come.
#[derive(Debug)]
pub struct Forwarded(Answer);

impl Forward {
    /// Takes of a client's request what is passed on.
    pub fn new(path: String, client: &HeaderMap, body: Bytes) -> Self {
        let mut headers = HeaderMap::new();
        for name in PASSED.map(HeaderName::from_static) {
            for value in client.get_all(&name) {
                headers.append(&name, value.clone());
            }
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self { path, headers, body }
    }
}

impl Claude {
    /// Sends it; `written` says, also after this future was dropped, whether it has left.
    ///
    /// # Errors
    /// When no answer comes. A refusal is an answer.
    pub async fn forward(
        &self,
        endpoint: &Endpoint,
        request: &Forward,
        written: &Written,
    ) -> Result<Forwarded, ClaudeError> {
        let (headers, body) = (request.headers.clone(), request.body.clone());
        let sending = self.transport.pass_on(endpoint, &request.path, headers, body, written);
        sending.await.map(Forwarded)
    }
}

impl Forwarded {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.0.status())
    }

    pub fn is_event_stream(&self) -> bool {
        self.0.is_event_stream()
    }

    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The next bytes, `None` at the end.
    ///
    /// # Errors
    /// When the answer breaks off, takes too long or is larger than any can be.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClaudeError> {
        self.0.chunk().await
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`Self::chunk`].
    pub async fn body(&mut self) -> Result<Vec<u8>, ClaudeError> {
        self.0.body().await
    }

    /// Of an answer that is no success: what it means, and its body without the key.
    pub async fn into_refusal(mut self, endpoint: &Endpoint) -> (ClaudeError, String) {
        let body = self.0.refusal().await;
        let error = self.0.error(&body, &endpoint.key);
        (error, endpoint.key.redact(&String::from_utf8_lossy(&body)))
    }
}
