//! Server push: what changed for one person, as server-sent events that every open tab and device listens to.

use crate::server::database::Event;
use axum::response::sse;
use serde_json::{Value, json};
use uuid::Uuid;

/// Whose stream it is.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    pub user_id: Uuid,
    pub organization_id: Option<Uuid>,
}

/// What one event means for one stream.
pub enum Push {
    Send(sse::Event),
    /// Not for this person.
    Skip,
    /// The person may no longer listen.
    End,
}

impl Listener {
    /// Events carry what changed, not the values: the tab reads those by the ordinary way, with the ordinary rights. A
    /// notification's title is its announcement: a toast may be all that the person wants of it.
    pub fn push(&self, event: &Event) -> Push {
        match event {
            Event::PreferencesChanged { user_id, version, paths, mutation_id } if *user_id == self.user_id => {
                let data = json!({"version": version, "paths": paths, "mutationId": mutation_id});
                Push::Send(sse::Event::default().event("preferences-changed").data(data.to_string()))
            }
            Event::OrganizationDefaultsChanged { organization_id, .. }
                if Some(*organization_id) == self.organization_id =>
            {
                Self::refetch()
            }
            Event::AiConfigChanged { user_id, organization_id, version }
                if *user_id == Some(self.user_id)
                    || (user_id.is_none() && *organization_id == self.organization_id) =>
            {
                let data =
                    json!({"version": version, "scope": if user_id.is_some() { "person" } else { "organization" }});
                Push::Send(sse::Event::default().event("ai-config-changed").data(data.to_string()))
            }
            Event::NotificationSent { user_id, id, category, severity, title, link, toast, in_app, .. }
                if *user_id == self.user_id =>
            {
                let told = json!({
                    "id": id, "category": category, "severity": severity, "title": title, "link": link,
                    "toast": toast, "inApp": in_app,
                });
                Self::notification(&told)
            }
            Event::NotificationsMarked { user_id } if *user_id == self.user_id => Self::notification(&json!({})),
            Event::MembershipChanged { user_id } if *user_id == self.user_id => Self::refetch(),
            Event::AccessRevoked { user_id } if *user_id == self.user_id => Push::End,
            Event::Reconnected => Self::refetch(),
            _ => Push::Skip,
        }
    }

    /// Something new, told with its title; without one, only what is read or unread changed.
    fn notification(told: &Value) -> Push {
        Push::Send(sse::Event::default().event("notification").data(told.to_string()))
    }

    /// The version that stands, for somebody who begins to listen.
    pub fn version(version: i64) -> sse::Event {
        sse::Event::default().event("preferences-changed").data(json!({"version": version, "paths": []}).to_string())
    }

    /// Something below the person's own row changed, or may have: read again whatever the version.
    pub fn refetch() -> Push {
        Push::Send(
            sse::Event::default().event("preferences-changed").data(json!({"version": null, "paths": []}).to_string()),
        )
    }
}
