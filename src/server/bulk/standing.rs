//! What a job makes of a conversation, or why it leaves it alone.

use crate::{
    domain::{
        bulk::{BulkAction, MOST_TAGS, SkipReason},
        conversations::{ReviewAction, Status},
        generation::quality,
        preferences::{Preferences, values::QualityThresholds},
    },
    server::foundation::error::ServiceError,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

/// A conversation as the database has it.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Row {
    pub id: Uuid,
    pub status: String,
    pub version: i32,
    pub is_decided: bool,
    pub is_trainable: bool,
    pub turn_count: i32,
    pub score_tenths: i16,
    pub archived_from: Option<String>,
    pub approved_by: Option<Uuid>,
    pub approved_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub categories: Vec<String>,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub organization_id: Option<Uuid>,
    /// Somebody else than the person of the job is reviewing it.
    pub is_claimed: bool,
}

/// What jobs change of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stand {
    pub status: Status,
    pub is_decided: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_from: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
    pub version: i32,
    /// Only of jobs that change tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<String>>,
}

/// A conversation as it is judged.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub id: Uuid,
    pub stand: Stand,
    pub is_trainable: bool,
    pub is_claimed: bool,
    pub has_turns: bool,
    pub score_tenths: i16,
    pub author: Option<Uuid>,
    pub organization: Option<Uuid>,
}

impl Standing {
    /// # Errors
    /// When the database holds a status that this version does not know.
    pub fn of(row: Row, action: &BulkAction) -> Result<Self, ServiceError> {
        let parse = |word: &str| word.parse::<Status>().map_err(ServiceError::Internal);
        let categories = matches!(action, BulkAction::Tag { .. }).then_some(row.categories);
        Ok(Self {
            id: row.id,
            stand: Stand {
                status: parse(&row.status)?,
                is_decided: row.is_decided,
                archived_from: row.archived_from.as_deref().map(parse).transpose()?,
                approved_by: row.approved_by,
                approved_at: row.approved_at,
                deleted_at: row.deleted_at,
                version: row.version,
                categories,
            },
            is_trainable: row.is_trainable,
            is_claimed: row.is_claimed,
            has_turns: row.turn_count > 0,
            score_tenths: row.score_tenths,
            author: row.created_by,
            organization: row.organization_id,
        })
    }

    /// Whether a person may change it, who belongs to this organization.
    pub fn is_of(&self, person: Uuid, organization: Option<Uuid>) -> bool {
        self.author == Some(person)
            || (self.organization.is_some() && self.organization == organization)
    }

    /// The status that thresholds give; `None` for what they give none.
    fn rated(&self, thresholds: &QualityThresholds) -> Option<Status> {
        let is_rated = matches!(
            self.stand.status,
            Status::Generated
                | Status::PendingReview
                | Status::Approved
                | Status::Rejected
                | Status::NeedsRevision
        );
        if !is_rated || self.score_tenths < 0 {
            return None;
        }
        match quality::status(f64::from(self.score_tenths) / 10.0, thresholds) {
            Status::Approved if !self.is_trainable => Some(Status::PendingReview),
            status => Some(status),
        }
    }
}

/// The thresholds of those whose author is gone.
pub(super) fn usual() -> QualityThresholds {
    Preferences::default().quality_thresholds
}

/// Who does it, when, and by which thresholds: those of the conversation's author.
#[derive(Clone, Copy, Debug)]
pub(super) struct By<'a> {
    pub person: Uuid,
    pub now: DateTime<Utc>,
    pub thresholds: &'a QualityThresholds,
}

