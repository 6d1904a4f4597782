//! What all requests share: what was scripted, received, cached and billed.

use crate::{
    Behaviour,
    batches::Batches,
    bill::{Bill, Bills},
    caching::{self, PromptCache},
    clock,
    message::Said,
    models::{self, Habits, Model},
    parse,
    usage::{Usage, input_tokens},
};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, Method, Uri, header},
};
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Semaphore, watch};

const KEY: &str = "x-api-key";
/// How many answers are kept.
const MOST_ANSWERS: usize = 16;

/// The key of a request. Libraries of now send it as a bearer's.
fn key(headers: &HeaderMap) -> Option<&[u8]> {
    let bearer = || headers.get(header::AUTHORIZATION)?.as_bytes().strip_prefix(b"Bearer ");
    headers.get(KEY).map(HeaderValue::as_bytes).or_else(bearer)
}

/// A request as it came. The key is kept: tests look whether the right one was sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Received {
    pub method: String,
    pub path: String,
    pub query: Option<String>,
    pub key: Option<String>,
    /// Every header but `x-api-key`.
    pub headers: HashMap<String, String>,
    /// Null if there was none. Of a batch that was sent only how much it was:
    /// `{"requests": 3, "bytes": 4711}`.
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
pub(crate) struct Asked {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub at_ms: u64,
}

impl Asked {
    fn read(&self) -> Received {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let others = self.headers.iter().filter(|(name, _)| *name != KEY);
        Received {
            method: self.method.to_string(),
            path: self.uri.path().to_owned(),
            query: self.uri.query().map(str::to_owned),
            key: key(&self.headers).map(|key| String::from_utf8_lossy(key).into_owned()),
            headers: others.map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: parse(&self.body),
            at_ms: self.at_ms,
        }
    }
}

/// What all requests share.
pub struct Shared {
    inner: Mutex<Inner>,
    batches: Mutex<Batches>,
    /// How far its clock is ahead of the machine's.
    ahead_ms: AtomicU64,
    gate: Semaphore,
    abandoned: watch::Sender<usize>,
    pub(crate) options: Options,
}

#[derive(Default)]
struct Inner {
    queues: HashMap<String, VecDeque<Behaviour>>,
    always: HashMap<String, Behaviour>,
    valid_keys: Option<Vec<String>>,
    /// By key; one that is not here is a workspace by itself.
    workspaces: HashMap<String, String>,
    requests: Vec<Asked>,
    /// Requests, their usual answers and what these cost: a benchmark asks the same for minutes.
    answers: Vec<(Bytes, Bytes, Bill)>,
    habits: HashMap<String, Habits>,
    cache: PromptCache,
    live: Bill,
}

