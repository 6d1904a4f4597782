//! Answers that come bit by bit, and may stop anywhere.

use crate::{Shared, bill::Bill};
use axum::{
    body::Body,
    http::{HeaderValue, Response, header},
};
use serde_json::Value;
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};

/// One thing that happens on a connection after the head was sent.
pub enum Step {
    Send(Vec<u8>),
    /// What was said so far is billed.
    Bill(Box<Bill>),
    /// Wait until the test opens the gate.
    Gate,
    Pause(Duration),
    /// Break the connection.
    Cut,
    /// Say nothing more, for ever.
    Hang,
}

pub fn event(name: &str, data: &Value) -> Step {
    Step::Send(format!("event: {name}\ndata: {data}\n\n").into_bytes())
}

/// Pieces out of a channel, then perhaps a break. Before it breaks, what came first is written.
struct Pieces {
    pieces: ReceiverStream<io::Result<Vec<u8>>>,
    broken: Option<io::Error>,
}

impl Stream for Pieces {
    type Item = io::Result<Vec<u8>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(broken) = self.broken.take() {
            return Poll::Ready(Some(Err(broken)));
        }
        match Pin::new(&mut self.pieces).poll_next(context) {
            Poll::Ready(Some(Err(broken))) => {
                // A connection writes out what it has when there is nothing more at the moment.
                self.broken = Some(broken);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            other => other,
        }
    }
}

/// What comes out of a channel, as a body.
pub fn streamed(
    content_type: &str,
    receiver: mpsc::Receiver<io::Result<Vec<u8>>>,
) -> Response<Body> {
    let pieces = Pieces { pieces: ReceiverStream::new(receiver), broken: None };
    let mut response = Response::new(Body::from_stream(pieces));
    response.headers_mut().insert("request-id", HeaderValue::from_static("req_stand_in"));
    if let Ok(content_type) = HeaderValue::try_from(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response
}

/// Sends the head at once, and then step by step.
pub fn steps(shared: &Arc<Shared>, content_type: &str, steps: Vec<Step>) -> Response<Body> {
    let (sender, receiver) = mpsc::channel::<io::Result<Vec<u8>>>(1);
    let shared = shared.clone();
    tokio::spawn(async move {
        for step in steps {
            let gone = match step {
                Step::Send(bytes) => sender.send(Ok(bytes)).await.is_err(),
                Step::Bill(bill) => {
                    shared.add(*bill);
                    false
                }
                Step::Cut => sender.send(Err(io::ErrorKind::ConnectionReset.into())).await.is_err(),
                Step::Pause(pause) => tokio::select! {
                    () = tokio::time::sleep(pause) => false,
                    () = sender.closed() => true,
                },
                Step::Gate => tokio::select! {
                    () = shared.pass_gate() => false,
                    () = sender.closed() => true,
                },
                Step::Hang => {
                    sender.closed().await;
                    true
                }
            };
            if gone {
                shared.abandon();
                return;
            }
        }
    });
    streamed(content_type, receiver)
}
