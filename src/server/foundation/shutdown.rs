//! The end of the server, for whatever never ends by itself.

use tokio_util::sync::CancellationToken;

/// Cancels everything that never ends by itself, such as a stream of events, when the server stops.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// The server stops from now on.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Returns once the server stops.
    pub async fn cancelled(&self) {
        self.0.cancelled().await;
    }
}