/// How a conversation will stand.
///
/// # Errors
/// Why it is left alone.
pub(super) fn judge(
    action: &BulkAction,
    standing: &Standing,
    by: By<'_>,
) -> Result<Stand, SkipReason> {
    let stand = &standing.stand;
    let is_archived = stand.status == Status::Archived;
    let free = || if standing.is_claimed { Err(SkipReason::Claimed) } else { Ok(()) };
    let editable = || if is_archived { Err(SkipReason::Archived) } else { Ok(()) };
    match action {
        BulkAction::Decide { decision, .. } => {
            editable()?;
            let status = Status::from(*decision);
            if stand.status == Status::Failed || !standing.has_turns {
                return Err(SkipReason::Empty);
            }
            if stand.status == status && stand.is_decided {
                return Err(SkipReason::Unchanged);
            }
            if status == Status::Approved && !standing.is_trainable {
                return Err(SkipReason::Untrainable);
            }
            free()?;
            let approver = (status == Status::Approved).then_some((by.person, by.now));
            Ok(Stand {
                status,
                is_decided: true,
                approved_by: approver.map(|(person, _)| person),
                approved_at: approver.map(|(_, at)| at),
                ..stand.clone()
            })
        }
        BulkAction::Tag { add, remove } => {
            editable()?;
            let own = stand.categories.as_deref().unwrap_or_default();
            let tags = retagged(own, add, remove);
            if tags == own {
                return Err(SkipReason::Unchanged);
            }
            if tags.len() > MOST_TAGS {
                return Err(SkipReason::TooManyTags);
            }
            free()?;
            let version = stand.version.saturating_add(1);
            Ok(Stand { categories: Some(tags), version, ..stand.clone() })
        }
        BulkAction::Archive {} if is_archived => Err(SkipReason::Unchanged),
        BulkAction::Archive {} => free().map(|()| archived(stand)),
        BulkAction::Unarchive {} if !is_archived => Err(SkipReason::Unchanged),
        BulkAction::Unarchive {} => Ok(brought_back(standing)),
        BulkAction::Rerate {} => {
            editable()?;
            if stand.is_decided {
                return Err(SkipReason::Decided);
            }
            let status = standing.rated(by.thresholds).ok_or(SkipReason::Empty)?;
            if status == stand.status {
                return Err(SkipReason::Unchanged);
            }
            free()?;
            let approved_at = (status == Status::Approved).then_some(by.now);
            Ok(Stand { status, approved_by: None, approved_at, ..stand.clone() })
        }
        BulkAction::Delete {} => {
            free()?;
            let stand = if is_archived { stand.clone() } else { archived(stand) };
            Ok(Stand { deleted_at: Some(by.now), ..stand })
        }
        BulkAction::Revise { .. } => {
            editable()?;
            if standing.has_turns { Ok(stand.clone()) } else { Err(SkipReason::Empty) }
        }
    }
}

/// Who approved it and when stays while it is archived.
fn archived(stand: &Stand) -> Stand {
    let archived_from = Some(stand.status);
    Stand { status: Status::Archived, archived_from, ..stand.clone() }
}

fn brought_back(standing: &Standing) -> Stand {
    let stand = &standing.stand;
    let status = stand.archived_from.unwrap_or(Status::PendingReview);
    approvable(Stand { status, archived_from: None, ..stand.clone() }, standing.is_trainable)
}

/// As [`Stand`], but what no trainer takes is only approved if a person did, and only what is
/// approved or archived says who approved it.
pub(super) fn approvable(stand: Stand, is_trainable: bool) -> Stand {
    let status = match stand.status {
        Status::Approved if !is_trainable && !stand.is_decided => Status::PendingReview,
        status => status,
    };
    match status {
        Status::Approved | Status::Archived => Stand { status, ..stand },
        _ => Stand { status, approved_by: None, approved_at: None, ..stand },
    }
}

fn retagged(own: &[String], add: &[String], remove: &[String]) -> Vec<String> {
    let mut tags: Vec<_> = own.iter().filter(|tag| !remove.contains(tag)).cloned().collect();
    for tag in add {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    tags
}

/// How history calls a change of the status; `None` for one that leaves it.
pub(super) fn entry(action: &BulkAction, before: &Stand, after: &Stand) -> Option<ReviewAction> {
    match action {
        BulkAction::Decide { .. } => Some(ReviewAction::Decided),
        _ if before.status == after.status => None,
        BulkAction::Rerate {} => Some(ReviewAction::Rated),
        _ if after.status == Status::Archived => Some(ReviewAction::Archived),
        _ => Some(ReviewAction::Restored),
    }
}

/// How history calls taking that back: of decisions by what it takes back.
pub(super) fn entry_back(
    action: &BulkAction,
    present: &Stand,
    back: &Stand,
) -> Option<ReviewAction> {
    match action {
        BulkAction::Decide { .. } => Some(ReviewAction::Undone),
        _ => entry(action, present, back),
    }
}

#[cfg(test)]
mod tests;
