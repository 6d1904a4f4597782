//! What must not begin.

use super::*;
use chrono_tz::Tz;
use train::domain::database::{OperationList, OperationQuery, PreflightVerdict};

#[tokio::test]
async fn full_needs_its_name_typed_and_a_reason_in_working_hours() {
    let world = World::new().await;
    let table = world.littered("Big").await;
    let mut asked = on_table(OperationKind::VacuumFull, &table);
    assert_eq!(refused(world.begin(&asked).await).0, 400, "nothing was typed");
    asked.confirm = Some("big".into());
    assert_eq!(refused(world.begin(&asked).await).0, 400, "something else was typed");
    asked.confirm = Some("Big".into());
    let at_noon = world.service.begin_at(&world.admin, &asked, noon()).await;
    assert_eq!(refused(at_noon), (409, "working_hours".into()));
    let looked = world.service.preflight_at(&world.admin, &asked, noon()).await.unwrap();
    assert_eq!((looked.verdict, looked.needs_override_reason), (PreflightVerdict::Stop, true));
    assert_eq!(looked.confirmation.as_deref(), Some("Big"));
    assert!(looked.lock.starts_with("ACCESS EXCLUSIVE"));
    // A plain vacuum keeps nobody from working.
    let plain = world
        .service
        .preflight_at(&world.admin, &on_table(OperationKind::Vacuum, &table), noon())
        .await
        .unwrap();
    assert!(!plain.needs_override_reason && plain.verdict < PreflightVerdict::Stop, "{plain:#?}");
    // At noon in Greenwich it is night in Auckland.
    let there = world.service.clone().in_zone(Tz::Pacific__Auckland);
    assert!(!there.preflight_at(&world.admin, &asked, noon()).await.unwrap().needs_override_reason);
    asked.options.override_reason = Some("the disk is full".into());
    let begun = world.service.begin_at(&world.admin, &asked, noon()).await.unwrap();
    assert_eq!(begun.options.override_reason.as_deref(), Some("the disk is full"));
}

#[tokio::test]
async fn a_blocking_reindex_is_bound_to_the_same_hours() {
    let world = World::new().await;
    let table = world.littered("busy").await;
    let mut asked = on_table(OperationKind::Reindex, &table);
    assert!(
        !world
            .service
            .preflight_at(&world.admin, &asked, noon())
            .await
            .unwrap()
            .needs_override_reason
    );
    asked.options.blocking = true;
    let at_noon = world.service.begin_at(&world.admin, &asked, noon()).await;
    assert_eq!(refused(at_noon), (409, "working_hours".into()));
}

#[tokio::test]
async fn exactly_one_target_that_exists_is_taken() {
    let world = World::new().await;
    let table = world.littered("real").await;
    let asked = on_table(OperationKind::Vacuum, &table);
    let nothing = OperationRequest { table: None, ..asked.clone() };
    assert_eq!(refused(world.begin(&nothing).await).0, 400);
    let both = OperationRequest { whole_database: true, ..asked.clone() };
    assert_eq!(refused(world.begin(&both).await).0, 400);
    let index = on_index(OperationKind::Vacuum, &ObjectName::new("public", "real_pkey"));
    assert_eq!(refused(world.begin(&index).await).0, 400);
    let missing = on_table(OperationKind::Vacuum, &ObjectName::new("public", "Real"));
    assert_eq!(refused(world.begin(&missing).await), (404, "object_not_found".into()));
    let long = on_table(OperationKind::Vacuum, &ObjectName::new("public", "x".repeat(64)));
    assert_eq!(refused(world.begin(&long).await).0, 400);
    let mut owner = world.owner().await;
    if scalar::<i32>(&mut owner, "SELECT current_setting('server_version_num')::int4").await
        < 190_000
    {
        assert_eq!(
            refused(world.begin(&on_table(OperationKind::Repack, &table)).await),
            (400, "not_supported".into())
        );
    }
}

#[tokio::test]
async fn one_table_has_one_operation_and_waiting_ones_can_be_cancelled() {
    let world = World::new().await;
    let table = world.littered("once").await;
    // Nobody serves, so it waits.
    let begun = world.begin(&on_table(OperationKind::Vacuum, &table)).await.unwrap();
    let second = refused(world.begin(&on_table(OperationKind::Analyze, &table)).await);
    assert_eq!(second, (409, "operation_open".into()));
    let index = on_index(OperationKind::Reindex, &ObjectName::new("public", "once_pkey"));
    assert_eq!(refused(world.begin(&index).await).0, 409, "an index is a part of its table");
    let running =
        OperationQuery { kind: Some(OperationList::Running), ..OperationQuery::default() };
    assert_eq!(world.service.list(&world.admin, &running).await.unwrap().total, 1);
    world.service.cancel(&world.admin, begun.id).await.unwrap();
    let over = world.find(begun.id).await;
    assert_eq!(over.status.as_str(), "cancelled");
    assert_eq!(world.service.list(&world.admin, &running).await.unwrap().total, 0);
    world.begin(&on_table(OperationKind::Analyze, &table)).await.unwrap();
    assert_eq!(
        world.service.list(&world.admin, &OperationQuery::default()).await.unwrap().total,
        2
    );
}

#[tokio::test]
async fn members_may_nothing() {
    let world = World::new().await;
    let table = world.littered("secret").await;
    let member = context(world.test.account("Mia").await, Role::Member);
    let asked = on_table(OperationKind::Vacuum, &table);
    assert_eq!(refused(world.service.begin(&member, &asked).await).0, 403);
    assert!(world.service.preflight(&member, &asked).await.is_err());
    assert!(world.service.list(&member, &OperationQuery::default()).await.is_err());
    assert!(world.service.schedules(&member).await.is_err());
}
