//! Bulk jobs: one change of many conversations.

use super::{
    conversations::{BETWEEN, MAX_COMMENT, MAX_INSTRUCTIONS},
    field_error::{FieldError, FieldErrors},
    reviews::Decision,
    words::words,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The most conversations that one job takes one by one, without filters.
pub const MOST_NAMED: usize = 1000;
/// For how long what was deleted is kept, in days: until then it can be undone.
pub const DELETED_DAYS: i32 = 30;
/// The most tags that a job adds or removes.
pub const MOST_TAGS: usize = 20;
/// Characters of a tag, as of those that are edited one by one.
const LONGEST_TAG: usize = 60;

/// What is done with each conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[serde(deny_unknown_fields)]
pub enum BulkAction {
    /// Decides about them. Approving skips what no trainer takes.
    Decide {
        decision: Decision,
        /// At most 4000 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// Adds and removes tags.
    Tag {
        #[serde(default)]
        add: Vec<String>,
        #[serde(default)]
        remove: Vec<String>,
    },
    Archive {},
    /// Brings archived ones back.
    Unarchive {},
    /// Gives them the status that the present thresholds of their authors say; skips what a person
    /// decided.
    Rerate {},
    /// Removes them; they are kept for 30 days, so that it can be undone.
    Delete {},
    /// Asks Claude to revise each; what it proposes waits to be accepted.
    Revise {
        /// 1–4000 characters.
        instruction: String,
    },
}

impl BulkAction {
    /// What people call it.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Decide { decision, .. } => decision.label(),
            Self::Tag { .. } => "Change tags",
            Self::Archive {} => "Archive",
            Self::Unarchive {} => "Bring back",
            Self::Rerate {} => "Rate again",
            Self::Delete {} => "Delete",
            Self::Revise { .. } => "Revise with Claude",
        }
    }

    /// Whether undoing it brings something back. What Claude proposed is dropped by hand.
    pub fn is_undoable(&self) -> bool {
        !matches!(self, Self::Revise { .. })
    }

    /// The action as it is stored: texts trimmed, tags each once.
    ///
    /// # Errors
    /// What is wrong with it, by its field.
    pub fn check(self) -> Result<Self, Vec<FieldError>> {
        let mut errors = FieldErrors::default();
        let action = match self {
            Self::Decide { decision, comment } => {
                let comment = comment.map(|text| text.trim().to_owned());
                let comment = comment.filter(|text| !text.is_empty());
                let text = comment.as_deref().unwrap_or_default();
                check_text(&mut errors, "action.comment", "The comment", text, MAX_COMMENT);
                Self::Decide { decision, comment }
            }
            Self::Tag { add, remove } => {
                let (add, remove) = (trimmed(&add), trimmed(&remove));
                for (path, tags) in [("action.add", &add), ("action.remove", &remove)] {
                    if tags.len() > MOST_TAGS {
                        errors.add(path, format!("At most {MOST_TAGS} tags."));
                    }
                    for tag in tags {
                        check_text(&mut errors, path, "A tag", tag, LONGEST_TAG);
                        if tag.contains(BETWEEN) {
                            errors.add(path, format!("A tag must not contain “{BETWEEN}”."));
                        }
                    }
                }
                if add.is_empty() && remove.is_empty() {
                    errors.add("action.add", "Name a tag to add or to remove.");
                }
                if let Some(both) = add.iter().find(|tag| remove.contains(tag)) {
                    errors.add("action.remove", format!("“{both}” is added as well."));
                }
                Self::Tag { add, remove }
            }
            Self::Revise { instruction } => {
                let instruction = instruction.trim().to_owned();
                let (path, what) = ("action.instruction", "The instruction");
                if instruction.is_empty() {
                    errors.add(path, "Say what Claude should change.");
                }
                check_text(&mut errors, path, what, &instruction, MAX_INSTRUCTIONS);
                Self::Revise { instruction }
            }
            simple
            @ (Self::Archive {} | Self::Unarchive {} | Self::Rerate {} | Self::Delete {}) => simple,
        };
        errors.finish(Some(action))
    }
}

fn trimmed(tags: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
        if kept.iter().all(|own| own != tag) {
            kept.push(tag.to_owned());
        }
    }
    kept
}

fn check_text(errors: &mut FieldErrors, path: &str, what: &str, text: &str, most: usize) {
    let length = text.chars().count();
    if length > most {
        errors.add(path, format!("{what} must have at most {most} characters, but has {length}."));
    } else if text.chars().any(|letter| letter.is_control() && !"\n\r\t".contains(letter)) {
        errors.add(path, format!("{what} must have no control characters."));
    }
}

