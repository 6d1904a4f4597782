//! Telling people things: at once on their open pages, in the notification centre, by mail; each as
//! they prefer.
//!
//! # For those who have something to tell
//!
//! ```text
//! state.notifications.send(&Recipients::Managers(organization_id), &Notification {
//!     category: Category::SystemAlerts,
//!     severity: Severity::Warning,
//!     title: "Your organization's daily budget is used to 80 %".into(),
//!     text: "$80.00 of $100.00 are spent. At 100 % generation stops until midnight.".into(),
//!     link: LocalPath::parse("/ai/costs"),
//!     dedupe_key: format!("budget:organization:{organization_id}:day:{window_start}:0.8"),
//! }).await?;
//! ```
//!
//! - **Exactly once**: the same `dedupe_key` tells the same person once, however many servers say
//!   it, however often. What may come again has its window or its occurrence in the key. Keys are
//!   kept for [`tidy`](NotificationService::tidy)'s 90 days at least.
//! - **As preferred**: who switched the category off, or every way of being told of it, is not
//!   told, and nothing is kept; they are told when it is said again after they changed their mind.
//!   Disabled accounts are told nothing.
//! - **Whatever they chose**: [`of_account`](NotificationService::of_account), for what was done to
//!   their account.
//! - **Whatever their organization set**: [`of_membership`](NotificationService::of_membership),
//!   for what it does to people.
//! - **With the change**: [`send_in`](NotificationService::send_in) does the same inside a
//!   transaction of the system (`database.begin()`, the role `service_role`; a person's own
//!   transaction may not tell anybody anything). If it is rolled back, nobody was told.
//! - **Everywhere**: open pages on all servers are told when it commits, by the event
//!   `NotificationSent`. The caller has nothing to announce.
//! - **Failures**: telling is seldom worth failing for. Where it is not, log the error and go on.

mod read;
mod retention;

use crate::{
    domain::{
        notifications::{Category, Notification},
        preferences::Preferences,
    },
    server::{foundation::error::ServiceError, postgres::Database},
};
use sqlx::PgConnection;
use uuid::Uuid;

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipients {
    Person(Uuid),
    /// Each of them once.
    People(Vec<Uuid>),
    /// The owners and admins of an organization.
    Managers(Uuid),
    /// All administrators of the installation.
    Administrators,
}

/// The service behind the notification centre, and what tells people things.
#[derive(Clone, Debug)]
pub struct NotificationService {
    db: Database,
    /// Whether this installation can send mail. What nobody could send is not queued: otherwise
    /// everybody got old news on the day it is set up.
    mails: bool,
    /// Whether organizations decide what their members are told who chose nothing.
    organizations_decide: bool,
    /// Whether it is told by every way, whatever anybody chose.
    always: bool,
}

/// What the keys of all notices begin with that are told whatever somebody chose, by mail as well:
/// who cannot sign in any more sees nothing else.
pub const ACCOUNT_KEY: &str = "account:";

impl NotificationService {
    pub fn new(db: Database, mails: bool) -> Self {
        Self { db, mails, organizations_decide: true, always: false }
    }

    /// Whether this installation can send mail.
    pub fn mails(&self) -> bool {
        self.mails
    }

    /// For what its people are sent by mail in another way: tells them on their pages only.
    pub fn without_mail(&self) -> Self {
        Self { mails: false, ..self.clone() }
    }

    /// For what somebody's organization does to them: whether they are told is their own choice,
    /// and nothing that the organization set.
    pub fn of_membership(&self) -> Self {
        Self { organizations_decide: false, ..self.clone() }
    }

    /// For what was done to somebody's account, by whomever: told in the centre and by mail,
    /// whatever they chose. Its key begins with [`ACCOUNT_KEY`].
    pub fn of_account(&self) -> Self {
        Self { organizations_decide: false, always: true, ..self.clone() }
    }

    /// Tells people something; answers how many of them were told now. See the [module](self).
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn send(
        &self,
        recipients: &Recipients,
        notification: &Notification,
    ) -> Result<u64, ServiceError> {
        let mut connection = self.db.pool().acquire().await?;
        self.send_in(&mut connection, recipients, notification).await
    }

