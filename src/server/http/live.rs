//! Server push: what changed for one person, as server-sent events that every open tab and device
//! listens to.

use crate::{
    api::events::{LiveEvent, NothingSent, NotificationNews, SentNotification},
    domain::{
        accounts::{PublicUser, Scope},
        ai::ScopeType,
    },
    server::{foundation::context::RequestContext, postgres::Event},
};
use uuid::Uuid;

/// Whose stream it is, and what it may tell. The organization is looked up again when it may be
/// another ([`Push::Renewed`]); any other change of it, and events that were missed, end the
/// stream.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    user_id: Uuid,
    organization_id: Option<Uuid>,
    /// Of the installation: receives the database's maintenance.
    administrator: bool,
    // What a token may read; a session reads everything.
    preferences: bool,
    ai: bool,
    notifications: bool,
    conversations: bool,
}

/// What one event means for one stream.
pub enum Push {
    Send(LiveEvent),
    /// The person may belong to another organization than the listener knows: it has to be made
    /// anew before this and what follows is told.
    Renewed(LiveEvent),
    /// Not for this person.
    Skip,
    /// The person may no longer listen.
    End,
}

impl Listener {
    pub fn of(request: &RequestContext, user: &PublicUser) -> Self {
        Self {
            user_id: user.id,
            organization_id: user.organization.as_ref().map(|organization| organization.id),
            administrator: request.administer(Scope::DatabaseRead).is_ok(),
            preferences: request.allow(Scope::PreferencesRead).is_ok(),
            ai: request.allow(Scope::AiRead).is_ok(),
            notifications: request.allow(Scope::NotificationsRead).is_ok(),
            conversations: request.allow(Scope::ConversationsRead).is_ok(),
        }
    }

    /// A refetch carries nothing, so it needs no right.
    pub fn push(&self, event: &Event) -> Push {
        match event {
            Event::PreferencesChanged { user_id, version, paths, mutation_id }
                if self.preferences && *user_id == self.user_id =>
            {
                Push::Send(LiveEvent::PreferencesChanged {
                    version: Some(*version),
                    paths: paths.clone(),
                    mutation_id: *mutation_id,
                })
            }
            Event::OrganizationDefaultsChanged { organization_id, .. }
                if Some(*organization_id) == self.organization_id =>
            {
                Push::Send(Self::refetch())
            }
            Event::AiConfigChanged { user_id, organization_id, version }
                if self.ai
                    && (*user_id == Some(self.user_id)
                        || (user_id.is_none() && *organization_id == self.organization_id)) =>
            {
                let scope = match user_id {
                    Some(_) => ScopeType::Person,
                    None => ScopeType::Organization,
                };
                Push::Send(LiveEvent::AiConfigChanged { version: *version, scope })
            }
            Event::NotificationSent {
                user_id,
                id,
                category,
                severity,
                title,
                link,
                toast,
                in_app,
                ..
            } if self.notifications && *user_id == self.user_id => {
                let sent = SentNotification {
                    id: *id,
                    category: *category,
                    severity: *severity,
                    title: title.clone(),
                    link: link.clone(),
                    toast: *toast,
                    in_app: *in_app,
                };
                Push::Send(LiveEvent::Notification(NotificationNews::Sent(sent)))
            }
            Event::NotificationsMarked { user_id }
                if self.notifications && *user_id == self.user_id =>
            {
                Push::Send(LiveEvent::Notification(NotificationNews::Marked(NothingSent {})))
            }
            Event::ConversationsChanged { user_id }
                if self.conversations && *user_id == self.user_id =>
            {
                Push::Send(LiveEvent::ConversationsChanged {})
            }
            Event::MaintenanceProgress { operation_id, status, percent } if self.administrator => {
                Push::Send(LiveEvent::MaintenanceProgress {
                    operation_id: *operation_id,
                    status: status.clone(),
                    percent: *percent,
                })
            }
            Event::HealthChanged if self.administrator => Push::Send(LiveEvent::Health {}),
            // Why it changed is told by the next event: the stream may not end before that.
            Event::MembershipChanged { user_id } if *user_id == self.user_id => {
                Push::Renewed(LiveEvent::MembershipChanged {})
            }
            Event::AccessRevoked { user_id } if *user_id == self.user_id => Push::End,
            // What was missed may be that access ended: browsers open the stream anew, and are told
            // to read again.
            Event::Reconnected => Push::End,
            _ => Push::Skip,
        }
    }

