//! Requests to the provider that are in flight, for a server that stops: it waits for them, and
//! cancels them before it has to go.

use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// How many there are, and their cancellation, which comes later than the server's.
#[derive(Clone, Debug, Default)]
pub struct InFlight {
    running: TaskTracker,
    cancellation: CancellationToken,
}

impl InFlight {
    /// Counts one, until the token is dropped.
    pub fn begin(&self) -> TaskTrackerToken {
        self.running.token()
    }

    /// Ends them, and those that begin from now on.
    pub fn cancel(&self) {
        self.cancellation.cancel();
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// Returns once they have to end.
    pub async fn cancelled(&self) {
        self.cancellation.cancelled().await;
    }

    /// Returns once there is none.
    pub async fn ended(&self) {
        // Only a closed tracker can be waited for; it goes on counting.
        self.running.close();
        self.running.wait().await;
    }
}
