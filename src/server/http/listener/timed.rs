//! Bodies of requests, which have to come in time.

use super::line::Line;
use axum::body::HttpBody;
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// A body did not come in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body of the request did not come in time")]
pub struct TooSlow;

/// A body that fails with [`TooSlow`] when it is not over in time.
#[derive(Debug)]
pub struct Timed {
    body: Incoming,
    line: Arc<Line>,
    until: Instant,
    /// Made when the body keeps somebody waiting, which most do not.
    clock: Option<Pin<Box<Sleep>>>,
}

impl Timed {
    pub fn new(body: Incoming, line: Arc<Line>, limit: Duration) -> Self {
        Self { body, line, until: Instant::now() + limit, clock: None }
    }
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let Self { body, line, until, clock } = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(context) {
            if frame.is_none() || body.is_end_stream() {
                line.has_body();
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let clock = clock.get_or_insert_with(|| Box::pin(sleep_until(*until)));
        ready!(clock.as_mut().poll(context));
        Poll::Ready(Some(Err(Box::new(TooSlow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
