//! Whether a request has left for the provider. Before that nothing can be billed; after it,
//! anything can.

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

/// Set as soon as a connection takes the first byte of a request's body; it never goes back.
#[derive(Clone, Debug, Default)]
pub struct Written(Arc<AtomicBool>);

impl Written {
    /// True once the provider may have the request, whole or in part.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A body in one piece that says when it is taken. Its length is known, as that of a plain text.
pub(super) struct Announced {
    text: Option<Bytes>,
    written: Written,
}

impl Announced {
    pub fn new(text: Bytes, written: Written) -> Self {
        Self { text: Some(text), written }
    }
}

impl Body for Announced {
    type Data = Bytes;
    type Error = Infallible;

    /// Asked only when the connection stands and can take it.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.written.0.store(true, Ordering::Relaxed);
        Poll::Ready(self.text.take().map(|text| Ok(Frame::data(text))))
    }

    fn is_end_stream(&self) -> bool {
        self.text.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.text.as_ref().map_or(0, |text| text.len() as u64))
    }
}
