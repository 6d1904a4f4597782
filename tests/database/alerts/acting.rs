//! What people do with an alert, and what comes of it.

use super::{World, asking, connections};
use crate::support::texts;
use chrono::Utc;
use train::{
    domain::{
        database::{AlertChange, AlertQuery, AlertRequest, AlertState, Severity},
        error_code::ErrorCode,
    },
    server::foundation::{context::Role, error::ServiceError},
};
use uuid::Uuid;

#[tokio::test]
async fn acknowledged_it_stays_and_is_told_when_it_gets_worse() {
    let world = World::hasty().await;
    world.look(&connections(85)).await;
    let id = world.list(None).await[0].id;
    let known = world.act(id, AlertChange::Acknowledge).await.unwrap();
    assert_eq!(
        (known.state, known.acknowledged_by.as_deref()),
        (AlertState::Acknowledged, Some("Ada"))
    );
    let again = world.act(id, AlertChange::Acknowledge).await.unwrap();
    assert_eq!(again.acknowledged_at, known.acknowledged_at);
    world.look(&connections(86)).await;
    assert_eq!(world.list(None).await[0].state, AlertState::Acknowledged);
    world.look(&connections(95)).await;
    let worse = &world.list(None).await[0];
    assert_eq!(
        (worse.id, worse.state, worse.acknowledged_by.as_ref()),
        (id, AlertState::Open, None)
    );
    assert_eq!(world.notified(world.admin_id).await.len(), 2);
}

#[tokio::test]
async fn acknowledged_it_is_counted_nowhere_and_listed_all_the_same() {
    let world = World::hasty().await;
    // As the verdict has it, the first page with the navigation, and the metrics.
    let open = async || {
        let counts = world.alerts.counts(&world.admin).await.unwrap();
        let overview = world.alerts.overview(&world.admin, true).await.unwrap();
        assert_eq!(overview.alerts(), counts);
        let metrics = world.alerts.metrics().await;
        for (severity, count) in [("critical", counts.critical), ("warning", counts.warning)] {
            let line = format!("train_database_alerts_open{{severity=\"{severity}\"}} {count}");
            assert!(metrics.lines().any(|one| one == line), "{line} in {metrics}");
        }
        (counts.verdict(), counts.worst)
    };
    let sentence = |used: i64| Some(format!("{used} of 100 connections are in use, {used} %."));
    world.look(&connections(85)).await;
    assert_eq!(open().await, ("1 warning".to_owned(), sentence(85)));
    let id = world.list(None).await[0].id;
    world.act(id, AlertChange::Acknowledge).await.unwrap();
    assert_eq!(open().await, ("Healthy".to_owned(), None));
    assert_eq!(world.list(None).await[0].id, id);
    world.look(&connections(95)).await;
    assert_eq!(open().await, ("1 critical".to_owned(), sentence(95)), "it got worse");
}

#[tokio::test]
async fn resolved_by_hand_it_stays_quiet_until_it_is_worse_or_was_gone() {
    let world = World::hasty().await;
    world.look(&connections(85)).await;
    let id = world.list(None).await[0].id;
    let resolved = world.act(id, AlertChange::Resolve).await.unwrap();
    assert_eq!(
        (resolved.state, resolved.resolved_by.as_deref()),
        (AlertState::Resolved, Some("Ada"))
    );
    for _ in 0..3 {
        world.look(&connections(86)).await;
    }
    assert_eq!(world.list(None).await, []);
    let refused = world.act(id, AlertChange::Acknowledge).await.unwrap_err();
    assert!(
        matches!(refused, ServiceError::Refused { code: ErrorCode::AlreadyResolved, .. }),
        "{refused}"
    );
    world.look(&connections(95)).await;
    let worse = world.list(None).await;
    assert_eq!((worse.len(), worse[0].severity), (1, Severity::Critical));
    assert_ne!(worse[0].id, id);

    world.act(worse[0].id, AlertChange::Resolve).await.unwrap();
    world.look(&connections(10)).await;
    world.look(&connections(10)).await;
    world.look(&connections(85)).await;
    assert_eq!(world.list(None).await.len(), 1, "it was gone and came back");
}

#[tokio::test]
async fn a_muted_subject_is_told_to_nobody() {
    let world = World::hasty().await;
    world.look(&connections(85)).await;
    let id = world.list(None).await[0].id;
    let muted = world.act(id, AlertChange::Mute).await.unwrap();
    let hours = (muted.muted_until.unwrap() - Utc::now()).num_minutes();
    assert!((24 * 60 - 2..=24 * 60).contains(&hours), "a day when nothing is said: {hours}");
    world.look(&connections(95)).await;
    assert_eq!(world.list(None).await[0].severity, Severity::Critical, "seen all the same");
    world.look(&connections(10)).await;
    world.look(&connections(10)).await;
    world.look(&connections(85)).await;
    let next = &world.list(None).await[0];
    assert!(
        next.id != id && next.muted_until == muted.muted_until,
        "the next one of the subject too"
    );
    assert_eq!(world.notified(world.admin_id).await.len(), 1, "of the time before it was muted");
    world.sql("UPDATE database_alerts SET muted_until = now() - interval '1 second'").await;
    world.look(&connections(95)).await;
    assert_eq!(world.notified(world.admin_id).await.len(), 2);
}

#[tokio::test]
async fn only_administrators_see_and_settle_alerts() {
    let world = World::hasty().await;
    let ben = world.test.account("Ben").await;
    world.look(&connections(85)).await;
    let member = asking(ben, Role::Member);
    let id = world.list(None).await[0].id;
    let asked = AlertRequest { alert_id: id, action: AlertChange::Resolve, hours: None };
    let rules = world.alerts.rules(&world.admin).await.unwrap();
    for refused in [
        world.alerts.list(&member, &AlertQuery::default()).await.err(),
        world.alerts.act(&member, &asked).await.err(),
        world.alerts.rules(&member).await.err(),
        world.alerts.set_rules(&member, &rules).await.err(),
    ] {
        assert!(matches!(refused, Some(ServiceError::Forbidden(_))), "{refused:?}");
    }
    let count = "SELECT count(*)::text FROM database_alerts";
    assert_eq!(texts(&mut world.test.person(ben).await, count).await, ["0"]);
    assert_eq!(texts(&mut world.test.person(world.admin_id).await, count).await, ["1"]);
    assert_eq!(texts(&mut world.test.role("authenticated").await, count).await, ["0"]);

    let missing = world.act(Uuid::nil(), AlertChange::Resolve).await.unwrap_err();
    assert!(matches!(missing, ServiceError::NotFound("This alert")), "{missing}");
    let wrong = AlertRequest { alert_id: id, action: AlertChange::Mute, hours: Some(0) };
    let ServiceError::Validation(errors) =
        world.alerts.act(&world.admin, &wrong).await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!(errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(), ["hours"]);
    let far = AlertQuery { page: Some(0), limit: Some(101), ..AlertQuery::default() };
    let ServiceError::Validation(errors) = world.alerts.list(&world.admin, &far).await.unwrap_err()
    else {
        panic!()
    };
    assert_eq!(
        errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(),
        ["page", "limit"]
    );
}
