//! Server-sent events: what `GET /api/events` pushes, and how every stream writes its events.

use super::operation::{Raw, operations};
use crate::domain::{
    ai::ScopeType,
    json::{self, Unreadable},
    notifications::{Category, Severity},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

operations! { "Live";
    /// What changes for the person, as it happens. The stream ends when access ends or the server
    /// stops; browsers reconnect.
    FollowEvents = GET "/api/events" => Raw,
        content "text/event-stream", about "`preferences-changed`: {version, paths, mutationId}; \
            `ai-config-changed`: {version, scope}; `membership-changed`: {}; `notification`: {id, \
            category, severity, title, link, toast, inApp}, or {} when others were marked; \
            `conversations-changed`: {}; to administrators `health`: {} and \
            `maintenance-progress`: {operationId, status, percent}";
}

/// All events of one stream: an enum that serde tags with `event` and whose content is `data`, as
/// the two are called in a stream.
pub trait ServerSent: Serialize + DeserializeOwned {
    /// The names of the variants on the wire.
    const NAMES: &'static [&'static str];

    /// The name and the data.
    fn write(&self) -> (String, Value) {
        // Fails only for maps whose keys are no texts, which no event has.
        let mut event = serde_json::to_value(self).unwrap_or_default();
        let name = event["event"].as_str().unwrap_or_default().to_owned();
        (name, event["data"].take())
    }

    /// The event of a name; `None` for a name that only a later release of the server knows.
    fn read(name: &str, data: Value) -> Option<Result<Self, Unreadable>> {
        let is_known = Self::NAMES.contains(&name);
        is_known.then(|| json::read(&json!({"event": name, "data": data})))
    }
}

/// What changed for one person. The values are not in it: pages read those by the ordinary way,
/// with the ordinary rights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    content = "data",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum LiveEvent {
    /// The person's preferences, or what they inherit.
    PreferencesChanged {
        /// The one that stands now. Without it, something below the person's own row changed, or
        /// may have: read again whatever the version.
        version: Option<i64>,
        /// Dotted; empty: take everything as changed.
        paths: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mutation_id: Option<Uuid>,
    },
    /// An AI configuration, a key or a ceiling.
    AiConfigChanged {
        /// Of the row that changed.
        version: i64,
        scope: ScopeType,
    },
    /// The person joined or left an organization, or has another role in it: whatever depends on
    /// that is to be read again.
    MembershipChanged {},
    Notification(NotificationNews),
    /// Many of the person's conversations changed at once, as when they are rated again: lists are
    /// to be read again.
    ConversationsChanged {},
    /// For administrators: alerts about the database.
    Health {},
    /// For administrators: maintenance of the database was queued, came on, or ended.
    MaintenanceProgress {
        operation_id: Uuid,
        /// As stored: `queued`, `running`, …
        status: String,
        /// Of its present phase, 0–100.
        percent: Option<u8>,
    },
}

/// Something new in the person's notifications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NotificationNews {
    Sent(SentNotification),
    /// Only what is read or unread changed.
    Marked(NothingSent),
}

/// `{}`. Anything else is a notification that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NothingSent {}

/// A notification as it is announced: a toast may be all that the person wants of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentNotification {
    pub id: Uuid,
    pub category: Category,
    pub severity: Severity,
    pub title: String,
    pub link: Option<String>,
    pub toast: bool,
    /// Whether the page of notifications shows it.
    pub in_app: bool,
}

impl ServerSent for LiveEvent {
    const NAMES: &'static [&'static str] = &[
        "preferences-changed",
        "ai-config-changed",
        "membership-changed",
        "notification",
        "conversations-changed",
        "health",
        "maintenance-progress",
    ];
}

impl LiveEvent {
    /// Those that move figures rather than tell a person something: a page without such figures
    /// need not be woken by them.
    pub const BACKGROUND: &'static [&'static str] = &["health", "maintenance-progress"];
}

/// The names of all variants, as serde knows them.
#[cfg(test)]
pub(super) fn variants<E: ServerSent + std::fmt::Debug>() -> Vec<String> {
    let unknown = serde_json::from_value::<E>(json!({"event": "?", "data": {}})).unwrap_err();
    let message = unknown.to_string();
    let (_, known) = message.split_once("expected one of ").unwrap();
    known.split(", ").map(|name| name.trim_matches('`').to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(event: &LiveEvent) -> (String, String) {
        let (name, data) = event.write();
        assert_eq!(LiveEvent::read(&name, data.clone()).unwrap().unwrap(), *event);
        (name, data.to_string())
    }

    #[test]
    fn every_event_is_read_as_it_was_written() {
        let id = Uuid::from_u128(7);
        let preferences = |version, mutation_id| LiveEvent::PreferencesChanged {
            version,
            paths: Vec::new(),
            mutation_id,
        };
        let sent = SentNotification {
            id,
            category: Category::Errors,
            severity: Severity::Error,
            title: "A generation failed".into(),
            link: None,
            toast: true,
            in_app: false,
        };
        let news = LiveEvent::Notification;
        let expected = [
            (preferences(None, None), "preferences-changed", r#"{"paths":[],"version":null}"#),
            (
                preferences(Some(2), Some(id)),
                "preferences-changed",
                r#"{"mutationId":"00000000-0000-0000-0000-000000000007","paths":[],"version":2}"#,
            ),
            (
                LiveEvent::AiConfigChanged { version: 3, scope: ScopeType::Person },
                "ai-config-changed",
                r#"{"scope":"person","version":3}"#,
            ),
            (
                news(NotificationNews::Sent(sent)),
                "notification",
                concat!(
                    r#"{"category":"errors","id":"00000000-0000-0000-0000-000000000007","#,
                    r#""inApp":false,"link":null,"severity":"error","#,
                    r#""title":"A generation failed","toast":true}"#
                ),
            ),
            (LiveEvent::MembershipChanged {}, "membership-changed", "{}"),
            (news(NotificationNews::Marked(NothingSent {})), "notification", "{}"),
            (LiveEvent::ConversationsChanged {}, "conversations-changed", "{}"),
            (LiveEvent::Health {}, "health", "{}"),
            (
                LiveEvent::MaintenanceProgress {
                    operation_id: id,
                    status: "queued".into(),
                    percent: None,
                },
                "maintenance-progress",
                concat!(
                    r#"{"operationId":"00000000-0000-0000-0000-000000000007","percent":null,"#,
                    r#""status":"queued"}"#
                ),
            ),
        ];
        for (event, name, data) in expected {
            assert_eq!(written(&event), (name.to_owned(), data.to_owned()));
        }
    }

    #[test]
    fn all_names_are_listed() {
        assert_eq!(LiveEvent::NAMES, variants::<LiveEvent>());
        assert!(LiveEvent::BACKGROUND.iter().all(|name| LiveEvent::NAMES.contains(name)));
        assert!(LiveEvent::read("later", json!({})).is_none());
        let unreadable = LiveEvent::read("notification", json!({"category": "later"}));
        assert!(unreadable.unwrap().is_err());
        assert!(LiveEvent::read("ai-config-changed", json!({})).unwrap().is_err());
    }
}
