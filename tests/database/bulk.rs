//! Bulk jobs: what was frozen is changed and nothing else, and comes back as it was.

mod at_once;
mod team;

use crate::support::texts;
use serde_json::json;
use team::{ALL, Team, all, assert_conflict, decide, request, service, skipped, tag};
use train::{
    api::bulk::BulkJobRequest,
    domain::{
        bulk::{BulkAction, BulkState, SkipReason},
        reviews::Decision,
    },
    server::foundation::error::ServiceError,
};

#[tokio::test(flavor = "multi_thread")]
async fn each_action_does_what_it_said_and_comes_back_to_the_same_rows() {
    let team = Team::new().await;
    team.fill(team.bob, Some(team.id), 400).await;
    team.fill(team.dan, None, 40).await;
    let actions = [
        (decide(Decision::Approved), ""),
        (decide(Decision::Rejected), ""),
        (BulkAction::Archive {}, ""),
        (BulkAction::Unarchive {}, ""),
        (BulkAction::Rerate {}, ""),
        (BulkAction::Delete {}, ""),
        (tag("new"), "version"),
    ];
    for (action, without) in actions {
        let before = team.rows(without).await;
        let foreign = format!("created_by = '{}'", team.dan);
        let theirs = team.ids(&foreign).await;
        let prepared = team.prepare(team.ann, action.clone(), ALL).await;
        assert_eq!((prepared.total, all(&prepared)), (400, 400), "{action:?}");
        assert!(prepared.changed > 0, "{action:?}");
        assert_eq!(team.rows(without).await, before, "nothing changes yet");
        let done = team.run(team.ann, prepared.id).await;
        assert_eq!(done.state, BulkState::Done, "{action:?}");
        assert_eq!((done.changed, &done.skipped), (prepared.changed, &prepared.skipped));
        let after = team.rows(without).await;
        let differing = before.iter().filter(|(id, row)| after[*id] != **row).count();
        assert_eq!(i64::try_from(differing).unwrap(), done.changed, "{action:?}");
        assert!(theirs.iter().all(|id| after[&id.to_string()] == before[&id.to_string()]));
        let wrong = "SELECT count(*) FROM conversations
            WHERE status = 'approved' AND NOT is_trainable";
        assert_eq!(team.number(wrong).await, 0, "{action:?}");
        let undone = team.undo(team.ann, prepared.id).await;
        assert_eq!(undone.state, BulkState::Undone, "{action:?}");
        assert_eq!((undone.restored, undone.kept), (done.changed, 0), "{action:?}");
        assert_eq!(team.rows(without).await, before, "{action:?}");
    }
    let told = team.told(team.bob).await;
    assert_eq!(told.len(), 14, "once for each job, and once for undoing it: {told:#?}");
    assert_eq!(team.told(team.ann).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_meanwhile_is_respected_and_told() {
    let team = Team::new().await;
    team.fill(team.bob, Some(team.id), 80).await;
    team.change(
        "UPDATE conversations SET status = 'pending_review', archived_from = NULL,
        is_decided = false, gate_failures = '[]', approved_by = NULL, approved_at = NULL",
    )
    .await;
    let job = team.prepare(team.ann, decide(Decision::Approved), "").await;
    assert_eq!(job.changed, 80);
    let ids = team.ids("true").await;
    let name = |index: usize| format!("id = '{}'", ids[index]);
    team.change(&format!(
        "UPDATE conversations SET status = 'archived', archived_from = status WHERE {}",
        name(0)
    ))
    .await;
    team.change(&format!("DELETE FROM conversations WHERE {}", name(1))).await;
    team.change(&format!(
        "UPDATE conversations SET status = 'approved', is_decided = true WHERE {}",
        name(2)
    ))
    .await;
    team.change(&format!(
        "UPDATE conversations SET gate_failures = '[{{\"rule\": \"cut_off\"}}]' WHERE {}",
        name(3)
    ))
    .await;
    team.change(&format!(
        "INSERT INTO review_claims (conversation_id, reviewer_id, expires_at)
            VALUES ('{}', '{}', now() + interval '1 minute')",
        ids[4], team.bob
    ))
    .await;
    let done = team.run(team.ann, job.id).await;
    assert_eq!((done.changed, all(&done)), (75, 80));
    for reason in [
        SkipReason::Archived,
        SkipReason::Gone,
        SkipReason::Unchanged,
        SkipReason::Untrainable,
        SkipReason::Claimed,
    ] {
        assert_eq!(skipped(&done, reason), 1, "{reason:?}");
    }
    // Afterwards somebody edits one and decides about another.
    team.change(&format!("UPDATE conversations SET version = 2 WHERE {}", name(5))).await;
    team.change(&format!(
        "UPDATE conversations SET status = 'rejected', approved_by = NULL, approved_at = NULL
         WHERE {}",
        name(6)
    ))
    .await;
    let undone = team.undo(team.ann, job.id).await;
    assert_eq!((undone.restored, undone.kept), (73, 2));
    let rejected =
        format!("SELECT count(*) FROM conversations WHERE {} AND status = 'rejected'", name(6));
    assert_eq!(team.number(&rejected).await, 1);
    let notes = "SELECT count(*) FROM conversation_reviews WHERE action = 'undone'";
    assert_eq!(team.number(notes).await, 73);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_do_nothing_twice_and_one_goes_on_where_another_died() {
    let team = Team::new().await;
    team.fill(team.ann, Some(team.id), 3000).await;
    let other = service(&team.test.second_server().await);
    let one = team.prepare(team.ann, decide(Decision::Rejected), "").await;
    let two = team.prepare(team.ann, tag("new"), "").await;
    for job in [&one, &two] {
        team.bulk.start(&request(team.ann), job.id).await.unwrap();
    }
    let dying = {
        let bulk = team.bulk.clone();
        tokio::spawn(async move { bulk.run_next().await })
    };
    let beside = {
        let bulk = other.clone();
        tokio::spawn(async move { bulk.run_next().await })
    };
    let begun = format!("SELECT changed FROM bulk_jobs WHERE id = '{}'", one.id);
    while team.number(&begun).await == 0 && !dying.is_finished() {
        tokio::task::yield_now().await;
    }
    dying.abort();
    let _ = dying.await;
    beside.await.unwrap().unwrap();
    team.change(
        "UPDATE bulk_jobs SET lease_until = now() - interval '1 second'
        WHERE state = 'running'",
    )
    .await;
    while other.run_next().await.unwrap() {}
    let done = team.bulk.read(&request(team.ann), one.id).await.unwrap();
    assert_eq!((done.state, done.changed), (BulkState::Done, one.changed));
    let notes = "SELECT count(*) FROM conversation_reviews";
    assert_eq!(team.number(notes).await, one.changed, "each once");
    let tagged = team.bulk.read(&request(team.ann), two.id).await.unwrap();
    assert_eq!((tagged.state, tagged.changed), (BulkState::Done, two.changed));
    let wrong = "SELECT count(*) FROM conversations WHERE version > 2";
    assert_eq!(team.number(wrong).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn others_conversations_are_never_touched() {
    let team = Team::new().await;
    team.fill(team.dan, None, 8).await;
    team.fill(team.bob, Some(team.id), 8).await;
    let foreign = team.ids(&format!("created_by = '{}'", team.dan)).await;
    let before = team.rows("").await;
    let refused = team.named(team.ann, BulkAction::Delete {}, foreign.clone()).await;
    assert!(matches!(refused, Err(ServiceError::Validation(_))), "{refused:?}");
    let own = team.ids(&format!("created_by = '{}' AND status = 'draft'", team.bob)).await;
    let mixed = [foreign.clone(), own.clone()].concat();
    let job = team.named(team.ann, BulkAction::Delete {}, mixed).await.unwrap();
    assert_eq!((job.total, job.changed), (9, 1));
    let done = team.run(team.ann, job.id).await;
    assert_eq!((done.changed, skipped(&done, SkipReason::Gone)), (1, 8));
    let after = team.rows("").await;
    assert!(foreign.iter().all(|id| after[&id.to_string()] == before[&id.to_string()]));
    let mut person = team.test.person(team.bob).await;
    let seen = texts(&mut person, "SELECT count(*)::text FROM conversations").await;
    assert_eq!(seen, ["7"], "what was deleted is seen by nobody");
    // Nobody else sees the job; members do, and only managers change it.
    let strange = team.bulk.undo(&request(team.dan), job.id).await;
    assert!(matches!(strange, Err(ServiceError::NotFound(_))), "{strange:?}");
    let member = team.bulk.undo(&request(team.bob), job.id).await;
    assert!(matches!(member, Err(ServiceError::Forbidden(_))), "{member:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_left_changes_nothing_any_more_and_managers_bring_back() {
    let team = Team::new().await;
    team.fill(team.ann, Some(team.id), 16).await;
    let before = team.rows("").await;
    let first = team.prepare(team.bob, BulkAction::Archive {}, "").await;
    let second = team.prepare(team.bob, BulkAction::Delete {}, "").await;
    let done = team.run(team.bob, first.id).await;
    team.bulk.start(&request(team.bob), second.id).await.unwrap();
    team.change(&format!("DELETE FROM organization_members WHERE user_id = '{}'", team.bob)).await;
    let left = team.work(team.bob, second.id).await;
    assert_eq!((left.state, left.changed), (BulkState::Done, 0));
    assert_eq!(skipped(&left, SkipReason::Gone), left.total);
    let undone = team.undo(team.ann, first.id).await;
    assert_eq!((undone.restored, undone.kept), (done.changed, 0));
    assert_eq!(team.rows("").await, before);
    assert_eq!(team.told(team.ann).await.len(), 1, "of the first job");
    assert_eq!(team.told(team.bob).await, ["Ann undid your job: Archive"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_started_once_stopped_and_undone_once_and_forgotten() {
    let team = Team::new().await;
    team.fill(team.ann, None, 16).await;
    let ann = request(team.ann);
    let job = team.prepare(team.ann, BulkAction::Archive {}, "").await;
    assert_conflict(team.bulk.undo(&ann, job.id).await);
    team.bulk.start(&ann, job.id).await.unwrap();
    assert_conflict(team.bulk.start(&ann, job.id).await);
    let stopped = team.bulk.stop(&ann, job.id).await.unwrap();
    assert_eq!((stopped.state, stopped.changed), (BulkState::Cancelled, 0));
    assert_conflict(team.bulk.undo(&ann, job.id).await);
    let again = team.prepare(team.ann, BulkAction::Archive {}, "").await;
    team.run(team.ann, again.id).await;
    team.undo(team.ann, again.id).await;
    assert_conflict(team.bulk.undo(&ann, again.id).await);

    let late = team.prepare(team.ann, BulkAction::Archive {}, "").await;
    team.change(
        "UPDATE bulk_jobs SET created_at = created_at - interval '2 hours'
        WHERE state = 'prepared'",
    )
    .await;
    assert_conflict(team.bulk.start(&ann, late.id).await);
    team.bulk.tidy().await.unwrap();
    let forgotten = team.bulk.read(&ann, late.id).await;
    assert!(matches!(forgotten, Err(ServiceError::NotFound(_))), "{forgotten:?}");
    assert_eq!(team.bulk.list(&ann).await.unwrap().len(), 2);

    let deleting = team.prepare(team.ann, BulkAction::Delete {}, "").await;
    let deleted = team.run(team.ann, deleting.id).await;
    team.change(
        "UPDATE conversations SET deleted_at = deleted_at - interval '31 days'
        WHERE deleted_at IS NOT NULL",
    )
    .await;
    team.bulk.tidy().await.unwrap();
    let left = team.number("SELECT count(*) FROM conversations").await;
    assert_eq!(left, 16 - deleted.changed);
    let undone = team.undo(team.ann, deleting.id).await;
    assert_eq!((undone.restored, undone.kept), (0, deleted.changed), "they are gone for good");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_wait_as_a_person_may_have() {
    let team = Team::new().await;
    team.fill(team.ann, None, 8).await;
    for _ in 0..20 {
        team.prepare(team.ann, BulkAction::Archive {}, "").await;
    }
    let query = Some(String::new());
    let one = BulkJobRequest { action: BulkAction::Archive {}, conversations: Vec::new(), query };
    let refused = team.bulk.prepare(&request(team.ann), one).await;
    assert!(matches!(refused, Err(ServiceError::Limited { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_versions_with_all_that_stood() {
    let team = Team::new().await;
    team.fill(team.ann, None, 3).await;
    let job = team.prepare(team.ann, tag("new"), "").await;
    team.run(team.ann, job.id).await;
    team.undo(team.ann, job.id).await;
    let sql = "SELECT concat_ws(' ', version, content -> 'categories', reason, restored_from,
          jsonb_array_length(content -> 'turns'), content #>> '{turns,1,content}')
        FROM conversation_versions ORDER BY conversation_id, version LIMIT 3";
    assert_eq!(
        team.texts(sql).await,
        [
            "1 [\"old\"] 2 Hello to you",
            "2 [\"old\", \"new\"] Changed the tags of many 2 Hello to you",
            "3 [\"old\"] Took a change of many back 1 2 Hello to you",
        ]
    );
    let content = json!([
        "title",
        "persona",
        "emotion",
        "topic",
        "intent",
        "tone",
        "tier",
        "categories",
        "turns"
    ]);
    let missing = format!(
        "SELECT count(*) FROM conversation_versions
         WHERE NOT content ?& ARRAY(SELECT jsonb_array_elements_text('{content}'))"
    );
    assert_eq!(team.number(&missing).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_are_worked_on_in_the_order_in_which_they_were_made() {
    let team = Team::new().await;
    team.fill(team.ann, None, 60).await;
    team.change(
        "UPDATE conversations
         SET created_at = now() - make_interval(hours => split_part(title, ' ', 2)::integer)",
    )
    .await;
    let job = team.prepare(team.ann, BulkAction::Archive {}, ALL).await;
    let sql = "SELECT own.title FROM bulk_job_items AS item
        JOIN conversations AS own ON own.id = item.conversation_id
        WHERE item.position BETWEEN 0 AND 59 ORDER BY item.position";
    let oldest_first: Vec<_> = (1..=60).rev().map(|number| format!("Talk {number}")).collect();
    assert_eq!(team.texts(sql).await, oldest_first);
    // Some are gone before it begins: what is behind them is reached all the same.
    for change in [
        "DELETE FROM bulk_job_items WHERE position > 0",
        "UPDATE bulk_job_items SET position = 5999",
        "UPDATE bulk_jobs SET total = 6000",
    ] {
        team.change(change).await;
    }
    let done = team.run(team.ann, job.id).await;
    assert_eq!((done.changed, skipped(&done, SkipReason::Gone)), (1, 5999));
    let undone = team.undo(team.ann, job.id).await;
    assert_eq!((undone.restored, undone.kept), (1, 0));
}
