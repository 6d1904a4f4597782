//! A server that speaks Claude's Messages API on a real port, for tests and benchmarks. It is no
//! part of the product.
//!
//! Left alone it answers as Claude would, with plausible text; told so, it fails in every way in
//! which Claude and the network can fail. It remembers what it was asked.
//!
//! ```text
//! let claude = StandIn::start().await?;
//! claude.script("/v1/messages", [Behaviour::status(529)]);   // once; then as usual again
//! run_against(claude.url()).await;
//! assert_eq!(claude.requests().len(), 2);
//! ```

#![allow(
    clippy::disallowed_types,
    reason = "clippy.toml is for the routes of Train; here is another interface"
)]

mod answer;
mod behaviour;
mod control;
mod conversation;
mod models;

pub use behaviour::Behaviour;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Query, State},
    http::{HeaderMap, HeaderValue, Response, Uri},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{HashMap, VecDeque},
    io,
    net::SocketAddr,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
};

const KEY: &str = "x-api-key";
/// How many answers are kept.
const MOST_ANSWERS: usize = 16;

/// A request as it came. The key is kept: tests look whether the right one was sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Received {
    pub path: String,
    pub query: Option<String>,
    pub key: Option<String>,
    /// Every header but the key.
    pub headers: HashMap<String, String>,
    /// Null if there was none.
    pub body: Value,
    /// When it came, in milliseconds since 1970.
    pub at_ms: u64,
}

/// What a stand-in does from its start on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// Before it answers.
    pub latency: Duration,
    /// How long a stream takes; its pieces come evenly.
    pub stream: Duration,
    /// Does not remember what it was asked, which a load would fill the memory with.
    pub forgets: bool,
}

/// A request that nobody has looked at yet.
struct Asked {
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    at: SystemTime,
}

