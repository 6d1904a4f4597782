//! Alerts over HTTP: who may see and settle them, what is refused, and the shapes.

use crate::http::app::App;
use chrono::Utc;
use http::Method;
use serde_json::{Value, json};
use train::{
    domain::database::{Panel, Usage},
    server::database::health::Observations,
};

const ALERTS: &str = "/api/database/alerts";
const RULES: &str = "/api/database/alert-rules";

/// One alert, raised at once: 95 of 100 connections are in use.
async fn raise(app: &App) {
    let hasty = r#"{"high_connection_usage": {"forSeconds": 0}}"#;
    sqlx::query("UPDATE database_alert_rules SET overrides = $1::jsonb")
        .bind(hasty)
        .execute(app.database.database.pool())
        .await
        .unwrap();
    let connections = Panel::exact(Usage { used: 95, available: 100 }, Utc::now());
    let observed = Observations { connections, ..Observations::default() };
    assert!(app.state.alerts.apply(&observed).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_come_in() {
    let app = App::new().await;
    let admin = app.signed_up("Ada").await;
    let member = app.signed_up("Ben").await;
    app.browser().get(ALERTS).await.assert_failure(401, "not_signed_in");
    member.get(ALERTS).await.assert_failure(403, "forbidden");
    let act = json!({"alertId": uuid::Uuid::nil(), "action": "resolve"});
    member.patch(ALERTS, act.clone()).await.assert_failure(403, "forbidden");
    member.get(RULES).await.assert_failure(403, "forbidden");
    let rules = json!({"rules": [], "webhook": null, "version": 1});
    member.json(Method::PUT, RULES, rules).await.assert_failure(403, "forbidden");
    admin.get(ALERTS).await.assert_ok();
    admin.patch(ALERTS, act).await.assert_failure(404, "not_found");

    let made =
        admin.post("/api/tokens", json!({"name": "Watch", "scopes": ["database:read"]})).await;
    let script = app.with_token(made.body["secret"].as_str().unwrap());
    script.get(ALERTS).await.assert_ok();
    script
        .patch(ALERTS, json!({"alertId": uuid::Uuid::nil(), "action": "mute"}))
        .await
        .assert_failure(403, "scope_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_listed_acknowledged_muted_and_resolved() {
    let app = App::new().await;
    let admin = app.signed_up("Ada").await;
    raise(&app).await;
    let list = admin
        .get(&format!("{ALERTS}?severity=critical&kind=high_connection_usage&page=1&limit=5"))
        .await;
    list.assert_ok();
    assert_eq!(
        (&list.body["total"], &list.body["page"], &list.body["limit"]),
        (&json!(1), &json!(1), &json!(5))
    );
    assert!(list.body["checkedAt"].is_string() && list.body["unchecked"].is_array());
    let alert = &list.body["alerts"][0];
    for (field, value) in [
        ("kind", json!("high_connection_usage")),
        ("severity", json!("critical")),
        ("state", json!("open")),
        ("subject", json!("connections")),
        ("object", Value::Null),
        ("cause", json!("95 of 100 connections are in use, 95 %.")),
        ("action", json!({"label": "Show connections", "href": "/database/connections"})),
        ("acknowledgedBy", Value::Null),
        ("mutedUntil", Value::Null),
    ] {
        assert_eq!(alert[field], value, "{field}");
    }
    assert_eq!(admin.get(&format!("{ALERTS}?severity=info")).await.body["alerts"], json!([]));

    let act = |action: &str| json!({"alertId": alert["id"], "action": action});
    let known = admin.patch(ALERTS, act("acknowledge")).await;
    known.assert_ok();
    assert_eq!(
        (&known.body["alert"]["state"], &known.body["alert"]["acknowledgedBy"]),
        (&json!("acknowledged"), &json!("Ada"))
    );
    assert_eq!(admin.get(&format!("{ALERTS}?state=acknowledged")).await.body["total"], 1);
    let muted =
        admin.patch(ALERTS, json!({"alertId": alert["id"], "action": "mute", "hours": 2})).await;
    assert!(muted.body["alert"]["mutedUntil"].is_string(), "{}", muted.text);
    admin.patch(ALERTS, act("resolve")).await.assert_ok();
    assert_eq!(admin.get(ALERTS).await.body["total"], 0);
    let resolved = admin.get(&format!("{ALERTS}?state=resolved")).await;
    assert_eq!(resolved.body["alerts"][0]["resolvedBy"], "Ada");
    admin.patch(ALERTS, act("acknowledge")).await.assert_failure(409, "already_resolved");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_its_place() {
    let app = App::new().await;
    let admin = app.signed_up("Ada").await;
    for query in ["state=gone", "severity=awful", "kind=noise", "page=x", "other=1"] {
        let answer = admin.get(&format!("{ALERTS}?{query}")).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), [query.split('=').next().unwrap()]);
    }
    assert_eq!(admin.get(&format!("{ALERTS}?page=0&limit=500")).await.paths(), ["page", "limit"]);
    let act = |action: &str| json!({"alertId": uuid::Uuid::nil(), "action": action, "hours": 9000});
    let unknown = admin.patch(ALERTS, act("hide")).await;
    unknown.assert_failure(400, "validation_failed");
    assert_eq!(unknown.paths(), ["action"]);
    assert_eq!(unknown.body["error"], "action must be one of acknowledge, resolve, mute.");
    assert_eq!(admin.patch(ALERTS, act("mute")).await.paths(), ["hours"]);
    assert_eq!(admin.patch(ALERTS, json!({"action": "mute"})).await.paths(), ["alertId"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_read_and_changed() {
    let app = App::new().await;
    let admin = app.signed_up("Ada").await;
    let rules = admin.get(RULES).await;
    rules.assert_ok();
    assert_eq!(
        (rules.body["rules"].as_array().unwrap().len(), &rules.body["version"]),
        (19, &json!(1))
    );
    let bloat = json!({
        "kind": "high_bloat", "enabled": true, "info": null, "warning": 20.0, "critical": 50.0,
        "unit": "%", "forSeconds": 0,
    });
    assert_eq!(rules.body["rules"][0], bloat);

    let mut body = json!({
        "rules": rules.body["rules"], "webhook": "https://hooks.example.com/x?key=s3cret",
        "version": 1,
    });
    body["rules"][0]["warning"] = json!(30.0);
    let changed = admin.json(Method::PUT, RULES, body.clone()).await;
    changed.assert_ok();
    assert_eq!(changed.body["rules"][0]["warning"], 30.0);
    assert_eq!(changed.body["webhook"], "https://hooks.example.com/x?key=…");
    let late = admin.json(Method::PUT, RULES, body.clone()).await;
    late.assert_failure(409, "version_conflict");
    assert_eq!(late.body["current"]["version"], 2);
    assert!(!late.text.contains("s3cret"));

    body["rules"][0]["critical"] = json!(10.0);
    body["rules"][6]["warning"] = json!(0.0);
    body["webhook"] = json!("gopher://x");
    let wrong = admin.json(Method::PUT, RULES, body).await;
    wrong.assert_failure(400, "validation_failed");
    assert_eq!(
        wrong.paths(),
        ["rules.high_bloat.critical", "rules.high_connection_usage.warning", "webhook"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_open_alerts() {
    let app = App::new().await;
    raise(&app).await;
    let text = app.program().get("/metrics").await.text;
    assert!(text.contains("train_database_alerts_open{severity=\"critical\"} 1"), "{text}");
    assert!(
        text.contains("train_postgres_connections_used 95")
            && text.contains("train_http_requests_total"),
        "{text}"
    );
}