impl Shared {
    pub(crate) fn new(options: Options) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::default(),
            batches: Mutex::default(),
            ahead_ms: AtomicU64::new(0),
            gate: Semaphore::new(0),
            abandoned: watch::Sender::new(0),
            options,
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The batches, those ended whose time has come.
    pub(crate) fn settled(&self) -> MutexGuard<'_, Batches> {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        batches.settle(&mut self.inner().cache, self.now());
        batches
    }

    /// The same, to change them and what is cached.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Batches, &mut PromptCache, u64) -> T,
    ) -> T {
        let mut batches = self.settled();
        change(&mut batches, &mut self.inner().cache, self.now())
    }

    /// The next requests to the path are answered like this, one after the other. A path is one
    /// that was asked for, or a kind of request: `GET /v1/messages/batches/{id}`.
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

    /// The workspaces that keys belong to: batches and caches are a workspace's. A key that is not
    /// named has one of its own.
    pub fn set_workspaces(&self, workspaces: HashMap<String, String>) {
        self.inner().workspaces = workspaces;
    }

    /// Gives a model other habits than it has.
    pub fn set_habits(&self, model: &str, habits: Habits) {
        let mut inner = self.inner();
        inner.answers.clear();
        inner.habits.insert(model.to_owned(), habits);
    }

    /// Moves the clock on: caches run out, batches end and expire.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead_ms.fetch_add(by, Ordering::Relaxed);
    }

    pub fn requests(&self) -> Vec<Received> {
        self.inner().requests.iter().map(Asked::read).collect()
    }

    /// What was billed until now.
    pub fn bills(&self) -> Bills {
        let by_batch = self.settled().bills();
        let mut batches = Bill::default();
        for bill in by_batch.values() {
            batches += *bill;
        }
        let live = self.inner().live;
        Bills { live, batches, by_batch, nano_usd: live.nano_usd + batches.nano_usd }
    }

    /// Lets so many gated pieces of text pass, now or when they come.
    pub fn open_gate(&self, pieces: usize) {
        self.gate.add_permits(pieces);
    }

    /// Forgets all that it was told and asked, its batches and what it billed.
    pub fn clear(&self) {
        *self.inner() = Inner::default();
        *self.batches.lock().unwrap_or_else(PoisonError::into_inner) = Batches::default();
        self.ahead_ms.store(0, Ordering::Relaxed);
        self.gate.forget_permits(usize::MAX);
    }

    /// Waits until so many requests were given up by the client before their answer had ended.
    pub async fn abandoned(&self, count: usize) {
        // Fails only when the sender is gone, which this holds.
        let _ = self.abandoned.subscribe().wait_for(|abandoned| *abandoned >= count).await;
    }

    pub(crate) async fn pass_gate(&self) {
        if let Ok(permit) = self.gate.acquire().await {
            permit.forget();
        }
    }

    pub(crate) fn abandon(&self) {
        self.abandoned.send_modify(|abandoned| *abandoned += 1);
    }

    /// Milliseconds since 1970, by its own clock.
    pub(crate) fn now(&self) -> u64 {
        clock::now_ms() + self.ahead_ms.load(Ordering::Relaxed)
    }

    /// Adds to what live requests cost.
    pub(crate) fn add(&self, bill: Bill) {
        self.inner().live += bill;
    }

    /// The workspace that a request is made for.
    pub(crate) fn workspace(&self, headers: &HeaderMap) -> String {
        let key = key(headers).map(String::from_utf8_lossy).unwrap_or_default();
        self.inner().workspaces.get(&*key).cloned().unwrap_or_else(|| key.into_owned())
    }

    /// A model that is known, with its habits.
    pub(crate) fn model(&self, id: &Value) -> Option<Model> {
        let id = id.as_str()?;
        let model = models::known(id)?;
        Some(self.inner().habits.get(id).map_or(model, |habits| model.with(habits)))
    }

    /// What a live request is billed by. What it marks is written to the cache, or read from it.
    pub(crate) fn count(&self, workspace: &str, request: &Value, said: &Said) -> Usage {
        let prompt = input_tokens(request);
        let cached = caching::whole_prompt(request, prompt).unwrap_or_else(|| {
            let minimum = self.model(&request["model"]).map_or(0, |model| model.cache_minimum);
            let prefixes = caching::prefixes(request, workspace, minimum);
            self.inner().cache.pass(&prefixes, true, self.now())
        });
        cached.usage(prompt, said.output(), said.thinking)
    }

    /// Writes the request down and says how to answer it; `None` if its key is refused.
    pub(crate) fn receive(&self, asked: Asked, kind: &str) -> Option<Behaviour> {
        let mut inner = self.inner();
        let path = asked.uri.path();
        let accepted = key(&asked.headers).is_some_and(|key| {
            let is = |valid: &String| valid.as_bytes() == key;
            inner.valid_keys.as_ref().is_none_or(|valid| valid.iter().any(is))
        });
        let behaviour = accepted.then(|| {
            let names = [path, kind];
            let next = names.iter().find_map(|name| inner.queues.get_mut(*name)?.pop_front());
            let always = || names.iter().find_map(|name| inner.always.get(*name).cloned());
            next.or_else(always).unwrap_or_default()
        });
        if !self.options.forgets {
            inner.requests.push(asked);
        }
        behaviour
    }

    /// The answer to a request that was kept; it is billed.
    pub(crate) fn kept(&self, body: &Bytes) -> Option<Bytes> {
        let mut inner = self.inner();
        let kept = inner.answers.iter().find(|(asked, ..)| asked == body);
        let (answer, bill) = kept.map(|(_, answer, bill)| (answer.clone(), *bill))?;
        inner.live += bill;
        Some(answer)
    }

    /// Keeps the answer for the next request that is the same.
    pub(crate) fn keep(&self, body: &Bytes, answer: &Bytes, bill: Bill) {
        let mut inner = self.inner();
        if inner.answers.len() < MOST_ANSWERS {
            // Copied, so that it does not hold on to what the connection reads into.
            inner.answers.push((Bytes::copy_from_slice(body), answer.clone(), bill));
        }
    }
}
