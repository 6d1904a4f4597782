//! Two people who change the same conversations at once, each on a server of their own.

use super::team::{ALL, Team, all, decide, request, service};
use train::{
    domain::{bulk::BulkState, reviews::Decision},
    server::bulk::BulkService,
};

/// Works as a server does, until nothing waits.
async fn work(bulk: BulkService) {
    let working = async move { while bulk.run_next().await.unwrap() {} };
    tokio::spawn(working).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_opposite_decisions_each_is_made_once_and_the_later_one_stands() {
    let team = Team::new().await;
    team.fill(team.bob, Some(team.id), 400).await;
    let before = team.rows("").await;
    let other = service(&team.test.second_server().await);
    let ann = team.prepare(team.ann, decide(Decision::Approved), ALL).await;
    let bob = team.prepare(team.bob, decide(Decision::Rejected), ALL).await;
    for (person, job) in [(team.ann, &ann), (team.bob, &bob)] {
        team.bulk.start(&request(person), job.id).await.unwrap();
    }
    tokio::join!(work(team.bulk.clone()), work(other));
    let ann = team.bulk.read(&request(team.ann), ann.id).await.unwrap();
    let bob = team.bulk.read(&request(team.bob), bob.id).await.unwrap();
    for job in [&ann, &bob] {
        assert_eq!((job.state, all(job)), (BulkState::Done, job.total));
        assert!(job.changed > 0);
    }
    let notes = "SELECT count(*) FROM conversation_reviews WHERE action = 'decided'";
    assert_eq!(team.number(notes).await, ann.changed + bob.changed, "nothing is lost");
    let wrong = "SELECT count(*) FROM conversations AS own CROSS JOIN LATERAL (
          SELECT status FROM conversation_reviews WHERE conversation_id = own.id
          ORDER BY sequence DESC LIMIT 1) AS last
        WHERE last.status <> own.status OR own.status = 'approved' AND NOT own.is_trainable";
    assert_eq!(team.number(wrong).await, 0, "what was noted last stands");

    // Each takes back what still is as they left it. Where the other came later, theirs stays.
    let ann = team.undo(team.ann, ann.id).await;
    let bob = team.undo(team.bob, bob.id).await;
    for job in [&ann, &bob] {
        assert_eq!((job.state, job.restored + job.kept), (BulkState::Undone, job.changed));
    }
    let after = team.rows("").await;
    let differing = before.iter().filter(|(id, row)| after[*id] != **row).count();
    assert_eq!(i64::try_from(differing).unwrap(), ann.kept + bob.kept);
}
