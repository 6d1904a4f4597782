//! What people are told about comments.

use crate::{
    domain::{
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
    },
    server::{foundation::error::ServiceError, postgres::Transaction},
};
use uuid::Uuid;

/// For names that nobody may know any more.
const SOMEBODY: &str = "Somebody";

/// The conversation that something is said about.
pub(super) struct About {
    pub author: Option<Uuid>,
    public_id: String,
    title: String,
}

impl About {
    /// In a transaction of the system.
    pub async fn read(transaction: &mut Transaction, id: Uuid) -> Result<Self, ServiceError> {
        sqlx::query_as!(
            Self,
            "SELECT created_by AS author, public_id, title FROM conversations WHERE id = $1",
            id
        )
        .fetch_optional(&mut **transaction)
        .await?
        .ok_or(ServiceError::NotFound("This conversation"))
    }
}

/// That somebody mentioned them.
pub(super) fn mentioned(
    about: &About,
    who: Option<String>,
    comment: Uuid,
    turn: Option<i32>,
    text: &str,
) -> Notification {
    notice(about, who, "mentioned you", turn, text, format!("comment:{comment}"))
}

/// That somebody said something about their conversation.
pub(super) fn said(
    about: &About,
    who: Option<String>,
    comment: Uuid,
    turn: Option<i32>,
    text: &str,
) -> Notification {
    let did = "commented on your conversation";
    notice(about, who, did, turn, text, format!("comment:{comment}"))
}

/// That somebody removed what they said.
pub(super) fn removed(
    about: &About,
    who: Option<String>,
    comment: Uuid,
    turn: Option<i32>,
    text: &str,
) -> Notification {
    let did = "removed your comment";
    notice(about, who, did, turn, text, format!("comment-removed:{comment}"))
}

fn notice(
    about: &About,
    who: Option<String>,
    did: &str,
    turn: Option<i32>,
    text: &str,
    dedupe_key: String,
) -> Notification {
    let who = who.unwrap_or_else(|| SOMEBODY.into());
    let place = turn.map(|turn| format!("#turn-{turn}")).unwrap_or_default();
    Notification {
        category: Category::ApprovalRequired,
        severity: Severity::Info,
        title: format!("{who} {did}: {}", about.title),
        text: format!("“{text}”"),
        link: LocalPath::parse(&format!("/conversations/{}{place}", about.public_id)),
        dedupe_key,
    }
}
