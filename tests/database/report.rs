//! The monthly report, out of what a month left in the database.

use crate::support::{TestDatabase, run};
use train::{
    domain::{
        chart::{Bars, Chart},
        database::Month,
    },
    server::{
        database::report::ReportService,
        foundation::{
            context::{Actor, RequestContext, Role, Source},
            error::ServiceError,
        },
    },
};
use uuid::Uuid;

fn request(user_id: Uuid, role: Role) -> RequestContext {
    RequestContext {
        actor: Some(Actor { user_id, role, scopes: None }),
        ..RequestContext::without_person(Source::Page)
    }
}

fn service(test: &TestDatabase) -> ReportService {
    ReportService::new(test.database.clone())
}

#[tokio::test]
async fn a_month_without_history_says_so_and_asks_for_a_backup() {
    let test = TestDatabase::new().await;
    let administrator = request(test.administrator("Ada").await, Role::Admin);
    let report = service(&test).report(&administrator, None).await.unwrap();
    assert_eq!(report.month, Month::of(chrono::Utc::now()).to_string());
    assert!(!report.database.is_empty() && !report.host.is_empty(), "{report:?}");
    assert!(report.running && report.from <= report.made_at && report.made_at < report.to);
    assert!(report.size.reason().unwrap().contains("Not enough history"));
    assert!(
        report.recommendations[0].sentence.contains("No verified backup"),
        "{:?}",
        report.recommendations
    );

    let sql = "INSERT INTO database_backups (file_name, state, completed_at, checksum, entries)
        VALUES ('one.dump', 'verified', now(), repeat('a', 64), 1)";
    run(&mut test.role("service_role").await, sql).await;
    run(&mut test.role("service_role").await, "UPDATE database_backup_schedule SET enabled = true")
        .await;
    let report = service(&test).report(&administrator, None).await.unwrap();
    assert_eq!(report.recommendations, []);
    let drawn = service(&test).drawn(&administrator, None).await.unwrap();
    for chart in [&drawn.size, &drawn.growth, &drawn.alerts, &drawn.operations] {
        assert!(!chart.summary().is_empty(), "{drawn:?}");
    }
}

