//! Who holds a connection of a pool. Waiting for one while holding another is how a handful of
//! requests can stall a whole server: each has what the others wait for. Nothing in `server` does
//! it, and this is how that is known.
//!
//! A piece of work is a request (see [`apart`]) or, outside of one, a task or a whole test. In
//! debug builds, and so in all tests, a piece of work that waits for a connection while it holds
//! one, or waits for one already, panics at that place. In release it is logged, and only requests
//! are watched, which costs a counter.

use futures::{Stream, StreamExt, stream};
use std::{
    panic::Location,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, ThreadId},
};
use tokio::task;

tokio::task_local! {
    /// `None` in what consists of parts that do not wait for each other.
    static WORK: Option<Count>;
}

/// Connections that one piece of work holds, or waits for to hold.
type Count = Arc<AtomicU32>;

/// Who works outside of a request: a task, or what a runtime was started for, as a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Worker {
    Task(task::Id),
    Thread(ThreadId),
}

impl Worker {
    fn current() -> Self {
        task::try_id().map_or_else(|| Self::Thread(thread::current().id()), Self::Task)
    }
}

/// Those who hold a connection outside of a request; only in debug builds.
static WORKERS: LazyLock<dashmap::DashMap<Worker, Count>> = LazyLock::new(dashmap::DashMap::new);

/// Runs a future as a piece of work of its own, whatever else the same task does.
pub async fn apart<F: Future>(work: F) -> F::Output {
    WORK.scope(Some(Count::default()), work).await
}

/// Runs what consists of parts that go on side by side and end without each other, as a page does
/// with all that it loads. Which part holds a connection is not known, so none is watched unless it
/// is run [`apart`].
pub async fn in_parts<F: Future>(work: F) -> F::Output {
    WORK.scope(None, work).await
}

/// What a piece of work goes on giving out after its future has ended, as a response with its body:
/// it stays part of the work in which this is called.
pub fn same_work<S: Stream + Unpin>(mut items: S) -> impl Stream<Item = S::Item> {
    let work = WORK.try_with(Option::clone).ok();
    stream::poll_fn(move |context| match &work {
        Some(work) => WORK.sync_scope(work.clone(), || items.poll_next_unpin(context)),
        None => items.poll_next_unpin(context),
    })
}

/// A connection that is held until this is dropped, by whatever task.
#[derive(Debug, Default)]
pub(super) struct Checkout {
    count: Option<Count>,
    worker: Option<Worker>,
}

impl Checkout {
    /// Notes that the piece of work at hand has a connection from now on, or waits for one to hold.
    pub fn take() -> Self {
        let checkout = match WORK.try_with(Option::clone) {
            Ok(count) => Self { count, worker: None },
            Err(_) if cfg!(debug_assertions) => {
                let worker = Worker::current();
                let count = WORKERS.entry(worker).or_default().clone();
                Self { count: Some(count), worker: Some(worker) }
            }
            Err(_) => Self::default(),
        };
        if let Some(count) = &checkout.count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        checkout
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if let Some(count) = &self.count {
            count.fetch_sub(1, Ordering::Relaxed);
        }
        if let Some(worker) = &self.worker {
            WORKERS.remove_if(worker, |_, count| count.load(Ordering::Relaxed) == 0);
        }
    }
}

/// Whether the piece of work at hand holds a connection.
fn is_holding() -> bool {
    let holds = |count: &Count| count.load(Ordering::Relaxed) > 0;
    WORK.try_with(|count| count.as_ref().is_some_and(holds)).unwrap_or_else(|_| {
        cfg!(debug_assertions) && WORKERS.get(&Worker::current()).is_some_and(|count| holds(&count))
    })
}

/// To be called before anything waits for a connection, itself or through another task.
#[track_caller]
pub(super) fn before_waiting() {
    if !is_holding() {
        return;
    }
    let place = Location::caller();
    if cfg!(debug_assertions) {
        panic!("{place} waits for a database connection while it holds one");
    }
    tracing::error!(%place, "waits for a database connection while it holds one");
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use std::panic::AssertUnwindSafe;

    async fn waits() -> bool {
        AssertUnwindSafe(async { before_waiting() }).catch_unwind().await.is_ok()
    }

    #[tokio::test]
    async fn a_request_that_holds_a_connection_waits_for_no_other() {
        apart(async {
            assert!(waits().await);
            let checkout = Checkout::take();
            assert!(!waits().await, "it holds one");
            // Another request in the same task is another piece of work.
            assert!(apart(waits()).await);
            drop(checkout);
            assert!(waits().await);
        })
        .await;
    }

    #[tokio::test]
    async fn parts_that_go_on_side_by_side_do_not_count_for_each_other() {
        apart(in_parts(async {
            let checkout = Checkout::take();
            assert!(waits().await, "another part holds one");
            let part = apart(async {
                let _checkout = Checkout::take();
                waits().await
            });
            assert!(!part.await, "it is watched by itself");
            drop(checkout);
        }))
        .await;
    }

    #[tokio::test]
    async fn what_is_streamed_after_a_future_belongs_to_its_work() {
        let asked = || stream::once(Box::pin(waits()));
        let (outer, checkout) = apart(async { (same_work(asked()), Checkout::take()) }).await;
        assert_eq!(outer.collect::<Vec<_>>().await, [false], "its work holds one");
        drop(checkout);
        let (part, _checkout) =
            apart(in_parts(async { (same_work(asked()), Checkout::take()) })).await;
        assert_eq!(part.collect::<Vec<_>>().await, [true], "another part holds one");
    }

    #[tokio::test]
    async fn a_task_outside_of_requests_is_watched_too() {
        let task = tokio::spawn(async {
            let checkout = Checkout::take();
            let refused = !waits().await;
            drop(checkout);
            refused && waits().await && WORKERS.get(&Worker::current()).is_none()
        });
        assert!(task.await.unwrap());
    }

    #[tokio::test]
    async fn a_connection_that_goes_to_another_task_is_no_longer_held_by_the_first() {
        apart(async {
            let checkout = Checkout::take();
            tokio::spawn(async move { drop(checkout) }).await.unwrap();
            assert!(waits().await);
        })
        .await;
    }
}
