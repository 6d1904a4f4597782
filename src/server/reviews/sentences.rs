//! What reviewers and authors are told.

use super::Standing;
use crate::{
    domain::{
        conversations::{GateFailure, ReviewAction, Status},
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
        reviews::Decision,
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// For names that nobody may know any more.
const SOMEBODY: &str = "Somebody";

/// What a decision did, after a name.
fn verb(decision: Decision) -> &'static str {
    match decision {
        Decision::Approved => "approved",
        Decision::Rejected => "rejected",
        Decision::NeedsRevision => "asked for a revision of",
    }
}

/// What became of a conversation, after it was read with another version or status.
#[derive(Debug)]
struct Last {
    action: ReviewAction,
    status: Status,
    who: String,
}

/// Says who was first, if that is known: whoever saved the version that stands, or changed the
/// status to what stands.
pub async fn who_was_first(
    transaction: &mut Transaction,
    id: Uuid,
    standing: &Standing,
    read_version: i32,
    person: Uuid,
) -> Result<String, ServiceError> {
    if standing.version != read_version {
        let editor = sqlx::query!(
            r#"SELECT edited_by, public.colleague_name(edited_by) AS name
                 FROM conversation_versions WHERE conversation_id = $1 AND version = $2"#,
            id,
            standing.version
        )
        .fetch_optional(&mut **transaction)
        .await?;
        let (by, name) = editor.map(|row| (row.edited_by, row.name)).unwrap_or_default();
        return Ok(format!("{} edited it meanwhile.", called(by, name, person)));
    }
    let row = sqlx::query!(
        r#"SELECT action, status, reviewer_id, public.colleague_name(reviewer_id) AS name
             FROM conversation_reviews WHERE conversation_id = $1 AND action <> 'opinion'
            ORDER BY sequence DESC LIMIT 1"#,
        id
    )
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(row) = row else { return Ok(meanwhile(None)) };
    let last = Last {
        action: row.action.parse().map_err(ServiceError::Internal)?,
        status: row.status.parse().map_err(ServiceError::Internal)?,
        who: called(row.reviewer_id, row.name, person),
    };
    // A row that says otherwise than what stands does not say why.
    Ok(meanwhile(Some(last).filter(|last| last.status == standing.status)))
}

fn called(id: Option<Uuid>, name: Option<String>, person: Uuid) -> String {
    match id {
        Some(id) if id == person => "You".into(),
        _ => name.unwrap_or_else(|| SOMEBODY.into()),
    }
}

fn meanwhile(last: Option<Last>) -> String {
    let Some(Last { action, status, who }) = last else {
        return "It was changed meanwhile.".into();
    };
    let decision = Decision::ALL.into_iter().find(|decision| Status::from(*decision) == status);
    match (action, decision) {
        (ReviewAction::Decided, Some(decision)) => format!("{who} {} it first.", verb(decision)),
        (ReviewAction::Undone, _) => format!("{who} took a decision back meanwhile."),
        (ReviewAction::Edited, _) => format!("{who} edited it meanwhile."),
        (ReviewAction::Rated, _) => "Thresholds changed its status meanwhile.".into(),
        (ReviewAction::Archived, _) => format!("{who} archived it meanwhile."),
        (ReviewAction::Restored, _) => format!("{who} brought it back meanwhile."),
        _ => "It was changed meanwhile.".into(),
    }
}

/// Why no trainer takes it.
pub fn untrainable(first: &GateFailure) -> String {
    let at = first.turn.map(|turn| format!(", turn {turn}")).unwrap_or_default();
    let rule = first.rule.label();
    format!("No trainer takes this conversation ({rule}{at}); confirm that you approve it.")
}

/// For the author: what somebody decided about their conversation. Once an hour, however often.
pub fn decided(
    id: Uuid,
    about: &Standing,
    who: Option<String>,
    decision: Decision,
    comment: Option<&str>,
    now: DateTime<Utc>,
) -> Notification {
    let who = who.unwrap_or_else(|| SOMEBODY.into());
    let severity = match decision {
        Decision::Approved => Severity::Success,
        Decision::Rejected | Decision::NeedsRevision => Severity::Info,
    };
    let title = format!("{who} {} your conversation: {}", verb(decision), about.title);
    let hour = now.format("%Y-%m-%dT%H");
    notice(about, severity, title, comment, format!("decided:{id}:{hour}"))
}

/// For whoever decided, and for the author: that somebody else took the decision back.
pub fn taken_back(review: Uuid, about: &Standing, who: Option<String>) -> Notification {
    let who = who.unwrap_or_else(|| SOMEBODY.into());
    let title = format!("{who} took a decision back: {}", about.title);
    notice(about, Severity::Info, title, None, format!("taken-back:{review}"))
}

fn notice(
    about: &Standing,
    severity: Severity,
    title: String,
    comment: Option<&str>,
    dedupe_key: String,
) -> Notification {
    let text = comment.map(|comment| format!("“{comment}”"));
    Notification {
        category: Category::ApprovalRequired,
        severity,
        title,
        text: text.unwrap_or_else(|| format!("Its id is {}.", about.public_id)),
        link: LocalPath::parse(&format!("/conversations/{}", about.public_id)),
        dedupe_key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversations::GateRule;

    fn last(action: ReviewAction, status: Status) -> String {
        meanwhile(Some(Last { action, status, who: "Bob".into() }))
    }

    #[test]
    fn whoever_was_first_is_named() {
        assert_eq!(last(ReviewAction::Decided, Status::Approved), "Bob approved it first.");
        assert_eq!(
            last(ReviewAction::Decided, Status::NeedsRevision),
            "Bob asked for a revision of it first."
        );
        for action in ReviewAction::ALL {
            assert!(last(action, Status::PendingReview).ends_with('.'), "{action}");
        }
        assert_eq!(meanwhile(None), "It was changed meanwhile.");
        let ann = Uuid::from_u128(1);
        assert_eq!(called(Some(ann), Some("Ann".into()), ann), "You");
        assert_eq!(called(Some(ann), None, Uuid::nil()), "Somebody");
    }

    #[test]
    fn the_first_rule_that_is_broken_is_named_with_its_turn() {
        let failure = GateFailure { rule: GateRule::EmptyTurn, turn: Some(3) };
        assert_eq!(
            untrainable(&failure),
            "No trainer takes this conversation (Empty turn, turn 3); confirm that you approve it."
        );
        let whole = GateFailure { rule: GateRule::CutOff, turn: None };
        assert!(untrainable(&whole).contains("(Cut off by the model)"));
    }
}
