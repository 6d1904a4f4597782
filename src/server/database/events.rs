//! What the servers of one database tell each other: PostgreSQL's notifications on one channel, for caches and live pages.
//!
//! Triggers announce a change when it commits, so nothing can change unnoticed. A change that its transaction described
//! as `announced_later` is announced by the server that made it, many at once: a commit that notifies holds a lock over
//! the flush to disk, and so a database with it saves only as many times a second as its disk flushes.

mod announcer;
mod listener;

use super::{Pool, held::before_waiting};
use crate::domain::notifications::{Category, Severity};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;
use std::{
    sync::{
        Arc,
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
/// A save is answered at the latest after this long, whether the others know of it or not.
const PATIENCE: Duration = Duration::from_secs(1);
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
    /// A session or token of the person ended, or the account was disabled, removed, or changed its role or password.
    AccessRevoked { user_id: Uuid },
    /// The person joined, left, or has another role in an organization.
    MembershipChanged { user_id: Uuid },
    /// What a person's generations are configured with changed: a configuration, a key, or an organization's ceilings. Exactly
    /// one of the two ids is set.
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
    /// The server that announced it, which has told its own subscribers already. Triggers leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Uuid>,
    #[serde(flatten)]
    event: Event,
}

#[derive(Debug)]
struct Shared {
    /// This server among those of the database.
    instance: Uuid,
    sender: broadcast::Sender<Event>,
    /// 0 while not connected, otherwise the number of the connection.
    epoch: AtomicU64,
}

type Announcement = (String, oneshot::Sender<()>);

/// The way to hear events and to announce them. Clones share one connection; it ends with the last of them.
#[derive(Clone, Debug)]
pub struct Events {
    shared: Arc<Shared>,
    outbox: mpsc::Sender<Announcement>,
    _tasks: Arc<Tasks>,
}

#[derive(Debug)]
struct Tasks(Vec<AbortHandle>);

impl Drop for Tasks {
    fn drop(&mut self) {
        for task in &self.0 {
            task.abort();
        }
    }
}

impl Events {
    /// Begins to listen, on a connection of its own, and goes on whatever happens to the database.
    pub(super) fn start(options: &PgConnectOptions, pool: Pool) -> Self {
        let shared = Arc::new(Shared {
            instance: Uuid::new_v4(),
            sender: broadcast::Sender::new(BACKLOG),
            epoch: AtomicU64::new(0),
        });
        let (outbox, waiting) = mpsc::channel(BACKLOG);
        let tasks = vec![
            tokio::spawn(listener::run(options.clone(), Arc::clone(&shared))).abort_handle(),
            tokio::spawn(announcer::run(pool, waiting)).abort_handle(),
        ];
        Self { shared, outbox, _tasks: Arc::new(Tasks(tasks)) }
    }

    /// Every event from now on. A receiver that reads too slowly gets `Lagged`, which means the same as [`Event::Reconnected`].
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.shared.sender.subscribe()
    }

    /// Whether changes made elsewhere are heard of at this moment. While they are not, nothing may be answered from a cache.
    pub fn is_connected(&self) -> bool {
        self.epoch().is_some()
    }

    /// The connection over which events come, counted from 1; `None` without one. What was remembered under another
    /// number is worth nothing: a change may have been missed between the two. This is certain at once, while
    /// [`Event::Reconnected`] comes when the receiver gets to it.
    pub fn epoch(&self) -> Option<u64> {
        Some(self.shared.epoch.load(Ordering::Acquire)).filter(|epoch| *epoch != 0)
    }

    /// Tells this server's subscribers at once and the other servers before it returns, or at most a second later.
    ///
    /// Another task sends it, over a connection of the pool: whoever announces must hold none.
    pub async fn announce(&self, event: Event) {
        before_waiting();
        let payload = payload(self.shared.instance, event.clone());
        // Without subscribers there is nobody to tell here.
        let _ = self.shared.sender.send(event);
        let (done, told) = oneshot::channel();
        let handed_over = async {
            if self.outbox.send((payload, done)).await.is_ok() {
                let _ = told.await;
            }
        };
        if timeout(PATIENCE, handed_over).await.is_err() {
            tracing::warn!("the other servers could not be told of a change yet");
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
    /// Passes a notification on to this server's subscribers, unless it is our own.
    fn hear(&self, payload: &str) {
        match serde_json::from_str::<Envelope>(payload) {
            Ok(envelope) if envelope.from == Some(self.instance) => {}
            Ok(envelope) => {
                let _ = self.sender.send(envelope.event);
            }
            // A newer server beside us may say things that we do not know.
            Err(error) => {
                tracing::debug!(%error, payload, "a notification that this version does not know")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> (Shared, broadcast::Receiver<Event>) {
        let sender = broadcast::Sender::new(8);
        let receiver = sender.subscribe();
        (Shared { instance: Uuid::from_u128(7), sender, epoch: AtomicU64::new(0) }, receiver)
    }

    #[test]
    fn reads_what_the_triggers_write() {
        let (shared, mut heard) = shared();
        let user = "710c52b8-83e0-44b7-af4d-8b5b9d4ccf38";
        shared.hear(&format!(
            r#"{{"type": "preferences-changed", "paths": ["a", "theme"], "userId": "{user}", "version": 4, "mutationId": null}}"#
        ));
        shared.hear(&format!(r#"{{"type": "access-revoked", "userId": "{user}"}}"#));
        shared.hear(&format!(
            r#"{{"type": "ai-config-changed", "paths": ["isActive"], "organizationId": "{user}", "version": 2, "mutationId": null}}"#
        ));
        shared.hear(r#"{"type": "model-catalog-changed"}"#);
        shared.hear(&format!(
            r#"{{"type": "notification-sent", "userId": "{user}", "id": "{user}", "category": "system_alerts", "severity": "warning",
               "title": "A “budget”", "link": null, "toast": true, "inApp": true, "mail": false}}"#
        ));
        shared.hear(r#"{"type": "from-the-future", "userId": 3}"#);
        shared.hear("no JSON");
        let user_id = user.parse().unwrap();
        let paths = vec!["a".to_owned(), "theme".to_owned()];
        assert_eq!(
            heard.try_recv().unwrap(),
            Event::PreferencesChanged { user_id, version: 4, paths, mutation_id: None }
        );
        assert_eq!(heard.try_recv().unwrap(), Event::AccessRevoked { user_id });
        let changed =
            Event::AiConfigChanged { user_id: None, organization_id: Some(user_id), version: 2 };
        assert_eq!(heard.try_recv().unwrap(), changed);
        assert_eq!(heard.try_recv().unwrap(), Event::ModelCatalogChanged);
        let sent = Event::NotificationSent {
            user_id,
            id: user_id,
            category: Category::SystemAlerts,
            severity: Severity::Warning,
            title: "A “budget”".into(),
            link: None,
            toast: true,
            in_app: true,
            mail: false,
        };
        assert_eq!(heard.try_recv().unwrap(), sent);
        assert!(heard.try_recv().is_err(), "unknown ones are passed over");
    }

    #[test]
    fn hears_the_others_but_not_itself() {
        let (shared, mut heard) = shared();
        let event = Event::MembershipChanged { user_id: Uuid::nil() };
        shared.hear(&payload(shared.instance, event.clone()));
        assert!(heard.try_recv().is_err());
        shared.hear(&payload(Uuid::from_u128(8), event.clone()));
        assert_eq!(heard.try_recv().unwrap(), event);
    }

    #[test]
    fn leaves_out_the_paths_when_they_are_too_many() {
        let paths = vec!["keyboardShortcuts.customBindings.openSearch".to_owned(); 500];
        let text = payload(
            Uuid::nil(),
            Event::PreferencesChanged {
                user_id: Uuid::nil(),
                version: 2,
                paths,
                mutation_id: None,
            },
        );
        assert!(text.len() < 300 && !text.contains("paths"), "{text}");
    }
}
