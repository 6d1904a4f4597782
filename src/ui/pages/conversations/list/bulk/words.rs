//! What a job does and did, in sentences.

use crate::{
    api::error::ApiError,
    domain::{
        bulk::{BulkAction, BulkJobView, BulkState, SkipReason},
        money::grouped,
        reviews::Decision,
    },
};

/// How an action is told: what will be done, is being done and was done to so many, and what
/// stands behind them.
struct Words {
    will: &'static str,
    doing: &'static str,
    did: &'static str,
    behind: &'static str,
}

fn words(action: &BulkAction) -> Words {
    let (will, doing, did, behind) = match action {
        BulkAction::Decide { decision, .. } => match decision {
            Decision::Approved => ("Approve", "Approving", "Approved", ""),
            Decision::Rejected => ("Reject", "Rejecting", "Rejected", ""),
            Decision::NeedsRevision => ("Mark", "Marking", "Marked", " for revision"),
        },
        BulkAction::Tag { .. } => {
            ("Change the tags of", "Changing the tags of", "Changed the tags of", "")
        }
        BulkAction::Archive {} => ("Archive", "Archiving", "Archived", ""),
        BulkAction::Unarchive {} => ("Bring back", "Bringing back", "Brought back", ""),
        BulkAction::Rerate {} => ("Rate", "Rating", "Rated", " again"),
        BulkAction::Delete {} => ("Delete", "Deleting", "Deleted", ""),
        BulkAction::Revise { .. } => {
            ("Ask Claude to revise", "Asking Claude to revise", "Asked Claude to revise", "")
        }
    };
    Words { will, doing, did, behind }
}

pub fn number(count: i64) -> String {
    grouped(&count.to_string())
}

fn conversations(count: i64) -> String {
    let what = if count == 1 { "conversation" } else { "conversations" };
    format!("{} {what}", number(count))
}

/// "Approve 12 conversations", on the button that does it.
pub fn will(action: &BulkAction, count: i64) -> String {
    let Words { will, behind, .. } = words(action);
    format!("{will} {}{behind}", conversations(count))
}

/// What a prepared job is going to do, and what it leaves alone.
pub fn prepared(job: &BulkJobView) -> Vec<String> {
    let first = match job.changed {
        0 => "Nothing would change.".to_owned(),
        count => format!("{}.", will(&job.action, count)),
    };
    let mut sentences = vec![first];
    sentences.extend(left_alone(job, false));
    match &job.action {
        BulkAction::Delete {} if job.changed > 0 => {
            sentences.push("They are kept for 30 days. Until then it can be undone.".to_owned());
        }
        BulkAction::Revise { .. } if job.changed > 0 => {
            sentences.push("What Claude proposes waits until somebody accepts it.".to_owned());
        }
        _ => {}
    }
    if let Some(cost) = job.worst_case {
        sentences.push(format!("It costs at most {cost}."));
    }
    sentences
}

/// What runs: "Archiving", "Undoing".
pub fn running(job: &BulkJobView) -> String {
    let Words { doing, behind, .. } = words(&job.action);
    match job.state {
        BulkState::Undoing => "Undoing the change".to_owned(),
        _ => format!("{doing} conversations{behind}"),
    }
}

/// How far it is: "52,300 of 183,412".
pub fn progress(job: &BulkJobView) -> String {
    let skipped: i64 = job.skipped.iter().map(|own| own.count).sum();
    let (done, of) = match job.state {
        BulkState::Queued => return "waiting".to_owned(),
        BulkState::Undoing | BulkState::Undone => (job.restored + job.kept, job.changed),
        _ => (job.changed + skipped + job.failed, job.total),
    };
    format!("{} of {}", number(done), number(of))
}

/// What came of it.
pub fn ended(job: &BulkJobView) -> Vec<String> {
    if job.state == BulkState::Undone {
        let mut sentences = vec![match job.restored {
            0 => "Nothing was brought back.".to_owned(),
            1 => "Undone: 1 conversation is as it was before.".to_owned(),
            count => format!("Undone: {} are as they were before.", conversations(count)),
        }];
        sentences.extend(match job.kept {
            0 => None,
            1 => Some("1 was changed since and stays.".to_owned()),
            count => Some(format!("{} were changed since and stay.", number(count))),
        });
        return sentences;
    }
    let Words { did, behind, .. } = words(&job.action);
    let mut sentences = vec![match job.changed {
        0 => "Nothing was changed.".to_owned(),
        count => format!("{did} {}{behind}.", conversations(count)),
    }];
    match job.state {
        BulkState::Cancelled => sentences.insert(0, "Stopped.".to_owned()),
        BulkState::Failed => {
            let why = job.error.clone();
            sentences.insert(0, why.unwrap_or_else(|| "It could not be finished.".to_owned()));
        }
        _ => {}
    }
    sentences.extend(left_alone(job, true));
    sentences.extend(match job.failed {
        0 => None,
        count => Some(format!("{} could not be changed.", number(count))),
    });
    sentences
}

