//! The generations under way, for a server that stops: it waits for them, and ends them before it
//! has to go.

use crate::server::shutdown::Shutdown;
use std::sync::Arc;
use tokio::sync::watch;

/// How many there are, and the word that they end now, which comes later than the word that the
/// server stops.
#[derive(Clone, Debug, Default)]
pub struct UnderWay {
    count: Arc<watch::Sender<usize>>,
    cut: Shutdown,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub struct Begun(Arc<watch::Sender<usize>>);

impl UnderWay {
    pub fn begin(&self) -> Begun {
        self.count.send_modify(|count| *count += 1);
        Begun(self.count.clone())
    }

    /// Ends them, and those that begin from now on.
    pub fn cut(&self) {
        self.cut.begin();
    }

    pub fn is_cut(&self) -> bool {
        self.cut.has_begun()
    }

    /// Returns once they have to end.
    pub async fn has_to_end(&self) {
        self.cut.begun().await;
    }

    /// Returns once there is none.
    pub async fn ended(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