#[tokio::test]
async fn a_month_is_told_from_its_snapshots_alerts_and_operations() {
    let test = TestDatabase::new().await;
    let administrator = request(test.administrator("Ada").await, Role::Admin);
    let mut owner = test.role("train_owner").await;
    for sql in [
        "INSERT INTO database_snapshots (kind, tier, taken_at, payload)
           SELECT 'overview', 'daily', '2026-03-01 06:00Z'::timestamptz + day * interval '1 day',
             jsonb_build_object('size', (100 + day) * 1048576) FROM generate_series(0, 30) AS day",
        "INSERT INTO database_snapshots (kind, tier, taken_at, payload)
           SELECT 'tables', 'daily', time, jsonb_build_object(
             'epoch', jsonb_build_object('startedAt', '2026-01-01T00:00:00Z'),
             'newestRelation', 1, 'tables',
             (SELECT jsonb_agg(jsonb_build_object('table', name, 'bytes', bytes, 'liveRows', 0,
               'deadRows', 0)) FROM unnest(names, sizes) AS size (name, bytes)))
           FROM (VALUES
             ('2026-03-01 06:00Z'::timestamptz, '{public.a.b}'::text[], '{1000}'::bigint[]),
             ('2026-03-31 06:00Z', '{public.a.b,public.new}', '{9000,500}'))
             AS look (time, names, sizes)",
        "INSERT INTO database_snapshots (kind, tier, taken_at, payload)
           SELECT 'queries', 'daily', time, jsonb_build_object(
             'epoch', jsonb_build_object('startedAt', '2026-01-01T00:00:00Z'),
             'resetAt', NULL, 'complete', true, 'statements', jsonb_build_array(
             jsonb_build_object('id', '7', 'query', 'SELECT 7', 'calls', calls, 'totalMs', ms)))
           FROM (VALUES ('2026-02-01Z'::timestamptz, 0, 0), ('2026-02-28Z', 100, 500),
             ('2026-03-01Z', 100, 500), ('2026-03-31Z', 200, 2500))
             AS look (time, calls, ms)",
        "INSERT INTO database_alerts (id, kind, severity, state, subject, payload, value,
            first_seen, last_seen, resolved_at) VALUES
           (gen_random_uuid(), 'high_bloat', 'critical', 'open', 'public.t',
           '{\"cause\": \"It is bloated.\", \"effect\": \"e\", \"remedy\": \"Vacuum it.\"}', 60,
           '2026-03-05Z', '2026-03-06Z', NULL),
           (gen_random_uuid(), 'deadlocks', 'warning', 'resolved', 'database',
           '{\"cause\": \"c\", \"effect\": \"e\", \"remedy\": \"r\"}', 1, '2026-01-05Z',
           '2026-01-06Z', '2026-01-07Z')",
        "INSERT INTO maintenance_operations (id, operation_type, schema_name, table_name, status,
            options, statements, created_at, completed_at, outcome, cancel_requested)
           VALUES (gen_random_uuid(), 'vacuum', 'public', 'T', 'completed', '{}', '{VACUUM}',
           '2026-03-31 23:59Z', '2026-03-31 23:59Z', 'removed_nothing', false),
             (gen_random_uuid(), 'vacuum', 'public', 'T', 'completed', '{}', '{VACUUM}',
             '2026-04-01Z', '2026-04-01Z', NULL, false)",
    ] {
        run(&mut owner, sql).await;
    }
    let report = service(&test).report(&administrator, Some("2026-03")).await.unwrap();
    assert_eq!(report.months, ["2026-03"]);
    assert!(!report.running);
    let (size, mib) = (report.size.value().unwrap(), 1024 * 1024);
    assert_eq!(
        (size.start_bytes, size.end_bytes, size.forecast_high_bytes),
        (100 * mib, 130 * mib, 160 * mib)
    );
    let growth = report.largest_growth.value().unwrap();
    assert_eq!(
        growth.iter().map(|one| (one.table.as_str(), one.start_bytes)).collect::<Vec<_>>(),
        [("public.a.b", 1000), ("public.new", 0)]
    );
    let slower = &report.regressions.value().unwrap()[0];
    assert_eq!((slower.id.as_str(), slower.mean_ms_before, slower.mean_ms_after), ("7", 5.0, 20.0));
    assert_eq!(
        report.alerts.iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(),
        ["public.t"]
    );
    assert_eq!(report.operations.len(), 1);
    let sentences: Vec<_> =
        report.recommendations.iter().map(|one| one.sentence.as_str()).collect();
    assert!(sentences.contains(&"It is bloated. Vacuum it."), "{sentences:?}");
    assert!(sentences.iter().any(|one| one.contains("4.0 times as long")), "{sentences:?}");
    assert!(
        sentences.iter().any(|one| one.contains("kept dead rows from being removed once")),
        "{sentences:?}"
    );
    let drawn = service(&test).drawn(&administrator, Some("2026-03")).await.unwrap();
    assert_eq!(drawn.report.alerts, report.alerts);
    let (Chart::Plot(size), Chart::Bars(growth), Chart::Bars(alerts), Chart::Bars(operations)) =
        (&drawn.size, &drawn.growth, &drawn.alerts, &drawn.operations)
    else {
        panic!("{drawn:?}")
    };
    assert!(size.svg.starts_with("<svg") && size.points.len() == 31, "{size:?}");
    assert_eq!(size.points[0].cells, ["1 Mar 2026, 06:00", "100.0 MiB"]);
    assert_eq!(size.points[30].cells, ["31 Mar 2026, 06:00", "130.0 MiB"]);
    assert!(size.summary.starts_with("100.0 MiB at the beginning, 130.0 MiB at the end"));
    let cells = |bars: &Bars| -> Vec<Vec<String>> {
        bars.rows.iter().map(|row| row.cells.clone()).collect()
    };
    assert_eq!(
        cells(growth),
        [
            ["public.a.b", "1000 bytes", "8.8 KiB", "+7.8 KiB"],
            ["public.new", "0 bytes", "500 bytes", "+500 bytes"]
        ]
    );
    assert_eq!((growth.rows[0].share, growth.rows[1].share), (1.0, 500.0 / 8000.0));
    assert_eq!(growth.summary, "public.a.b grew the most, by 7.8 KiB.");
    assert_eq!(cells(alerts), [["Critical", "1"]], "not the one that was over before");
    assert_eq!(alerts.summary, "One alert in this month.");
    assert_eq!(cells(operations), [["Completed", "1"]], "not the one of April");
    assert_eq!(operations.summary, "One operation in this month.");
    for bars in [alerts, operations] {
        assert_eq!((bars.columns[1].as_str(), bars.rows[0].share), ("Count", 1.0));
    }
}

#[tokio::test]
async fn only_administrators_and_only_months_that_have_begun() {
    let test = TestDatabase::new().await;
    let (administrator, member) = (
        request(test.administrator("Ada").await, Role::Admin),
        request(test.account("Ben").await, Role::Member),
    );
    for month in ["9999-01", "2026-13", "last", ""] {
        let error = service(&test).report(&administrator, Some(month)).await.unwrap_err();
        assert!(matches!(error, ServiceError::Validation(_)), "{month}: {error}");
    }
    let refused = service(&test).report(&member, None).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Forbidden(_)), "{refused}");
}