    /// The same inside a transaction of the system: it counts when that commits.
    ///
    /// # Errors
    /// When the database refuses or does not answer; the transaction is lost then.
    pub async fn send_in(
        &self,
        connection: &mut PgConnection,
        recipients: &Recipients,
        notification: &Notification,
    ) -> Result<u64, ServiceError> {
        let (people, organization, administrators) = match recipients {
            Recipients::Person(person) => (std::slice::from_ref(person), None, false),
            Recipients::People(people) => (people.as_slice(), None, false),
            Recipients::Managers(organization) => (&[][..], Some(*organization), false),
            Recipients::Administrators => (&[][..], None, true),
        };
        let usual = Usual::of(notification.category);
        // One statement decides, keeps, queues and announces. People in the order of their ids, so
        // that two servers that tell several the same wait for each other in no circle.
        let written = sqlx::query!(
            r#"WITH recipient AS (
                 SELECT unnest($1::uuid[]) AS id
                 UNION SELECT member.user_id FROM organization_members member
                  WHERE member.organization_id = $2 AND member.role IN ('owner', 'admin')
                 UNION SELECT person.id FROM auth.users person WHERE $3 AND person.role = 'admin'
               ), preferring AS (
                 SELECT person.id, own.preferences->'notifications' AS own,
                 theirs.preferences->'notifications' AS inherited
                   FROM recipient JOIN auth.users person ON person.id = recipient.id
                   JOIN user_preferences own ON own.user_id = person.id
                   LEFT JOIN organization_members member ON member.user_id = person.id AND $16
                   LEFT JOIN organization_preference_defaults theirs
                     ON theirs.organization_id = member.organization_id
                  WHERE person.disabled_at IS NULL
               ), wanting AS (
                 SELECT id, $20 OR coalesce(own->>'inApp', inherited->>'inApp', $4) = 'true'
                          AND coalesce(own->'events'->$8->>'inApp',
                            inherited->'events'->$8->>'inApp', $17) = 'true' AS in_app,
                        coalesce(own->>'toast', inherited->>'toast', $5) = 'true'
                          AND coalesce(own->'events'->$8->>'toast',
                            inherited->'events'->$8->>'toast', $18) = 'true' AS toast,
                        $6 AND ($20 OR coalesce(own->>'email', inherited->>'email', $7) = 'true'
                          AND coalesce(own->'events'->$8->>'email',
                            inherited->'events'->$8->>'email', $19) = 'true') AS mail
                   FROM preferring
                  WHERE $20 OR coalesce(own->'categories'->>$8, inherited->'categories'->>$8,
                          $9) = 'true'
               ), written AS (
                 INSERT INTO notifications (user_id, category, severity, title, text, link,
                   dedupe_key, in_app)
                 SELECT id, $10, $11, $12, $13, $14, $15, in_app FROM wanting WHERE in_app OR toast
                   OR mail ORDER BY id
                 ON CONFLICT (user_id, dedupe_key) DO NOTHING
                 RETURNING id, user_id
               ), queued AS (
                 INSERT INTO notification_outbox (notification_id, user_id)
                 SELECT written.id, written.user_id FROM written
                 JOIN wanting ON wanting.id = written.user_id
                   WHERE wanting.mail
               )
               SELECT pg_notify('train_events', jsonb_build_object('type', 'notification-sent',
                 'userId', written.user_id, 'id', written.id,
                        'category', $10::text, 'severity', $11::text, 'title', $12::text, 'link',
                        $14::text,
                        'toast', wanting.toast, 'inApp', wanting.in_app, 'mail',
                        wanting.mail)::text)
                 FROM written JOIN wanting ON wanting.id = written.user_id"#,
            people,
            organization,
            administrators,
            usual.in_app,
            usual.toast,
            self.mails,
            usual.email,
            notification.category.preference(),
            usual.category,
            notification.category.as_str(),
            notification.severity.as_str(),
            notification.kept_title(),
            notification.kept_text(),
            notification.link.as_ref().map(crate::domain::local_path::LocalPath::as_str),
            notification.dedupe_key,
            self.organizations_decide,
            usual.event_in_app,
            usual.event_toast,
            usual.event_email,
            self.always,
        )
        .fetch_all(connection)
        .await?;
        Ok(u64::try_from(written.len()).unwrap_or(u64::MAX))
    }
}

/// What applies to who chose nothing and whose organization did not either, as JSON's words: the
/// statement compares with what is stored.
struct Usual {
    in_app: &'static str,
    toast: &'static str,
    email: &'static str,
    category: &'static str,
    event_in_app: &'static str,
    event_toast: &'static str,
    event_email: &'static str,
}

impl Usual {
    fn of(category: Category) -> Self {
        let defaults = Preferences::default().notifications;
        let event = category.channels(&defaults.events);
        let word = |wanted: bool| if wanted { "true" } else { "false" };
        Self {
            in_app: word(defaults.in_app),
            toast: word(defaults.toast),
            email: word(defaults.email),
            category: word(category.is_wanted(&defaults)),
            event_in_app: word(event.in_app),
            event_toast: word(event.toast),
            event_email: word(event.email),
        }
    }
}
