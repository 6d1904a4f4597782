//! Maintenance over HTTP: who may, what is refused and how, and the whole way from the pre-flight
//! to the log.

use crate::http::app::{App, Client};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use train::server::postgres::Event;

const MAINTENANCE: &str = "/api/database/maintenance";
const SCHEDULES: &str = "/api/database/maintenance/schedules";

fn on(operation: &str, table: &str) -> Value {
    json!({"operation": operation, "table": {"schema": "public", "name": table}})
}

async fn people(app: &App) -> [Client<'_>; 2] {
    // The first account administers the installation.
    [app.signed_up("Ada").await, app.signed_up("Mia").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_refused_everywhere() {
    let app = App::new().await;
    let [_, member] = people(&app).await;
    let body = on("vacuum", "conversations");
    let id = "00000000-0000-0000-0000-000000000001";
    let schedule = json!({
        "operation": "analyze", "scope": "wholeDatabase", "cron": "0 3 * * *", "timeZone": "UTC",
        "windowMinutes": 60, "enabled": true,
    });
    for (method, path, body) in [
        (Method::POST, format!("{MAINTENANCE}/preflight"), body.clone()),
        (Method::POST, MAINTENANCE.to_owned(), body),
        (Method::POST, format!("{MAINTENANCE}/{id}/cancel"), json!({})),
        (Method::POST, SCHEDULES.to_owned(), schedule.clone()),
        (Method::PUT, format!("{SCHEDULES}/{id}"), schedule),
        (Method::DELETE, format!("{SCHEDULES}/{id}"), json!({})),
    ] {
        let answer = member.json(method, &path, body).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
    }
    for path in [MAINTENANCE.to_owned(), SCHEDULES.to_owned(), format!("{MAINTENANCE}/{id}")] {
        assert_eq!(member.get(&path).await.status, 403, "{path}");
        assert_eq!(app.browser().get(&path).await.status, 401, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_goes_from_the_queue_to_its_outcome() {
    let app = App::new().await;
    let [admin, _] = people(&app).await;
    let looked = admin
        .post(&format!("{MAINTENANCE}/preflight"), on("vacuum_analyze", "conversations"))
        .await;
    looked.assert_ok();
    assert_eq!(
        looked.body["preflight"]["statements"],
        json!(["VACUUM (ANALYZE) \"public\".\"conversations\""])
    );

    let begun = admin.post(MAINTENANCE, on("vacuum_analyze", "conversations")).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    assert_eq!(begun.body["operation"]["status"], "queued");
    let again = admin.post(MAINTENANCE, on("analyze", "conversations")).await;
    assert_eq!(
        (again.status.as_u16(), again.body["code"].as_str()),
        (409, Some("operation_open")),
        "{}",
        again.text
    );
    let running = admin.get(&format!("{MAINTENANCE}?type=running")).await;
    assert_eq!(running.body["total"], 1, "{}", running.text);

    let mut events = app.state.events.subscribe();
    app.state.maintenance.start(app.state.shutdown.clone());
    let path = format!("{MAINTENANCE}/{}", begun.body["operation"]["id"].as_str().unwrap());
    let over = async {
        loop {
            let operation = admin.get(&path).await.body["operation"].clone();
            if !matches!(operation["status"].as_str(), Some("queued" | "running")) {
                return operation;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let done = timeout(Duration::from_secs(60), over).await.expect("it ends");
    assert_eq!(done["status"], "completed", "{done:#}");
    assert!(
        done["before"]["sizeBytes"]["value"].is_i64()
            && done["after"]["sizeBytes"]["value"].is_i64(),
        "{done:#}"
    );
    let told = async {
        loop {
            if let Event::MaintenanceProgress { status, .. } = events.recv().await.unwrap()
                && status == "completed"
            {
                return;
            }
        }
    };
    timeout(Duration::from_secs(60), told).await.expect("its end is announced");
    let log = admin.get(&format!("{MAINTENANCE}?type=history&limit=50")).await;
    assert_eq!(log.body["operations"][0]["initiatedByName"], "Ada", "{}", log.text);
    app.state.shutdown.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_told_with_its_field() {
    let app = App::new().await;
    let [admin, _] = people(&app).await;
    for (body, status) in [
        (json!({"operation": "vacuum"}), 400),
        (json!({"operation": "explode", "wholeDatabase": true}), 400),
        (on("vacuum", "nothing"), 404),
        (on("vacuum_full", "conversations"), 0),
    ] {
        let answer = admin.post(MAINTENANCE, body.clone()).await;
        if status == 0 {
            // Not confirmed, or not at this hour.
            assert!(matches!(answer.status.as_u16(), 400 | 409), "{}", answer.text);
        } else {
            assert_eq!(answer.status, status, "{body}: {}", answer.text);
        }
    }
    assert_eq!(admin.get(&format!("{MAINTENANCE}?type=future")).await.status, 400);
    assert_eq!(admin.get(&format!("{MAINTENANCE}?limit=1000")).await.status, 400);
    for field in ["schema", "table"] {
        let answer = admin.get(&format!("{MAINTENANCE}?{field}=a%00b")).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), [field]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_made_changed_and_removed() {
    let app = App::new().await;
    let [admin, _] = people(&app).await;
    let mut body = json!({
        "operation": "vacuum", "scope": {"table": {"schema": "public", "name": "conversations"}},
        "cron": "30 2 * * 0", "timeZone": "Europe/Berlin", "windowMinutes": 90, "enabled": true,
    });
    let made = admin.post(SCHEDULES, body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert!(made.body["schedule"]["nextRun"].is_string());
    let path = format!("{SCHEDULES}/{}", made.body["schedule"]["id"].as_str().unwrap());
    body["enabled"] = json!(false);
    let changed = admin.json(Method::PUT, &path, body.clone()).await;
    changed.assert_ok();
    assert_eq!(changed.body["schedule"]["nextRun"], Value::Null);
    body["cron"] = json!("never");
    let wrong = admin.post(SCHEDULES, body).await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.body["fields"][0]["path"].as_str()),
        (400, Some("cron")),
        "{}",
        wrong.text
    );
    admin.delete(&path).await.assert_ok();
    assert_eq!(admin.get(SCHEDULES).await.body["schedules"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_4_3_an_operation_may_be_written_as_sql_has_it() {
    let app = App::new().await;
    let [admin, _] = people(&app).await;
    let path = format!("{MAINTENANCE}/preflight");
    for (word, statement) in [
        ("VACUUM ANALYZE", "VACUUM (ANALYZE) \"public\".\"conversations\""),
        ("Analyze", "ANALYZE \"public\".\"conversations\""),
        ("vacuum_analyze", "VACUUM (ANALYZE) \"public\".\"conversations\""),
    ] {
        let looked = admin.post(&path, on(word, "conversations")).await;
        looked.assert_ok();
        assert!(looked.text.contains(&statement.replace('"', "\\\"")), "{word}: {}", looked.text);
    }
    let refused = admin.post(&path, on("DROP TABLE", "conversations")).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert!(refused.text.contains("operation must be one of vacuum, "), "{}", refused.text);
}
