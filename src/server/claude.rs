//! The one client for Claude's Messages API. Everything that asks Claude for something asks through
//! [`Claude`].
//!
//! It knows nothing of configuration, budgets or the database: a [`Call`] says everything that goes
//! over the wire, and one call is one attempt. Whether to try again is decided by who called, from
//! what [`ClaudeError`] tells.
//!
//! ```text
//! let claude = Claude::new(); // once per process: it holds the connections
//! let reply = claude.send(&call, |delta| live.push(delta.text)).await?;
//! ```
//!
//! A future that is dropped before its end closes its connection, which ends the generation at the
//! provider; what was used until then was handed out with the last [`Delta`].

mod account_limit;
mod call;
mod error;
mod failure;
mod forward;
mod key;
mod meter;
mod models;
mod provider_error;
mod reply;
mod resolver;
mod retry_after;
mod sse;
mod stream;
mod transport;
mod usage;
mod written;

pub use call::{Call, Endpoint, Message, Role};
pub use error::{ClaudeError, ConnectFailure, InterruptedBy, Partial, Stage};
pub use forward::{Forward, Forwarded};
pub use key::ApiKey;
pub use meter::Meter;
pub use models::ProviderModel;
pub use provider_error::ProviderError;
pub use reply::{Reply, StopReason, Unusable};
pub use stream::Delta;
pub use usage::Usage;
pub use written::Written;

use self::stream::Stream;
use self::transport::{Answer, Transport};

/// The version of the protocol that this client speaks.
const VERSION: &str = "2023-06-01";

/// The client, one per process: clones share their connections.
#[derive(Clone, Debug, Default)]
pub struct Claude {
    transport: Transport,
}

impl Claude {
    pub fn new() -> Self {
        Self::default()
    }

    /// One attempt at one generation. With `call.stream`, every piece of text is handed to
    /// `on_delta` as it comes, after a first, empty one that brings the usage known at the start;
    /// without, `on_delta` is never called.
    ///
    /// # Errors
    /// Every way in which this can end without a whole answer, see [`ClaudeError`]. What was used
    /// and said until then is in [`ClaudeError::partial`].
    pub async fn send(
        &self,
        call: &Call,
        on_delta: impl FnMut(Delta<'_>) + Send,
    ) -> Result<Reply, ClaudeError> {
        self.send_noting(call, &Written::default(), on_delta).await
    }

    /// The same; `written` says, also after this future was dropped, whether the request has left.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_noting(
        &self,
        call: &Call,
        written: &Written,
        mut on_delta: impl FnMut(Delta<'_>) + Send,
    ) -> Result<Reply, ClaudeError> {
        let body = call.body();
        let sending = self.transport.post(&call.endpoint, "/v1/messages", &body, written);
        let mut answer = sending.await?;
        // Asked for a stream, a gateway may answer in one piece; what came decides, not what was
        // asked for.
        if !answer.is_event_stream() {
            let request_id = answer.request_id();
            let reply = Reply::parse(&answer.body().await?, request_id)?;
            if call.stream {
                on_delta(Delta { text: &reply.text, usage: reply.usage });
            }
            return Ok(reply);
        }
        let mut stream = Stream::new(answer.request_id());
        answer.forget_headers();
        match read(&mut stream, &mut answer, &mut on_delta).await {
            Ok(()) => stream.finish(),
            Err(error) => Err(error.redact(&call.endpoint.key).with_partial(stream.into_partial())),
        }
    }
}

/// Until the end of the message, the stream or the time.
async fn read(
    stream: &mut Stream,
    answer: &mut Answer,
    on_delta: &mut (impl FnMut(Delta<'_>) + Send),
) -> Result<(), ClaudeError> {
    while let Some(bytes) = answer.chunk().await? {
        stream.feed(&bytes, on_delta)?;
        if stream.is_finished() {
            break;
        }
    }
    Ok(())
}
