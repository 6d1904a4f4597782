//! What is drawn of the history of the database: connections by state, one statement, and when
//! alerts were open.

use crate::support::{TestDatabase, run, texts};
use std::time::Duration;
use train::{
    domain::{
        chart::{Chart, Last, Plot, Range},
        database::{AlertKind, HealthChart, Severity},
    },
    server::{
        database::{alerts::AlertService, health::HealthService},
        foundation::context::{Actor, RequestContext, Role, Source},
        notifications::NotificationService,
    },
};
use uuid::Uuid;

fn asking(role: Role) -> RequestContext {
    let actor = Actor { user_id: Uuid::new_v4(), role, scopes: None };
    RequestContext { actor: Some(actor), ..RequestContext::without_person(Source::Page) }
}

fn administrator() -> RequestContext {
    asking(Role::Admin)
}

fn plot(chart: &Chart) -> &Plot {
    let Chart::Plot(plot) = chart else { panic!("{chart:?}") };
    plot
}

#[tokio::test]
async fn connections_are_drawn_by_what_they_do() {
    let test = TestDatabase::new().await;
    let health = HealthService::new(test.database.clone());
    let mut holder = test.role("train_owner").await;
    run(&mut holder, "CREATE TABLE held (id int); INSERT INTO held VALUES (1)").await;
    run(&mut holder, "BEGIN; UPDATE held SET id = 2").await;
    let mut waiter = test.role("train_owner").await;
    let waiting = tokio::spawn(async move { run(&mut waiter, "UPDATE held SET id = 3").await });
    let mut watcher = test.role("train_owner").await;
    let waits = "SELECT pid::text FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while texts(&mut watcher, waits).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    health.take_snapshots().await.unwrap();
    let chart = HealthChart::Connections;
    let plot = health.chart(&administrator(), chart, Range::default()).await.unwrap();
    let states = ["Active", "Waiting for a lock", "Idle in transaction", "Idle", "Other"];
    assert_eq!(plot.legend, states);
    // That of the snapshot, and the present.
    assert_eq!(plot.points.len(), 2);
    for point in &plot.points {
        let counts: Vec<u32> = point.cells[1..].iter().map(|cell| cell.parse().unwrap()).collect();
        // Other tests have connections of their own to the same server.
        assert!(counts[1] >= 1 && counts[2] >= 1, "{point:?}");
        assert!(point.heights.windows(2).all(|pair| pair[0] <= pair[1]), "{point:?}");
    }
    assert!(plot.svg.starts_with("<svg") && plot.svg.contains("#050000"), "{}", plot.svg);
    run(&mut holder, "ROLLBACK").await;
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_statement_is_told_from_the_snapshots_that_know_it() {
    let test = TestDatabase::new().await;
    let health = HealthService::new(test.database.clone());
    run(
        &mut test.role("train_owner").await,
        "INSERT INTO database_snapshots (kind, tier, taken_at, payload)
           SELECT 'queries', tier, now() - age, jsonb_build_object(
             'epoch', jsonb_build_object('startedAt', '2026-01-01T00:00:00Z'),
             'resetAt', NULL, 'complete', true, 'statements', jsonb_build_array(
             jsonb_build_object('id', '7', 'query', 'SELECT 7', 'calls', calls, 'totalMs', ms)))
           FROM (VALUES ('raw', interval '3 hours', 0, 0),
             ('raw', interval '2 hours', 100, 500), ('raw', interval '1 hour', 200, 2500),
             ('hourly', interval '7 hours', 0, 0), ('hourly', interval '6 hours', 10, 20),
             ('hourly', interval '5 hours', 20, 40),
             ('daily', interval '330 minutes', 12, 24)) AS look (tier, age, calls, ms)",
    )
    .await;
    let of = async |id: &str| health.statement(&administrator(), id, Range::default()).await;
    let known = of("7").await.unwrap();
    assert_eq!(known.query.as_deref(), Some("SELECT 7"));
    let cells = |chart: &Chart| {
        plot(chart).points.iter().map(|point| point.cells[1].clone()).collect::<Vec<_>>()
    };
    assert_eq!(cells(&known.calls), ["100", "100"]);
    assert_eq!(cells(&known.mean_time), ["5.0 ms", "20.0 ms"]);
    assert_eq!(plot(&known.calls).summary, "200 calls, 100 an hour on average.");

    let unknown = of("8").await.unwrap();
    assert_eq!((unknown.query, plot(&unknown.mean_time).points.len()), (None, 0));
    assert!(of("7; DROP").await.is_err());
    let month = Range { last: Last::Month, ..Range::default() };
    let months = health.statement(&administrator(), "7", month).await.unwrap();
    // Of a month the hourly ones are drawn, and no others between them.
    assert_eq!(cells(&months.calls), ["10", "10"]);
    assert!(health.statement(&asking(Role::Member), "7", month).await.is_err());
}

#[tokio::test]
async fn alerts_are_drawn_over_the_time_in_which_they_were_open() {
    let test = TestDatabase::new().await;
    let health = HealthService::new(test.database.clone());
    let notifications = NotificationService::new(test.database.clone(), false);
    let alerts = AlertService::new(test.database.clone(), health, notifications);
    run(
        &mut test.role("train_owner").await,
        r#"INSERT INTO database_alerts (kind, subject, severity, state, payload, value,
             pending_since, first_seen, resolved_at)
           SELECT kind, subject, severity, state,
             '{"cause": "c", "effect": "e", "remedy": "r"}'::jsonb, 1, now(), now() - age,
             now() - till
           FROM (VALUES
             ('high_bloat', 'public.t', 'warning', 'resolved', interval '6 hours',
               interval '4 hours'),
             ('high_bloat', 'public.t', 'critical', 'open', interval '2 hours', NULL),
             ('deadlocks', 'database', 'info', 'resolved', interval '30 hours',
               interval '23 hours'),
             ('deadlocks', 'database', 'info', 'resolved', interval '40 hours',
               interval '30 hours'),
             ('blocking', 'pid 1', 'warning', 'pending', interval '1 hour', NULL))
             AS alert (kind, subject, severity, state, age, till)"#,
    )
    .await;
    let drawn = async |severity, kind| {
        alerts.timeline(&administrator(), Range::default(), severity, kind).await.unwrap()
    };
    let all = drawn(None, None).await;
    let rows: Vec<_> = all.rows.iter().map(|row| (row.name.as_str(), row.bars.len())).collect();
    assert_eq!(rows, [("High bloat: public.t", 2), ("Deadlocks", 1)]);
    assert_eq!(all.summary, "3 alerts were open; 1 still open.");
    let last = all.rows[0].bars[1];
    assert!((last.from - 22.0 / 24.0).abs() < 0.01 && last.to > 0.99, "{last:?}");
    let critical = drawn(Some(Severity::Critical), None).await;
    assert_eq!((critical.rows.len(), critical.rows[0].bars.len()), (1, 1));
    assert_eq!(drawn(None, Some(AlertKind::Deadlocks)).await.rows[0].name, "Deadlocks");
    let member = asking(Role::Member);
    assert!(alerts.timeline(&member, Range::default(), None, None).await.is_err());
}
