//! Up to where each server has received this one, and waiting until all have.

use super::{Shared, lease};
use crate::server::postgres::Pool;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};
use tokio::{sync::watch, time::sleep};
use uuid::Uuid;

/// How often it is looked whether a server that does not answer still has its lease.
const LOOK: Duration = Duration::from_millis(200);

/// The highest barrier of ours that each server, this one included, has acknowledged.
#[derive(Debug)]
pub(super) struct Acknowledgements {
    acknowledged: Mutex<HashMap<Uuid, u64>>,
    news: watch::Sender<()>,
}

impl Default for Acknowledgements {
    fn default() -> Self {
        Self { acknowledged: Mutex::default(), news: watch::Sender::new(()) }
    }
}

impl Acknowledgements {
    pub(super) fn note(&self, server: Uuid, number: u64) {
        let mut acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        let known = acknowledged.entry(server).or_default();
        *known = number.max(*known);
        drop(acknowledged);
        self.news.send_replace(());
    }

    pub(super) fn of(&self, server: Uuid) -> u64 {
        let acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        acknowledged.get(&server).copied().unwrap_or_default()
    }

    fn keep_only(&self, servers: &[Uuid]) {
        let mut acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        acknowledged.retain(|server, _| servers.contains(server));
    }
}

/// Returns when each of the servers has acknowledged the barrier or lost its lease.
pub(super) async fn of_all(shared: &Shared, pool: &Pool, mut servers: Vec<Uuid>, number: u64) {
    let mut news = shared.acknowledgements.news.subscribe();
    loop {
        servers.retain(|server| {
            // A server that receives nothing answers nothing from memory, and of itself it knows
            // that at once.
            let cut_off = *server == shared.instance && shared.epoch.load(Ordering::Acquire) == 0;
            !cut_off && shared.acknowledgements.of(*server) < number
        });
        if servers.is_empty() {
            return;
        }
        tokio::select! {
            _ = news.changed() => {}
            () = sleep(LOOK) => if let Ok(holders) = lease::holders(pool).await {
                servers.retain(|server| holders.contains(server));
                shared.acknowledgements.keep_only(&holders);
            }
        }
    }
}