    /// The version that stands, for somebody who begins to listen.
    pub fn version(version: i64) -> LiveEvent {
        LiveEvent::PreferencesChanged {
            version: Some(version),
            paths: Vec::new(),
            mutation_id: None,
        }
    }

    /// Something below the person's own row changed, or may have: read again whatever the version.
    pub fn refetch() -> LiveEvent {
        LiveEvent::PreferencesChanged { version: None, paths: Vec::new(), mutation_id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            accounts::Role,
            notifications::{Category, Severity},
            organizations::{Membership, OrganizationRole},
        },
        server::foundation::context::{Actor, Source},
    };

    const ANN: Uuid = Uuid::from_u128(1);
    const TEAM: Uuid = Uuid::from_u128(2);

    /// Ann in her team, with a session or a token that has these scopes.
    fn ann(scopes: Option<&[Scope]>) -> Listener {
        let actor =
            Actor { user_id: ANN, role: Role::Admin, scopes: scopes.map(<[Scope]>::to_vec) };
        let request = RequestContext {
            actor: Some(actor),
            ..RequestContext::without_person(Source::ApiToken)
        };
        let user = PublicUser {
            id: ANN,
            email: "ann@example.com".into(),
            display_name: "Ann".into(),
            role: Role::Admin,
            time_zone: "UTC".into(),
            organization: Some(Membership {
                id: TEAM,
                name: "Team".into(),
                role: OrganizationRole::Owner,
            }),
        };
        Listener::of(&request, &user)
    }

    fn notification() -> Event {
        Event::NotificationSent {
            user_id: ANN,
            id: Uuid::nil(),
            category: Category::SystemAlerts,
            severity: Severity::Warning,
            title: "Budget at 80 %".into(),
            link: None,
            toast: true,
            in_app: true,
            mail: false,
        }
    }

    fn events() -> Vec<(Scope, Event)> {
        let preferences = Event::PreferencesChanged {
            user_id: ANN,
            version: 2,
            paths: Vec::new(),
            mutation_id: None,
        };
        let own = Event::AiConfigChanged { user_id: Some(ANN), organization_id: None, version: 2 };
        let teams =
            Event::AiConfigChanged { user_id: None, organization_id: Some(TEAM), version: 2 };
        let progress = Event::MaintenanceProgress {
            operation_id: Uuid::nil(),
            status: "queued".into(),
            percent: None,
        };
        vec![
            (Scope::PreferencesRead, preferences),
            (Scope::AiRead, own),
            (Scope::AiRead, teams),
            (Scope::NotificationsRead, notification()),
            (Scope::NotificationsRead, Event::NotificationsMarked { user_id: ANN }),
            (Scope::ConversationsRead, Event::ConversationsChanged { user_id: ANN }),
            (Scope::DatabaseRead, progress),
            (Scope::DatabaseRead, Event::HealthChanged),
        ]
    }

    #[test]
    fn a_token_receives_only_what_it_may_read() {
        for (needed, event) in events() {
            for scope in Scope::ALL {
                let pushed = matches!(ann(Some(&[scope])).push(&event), Push::Send(_));
                assert_eq!(pushed, scope.includes(needed), "{scope}: {event:?}");
            }
            assert!(matches!(ann(None).push(&event), Push::Send(_)), "a session: {event:?}");
        }
    }

    #[test]
    fn that_something_may_have_changed_is_told_to_every_token() {
        let defaults = Event::OrganizationDefaultsChanged {
            organization_id: TEAM,
            version: 2,
            paths: Vec::new(),
            mutation_id: None,
        };
        let membership = Event::MembershipChanged { user_id: ANN };
        for event in [defaults, membership] {
            let push = ann(Some(&[Scope::HistoryRead])).push(&event);
            assert!(matches!(push, Push::Send(_) | Push::Renewed(_)), "{event:?}");
        }
    }

    #[test]
    fn a_stream_ends_with_access_and_outlives_a_membership() {
        let changed = |user_id| ann(None).push(&Event::MembershipChanged { user_id });
        assert!(matches!(changed(ANN), Push::Renewed(LiveEvent::MembershipChanged {})));
        assert!(matches!(changed(Uuid::nil()), Push::Skip));
        // That access was revoked may have been missed.
        assert!(matches!(ann(None).push(&Event::Reconnected), Push::End));
        assert!(matches!(ann(None).push(&Event::AccessRevoked { user_id: ANN }), Push::End));
    }
}
