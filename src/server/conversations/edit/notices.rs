//! What authors are told when somebody else changes their conversation.

use super::Standing;
use crate::domain::{
    conversations::ReviewAction,
    local_path::LocalPath,
    notifications::{Category, Notification, Severity},
};
use uuid::Uuid;

/// For names that nobody may know any more.
pub const SOMEBODY: &str = "Somebody";

/// That somebody saved a version, once for each.
pub fn edited(
    id: Uuid,
    about: &Standing,
    who: Option<String>,
    version: i32,
    reason: Option<&str>,
) -> Notification {
    let title = format!("{} edited your conversation: {}", called(who), about.content.title);
    let text = match reason {
        Some(reason) => format!("“{reason}”"),
        None => format!("It has {version} versions now. Its id is {}.", about.public_id),
    };
    notice(about, title, text, format!("edited:{id}:{version}"))
}

/// That somebody archived it or brought it back: `entry` is the line of what became of it.
pub fn moved(
    entry: Uuid,
    about: &Standing,
    who: Option<String>,
    action: ReviewAction,
) -> Notification {
    let (who, name) = (called(who), &about.content.title);
    let title = match action {
        ReviewAction::Archived => format!("{who} archived your conversation: {name}"),
        _ => format!("{who} brought your conversation back: {name}"),
    };
    notice(about, title, format!("Its id is {}.", about.public_id), format!("moved:{entry}"))
}

fn called(who: Option<String>) -> String {
    who.unwrap_or_else(|| SOMEBODY.into())
}

fn notice(about: &Standing, title: String, text: String, dedupe_key: String) -> Notification {
    Notification {
        category: Category::ApprovalRequired,
        severity: Severity::Info,
        title,
        text,
        link: LocalPath::parse(&format!("/conversations/{}", about.public_id)),
        dedupe_key,
    }
}
