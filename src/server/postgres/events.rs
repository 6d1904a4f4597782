//! What the servers of one database tell each other: PostgreSQL's notifications on one channel, for
//! caches and live pages.
//!
//! **Reading what was written.** A server answers from memory only while it holds a lease
//! ([`lease`]), a row that every other server can read. Whoever changed something sends a barrier
//! after its commit and waits until each server with a lease has acknowledged it
//! ([`acknowledgements`]). Notifications come in the order of commits, so a server that has reached
//! the barrier has dropped what the change made out of date; one that does not answer loses its
//! lease and then asks the database. Thus nothing that a client was told to be done is answered in
//! its older state, whichever server it asks next.
//!
//! Triggers announce a change when it commits, so nothing can change unnoticed. A change that its
//! transaction described as `announced_later` is announced by the server that made it, many at
//! once: a commit that notifies holds a lock over the flush to disk, and so a database with it
//! saves only as many times a second as its disk flushes.

mod acknowledgements;
mod announcer;
mod lease;
mod listener;

use super::{Pool, checkout::before_waiting};
use crate::domain::notifications::{Category, Severity};
use acknowledgements::Acknowledgements;
pub use lease::LENGTH as LEASE;
use lease::Lease;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;
use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    task::AbortHandle,
    time::timeout,
};
use uuid::Uuid;

/// The name of the channel; the triggers know it too.
const CHANNEL: &str = "train_events";
/// A receiver that is this many events behind is told that it lost some.
const BACKLOG: usize = 4096;
/// A change is answered at the latest after this long, whether the others know of it or not. Longer
/// than a lease: only a server that cannot reach the database itself comes to it.
const PATIENCE: Duration = Duration::from_secs(4);
/// PostgreSQL takes less than 8000 bytes for one notification.
const LONGEST_PAYLOAD: usize = 7900;

/// Something that other parts of this or another server want to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// A person's own choices changed.
    PreferencesChanged {
        user_id: Uuid,
        version: i64,
        /// Dotted; empty when there are too many to name: take everything as changed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        paths: Vec<String>,
        #[serde(default)]
        mutation_id: Option<Uuid>,
    },
    /// What an organization's members inherit changed.
    OrganizationDefaultsChanged {
        organization_id: Uuid,
        version: i64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        paths: Vec<String>,
        #[serde(default)]
        mutation_id: Option<Uuid>,
    },
    /// A session or token of the person ended, or the account was disabled, removed, or changed its
    /// role, password or e-mail address.
    AccessRevoked { user_id: Uuid },
    /// The person joined, left, or has another role in an organization.
    MembershipChanged { user_id: Uuid },
    /// What a person's generations are configured with changed: a configuration, a key, or an
    /// organization's ceilings. Exactly one of the two ids is set.
    AiConfigChanged {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user_id: Option<Uuid>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        organization_id: Option<Uuid>,
        /// Of the row that changed.
        version: i64,
    },
    /// An administrator added or corrected a model.
    ModelCatalogChanged,
    /// A person was told something.
    NotificationSent {
        user_id: Uuid,
        id: Uuid,
        category: Category,
        severity: Severity,
        title: String,
        #[serde(default)]
        link: Option<String>,
        /// By which ways, as the person wanted it at that moment.
        toast: bool,
        in_app: bool,
        mail: bool,
    },
    /// Mail waits that is due at once: an administrator tries it again.
    MailDue,
    /// A person marked notifications as read or unread.
    NotificationsMarked { user_id: Uuid },
    /// Many conversations of a person changed at once.
    ConversationsChanged { user_id: Uuid },
    /// Maintenance of the database was queued, came on, or ended. For administrators.
    MaintenanceProgress {
        operation_id: Uuid,
        /// As stored: `queued`, `running`, …
        status: String,
        /// Of its present phase, 0–100.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<u8>,
    },
    /// Alerts about the database were raised, changed or settled.
    HealthChanged,
    /// Events were missed: whatever is remembered may be out of date.
    #[serde(skip)]
    Reconnected,
}

/// An event as it travels.
#[derive(Serialize, Deserialize)]
struct Envelope {
    /// The server that announced it, which has told its own subscribers already. Triggers leave it
    /// out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Uuid>,
    #[serde(flatten)]
    event: Event,
}

