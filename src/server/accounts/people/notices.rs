//! What people are told of what administrators, and operators by command, did to their accounts.

use crate::{
    domain::{
        admin::ONE_TIME_HOURS,
        notifications::{Notification, Severity},
    },
    server::accounts::notices::{ACCOUNT, notice},
};

/// Who did it, of what is done by command.
pub const OPERATOR: &str = "An operator of this installation";

pub fn disabled(by: &str) -> Notification {
    let text = format!(
        "{by} disabled it. You cannot sign in, and your API tokens do not work, until an \
         administrator enables it again. What you made is kept."
    );
    notice(Severity::Warning, "Your account was disabled", text, ACCOUNT)
}

pub fn enabled(by: &str) -> Notification {
    let text = format!("{by} enabled it. You can sign in, and your API tokens work again.");
    notice(Severity::Success, "Your account is enabled again", text, ACCOUNT)
}

pub fn promoted(by: &str) -> Notification {
    let text = format!("{by} made you an administrator of this installation.");
    notice(Severity::Info, "You are an administrator now", text, "/admin/overview")
}

pub fn demoted(by: &str) -> Notification {
    let text = format!(
        "{by} took the role away. Your account, your organization and what you made stay as they \
         are."
    );
    notice(Severity::Info, "You are no longer an administrator", text, ACCOUNT)
}

/// By a one-time password.
pub fn password_reset(by: &str) -> Notification {
    let text = format!(
        "{by} made a one-time password for you and ended your sessions. Ask them for it; it holds \
         for {ONE_TIME_HOURS} hours, and with it you choose your own."
    );
    notice(Severity::Warning, "Your password was reset", text, ACCOUNT)
}

/// By another password, which stays until the person changes it.
pub fn password_replaced(by: &str) -> Notification {
    let text = format!(
        "{by} gave you another one and ended your sessions. Ask them for it, and choose your own."
    );
    notice(Severity::Warning, "Your password was reset", text, ACCOUNT)
}
