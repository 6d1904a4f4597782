//! What people are told of what administrators did to their accounts.

use crate::{
    domain::{
        admin::ONE_TIME_HOURS,
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
    },
    server::{notifications::ACCOUNT_KEY, organizations::notices::Party},
};
use uuid::Uuid;

const ACCOUNT: &str = "/settings/account";

/// Each is told, however often the same is done.
fn notice(severity: Severity, title: &str, text: String, link: &str) -> Notification {
    Notification {
        category: Category::SystemAlerts,
        severity,
        title: title.to_owned(),
        text,
        link: LocalPath::parse(link),
        dedupe_key: format!("{ACCOUNT_KEY}{}", Uuid::new_v4()),
    }
}

pub(super) fn disabled(by: &Party) -> Notification {
    let text = format!(
        "{} disabled it. You cannot sign in, and your API tokens do not work, until an \
         administrator enables it again. What you made is kept.",
        by.who()
    );
    notice(Severity::Warning, "Your account was disabled", text, ACCOUNT)
}

pub(super) fn enabled(by: &Party) -> Notification {
    let text = format!("{} enabled it. You can sign in, and your API tokens work again.", by.who());
    notice(Severity::Success, "Your account is enabled again", text, ACCOUNT)
}

pub(super) fn promoted(by: &Party) -> Notification {
    let text = format!("{} made you an administrator of this installation.", by.who());
    notice(Severity::Info, "You are an administrator now", text, "/admin/overview")
}

pub(super) fn demoted(by: &Party) -> Notification {
    let text = format!(
        "{} took the role away. Your account, your organization and what you made stay as they \
         are.",
        by.who()
    );
    notice(Severity::Info, "You are no longer an administrator", text, ACCOUNT)
}

pub(super) fn password_reset(by: &Party) -> Notification {
    let text = format!(
        "{} made a one-time password for you and ended your sessions. Ask them for it; it holds \
         for {ONE_TIME_HOURS} hours, and with it you choose your own.",
        by.who()
    );
    notice(Severity::Warning, "Your password was reset", text, ACCOUNT)
}