/// What servers say to each other about their notifications.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Protocol {
    /// `from` wants to know when everything before this was received.
    Barrier { from: Uuid, number: u64 },
    /// `from` has received everything before a barrier of `to`.
    Acknowledged { from: Uuid, to: Uuid, number: u64 },
}

/// Drops from memory what an event makes doubtful.
type Hook = Box<dyn Fn(&Event) + Send + Sync>;

struct Shared {
    /// This server among those of the database.
    instance: Uuid,
    sender: broadcast::Sender<Event>,
    /// 0 while not connected, otherwise the number of the connection, or of the lease after one
    /// that was interrupted.
    epoch: AtomicU64,
    lease: Lease,
    hooks: RwLock<Vec<Hook>>,
    acknowledgements: Acknowledgements,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instance, epoch, lease, .. } = self;
        write!(formatter, "Shared {{ instance: {instance}, epoch: {epoch:?}, lease: {lease:?} }}")
    }
}

/// What the announcer sends.
#[derive(Debug)]
enum Outgoing {
    Event(String),
    /// Perhaps an event, and then a barrier: told when every server that answers from memory has
    /// come to it; with `here`, also this one.
    Barrier {
        event: Option<String>,
        here: bool,
        reached: oneshot::Sender<()>,
    },
    Acknowledgement {
        to: Uuid,
        number: u64,
    },
}

/// The way to receive events and to announce them. Clones share one connection; it ends with the
/// last of them.
#[derive(Clone, Debug)]
pub struct Events {
    shared: Arc<Shared>,
    outbox: mpsc::Sender<Outgoing>,
    pool: Pool,
    tasks: Arc<Tasks>,
}

#[derive(Debug)]
struct Tasks(Vec<AbortHandle>);

impl Tasks {
    fn abort(&self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.abort();
    }
}

impl Events {
    /// Begins to listen, on a connection of its own, and goes on whatever happens to the database.
    pub(super) fn start(options: &PgConnectOptions, pool: Pool) -> Self {
        let shared = Arc::new(Shared::new(Uuid::new_v4()));
        let (outbox, waiting) = mpsc::channel(BACKLOG);
        let listening = listener::run(options.clone(), Arc::clone(&shared), outbox.clone());
        let announcing = announcer::run(pool.clone(), Arc::clone(&shared), waiting);
        let tasks =
            vec![tokio::spawn(listening).abort_handle(), tokio::spawn(announcing).abort_handle()];
        Self { shared, outbox, pool, tasks: Arc::new(Tasks(tasks)) }
    }

    /// This server among those of the database, as in `servers`.
    pub fn server_id(&self) -> Uuid {
        self.shared.instance
    }

    /// Says where this server listens, for the list of servers.
    pub fn listens_at(&self, address: String) {
        self.shared.lease.listens_at(address);
    }

