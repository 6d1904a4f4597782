//! Sends announcements to the other servers, as many at once as have come in while the last ones
//! were on their way.

use super::{CHANNEL, Outgoing, Protocol, Shared, acknowledgements, lease};
use crate::server::postgres::Pool;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};
use uuid::Uuid;

/// Most announcements in one statement.
const MOST: usize = 500;
/// Tries before announcements are given up. By then the others' connections are most likely cut as
/// well, which makes them forget everything; otherwise they learn of the change when what they
/// remember expires.
const TRIES: u32 = 4;

/// What goes out in one statement.
#[derive(Default)]
struct Batch {
    payloads: Vec<String>,
    /// The highest barrier of each server: it acknowledges those before it.
    acknowledged: BTreeMap<Uuid, u64>,
    barriers: Vec<(bool, oneshot::Sender<()>)>,
}

impl Batch {
    fn add(&mut self, outgoing: Outgoing) {
        match outgoing {
            Outgoing::Event(payload) => self.payloads.push(payload),
            Outgoing::Barrier { event, here, reached } => {
                self.payloads.extend(event);
                self.barriers.push((here, reached));
            }
            Outgoing::Acknowledgement { to, number } => {
                let known = self.acknowledged.entry(to).or_default();
                *known = number.max(*known);
            }
        }
    }

    /// Everything to send, in an order in which a barrier is the last.
    fn take_payloads(&mut self, from: Uuid, number: u64) -> Vec<String> {
        let mut payloads = std::mem::take(&mut self.payloads);
        let acknowledged = std::mem::take(&mut self.acknowledged).into_iter();
        let acknowledged =
            acknowledged.map(|(to, number)| Protocol::Acknowledged { from, to, number });
        let barrier = (!self.barriers.is_empty()).then_some(Protocol::Barrier { from, number });
        // Plain words and numbers can always be written.
        let texts = acknowledged.chain(barrier).filter_map(|it| serde_json::to_string(&it).ok());
        payloads.extend(texts);
        payloads
    }
}

pub(super) async fn run(pool: Pool, shared: Arc<Shared>, mut waiting: mpsc::Receiver<Outgoing>) {
    let mut received = Vec::with_capacity(MOST);
    let mut number = 0;
    while waiting.recv_many(&mut received, MOST).await > 0 {
        let mut batch = Batch::default();
        received.drain(..).for_each(|outgoing| batch.add(outgoing));
        number += 1;
        let payloads = batch.take_payloads(shared.instance, number);
        let holders = send(&pool, &payloads).await;
        // Whoever waits is not told when nothing was sent.
        let Some(holders) = holders.filter(|_| !batch.barriers.is_empty()) else { continue };
        let (pool, shared) = (pool.clone(), Arc::clone(&shared));
        tokio::spawn(reach(pool, shared, holders, number, batch.barriers));
    }
}

/// Releases those who wait at the barrier when all have reached it. Meanwhile others go on.
async fn reach(
    pool: Pool,
    shared: Arc<Shared>,
    holders: Vec<Uuid>,
    number: u64,
    barriers: Vec<(bool, oneshot::Sender<()>)>,
) {
    let release = |barriers: Vec<(bool, oneshot::Sender<()>)>| {
        for (_, reached) in barriers {
            // Whoever announced may have stopped waiting.
            let _ = reached.send(());
        }
    };
    let (all, others): (Vec<_>, Vec<_>) = barriers.into_iter().partition(|(here, _)| *here);
    let elsewhere = holders.iter().copied().filter(|id| *id != shared.instance).collect();
    acknowledgements::of_all(&shared, &pool, elsewhere, number).await;
    release(others);
    if !all.is_empty() {
        let here = holders.into_iter().filter(|id| *id == shared.instance).collect();
        acknowledgements::of_all(&shared, &pool, here, number).await;
        release(all);
    }
}

/// Returns the servers that answer from memory: those whose lease is not seen by this statement
/// begin to remember after it.
async fn send(pool: &Pool, payloads: &[String]) -> Option<Vec<Uuid>> {
    for attempt in 1..=TRIES {
        // A transaction that only notifies writes nothing that has to be flushed.
        let sent = sqlx::query!(
            r#"SELECT (SELECT count(pg_notify($1, payload)) FROM unnest($2::text[]) AS payload),
                      ARRAY(SELECT id FROM servers
                             WHERE NOT is_due(lease_until, make_interval(secs => $3)))
                        AS "holders!""#,
            CHANNEL,
            payloads,
            lease::FARTHEST.as_secs_f64()
        )
        .fetch_one(pool)
        .await;
        match sent {
            Ok(row) => return Some(row.holders),
            Err(error) if attempt == TRIES => {
                tracing::error!(%error, changes = payloads.len(), "the other servers could not be \
                    told of changes");
            }
            Err(error) => {
                tracing::warn!(%error, "telling the other servers of changes again");
                sleep(Duration::from_millis(100) * attempt).await;
            }
        }
    }
    None
}
