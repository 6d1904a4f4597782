//! The periodic jobs as administrators see them, and that each of them can run.

use super::app::App;
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};
use train::{
    domain::jobs::JobName,
    server::{config::Config, jobs::JobRunner, routine},
};

const JOBS: &str = "/api/admin/jobs";
const DOCUMENT: &str = include_str!("../../docs/operations.md");

fn runner(app: &App) -> JobRunner {
    let state = &app.state;
    JobRunner::new(state.database.clone(), routine::jobs(state), Arc::clone(&state.metrics))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_see_the_jobs() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    ben.get(JOBS).await.assert_failure(403, "forbidden");
    app.browser().get(JOBS).await.assert_failure(401, "not_signed_in");
    let list = ann.get(JOBS).await;
    list.assert_ok();
    assert_eq!(list.body["jobs"], json!([]), "no server has started yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_job_runs_and_is_told_of() {
    let app = App::configured(Config {
        history_days: Some(730),
        ledger_days: Some(730),
        ..Config::default()
    })
    .await;
    let ann = app.signed_up("Ann").await;
    let runner = runner(&app);
    runner.register().await.unwrap();
    while runner.turn().await.unwrap() {}
    let list = ann.get(JOBS).await;
    list.assert_ok();
    let jobs = list.body["jobs"].as_array().unwrap().clone();
    let names: BTreeSet<_> = jobs.iter().filter_map(|job| job["name"].as_str()).collect();
    assert_eq!(names, JobName::ALL.map(JobName::as_str).into_iter().collect());
    for job in &jobs {
        assert_eq!(job["error"], Value::Null, "{job:#}");
        // Its first run is due half a minute after the start.
        let may_wait = job["name"] == "alert_rules" && job["state"] == "waiting";
        assert!(may_wait || job["state"] == "succeeded", "{job:#}");
    }
    let page = ann.get("/admin/jobs").await;
    assert!(
        page.text.contains("Remove ended sessions and links") && page.text.contains("Every hour")
    );
    let metrics = ann.get("/metrics").await;
    let line = r#"train_periodic_job_runs_total{job="sessions",outcome="succeeded"} 1"#;
    assert!(metrics.text.contains(line), "{}", metrics.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_lists_the_jobs_as_they_are() {
    let app = App::configured(Config {
        history_days: Some(730),
        ledger_days: Some(730),
        ..Config::default()
    })
    .await;
    for job in routine::jobs(&app.state) {
        let every = match job.period().as_secs() {
            10 => "10 s",
            20 => "20 s",
            30 => "30 s",
            60 => "minute",
            3600 => "hour",
            86_400 => "day",
            other => panic!("{other} seconds have no words here"),
        };
        let line = format!("| {} | {every} |", job.name().label());
        assert!(DOCUMENT.contains(&line), "docs/operations.md lacks “{line}”");
    }
}