words! {
    /// Where a job stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    pub enum BulkState: "The state" {
        /// Frozen, and shown to whoever confirms it. Forgotten after an hour.
        Prepared => "prepared", "Prepared";
        Queued => "queued", "Waiting";
        Running => "running", "Running";
        /// Stopped by a person; what was done until then stays, and can be undone.
        Cancelled => "cancelled", "Stopped";
        Done => "done", "Done";
        Failed => "failed", "Failed";
        Undoing => "undoing", "Undoing";
        Undone => "undone", "Undone";
    }
}

impl BulkState {
    /// Whether a server works on it, or will.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Undoing)
    }
}

words! {
    /// Why a job leaves a conversation alone.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
    #[derive(PartialOrd, Ord)]
    pub enum SkipReason: "The reason" {
        /// Approving: no trainer takes it.
        Untrainable => "untrainable", "no trainer takes them";
        /// It is that way already.
        Unchanged => "unchanged", "they are that way already";
        Archived => "archived", "they are archived";
        /// Rating again: a person decided.
        Decided => "decided", "a person decided about them";
        /// It has no turns or no score: nothing to decide or to rate.
        Empty => "empty", "there is nothing to decide about";
        /// It would have more than 20 tags.
        TooManyTags => "too_many_tags", "they would have more than 20 tags";
        /// Gone since it was prepared, or the person may not change it any more.
        Gone => "gone", "they are gone";
        /// Somebody is reviewing it at the moment.
        Claimed => "claimed", "somebody is reviewing them";
    }
}

/// How many a job leaves alone, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Skipped {
    pub reason: SkipReason,
    #[schema(example = 12)]
    pub count: i64,
}

/// A job as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkJobView {
    pub id: Uuid,
    pub action: BulkAction,
    /// The filters that it was prepared from, as an address has them.
    pub query: Option<String>,
    pub state: BulkState,
    /// How many conversations it has.
    #[schema(example = 183_412)]
    pub total: i64,
    /// How many it changed; of a prepared one, how many it will.
    pub changed: i64,
    /// How many it left alone, or will.
    pub skipped: Vec<Skipped>,
    /// How many could not be changed.
    pub failed: i64,
    /// How many undoing brought back.
    pub restored: i64,
    /// How many undoing left alone because somebody changed them since.
    pub kept: i64,
    /// Why it failed.
    pub error: Option<String>,
    /// Of a prepared `revise`: the most that it can cost, in nano-US-dollars.
    pub worst_case: Option<super::money::Money>,
    /// The caller may undo it now.
    pub can_undo: bool,
    /// The caller may stop it now.
    pub can_stop: bool,
    /// Absent when the account is gone.
    pub created_by: Option<Uuid>,
    pub author_name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl BulkJobView {
    /// How much of it is done, in percent.
    pub fn percent(&self) -> u8 {
        let skipped: i64 = self.skipped.iter().map(|own| own.count).sum();
        let done = match self.state {
            BulkState::Prepared | BulkState::Queued => 0,
            BulkState::Undoing | BulkState::Undone => self.restored + self.kept,
            _ => self.changed + skipped + self.failed,
        };
        let of = match self.state {
            BulkState::Undoing | BulkState::Undone => self.changed,
            _ => self.total,
        };
        u8::try_from((done * 100).checked_div(of).unwrap_or(100).clamp(0, 100)).unwrap_or(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_checked_and_trimmed() {
        let tag = |add: &[&str], remove: &[&str]| {
            let own = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
            BulkAction::Tag { add: own(add), remove: own(remove) }
        };
        assert_eq!(tag(&[" a", "a ", ""], &["b"]).check(), Ok(tag(&["a"], &["b"])));
        let path = |action: BulkAction| action.check().unwrap_err()[0].path.clone();
        assert_eq!(path(tag(&[], &[])), "action.add");
        assert_eq!(path(tag(&[], &["two; three"])), "action.remove");
        assert_eq!(path(tag(&["a"], &["a"])), "action.remove");
        assert_eq!(path(BulkAction::Revise { instruction: " ".into() }), "action.instruction");
        let comment = Some("x".repeat(MAX_COMMENT + 1));
        let decide = BulkAction::Decide { decision: Decision::Rejected, comment };
        assert_eq!(path(decide), "action.comment");
        let decide = BulkAction::Decide { decision: Decision::Approved, comment: Some(" ".into()) };
        let kept = BulkAction::Decide { decision: Decision::Approved, comment: None };
        assert_eq!(decide.check(), Ok(kept));
    }

    #[test]
    fn actions_have_their_kind_on_the_wire() {
        let action = BulkAction::Decide { decision: Decision::NeedsRevision, comment: None };
        let json = serde_json::json!({"kind": "decide", "decision": "needs_revision"});
        assert_eq!(serde_json::to_value(&action).unwrap(), json);
        assert_eq!(serde_json::from_value::<BulkAction>(json).unwrap(), action);
        let archive: BulkAction = serde_json::from_str(r#"{"kind":"archive"}"#).unwrap();
        assert_eq!(archive, BulkAction::Archive {});
    }
}
