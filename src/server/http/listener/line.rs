//! What a connection is doing, and which of them can be done without.

use super::Bounds;
use axum::body::{Body, HttpBody};
use hyper::body::{Bytes, Frame, SizeHint};
use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

/// One connection.
#[derive(Debug)]
pub struct Line {
    number: u64,
    opened: Instant,
    /// Requests that are not answered yet.
    requests: AtomicU32,
    /// Since when it waits for a request, in milliseconds after `opened`.
    since: AtomicU64,
    /// Whether a request has begun to come.
    started: AtomicBool,
    /// Whether bytes came that belong to no request that is being answered: the next one has begun.
    early: AtomicBool,
    changed: Notify,
    ended: Notify,
}

impl Line {
    fn new(number: u64) -> Self {
        Self {
            number,
            opened: Instant::now(),
            requests: AtomicU32::new(0),
            since: AtomicU64::new(0),
            // The first request should come at once.
            started: AtomicBool::new(true),
            early: AtomicBool::new(false),
            changed: Notify::new(),
            ended: Notify::new(),
        }
    }

    /// Bytes of a client came.
    pub fn received(&self) {
        if self.requests.load(Ordering::Acquire) > 0 {
            self.early.store(true, Ordering::Release);
        } else if !self.started.swap(true, Ordering::AcqRel) {
            self.since.store(self.now(), Ordering::Release);
            self.changed.notify_one();
        }
    }

    /// The body of a request is here: what comes from now on is the next one.
    pub fn has_body(&self) {
        self.early.store(false, Ordering::Release);
    }

    /// A request has come. It is answered when what this returns is dropped.
    pub fn begin(self: &Arc<Self>) -> Busy {
        self.requests.fetch_add(1, Ordering::AcqRel);
        self.started.store(false, Ordering::Release);
        self.early.store(false, Ordering::Release);
        Busy(Arc::clone(self))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Since when it waits for a request; `None` while one is being answered.
    fn waiting_since(&self) -> Option<Instant> {
        let since = self.opened + Duration::from_millis(self.since.load(Ordering::Acquire));
        (self.requests.load(Ordering::Acquire) == 0).then_some(since)
    }

    /// Returns once the client has taken too long, or its place is needed.
    pub async fn overdue(&self, bounds: &Bounds) {
        loop {
            let pause = match self.waiting_since() {
                None => bounds.head,
                Some(since) => {
                    let started = self.started.load(Ordering::Acquire);
                    let limit = if started { bounds.head } else { bounds.idle };
                    limit.saturating_sub(since.elapsed())
                }
            };
            if pause.is_zero() {
                return;
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = self.changed.notified() => {}
                () = self.ended.notified() => return,
            }
        }
    }

    /// Returns once it has waited this long for a request.
    pub async fn waits_for(&self, limit: Duration) {
        loop {
            sleep(limit).await;
            if self.waiting_since().is_some_and(|since| since.elapsed() >= limit) {
                return;
            }
        }
    }
}

/// A request that is not answered yet.
#[derive(Debug)]
pub struct Busy(Arc<Line>);

impl Drop for Busy {
    fn drop(&mut self) {
        let line = &self.0;
        line.since.store(line.now(), Ordering::Release);
        line.started.store(line.early.load(Ordering::Acquire), Ordering::Release);
        line.requests.fetch_sub(1, Ordering::AcqRel);
        line.changed.notify_one();
    }
}

/// All connections.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    lines: HashMap<u64, Arc<Line>>,
    last: u64,
}

impl Lines {
    pub fn count(&self) -> usize {
        self.open(|open| open.lines.len())
    }

    pub fn add(&self) -> Arc<Line> {
        self.open(|open| {
            open.last += 1;
            let line = Arc::new(Line::new(open.last));
            open.lines.insert(open.last, Arc::clone(&line));
            line
        })
    }

    pub fn remove(&self, line: &Line) {
        self.open(|open| open.lines.remove(&line.number));
    }

    /// Ends the connection that has waited longest for a request. False when all are busy.
    pub fn end_longest_waiting(&self) -> bool {
        self.open(|open| {
            let waiting =
                open.lines.values().filter_map(|line| Some((line.waiting_since()?, line)));
            let Some((_, line)) = waiting.min_by_key(|(since, _)| *since) else { return false };
            let line = Arc::clone(line);
            // Its task is about to end; nobody need choose it again.
            open.lines.remove(&line.number);
            line.ended.notify_one();
            true
        })
    }

    fn open<T>(&self, look: impl FnOnce(&mut Open) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A body that keeps its connection busy until it is sent.
pub struct Counted {
    body: Body,
    _busy: Busy,
}

impl Counted {
    pub fn new(body: Body, busy: Busy) -> Self {
        Self { body, _busy: busy }
    }
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    const LIMIT: Duration = Duration::from_millis(40);
    const LONG: Duration = Duration::from_secs(3600);

    fn bounds(head: Duration, idle: Duration) -> Bounds {
        Bounds { head, idle, ..Bounds::with_files(1024) }
    }

    #[tokio::test]
    async fn a_request_must_come_whole_and_soon() {
        let (line, began) = (Lines::default().add(), Instant::now());
        line.overdue(&bounds(LIMIT, LONG)).await;
        assert!(began.elapsed() >= LIMIT);
    }

    #[tokio::test]
    async fn between_requests_there_is_more_time_until_the_next_begins() {
        let line = Lines::default().add();
        drop(line.begin());
        line.overdue(&bounds(LONG, LIMIT)).await;

        let hurried = bounds(LIMIT, LONG);
        let line = Lines::default().add();
        drop(line.begin());
        assert!(timeout(LIMIT * 2, line.overdue(&hurried)).await.is_err());
        tokio::join!(line.overdue(&hurried), async { line.received() });

        // It may begin before the last answer has gone out, and what comes of a body is no
        // beginning.
        let line = Lines::default().add();
        let busy = line.begin();
        line.received();
        drop(busy);
        line.overdue(&hurried).await;
        let busy = line.begin();
        line.received();
        line.has_body();
        drop(busy);
        assert!(timeout(LIMIT * 2, line.overdue(&hurried)).await.is_err());
    }

    #[tokio::test]
    async fn an_answer_may_take_as_long_as_it_likes() {
        let line = Lines::default().add();
        let busy = line.begin();
        let short = bounds(LIMIT, LIMIT);
        assert!(timeout(LIMIT * 4, line.overdue(&short)).await.is_err());
        drop(busy);
        line.overdue(&short).await;
    }

    #[tokio::test]
    async fn the_one_that_waits_longest_makes_room() {
        let (lines, long) = (Lines::default(), bounds(LONG, LONG));
        let first = lines.add();
        let busy = first.begin();
        let (second, third) = (lines.add(), lines.add());
        while second.now() < 2 {
            tokio::task::yield_now().await;
        }
        drop(second.begin());
        assert!(lines.end_longest_waiting());
        third.overdue(&long).await;
        assert!(lines.end_longest_waiting());
        second.overdue(&long).await;
        assert!(!lines.end_longest_waiting(), "the first is busy");
        assert_eq!(lines.count(), 1);
        drop(busy);
        assert!(lines.end_longest_waiting());
    }
}