fn left_alone(job: &BulkJobView, is_past: bool) -> Vec<String> {
    let sentence = |count: i64, reason: SkipReason| match (count, is_past) {
        (1, false) => format!("1 is left alone: {}.", of_one(reason)),
        (1, true) => format!("1 was left alone: {}.", of_one(reason)),
        (_, false) => format!("{} are left alone: {}.", number(count), reason.label()),
        (_, true) => format!("{} were left alone: {}.", number(count), reason.label()),
    };
    let some = job.skipped.iter().filter(|own| own.count > 0);
    some.map(|own| sentence(own.count, own.reason)).collect()
}

/// The reason as it is told of a single one.
const fn of_one(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::Untrainable => "no trainer takes it",
        SkipReason::Unchanged => "it is that way already",
        SkipReason::Archived => "it is archived",
        SkipReason::Decided => "a person decided about it",
        SkipReason::Empty => "there is nothing to decide about",
        SkipReason::TooManyTags => "it would have more than 20 tags",
        SkipReason::Gone => "it is gone",
        SkipReason::Claimed => "somebody is reviewing it",
    }
}

/// Why something was refused, with what an operator finds it by.
pub fn refusal(error: ApiError) -> String {
    let ApiError { error, request_id, .. } = error;
    if request_id.is_empty() { error } else { format!("{error} (Request {request_id})") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{bulk::Skipped, money::Money};
    use uuid::Uuid;

    fn job(action: BulkAction, state: BulkState, changed: i64) -> BulkJobView {
        BulkJobView {
            id: Uuid::nil(),
            action,
            query: None,
            state,
            total: 183_412,
            changed,
            skipped: Vec::new(),
            failed: 0,
            restored: 0,
            kept: 0,
            error: None,
            worst_case: None,
            can_undo: false,
            can_stop: false,
            created_by: None,
            author_name: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
            finished_at: None,
        }
    }

    #[test]
    fn a_prepared_job_says_what_it_will_do_and_leave_alone() {
        let approve = BulkAction::Decide { decision: Decision::Approved, comment: None };
        let mut own = job(approve, BulkState::Prepared, 183_400);
        own.skipped = vec![
            Skipped { reason: SkipReason::Untrainable, count: 12 },
            Skipped { reason: SkipReason::Claimed, count: 1 },
            Skipped { reason: SkipReason::Gone, count: 0 },
        ];
        let told = [
            "Approve 183,400 conversations.",
            "12 are left alone: no trainer takes them.",
            "1 is left alone: somebody is reviewing it.",
        ];
        assert_eq!(prepared(&own), told);
        own.changed = 0;
        assert_eq!(prepared(&own)[0], "Nothing would change.");
        let delete = job(BulkAction::Delete {}, BulkState::Prepared, 1);
        assert_eq!(prepared(&delete)[0], "Delete 1 conversation.");
        let revise = BulkAction::Revise { instruction: "Shorter".into() };
        let revise = BulkJobView {
            worst_case: Some(Money::from_nanos(1_500_000_000)),
            ..job(revise, BulkState::Prepared, 2)
        };
        assert_eq!(prepared(&revise).last().unwrap(), "It costs at most $1.50.");
        let marks = BulkAction::Decide { decision: Decision::NeedsRevision, comment: None };
        assert_eq!(will(&marks, 2), "Mark 2 conversations for revision");
    }

    #[test]
    fn what_runs_and_what_came_of_it_is_told() {
        let mut own = job(BulkAction::Archive {}, BulkState::Running, 52_300);
        assert_eq!(running(&own), "Archiving conversations");
        assert_eq!(progress(&own), "52,300 of 183,412");
        own.state = BulkState::Done;
        own.skipped = vec![Skipped { reason: SkipReason::Claimed, count: 2 }];
        let told =
            ["Archived 52,300 conversations.", "2 were left alone: somebody is reviewing them."];
        assert_eq!(ended(&own), told);
        own.state = BulkState::Cancelled;
        assert_eq!(ended(&own)[..2], ["Stopped.", "Archived 52,300 conversations."]);
        own.state = BulkState::Undone;
        (own.restored, own.kept) = (52_297, 3);
        let told = [
            "Undone: 52,297 conversations are as they were before.",
            "3 were changed since and stay.",
        ];
        assert_eq!(ended(&own), told);
        let failed = BulkJobView {
            error: Some("The budget is used up.".into()),
            ..job(BulkAction::Revise { instruction: "x".into() }, BulkState::Failed, 0)
        };
        assert_eq!(ended(&failed), ["The budget is used up.", "Nothing was changed."]);
    }
}