    /// Every event from now on. A receiver that reads too slowly gets `Lagged`, which means the
    /// same as [`Event::Reconnected`].
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.shared.sender.subscribe()
    }

    /// Drops what an event makes doubtful from some memory, before anybody is told that this server
    /// knows of the event. To be called before anything is remembered; must be quick and must not
    /// wait.
    pub fn on_change(&self, hook: impl Fn(&Event) + Send + Sync + 'static) {
        self.shared.hooks.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(hook));
        self.shared.lease.require();
    }

    /// Whether changes made elsewhere are received at this moment. While they are not, nothing may
    /// be answered from a cache.
    pub fn is_connected(&self) -> bool {
        self.epoch().is_some()
    }

    /// The connection over which events come, counted from 1; `None` without one, and while the
    /// lease has run out. What was remembered under another number is worth nothing: a change may
    /// have been missed between the two. This is certain at once, while [`Event::Reconnected`]
    /// comes when the receiver gets to it.
    pub fn epoch(&self) -> Option<u64> {
        let epoch = self.shared.epoch.load(Ordering::Acquire);
        (epoch != 0 && self.shared.lease.holds()).then_some(epoch)
    }

    /// Tells this server's subscribers at once and the other servers soon.
    pub async fn announce(&self, event: Event) {
        let payload = self.publish_here(event);
        if timeout(PATIENCE, self.outbox.send(Outgoing::Event(payload))).await.is_err() {
            tracing::warn!("the other servers could not be told of a change yet");
        }
    }

    /// The same, and returns when no server answers from memory what was before it: as
    /// [`Self::settle`], for what this server itself has dropped already.
    pub async fn announce_and_settle(&self, event: Event) {
        let payload = self.publish_here(event);
        self.wait_at_barrier(Some(payload), false).await;
    }

    /// Returns when no server, this one included, answers from memory what was before the changes
    /// that are committed now, or when that is not certain in time: then false.
    pub async fn settle(&self) -> bool {
        self.wait_at_barrier(None, true).await
    }

    fn publish_here(&self, event: Event) -> String {
        let payload = payload(self.shared.instance, event.clone());
        self.shared.pass_on(event);
        payload
    }

    /// Another task sends it, over a connection of the pool: whoever waits must hold none.
    async fn wait_at_barrier(&self, event: Option<String>, here: bool) -> bool {
        before_waiting();
        let (reached, acknowledged) = oneshot::channel();
        let passed = async {
            self.outbox.send(Outgoing::Barrier { event, here, reached }).await.is_ok()
                && acknowledged.await.is_ok()
        };
        let all_know = timeout(PATIENCE, passed).await.unwrap_or(false);
        if !all_know {
            tracing::warn!("not certain that every other server knows of a change");
        }
        all_know
    }

    /// Answers nothing from memory any more and says so to the others, which then need not wait for
    /// this server.
    pub async fn leave(&self) {
        self.tasks.abort();
        self.shared.epoch.store(0, Ordering::Release);
        if !self.shared.lease.is_required() {
            return;
        }
        let left = lease::end(&self.pool, self.shared.instance);
        if !matches!(timeout(PATIENCE, left).await, Ok(Ok(()))) {
            tracing::debug!("the lease of this server ends by itself");
        }
    }
}

fn payload(instance: Uuid, event: Event) -> String {
    let mut envelope = Envelope { from: Some(instance), event };
    let text = encode(&envelope);
    if text.len() <= LONGEST_PAYLOAD {
        return text;
    }
    if let Event::PreferencesChanged { paths, .. }
    | Event::OrganizationDefaultsChanged { paths, .. } = &mut envelope.event
    {
        paths.clear();
    }
    encode(&envelope)
}

fn encode(envelope: &Envelope) -> String {
    // Fails only for `Reconnected`, which is never sent: an empty text is no event to any listener.
    serde_json::to_string(envelope).unwrap_or_default()
}

impl Shared {
    fn new(instance: Uuid) -> Self {
        Self {
            instance,
            sender: broadcast::Sender::new(BACKLOG),
            epoch: AtomicU64::new(0),
            lease: Lease::default(),
            hooks: RwLock::default(),
            acknowledgements: Acknowledgements::default(),
        }
    }

    /// First to what is remembered, then to those who follow.
    fn pass_on(&self, event: Event) {
        for hook in self.hooks.read().unwrap_or_else(PoisonError::into_inner).iter() {
            hook(&event);
        }
        // Without subscribers there is nobody to tell here.
        let _ = self.sender.send(event);
    }

    /// Takes a notification: an event is passed on unless it is our own. Returns what is to be sent
    /// back.
    fn receive(&self, payload: &str) -> Option<Outgoing> {
        match serde_json::from_str::<Protocol>(payload) {
            Ok(Protocol::Barrier { from, number }) if from == self.instance => {
                self.acknowledgements.note(from, number);
                return None;
            }
            Ok(Protocol::Barrier { from, number }) => {
                let acknowledgement = Outgoing::Acknowledgement { to: from, number };
                return self.lease.is_required().then_some(acknowledgement);
            }
            Ok(Protocol::Acknowledged { from, to, number }) => {
                if to == self.instance {
                    self.acknowledgements.note(from, number);
                }
                return None;
            }
            Err(_) => {}
        }
        match serde_json::from_str::<Envelope>(payload) {
            Ok(envelope) if envelope.from == Some(self.instance) => {}
            Ok(envelope) => self.pass_on(envelope.event),
            // A newer server beside us may say things that we do not know.
            Err(error) => {
                tracing::debug!(%error, payload, "a notification that this version does not know")
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
