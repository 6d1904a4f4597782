//! What is remembered of the counters, and drawn.

use super::{administrator, read, service, superuser};
use crate::support::{TestDatabase, run, texts};
use chrono::Utc;
use sqlx::{AssertSqlSafe, PgConnection, types::Json};
use train::{
    domain::{
        chart::{Last, Plot, Range},
        database::{HealthChart, IndexQuery},
    },
    server::database::health::HealthService,
};

#[tokio::test]
async fn a_reset_begins_a_new_history() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    let health = service(&test);
    health.take_snapshots().await.unwrap();
    run(&mut owner, "UPDATE database_snapshots SET taken_at = taken_at - interval '2 minutes'")
        .await;
    let overview = health.overview(&administrator(), true).await.unwrap();
    let interval = read(&read(&overview).interval);
    assert!(interval.seconds >= 120.0 && interval.commits_per_second > 0.0, "{interval:?}");
    run(&mut superuser(&test).await, "SELECT pg_stat_reset()").await;
    let overview = health.overview(&administrator(), true).await.unwrap();
    let reason = read(&overview).interval.reason().unwrap_or_default();
    assert!(reason.starts_with("Not enough history yet: the statistics were reset"), "{reason}");
    let page = health.indexes(&administrator(), &IndexQuery::default()).await.unwrap();
    assert!(read(&page).unused_known.reason().unwrap().starts_with("Not enough history yet"));
}

#[tokio::test]
async fn snapshots_are_kept_by_tier() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    service(&test).take_snapshots().await.unwrap();
    service(&test).take_snapshots().await.unwrap();
    let counts = "SELECT tier || ' ' || count(*) FROM database_snapshots WHERE kind = 'overview'
        GROUP BY tier ORDER BY tier";
    let fresh = texts(&mut owner, counts).await;
    assert_eq!(fresh.last().map(String::as_str), Some("raw 2"));
    run(&mut owner, "UPDATE database_snapshots SET taken_at = taken_at - interval '8 days'").await;
    service(&test).take_snapshots().await.unwrap();
    assert_eq!(texts(&mut owner, counts).await, ["daily 2", "hourly 2", "raw 1"]);
    let payload: Json<serde_json::Value> = sqlx::query_scalar(AssertSqlSafe(
        "SELECT payload FROM database_snapshots WHERE kind = 'queries' AND tier = 'raw'",
    ))
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert!(payload.0["statements"].as_array().is_some_and(|statements| !statements.is_empty()));
}

/// Snapshots of the whole database in a tier, at such distances from now on back; `mib`: its size.
async fn snapshots(owner: &mut PgConnection, tier: &str, distance: &str, count: u32, mib: u32) {
    let sql = format!(
        "INSERT INTO public.database_snapshots (kind, tier, taken_at, payload)
         SELECT 'overview', '{tier}', now() - number * interval '{distance}', jsonb_build_object(
             'startedAt', '2026-01-01T00:00:00Z', 'resetAt', NULL, 'discardedAt', NULL,
             'size', {mib} * 1048576, 'connections', 1, 'hits', 0, 'reads', 0,
             'commits', 0, 'rollbacks', 0, 'tuplesRead', 0, 'tuplesWritten', 0, 'conflicts', 0,
             'deadlocks', 0, 'tempFiles', 0, 'tempBytes', 0)
           FROM generate_series(1, {count}) AS number"
    );
    run(owner, &sql).await;
}

fn last(last: Last) -> Range {
    Range { last, ..Range::default() }
}

async fn drawn(health: &HealthService, chart: HealthChart, range: Range) -> Plot {
    health.chart(&administrator(), chart, range).await.unwrap()
}

/// The sizes that a chart shows.
async fn sizes(health: &HealthService, range: Range) -> Vec<String> {
    let plot = drawn(health, HealthChart::Size, range).await;
    plot.points.into_iter().map(|point| point.cells[1].clone()).collect()
}

#[tokio::test]
async fn a_chart_shows_one_tier_of_the_history_and_the_present() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    snapshots(&mut owner, "raw", "1 minute", 60, 500).await;
    snapshots(&mut owner, "hourly", "1 hour", 72, 100).await;
    snapshots(&mut owner, "daily", "24 hours", 200, 900).await;
    let health = service(&test);
    for (range, size) in
        [(Last::Day, "500.0 MiB"), (Last::Week, "100.0 MiB"), (Last::Month, "100.0 MiB")]
    {
        let mut shown = sizes(&health, last(range)).await;
        assert_ne!(shown.pop().as_deref(), Some(size), "the present");
        assert!(shown.len() > 5 && shown.iter().all(|one| one == size), "{range:?}: {shown:?}");
    }
    assert_eq!(sizes(&health, last(Last::Week)).await.len(), 72 + 1);
    let day = |ago| Some((Utc::now() - chrono::Duration::days(ago)).date_naive());
    let own = Range { last: Last::Own, from: day(150), to: day(121) };
    assert_eq!(sizes(&health, own).await, vec!["900.0 MiB"; 30]);
}

#[tokio::test]
async fn the_history_is_drawn_when_the_present_cannot_be_read() {
    let test = TestDatabase::new().await;
    snapshots(&mut test.role("train_owner").await, "raw", "1 minute", 60, 500).await;
    let refuse = "REVOKE EXECUTE ON FUNCTION pg_catalog.pg_database_size(oid) FROM PUBLIC";
    run(&mut superuser(&test).await, refuse).await;
    let shown = sizes(&service(&test), Range::default()).await;
    assert!(!shown.is_empty() && shown.iter().all(|one| one == "500.0 MiB"), "{shown:?}");
}

#[tokio::test]
async fn a_chart_says_when_the_statements_were_counted_anew_meanwhile() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    snapshots(&mut owner, "raw", "10 minutes", 60, 500).await;
    let health = service(&test);
    let told = async |chart| drawn(&health, chart, Range::default()).await.summary;
    let silent = told(HealthChart::QueryTime).await;
    assert!(!silent.contains("reset"), "{silent}");
    let reset = "UPDATE public.database_snapshots SET payload = payload || jsonb_build_object(
        'statementCalls', 9, 'statementMs', 9, 'statementsResetAt',
        CASE WHEN taken_at > now() - interval '3 hours' THEN '2026-02-03T04:05:00Z'
          ELSE '2026-01-01T00:00:00Z' END)";
    run(&mut owner, reset).await;
    let summary = told(HealthChart::QueryTime).await;
    let sentence = "The counters of pg_stat_statements were reset on 3 Feb 2026, 04:05.";
    assert!(summary.ends_with(sentence), "{summary}");
    let size = told(HealthChart::Size).await;
    assert!(!size.contains("reset"), "{size}");
}
