//! Routine maintenance.

use super::*;
use chrono::TimeDelta;
use train::{
    domain::database::{OperationQuery, Schedule, ScheduleRequest, ScheduleScope},
    server::postgres::apart,
};

fn nightly(scope: ScheduleScope) -> ScheduleRequest {
    ScheduleRequest {
        operation: OperationKind::VacuumAnalyze,
        scope,
        cron: "30 2 * * *".into(),
        time_zone: "Europe/Berlin".into(),
        window_minutes: 60,
        enabled: true,
    }
}

impl World {
    async fn scheduled(&self, scope: ScheduleScope) -> Schedule {
        self.service.set_schedule(&self.admin, None, &nightly(scope)).await.unwrap()
    }

    async fn queued(&self) -> Vec<Operation> {
        self.service.list(&self.admin, &OperationQuery::default()).await.unwrap().operations
    }
}

#[tokio::test]
async fn two_servers_queue_what_is_due_once() {
    let world = World::new().await;
    let table = world.littered("nightly").await;
    let schedule = world.scheduled(ScheduleScope::Table(table)).await;
    assert_eq!(schedule.created_by_name.as_deref(), Some("Ada"));
    let due = schedule.next_run.unwrap();
    assert_eq!(world.service.fire_schedules(due - TimeDelta::seconds(1)).await.unwrap(), 0);
    let (second, _database) = world.another_server(hurried()).await;
    let now = due + TimeDelta::minutes(5);
    let (one, other) =
        tokio::join!(apart(world.service.fire_schedules(now)), apart(second.fire_schedules(now)));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    let queued = world.queued().await;
    assert_eq!(
        (queued.len(), queued[0].schedule_id, queued[0].initiated_by),
        (1, Some(schedule.id), None)
    );
    let after = world.service.schedules(&world.admin).await.unwrap().remove(0);
    assert!(after.next_run.unwrap() > now && after.last_run == Some(now));
}

#[tokio::test]
async fn a_missed_window_waits_for_the_next_time() {
    let world = World::new().await;
    let schedule = world.scheduled(ScheduleScope::WholeDatabase).await;
    let late = schedule.next_run.unwrap() + TimeDelta::minutes(61);
    assert_eq!(world.service.fire_schedules(late).await.unwrap(), 0);
    let after = world.service.schedules(&world.admin).await.unwrap().remove(0);
    assert!(after.next_run.unwrap() > late && after.last_run.is_none());
    let next = after.next_run.unwrap() + TimeDelta::minutes(60);
    assert_eq!(world.service.fire_schedules(next).await.unwrap(), 1);
}

#[tokio::test]
async fn only_the_tables_that_are_due_are_taken() {
    let world = World::new().await;
    let due = world.littered("dirty").await;
    let mut owner = world.owner().await;
    let clean = world.littered("clean").await;
    run(&mut owner, "VACUUM ANALYZE public.clean").await;
    // Its own threshold says: not yet.
    world.littered("patient").await;
    run(
        &mut owner,
        "ALTER TABLE public.patient
            SET (autovacuum_vacuum_threshold = 100000, autovacuum_vacuum_insert_threshold = 100000,
            autovacuum_analyze_threshold = 100000)",
    )
    .await;
    let schedule = world.scheduled(ScheduleScope::DueTables).await;
    world.service.fire_schedules(schedule.next_run.unwrap()).await.unwrap();
    let targets: Vec<_> =
        world.queued().await.into_iter().map(|operation| operation.target).collect();
    assert!(targets.contains(&train::domain::database::Target::Table(due)), "{targets:?}");
    assert!(!targets.contains(&train::domain::database::Target::Table(clean)), "{targets:?}");
    assert!(
        !targets.contains(&train::domain::database::Target::Table(ObjectName::new(
            "public", "patient"
        )))
    );
}

#[tokio::test]
async fn schedules_are_changed_switched_off_and_removed() {
    let world = World::new().await;
    let schedule = world.scheduled(ScheduleScope::DueTables).await;
    let off = ScheduleRequest { enabled: false, ..nightly(ScheduleScope::DueTables) };
    let changed = world.service.set_schedule(&world.admin, Some(schedule.id), &off).await.unwrap();
    assert_eq!((changed.id, changed.enabled, changed.next_run), (schedule.id, false, None));
    world.service.remove_schedule(&world.admin, schedule.id).await.unwrap();
    assert!(world.service.schedules(&world.admin).await.unwrap().is_empty());
    let gone = world
        .service
        .set_schedule(&world.admin, Some(schedule.id), &off)
        .await
        .unwrap_err()
        .into_api("test");
    assert_eq!(gone.status, 404);
    let wrong = ScheduleRequest {
        operation: OperationKind::VacuumFull,
        cron: "61 * * * *".into(),
        time_zone: "Mars/Olympus".into(),
        window_minutes: 0,
        ..nightly(ScheduleScope::DueTables)
    };
    let error =
        world.service.set_schedule(&world.admin, None, &wrong).await.unwrap_err().into_api("test");
    let fields: Vec<_> = error.fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(fields, ["operation", "windowMinutes", "cron", "timeZone"]);
}

#[tokio::test]
async fn issue_13_1_5_a_next_time_kept_while_the_clock_was_ahead_is_set_back() {
    let world = World::new().await;
    let schedule = world.scheduled(ScheduleScope::WholeDatabase).await;
    let sql = "UPDATE maintenance_schedules SET next_run = next_run + interval '3 days'";
    run(&mut world.owner().await, sql).await;
    let due = schedule.next_run.unwrap();
    // However soon that is.
    assert_eq!(world.service.fire_schedules(due - TimeDelta::minutes(5)).await.unwrap(), 0);
    let after = world.service.schedules(&world.admin).await.unwrap().remove(0);
    assert_eq!(after.next_run, Some(due));
    // A server whose clock is a little behind does not do again what another has just done.
    assert_eq!(world.service.fire_schedules(due).await.unwrap(), 1);
    assert_eq!(world.service.fire_schedules(due - TimeDelta::seconds(5)).await.unwrap(), 0);
    let after = world.service.schedules(&world.admin).await.unwrap().remove(0);
    assert!(after.next_run.unwrap() > due);
}
