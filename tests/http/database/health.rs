//! The health of the database over HTTP: its parts, and that nobody but administrators sees it.

use crate::http::app::App;
use http::StatusCode;
use serde_json::json;

const HEALTH: &str = "/api/database/health";

#[tokio::test]
async fn every_part_answers_an_administrator() {
    let app = App::new().await;
    let administrator = app.signed_up("Ann").await;
    let full = administrator.get(HEALTH).await;
    full.assert_ok();
    assert!(
        full.body["overview"]["overview"]["value"]["sizeBytes"]["value"].as_i64().unwrap() > 0,
        "{:?}",
        full.body
    );
    for part in ["tables", "indexes", "queries", "connections"] {
        let answer = administrator.get(&format!("{HEALTH}?type={part}&limit=5")).await;
        answer.assert_ok();
        assert!(
            answer.body[part].is_object() && answer.body.get("overview").is_none(),
            "{:?}",
            answer.body
        );
    }
    administrator.get("/api/database/setup").await.assert_ok();
    let table = json!({"target": {"table": {"schema": "public", "name": "organizations"}}});
    administrator.post(&format!("{HEALTH}/exact-bloat"), table).await.assert_ok();
    for (wrong, field) in [
        ("type=other", "type"),
        ("type=tables&sort=other", "sort"),
        ("type=indexes&problem=vacuumDue", "problem"),
        ("type=tables&limit=0", "limit"),
        ("type=tables&page=x", "page"),
        ("other=1", "other"),
    ] {
        let answer = administrator.get(&format!("{HEALTH}?{wrong}")).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), [field], "{wrong}");
    }
    let sorted = administrator.get(&format!("{HEALTH}?type=queries&sort=size")).await;
    assert!(sorted.text.contains("sort must be one of totalTime, meanTime, "), "{}", sorted.text);
}

#[tokio::test]
async fn members_are_refused_everywhere() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let member = app.signed_up("Ben").await;
    let started = json!({"startedAt": "2026-11-25T12:00:00Z"});
    for path in [HEALTH, "/api/database/setup", "/api/database/health?type=tables"] {
        assert_eq!(member.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for (path, body) in [
        (
            "/api/database/health/exact-bloat",
            json!({"target": {"table": {"schema": "public", "name": "organizations"}}}),
        ),
        ("/api/database/health/explain", json!({"queryId": "1"})),
        ("/api/database/connections/1/cancel", started.clone()),
        ("/api/database/connections/1/terminate", started),
    ] {
        assert_eq!(member.post(path, body).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_session_of_a_year_that_nobody_means_is_refused_with_its_field() {
    let app = App::new().await;
    let administrator = app.signed_up("Ann").await;
    for path in ["/api/database/connections/1/cancel", "/api/database/connections/1/terminate"] {
        for wrong in ["-200000-01-01T00:00:00Z", "+200000-01-01T00:00:00Z", "soon"] {
            let answer = administrator.post(path, json!({"startedAt": wrong})).await;
            answer.assert_failure(400, "validation_failed");
            assert_eq!(answer.paths(), ["startedAt"], "{wrong}");
        }
        let gone = administrator.post(path, json!({"startedAt": "2026-11-25T12:00:00Z"})).await;
        gone.assert_ok();
        assert_eq!(gone.body["sent"], false, "{}", gone.text);
    }
}
