use super::*;
use crate::domain::reviews::Decision;

const ANN: Uuid = Uuid::from_u128(1);
const BOB: Uuid = Uuid::from_u128(2);

fn standing(status: Status) -> Standing {
    let stand = Stand {
        status,
        is_decided: false,
        archived_from: (status == Status::Archived).then_some(Status::Approved),
        approved_by: None,
        approved_at: None,
        deleted_at: None,
        version: 3,
        categories: Some(vec!["a".into(), "b".into()]),
    };
    Standing {
        id: Uuid::nil(),
        stand,
        is_trainable: true,
        is_claimed: false,
        has_turns: true,
        score_tenths: 95,
        author: Some(BOB),
        organization: None,
    }
}

fn judged(action: &BulkAction, standing: &Standing) -> Result<Stand, SkipReason> {
    let thresholds = usual();
    let now = DateTime::UNIX_EPOCH;
    judge(action, standing, By { person: ANN, now, thresholds: &thresholds })
}

fn decide(decision: Decision) -> BulkAction {
    BulkAction::Decide { decision, comment: None }
}

fn tag(add: &[&str], remove: &[&str]) -> BulkAction {
    let own = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
    BulkAction::Tag { add: own(add), remove: own(remove) }
}

#[test]
fn what_no_trainer_takes_is_never_approved() {
    let bad = Standing { is_trainable: false, ..standing(Status::PendingReview) };
    assert_eq!(judged(&decide(Decision::Approved), &bad), Err(SkipReason::Untrainable));
    assert_eq!(judged(&decide(Decision::Rejected), &bad).unwrap().status, Status::Rejected);
    assert_eq!(judged(&BulkAction::Rerate {}, &bad), Err(SkipReason::Unchanged));
    let kept = Standing { is_trainable: false, ..standing(Status::Archived) };
    assert_eq!(judged(&BulkAction::Unarchive {}, &kept).unwrap().status, Status::PendingReview);
}

#[test]
fn what_somebody_reviews_or_archived_is_left_alone() {
    let claimed = Standing { is_claimed: true, ..standing(Status::PendingReview) };
    let archived = standing(Status::Archived);
    let all = [decide(Decision::Approved), tag(&["c"], &[]), BulkAction::Rerate {}];
    for action in all {
        assert_eq!(judged(&action, &claimed), Err(SkipReason::Claimed), "{action:?}");
        assert_eq!(judged(&action, &archived), Err(SkipReason::Archived), "{action:?}");
    }
    for action in [BulkAction::Archive {}, BulkAction::Delete {}] {
        assert_eq!(judged(&action, &claimed), Err(SkipReason::Claimed), "{action:?}");
    }
    assert_eq!(judged(&BulkAction::Archive {}, &archived), Err(SkipReason::Unchanged));
    let deleted = judged(&BulkAction::Delete {}, &archived).unwrap();
    assert_eq!(deleted.archived_from, Some(Status::Approved));
    assert!(deleted.deleted_at.is_some());
}

#[test]
fn tags_are_added_and_removed_in_their_order() {
    let own = standing(Status::Draft);
    let after = judged(&tag(&["c", "a"], &["b"]), &own).unwrap();
    assert_eq!(after.categories, Some(vec!["a".into(), "c".into()]));
    assert_eq!(after.version, 4);
    assert_eq!(judged(&tag(&["a"], &["z"]), &own), Err(SkipReason::Unchanged));
    let many: Vec<_> = (0..19).map(|number| number.to_string()).collect();
    let many = BulkAction::Tag { add: many, remove: Vec::new() };
    assert_eq!(judged(&many, &own), Err(SkipReason::TooManyTags));
}

#[test]
fn a_decision_says_who_approved_and_one_that_stands_is_none() {
    let after = judged(&decide(Decision::Approved), &standing(Status::Approved)).unwrap();
    assert_eq!((after.is_decided, after.approved_by), (true, Some(ANN)), "a machine had");
    let mut decided = standing(Status::Approved);
    decided.stand.is_decided = true;
    assert_eq!(judged(&decide(Decision::Approved), &decided), Err(SkipReason::Unchanged));
    assert_eq!(judged(&BulkAction::Rerate {}, &decided), Err(SkipReason::Decided));
    let empty = Standing { has_turns: false, ..standing(Status::Draft) };
    assert_eq!(judged(&decide(Decision::Rejected), &empty), Err(SkipReason::Empty));
    let unscored = Standing { score_tenths: -1, ..standing(Status::Generated) };
    assert_eq!(judged(&BulkAction::Rerate {}, &unscored), Err(SkipReason::Empty));
}

#[test]
fn history_has_an_entry_for_what_changed_a_status() {
    let (draft, archived) = (standing(Status::Draft).stand, standing(Status::Archived).stand);
    let delete = BulkAction::Delete {};
    assert_eq!(entry(&delete, &draft, &archived), Some(ReviewAction::Archived));
    assert_eq!(entry(&delete, &archived, &archived), None);
    assert_eq!(entry_back(&delete, &archived, &draft), Some(ReviewAction::Restored));
    let decide = decide(Decision::Rejected);
    assert_eq!(entry_back(&decide, &draft, &draft), Some(ReviewAction::Undone));
}
