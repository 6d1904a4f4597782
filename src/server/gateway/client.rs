//! The way back to the client, who may go at any moment.

use super::Refusal;
use axum::body::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tokio::sync::{mpsc, oneshot};

/// Pieces of a stream that wait for a client that reads slowly. When there are more, the provider
/// has to wait.
const WAITING: usize = 16;

/// What of the provider's headers the client gets to see: those that its libraries go by. Limits
/// are those of the key, which its users share, and tell when to slow down. Whose key it is
/// (`anthropic-organization-id`) and what stands before the provider stay here.
const PASSED: [&str; 4] = ["content-type", "retry-after", "retry-after-ms", "x-should-retry"];
const PASSED_PREFIX: &str = "anthropic-ratelimit-";
/// The provider's name of its answer, for its support; `request-id` is ours.
const PROVIDER_REQUEST_ID: HeaderName = HeaderName::from_static("claude-request-id");

/// An answer of the provider, on its way to the client.
#[derive(Debug)]
pub struct Reply {
    pub headers: HeaderMap,
    pub body: ReplyBody,
}

#[derive(Debug)]
pub enum ReplyBody {
    Whole(Bytes),
    Stream(mpsc::Receiver<Bytes>),
}

/// Takes of the provider's headers what the client gets to see.
pub fn passed(headers: &HeaderMap) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for (name, value) in headers {
        if PASSED.contains(&name.as_str()) || name.as_str().starts_with(PASSED_PREFIX) {
            passed.append(name, value.clone());
        }
    }
    if let Some(id) = headers.get("request-id") {
        passed.insert(PROVIDER_REQUEST_ID, id.clone());
    }
    passed.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    passed
}

/// The client, from when it waits for an answer until it has it.
#[derive(Debug)]
pub enum ClientSide {
    Waiting(oneshot::Sender<Result<Reply, Refusal>>),
    Reading(mpsc::Sender<Bytes>),
    Gone,
}

impl ClientSide {
    /// Returns once the client has gone.
    pub async fn gone(&mut self) {
        match self {
            Self::Waiting(reply) => reply.closed().await,
            Self::Reading(pieces) => pieces.closed().await,
            Self::Gone => {}
        }
    }

    /// Whether something of an answer was handed out: no other attempt may follow.
    pub fn has_begun(&self) -> bool {
        !matches!(self, Self::Waiting(_))
    }

    /// Begins a stream, unless it has begun.
    pub fn begin(&mut self, headers: &HeaderMap) {
        if self.has_begun() {
            return;
        }
        let Self::Waiting(reply) = std::mem::replace(self, Self::Gone) else { return };
        let (pieces, stream) = mpsc::channel(WAITING);
        let begun = Reply { headers: passed(headers), body: ReplyBody::Stream(stream) };
        if reply.send(Ok(begun)).is_ok() {
            *self = Self::Reading(pieces);
        }
    }

    /// Hands on a piece of a stream, when the client has taken enough of what came before.
    pub async fn pass(&self, piece: Bytes) {
        if let Self::Reading(pieces) = self
            && !piece.is_empty()
        {
            // Whether the client has gone is asked elsewhere.
            let _ = pieces.send(piece).await;
        }
    }

    /// Answers a client that waits for the whole.
    pub fn answer(self, answer: Result<Reply, Refusal>) {
        if let Self::Waiting(reply) = self {
            let _ = reply.send(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_whose_key_it_is_stays_here() {
        let headers: HeaderMap = [
            ("content-type", "application/json"),
            ("request-id", "req_1"),
            ("retry-after", "3"),
            ("anthropic-ratelimit-requests-remaining", "49"),
            ("anthropic-organization-id", "7c1b"),
            ("set-cookie", "a=b"),
            ("transfer-encoding", "chunked"),
            ("connection", "keep-alive"),
        ]
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .into_iter()
        .collect();
        let passed = passed(&headers);
        let mut names: Vec<&str> = passed.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let expected = [
            "anthropic-ratelimit-requests-remaining",
            "cache-control",
            "claude-request-id",
            "content-type",
            "retry-after",
        ];
        assert_eq!(names, expected);
    }
}
