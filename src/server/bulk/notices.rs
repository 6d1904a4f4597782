//! What people are told of jobs.

use crate::domain::{
    bulk::BulkAction,
    local_path::LocalPath,
    money::grouped,
    notifications::{Category, Notification, Severity},
    reviews::Decision,
};
use uuid::Uuid;

/// A job that has ended, or undoing one.
#[derive(Clone, Copy)]
pub(super) struct Done<'a> {
    pub id: Uuid,
    pub action: &'a BulkAction,
    pub undoes: bool,
}

fn some(count: i64) -> String {
    match count {
        1 => "one of your conversations".into(),
        count => format!("{} of your conversations", grouped(&count.to_string())),
    }
}

/// What was done, between a name and what it was done to.
fn verb(action: &BulkAction) -> &'static str {
    match action {
        BulkAction::Decide { decision: Decision::Approved, .. } => "approved",
        BulkAction::Decide { decision: Decision::Rejected, .. } => "rejected",
        BulkAction::Decide { decision: Decision::NeedsRevision, .. } => "asked for a revision of",
        BulkAction::Tag { .. } => "changed the tags of",
        BulkAction::Archive {} => "archived",
        BulkAction::Unarchive {} => "brought back",
        BulkAction::Rerate {} => "rated again",
        BulkAction::Delete {} => "deleted",
        BulkAction::Revise { .. } => "asked Claude to revise",
    }
}

/// For an author: what somebody else did to theirs, once for each job.
pub(super) fn changed(done: Done<'_>, who: &str, count: i64) -> Notification {
    let some = some(count);
    let title = if done.undoes {
        format!("{who} took a change of {some} back")
    } else {
        format!("{who} {} {some}", verb(done.action))
    };
    let text = match done.action {
        BulkAction::Delete {} if !done.undoes => {
            "They are kept for 30 days; until then, deleting can be undone."
        }
        _ => "The history of each conversation says what became of it.",
    };
    notice(done, Category::ApprovalRequired, Severity::Info, title, text.into(), "authors")
}

/// For whoever started a job that somebody else undid.
pub(super) fn undone_for_starter(done: Done<'_>, who: String, restored: i32) -> Notification {
    let title = format!("{who} undid your job: {}", done.action.label());
    let text = format!("Conversations brought back: {}.", grouped(&restored.to_string()));
    notice(done, Category::ApprovalRequired, Severity::Info, title, text, "starter")
}

/// For whoever wanted it: that it did not come to its end.
pub(super) fn failed(done: Done<'_>, why: &str) -> Notification {
    let title = format!("A job ended early: {}", done.action.label());
    notice(done, Category::Errors, Severity::Error, title, why.to_owned(), "failed")
}

fn notice(
    done: Done<'_>,
    category: Category,
    severity: Severity,
    title: String,
    text: String,
    whose: &str,
) -> Notification {
    let what = if done.undoes { "undone" } else { "done" };
    Notification {
        category,
        severity,
        title,
        text,
        link: LocalPath::parse("/conversations"),
        dedupe_key: format!("bulk:{}:{what}:{whose}", done.id),
    }
}
