//! Mail: what people were told goes out to those who want it by mail, and administrators see
//! whether it gets through.
//!
//! A mail is a row of `notification_outbox`, made in the statement that tells the person
//! (`server/notifications.rs`). Every server process looks for what is due; whoever finds it takes
//! a lease, hands it to the mail server, and says what became of it.
//!
//! **Once, but for one corner.** The mail server's acceptance and our note of it cannot be one act.
//! When a server ends between the two, or the answer is lost on the way, the lease runs out and the
//! mail is sent again. It is the same letter then, word for word the same notifications with the
//! same Message-ID (of `mail_id`, which stays with its rows over all attempts), by which mail
//! systems know a copy and show it once. The other order, noting first, would lose mail instead.

mod accounts;
mod administration;
mod invitations;
mod letter;
mod outbox;
mod smtp;
mod worker;

pub use smtp::{Letter, MailFailure, Mailer};

use crate::server::{config::Config, notifications::NotificationService, postgres::Database};

/// What sends mail and tells administrators of it.
#[derive(Clone, Debug)]
pub struct MailService {
    db: Database,
    notifications: NotificationService,
    /// `None`: this installation sends no mail.
    mailer: Option<Mailer>,
    /// What links begin with.
    place: String,
}

impl MailService {
    pub fn new(db: Database, notifications: NotificationService, config: &Config) -> Self {
        let place = config
            .public_url
            .as_ref()
            .map_or_else(|| format!("http://{}", config.address), |url| url.origin());
        Self { db, notifications, mailer: config.mail.clone().map(Mailer::new), place }
    }

    /// Whether this installation sends mail.
    pub fn is_configured(&self) -> bool {
        self.mailer.is_some()
    }
}