impl Asked {
    fn read(&self) -> Received {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let others = self.headers.iter().filter(|(name, _)| *name != KEY);
        let since_1970 = self.at.duration_since(UNIX_EPOCH).unwrap_or_default();
        Received {
            path: self.uri.path().to_owned(),
            query: self.uri.query().map(str::to_owned),
            key: self.headers.get(KEY).map(text),
            headers: others.map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: parse(&self.body),
            at_ms: u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Null if it is none.
fn parse(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// What all requests share.
pub struct Shared {
    inner: Mutex<Inner>,
    gate: Semaphore,
    abandoned: watch::Sender<usize>,
    options: Options,
}

#[derive(Default)]
struct Inner {
    queues: HashMap<String, VecDeque<Behaviour>>,
    always: HashMap<String, Behaviour>,
    valid_keys: Option<Vec<String>>,
    requests: Vec<Asked>,
    /// Requests and their usual answers: a benchmark asks the same for minutes.
    answers: Vec<(Bytes, Bytes)>,
}

impl Shared {
    fn new(options: Options) -> Arc<Self> {
        let gate = Semaphore::new(0);
        Arc::new(Self { inner: Mutex::default(), gate, abandoned: watch::Sender::new(0), options })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next requests to the path are answered like this, one after the other.
    pub fn script(&self, path: &str, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.inner().queues.entry(path.to_owned()).or_default().extend(behaviours);
    }

    /// How requests to the path are answered when no script is left.
    pub fn always(&self, path: &str, behaviour: Behaviour) {
        self.inner().always.insert(path.to_owned(), behaviour);
    }

    /// Every other key is refused with 401. `None` accepts any.
    pub fn accept_only(&self, keys: Option<Vec<String>>) {
        self.inner().valid_keys = keys;
    }

    pub fn requests(&self) -> Vec<Received> {
        self.inner().requests.iter().map(Asked::read).collect()
    }

    /// Lets so many gated pieces of text pass, now or when they come.
    pub fn open_gate(&self, pieces: usize) {
        self.gate.add_permits(pieces);
    }

    /// Forgets scripts, keys, requests and opened gates.
    pub fn clear(&self) {
        *self.inner() = Inner::default();
        self.gate.forget_permits(usize::MAX);
    }

    /// Waits until so many requests were given up by the client before their answer had ended.
    pub async fn abandoned(&self, count: usize) {
        // Fails only when the sender is gone, which this holds.
        let _ = self.abandoned.subscribe().wait_for(|abandoned| *abandoned >= count).await;
    }

    async fn pass_gate(&self) {
        if let Ok(permit) = self.gate.acquire().await {
            permit.forget();
        }
    }

    fn abandon(&self) {
        self.abandoned.send_modify(|abandoned| *abandoned += 1);
    }

    /// Writes the request down and says how to answer it; `None` if its key is refused.
    fn receive(&self, asked: Asked) -> Option<Behaviour> {
        let mut inner = self.inner();
        let path = asked.uri.path();
        let accepted = asked.headers.get(KEY).is_some_and(|key| {
            let is = |valid: &String| valid.as_bytes() == key.as_bytes();
            inner.valid_keys.as_ref().is_none_or(|valid| valid.iter().any(is))
        });
        let behaviour = accepted.then(|| {
            let next = inner.queues.get_mut(path).and_then(VecDeque::pop_front);
            next.or_else(|| inner.always.get(path).cloned()).unwrap_or_default()
        });
        if !self.options.forgets {
            inner.requests.push(asked);
        }
        behaviour
    }

    /// The answer to a request that was kept.
    fn kept(&self, body: &Bytes) -> Option<Bytes> {
        let inner = self.inner();
        inner.answers.iter().find(|(asked, _)| asked == body).map(|(_, answer)| answer.clone())
    }

    /// Keeps the answer for the next request that is the same.
    fn keep(&self, body: &Bytes, answer: &Bytes) {
        let mut inner = self.inner();
        if inner.answers.len() < MOST_ANSWERS {
            // Copied, so that it does not hold on to what the connection reads into.
            inner.answers.push((Bytes::copy_from_slice(body), answer.clone()));
        }
    }
}

/// A running stand-in; it stops when this is dropped.
pub struct StandIn {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl StandIn {
    /// On a free port of this machine, without delay.
    ///
    /// # Errors
    /// When no port can be opened.
    pub async fn start() -> io::Result<Self> {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0)), Options::default()).await
    }

    /// On this address.
    ///
    /// # Errors
    /// When the address cannot be opened.
    pub async fn listen(address: SocketAddr, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Shared::new(options);
        let router = router(shared.clone());
        let server = tokio::spawn(async move {
            // It ends with the task, and never by itself.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { shared, address, server })
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Deref for StandIn {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/v1/models", get(list_models))
        .merge(control::routes())
        .layer(DefaultBodyLimit::max(33 * 1024 * 1024))
        .with_state(shared)
}

async fn messages(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    respond(&shared, Asked { uri, headers, body, at: SystemTime::now() }, None).await
}

async fn count_tokens(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let counted = serde_json::json!({ "input_tokens": answer::input_tokens(&parse(&body)) });
    let asked = Asked { uri, headers, body, at: SystemTime::now() };
    respond(&shared, asked, Some(counted)).await
}

#[derive(Deserialize)]
struct Paging {
    after_id: Option<String>,
    limit: Option<usize>,
}

async fn list_models(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    Query(paging): Query<Paging>,
) -> Response<Body> {
    let page = models::page(paging.after_id.as_deref(), paging.limit.unwrap_or(20));
    let asked = Asked { uri, headers, body: Bytes::new(), at: SystemTime::now() };
    respond(&shared, asked, Some(page)).await
}

/// Counts a request that the client gives up before its answer begins.
struct Unanswered<'a>(Option<&'a Shared>);

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.abandon();
        }
    }
}

/// `usual`: what to answer if nothing else was asked for and it is not a message.
async fn respond(shared: &Arc<Shared>, asked: Asked, usual: Option<Value>) -> Response<Body> {
    let body = asked.body.clone();
    let has_version = asked.headers.contains_key("anthropic-version");
    let Some(behaviour) = shared.receive(asked) else {
        return answer::refuse(401, "invalid x-api-key");
    };
    if !has_version {
        return answer::refuse(400, "anthropic-version: header is required");
    }
    let mut unanswered = Unanswered(Some(shared));
    if !shared.options.latency.is_zero() {
        tokio::time::sleep(shared.options.latency).await;
    }
    let response = match (behaviour, usual) {
        (Behaviour::Default, Some(usual)) => {
            answer::whole(200, "application/json", usual.to_string())
        }
        (Behaviour::Default, None) => answer::usual(shared, &body),
        (behaviour, _) => answer::answer(shared, behaviour, &parse(&body)).await,
    };
    unanswered.0 = None;
    response
}
