//! Sends announcements to the other servers, as many at once as have come in while the last ones were on their way.

use super::{Announcement, CHANNEL};
use crate::server::database::Pool;
use std::time::Duration;
use tokio::{sync::mpsc, time::sleep};

/// Most announcements in one statement.
const MOST: usize = 500;
/// Tries before announcements are given up. By then the others' connections are most likely cut as well, which makes them
/// forget everything; otherwise they learn of the change when what they remember expires.
const TRIES: u32 = 4;

pub(super) async fn run(pool: Pool, mut waiting: mpsc::Receiver<Announcement>) {
    let mut batch = Vec::with_capacity(MOST);
    while waiting.recv_many(&mut batch, MOST).await > 0 {
        let (payloads, told): (Vec<String>, Vec<_>) = batch.drain(..).unzip();
        send(&pool, &payloads).await;
        for one in told {
            // Whoever announced may have stopped waiting.
            let _ = one.send(());
        }
    }
}

async fn send(pool: &Pool, payloads: &[String]) {
    for attempt in 1..=TRIES {
        // A transaction that only notifies writes nothing that has to be flushed.
        let sent = sqlx::query!(
            "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload",
            CHANNEL,
            payloads
        )
        .fetch_all(pool)
        .await;
        match sent {
            Ok(_) => return,
            Err(error) if attempt == TRIES => {
                tracing::error!(%error, changes = payloads.len(), "the other servers could not be told of changes");
            }
            Err(error) => {
                tracing::warn!(%error, "telling the other servers of changes again");
                sleep(Duration::from_millis(100) * attempt).await;
            }
        }
    }
}
