//! The routes for administrators of the installation and its database.

use super::{delete, get, patch, post, put, text};
use crate::http::app::{App, Client, email};
use axum::body::Body;
use chrono::Utc;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use train::{
    domain::database::{Panel, Usage},
    server::database::health::Observations,
};

/// All of them.
pub async fn tour(app: &App, admin: &Client<'_>) {
    installation(app, admin).await;
    alerts(app, admin).await;
    database(app, admin).await;
    maintenance(admin).await;
    backups(admin).await;
}

async fn installation(app: &App, admin: &Client<'_>) {
    let dora = app.signed_up("Dora").await;
    let people = get(admin, "/api/admin/people?search=dora&state=active&role=member").await;
    let person = format!("/api/admin/people/{}", text(&people, "/people/0/id"));
    patch(admin, &person, json!({"role": "admin"})).await;
    patch(admin, &person, json!({"role": "member"})).await;
    let made = post(admin, &format!("{person}/one-time-password"), Value::Null).await;
    let new = json!({"email": email("Dora"), "password": made["password"],
        "newPassword": "seven small lighthouses"});
    post(&dora, "/api/auth/sign-in", new).await;
    patch(admin, &person, json!({"disabled": true})).await;
    patch(admin, &person, json!({"disabled": false})).await;
    get(admin, "/api/admin/organizations?search=team&page=1&limit=5").await;
    get(admin, "/api/admin/sign-up").await;
    put(admin, "/api/admin/sign-up", json!({"signUp": "closed"})).await;
    put(admin, "/api/admin/sign-up", json!({"signUp": "open"})).await;
    post(admin, "/api/admin/history/verify", Value::Null).await;
    get(admin, "/api/admin/overview").await;
    get(admin, "/api/admin/log?limit=5").await;
}

async fn alerts(app: &App, admin: &Client<'_>) {
    const RULES: &str = "/api/database/alert-rules";
    let rules = get(admin, RULES).await;
    let hasty = json!({"rules": [{"kind": "high_connection_usage", "enabled": true, "info": 70,
        "warning": 80, "critical": 90, "unit": "percent", "forSeconds": 0}],
        "webhook": null, "version": rules["version"]});
    put(admin, RULES, hasty).await;
    let connections = Panel::exact(Usage { used: 95, available: 100 }, Utc::now());
    let observed = Observations { connections, ..Observations::default() };
    assert!(app.state.alerts.apply(&observed).await.unwrap());
    let listed = get(admin, "/api/database/alerts?state=open&page=1&limit=5").await;
    let act = json!({"alertId": listed["alerts"][0]["id"], "action": "mute", "hours": 2});
    patch(admin, "/api/database/alerts", act).await;
}

async fn database(app: &App, admin: &Client<'_>) {
    const HEALTH: &str = "/api/database/health";
    get(admin, HEALTH).await;
    for part in [
        "overview&fresh=true",
        "tables&problem=bloat&sort=size",
        "indexes&limit=5",
        "connections",
        "queries&slow=true",
    ] {
        get(admin, &format!("{HEALTH}?type={part}")).await;
    }
    let table = json!({"target": {"table": {"schema": "public", "name": "organizations"}}});
    post(admin, &format!("{HEALTH}/exact-bloat"), table).await;
    // Something that is known by its text and can be explained.
    let statement = "SELECT count(*) FROM organizations WHERE name = $1 AND 'tour' = 'tour'";
    let asked = sqlx::query_scalar::<_, i64>(statement).bind("Review team");
    asked.fetch_one(app.database.database.pool()).await.unwrap();
    let found = get(admin, &format!("{HEALTH}?type=queries&search=organizations&limit=100")).await;
    let queries = found["queries"]["value"]["queries"].as_array().unwrap();
    let known = |query: &&Value| text(query, "/query").contains("FROM organizations WHERE name");
    let query = queries.iter().find(known).unwrap_or_else(|| panic!("{found:#}"));
    post(admin, &format!("{HEALTH}/explain"), json!({"queryId": query["id"]})).await;
    for end in ["cancel", "terminate"] {
        let nobody = format!("/api/database/connections/1/{end}");
        post(admin, &nobody, json!({"startedAt": "2026-11-25T12:00:00Z"})).await;
    }
    get(admin, "/api/database/setup").await;
    get(admin, "/api/database/report?month=2026-11").await;
}

async fn maintenance(admin: &Client<'_>) {
    const MAINTENANCE: &str = "/api/database/maintenance";
    let body = json!({"operation": "vacuum_analyze", "options": {"reason": "The tour."},
        "table": {"schema": "public", "name": "conversations"}});
    post(admin, &format!("{MAINTENANCE}/preflight"), body.clone()).await;
    let queued = post(admin, MAINTENANCE, body).await;
    let path = format!("{MAINTENANCE}/{}", text(&queued, "/operation/id"));
    get(admin, &format!("{MAINTENANCE}?type=running&page=1&limit=5")).await;
    get(admin, &path).await;
    post(admin, &format!("{path}/cancel"), Value::Null).await;
    let schedule = json!({"operation": "analyze", "scope": "wholeDatabase", "cron": "0 3 * * *",
        "timeZone": "UTC", "windowMinutes": 60, "enabled": true});
    let made = post(admin, &format!("{MAINTENANCE}/schedules"), schedule.clone()).await;
    let path = format!("{MAINTENANCE}/schedules/{}", text(&made, "/schedule/id"));
    put(admin, &path, schedule).await;
    get(admin, &format!("{MAINTENANCE}/schedules")).await;
    delete(admin, &path).await;
}

async fn backups(admin: &Client<'_>) {
    const BACKUPS: &str = "/api/database/backups";
    let schedule = json!({"enabled": true, "cron": "0 3 * * *", "timeZone": "UTC", "keep": 3});
    put(admin, &format!("{BACKUPS}/schedule"), schedule).await;
    let made = post(admin, BACKUPS, Value::Null).await;
    let path = format!("{BACKUPS}/{}", text(&made, "/backup/id"));
    let over = async {
        while get(admin, BACKUPS).await["backups"][0]["state"] == "running" {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), over).await.expect("it is made");
    let file = admin.open(Method::GET, &format!("{path}/download"), None, Body::empty()).await;
    assert_eq!(file.status(), 200);
    delete(admin, &path).await;
}
