//! Backups and the report over HTTP: who may, and what is answered.

use crate::http::app::{App, MASTER_KEY};
use crate::support::scratch_directory;
use axum::body::{Body, to_bytes};
use http::{Method, StatusCode};
use serde_json::json;
use train::server::config::Config;
use uuid::Uuid;

const BACKUPS: &str = "/api/database/backups";

async fn app() -> App {
    App::configured(Config { backup_dir: Some(scratch_directory("backups")), ..Config::default() })
        .await
}

#[tokio::test]
async fn a_backup_is_made_listed_downloaded_and_removed() {
    let app = app().await;
    let administrator = app.signed_up("Ada").await;
    let list = administrator.get(BACKUPS).await;
    list.assert_ok();
    assert_eq!(list.body["backups"], json!([]));
    assert_eq!(list.body["pgDump"]["quality"], "exact");
    let made = administrator.post(BACKUPS, json!({})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    let id = made.body["backup"]["id"].as_str().unwrap().to_owned();
    let backup = loop {
        let list = administrator.get(BACKUPS).await;
        if list.body["backups"][0]["state"] != "running" {
            break list.body["backups"][0].clone();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((&backup["state"], &backup["initiatedByName"]), (&json!("verified"), &json!("Ada")));

    let response = administrator
        .open(Method::GET, &format!("{BACKUPS}/{id}/download"), None, Body::empty())
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        header("content-disposition"),
        format!("attachment; filename=\"{}\"", backup["fileName"].as_str().unwrap())
    );
    assert_eq!(
        (header("content-length"), header("cache-control")),
        (backup["sizeBytes"].to_string(), "no-store".into())
    );
    let file = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    assert!(file.starts_with(b"PGDMP"));
    assert!(
        !file.windows(MASTER_KEY.len()).any(|piece| piece == MASTER_KEY.as_bytes()),
        "the master key is not in it"
    );

    administrator.delete(&format!("{BACKUPS}/{id}")).await.assert_ok();
    for path in
        [format!("{BACKUPS}/{id}/download"), format!("{BACKUPS}/{}/download", Uuid::new_v4())]
    {
        assert_eq!(administrator.get(&path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_schedule_is_checked_and_answered_with_its_next_run() {
    let app = app().await;
    let administrator = app.signed_up("Ada").await;
    let path = format!("{BACKUPS}/schedule");
    let schedule =
        json!({"enabled": true, "cron": "0 3 * * *", "timeZone": "Europe/Berlin", "keep": 3});
    let set = administrator.json(Method::PUT, &path, schedule.clone()).await;
    set.assert_ok();
    assert!(set.body["schedule"]["nextRun"].is_string(), "{:?}", set.body);
    let list = administrator.get(BACKUPS).await;
    assert_eq!(list.body["schedule"], set.body["schedule"]);
    for (field, wrong) in [
        ("cron", json!("* * *")),
        ("timeZone", json!("Mars")),
        ("keep", json!(0)),
        ("keep", json!("x")),
    ] {
        let mut body = schedule.clone();
        body[field] = wrong;
        let answer = administrator.json(Method::PUT, &path, body).await;
        assert_eq!(
            (answer.status, &answer.body["fields"][0]["path"]),
            (StatusCode::BAD_REQUEST, &json!(field))
        );
    }
}

#[tokio::test]
async fn members_and_strangers_reach_neither_backups_nor_the_report() {
    let app = app().await;
    let administrator = app.signed_up("Ada").await;
    let member = app.signed_up("Ben").await;
    let id = Uuid::new_v4();
    for (client, status) in
        [(&member, StatusCode::FORBIDDEN), (&app.browser(), StatusCode::UNAUTHORIZED)]
    {
        let schedule = json!({"enabled": false, "cron": "0 3 * * *", "timeZone": "UTC", "keep": 3});
        for answer in [
            client.get(BACKUPS).await,
            client.post(BACKUPS, json!({})).await,
            client.get(&format!("{BACKUPS}/{id}/download")).await,
            client.delete(&format!("{BACKUPS}/{id}")).await,
            client.json(Method::PUT, &format!("{BACKUPS}/schedule"), schedule).await,
            client.get("/api/database/report").await,
        ] {
            assert_eq!(answer.status, status, "{:?}", answer.body);
        }
    }
    let report = administrator.get("/api/database/report?month=2026-01").await;
    report.assert_ok();
    assert_eq!(report.body["report"]["month"], "2026-01");
    for wrong in ["month=2026-00", "month=9999-01", "year=2026"] {
        assert_eq!(
            administrator.get(&format!("/api/database/report?{wrong}")).await.status,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
}
