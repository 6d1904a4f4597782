//! One answer for all who ask at the same time.

use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// One value for all who ask at the same time: the first reads, the others wait for it and share
/// it.
#[derive(Debug)]
pub struct Shared<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Shared<T> {
    /// What was read at most `age` ago, or else what is read now. With an age of zero nobody gets
    /// what was read before they asked.
    pub async fn get(&self, age: Duration, read: impl Future<Output = T>) -> T {
        let asked = Instant::now();
        let mut cached = self.0.lock().await;
        if let Some((started, value)) = &*cached
            && *started + age >= asked
        {
            return value.clone();
        }
        let started = Instant::now();
        let value = read.await;
        *cached = Some((started, value.clone()));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_reads_for_all_who_ask_meanwhile_and_nobody_gets_what_is_older() {
        let shared = Shared::default();
        let (first, second) = tokio::join!(
            shared.get(Duration::ZERO, async {
                tokio::task::yield_now().await;
                1
            }),
            shared.get(Duration::from_secs(60), async { 2 })
        );
        assert_eq!((first, second), (1, 1));
        assert_eq!(shared.get(Duration::ZERO, async { 3 }).await, 3);
        assert_eq!(shared.get(Duration::from_secs(60), async { 4 }).await, 3);
    }
}
