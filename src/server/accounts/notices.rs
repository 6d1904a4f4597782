//! How people are told of what was done to their accounts, whoever did it: in the centre and by
//! mail, whatever they chose, so that another's doing does not go unseen. Where a letter says it to
//! a certain address, it goes in place of the mail of the notification.

use super::AccountService;
use crate::{
    domain::{
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
    },
    server::{
        foundation::error::ServiceError,
        notifications::{ACCOUNT_KEY, Recipients},
        postgres::Transaction,
    },
};
use uuid::Uuid;

/// Where something can be done about it.
pub(super) const ACCOUNT: &str = "/settings/account";

/// Each is told, however often the same is done.
pub(super) fn notice(severity: Severity, title: &str, text: String, link: &str) -> Notification {
    Notification {
        category: Category::SystemAlerts,
        severity,
        title: title.to_owned(),
        text,
        link: LocalPath::parse(link),
        dedupe_key: format!("{ACCOUNT_KEY}{}", Uuid::new_v4()),
    }
}

impl AccountService {
    /// Tells a person what was done to their account, in the centre and by mail.
    pub(super) async fn tell(
        &self,
        transaction: &mut Transaction,
        person: Uuid,
        notice: &Notification,
    ) -> Result<(), ServiceError> {
        let notifications = self.notifications().of_account();
        notifications.send_in(transaction, &Recipients::Person(person), notice).await?;
        Ok(())
    }

    /// The same where a letter tells it by mail.
    pub(super) async fn tell_on_pages(
        &self,
        transaction: &mut Transaction,
        person: Uuid,
        notice: &Notification,
    ) -> Result<(), ServiceError> {
        let notifications = self.notifications().of_account().without_mail();
        notifications.send_in(transaction, &Recipients::Person(person), notice).await?;
        Ok(())
    }
}

/// A passkey was added, or removed.
pub(super) fn passkey_added(name: &str) -> Notification {
    passkey("A passkey was added", format!("“{name}” signs you in now."))
}

pub(super) fn passkey_removed(name: &str) -> Notification {
    passkey("A passkey was removed", format!("“{name}” no longer signs you in."))
}

fn passkey(title: &str, what: String) -> Notification {
    let text = format!(
        "{what} If it was not you, change your password, sign out all other browsers and look \
         through your passkeys."
    );
    notice(Severity::Warning, title, text, ACCOUNT)
}

/// How a password became another one by its person's doing, or by whoever acts as them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PasswordChange {
    /// By the password before.
    Own,
    /// By a mailed link.
    Link,
    /// At sign-in, in place of a one-time password.
    OneTime,
}

impl PasswordChange {
    /// As it is told.
    pub(super) fn told(self) -> Notification {
        let (title, ended) = match self {
            Self::Own => ("Your password was changed", "All other browsers were signed out. "),
            Self::Link => {
                ("Your password was changed by a mailed link", "All browsers were signed out. ")
            }
            Self::OneTime => ("Your one-time password was replaced by a new password", ""),
        };
        let text = format!(
            "{ended}API tokens keep working. If it was not you, choose another at once, by \
             “Forgot password?” on the sign-in page or with the help of an administrator, and \
             look through your passkeys and tokens."
        );
        notice(Severity::Warning, title, text, ACCOUNT)
    }
}
