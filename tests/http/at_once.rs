//! What many requests of one person at the same moment can and cannot do.

use super::app::{App, Client};
use crate::support::run;
use axum::body::Body;
use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::time::Duration;
use uuid::Uuid;

const PREFERENCES: &str = "/api/user-preferences";
const AI: &str = "/api/ai-configuration";
/// How many sessions wait for a lock.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

async fn id_of(person: &Client<'_>) -> Uuid {
    person.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().parse().unwrap()
}

pub async fn superuser(app: &App) -> PgConnection {
    PgConnection::connect_with(&app.database.options().username("postgres")).await.unwrap()
}

async fn count(connection: &mut PgConnection, sql: String) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
}

/// Returns once so many sessions wait for a lock. On a connection outside of a transaction, which
/// would see the same all the time.
pub async fn until_waiting(connection: &mut PgConnection, wanted: i64) {
    while count(connection, WAITING.into()).await < wanted {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_2_one_person_does_not_stall_the_others() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    let (mut locker, mut watcher) = (superuser(&app).await, superuser(&app).await);
    let mut holder = locker.begin().await.unwrap();
    sqlx::query("SELECT FROM user_preferences WHERE user_id = $1 FOR UPDATE")
        .bind(id_of(&ann).await)
        .execute(&mut *holder)
        .await
        .unwrap();
    // Each of them waits for the row and would hold a connection meanwhile.
    let windows: Vec<_> = (0..80).map(|_| ann.again()).collect();
    let slow =
        join_all(windows.iter().map(|window| window.patch(PREFERENCES, json!({"theme": "dark"}))));
    let others = async {
        until_waiting(&mut watcher, 8).await;
        for rows in [10, 25, 50, 100, 10, 25, 50] {
            ben.patch(PREFERENCES, json!({"rowsPerPage": rows})).await.assert_ok();
        }
        let stranger = app.browser().from("192.0.2.9");
        stranger.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
        until_waiting(&mut watcher, 8).await;
        holder.rollback().await.unwrap();
    };
    let (answers, ()) = tokio::join!(slow, others);
    for answer in &answers {
        match answer.status {
            StatusCode::OK => {}
            _ => {
                answer.assert_failure(429, "too_many_at_once");
                assert_eq!(answer.header("retry-after"), "1");
            }
        }
    }
    assert!(answers.iter().any(|answer| answer.status == StatusCode::OK));
    ann.patch(PREFERENCES, json!({"theme": "light"})).await.assert_ok();
}

/// Keeps everybody else from a whole table until the connection rolls back.
async fn lock(locker: &mut PgConnection, table: &str) {
    run(locker, "BEGIN").await;
    run(locker, &format!("LOCK TABLE {table}")).await;
}

/// What a generation does in the database has its place among its person's work, also what comes
/// before the gates.
#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_2_generations_that_are_booked_together_do_not_stall_the_others() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    let (mut locker, mut watcher) = (superuser(&app).await, superuser(&app).await);
    lock(&mut locker, "idempotency_keys").await;
    let generation = json!({"persona": "a nurse", "emotion": "calm", "topic": "sleep",
        "tier": "template", "turns": 4});
    let windows: Vec<_> = (0..60)
        .map(|_| ann.again().header("idempotency-key", &Uuid::new_v4().to_string()))
        .collect();
    let slow = join_all(
        windows.iter().map(|window| window.post("/api/conversations/generate", generation.clone())),
    );
    let others = async {
        until_waiting(&mut watcher, 8).await;
        for rows in [10, 25, 50, 100] {
            ben.patch(PREFERENCES, json!({"rowsPerPage": rows})).await.assert_ok();
        }
        assert_eq!(count(&mut watcher, WAITING.into()).await, 8);
        run(&mut locker, "ROLLBACK").await;
    };
    let (answers, ()) = tokio::join!(slow, others);
    for answer in answers {
        answer.assert_failure(409, "key_missing");
    }
}

/// A page loads its parts side by side, and each of them would hold a connection.
#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_2_pages_of_several_parts_hold_one_connection_each() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    // As many connections as the page has parts.
    let narrow = app.narrow_server(3).await;
    let (ann, ben) = (ann.through(&narrow), ben.through(&narrow));
    ann.get("/ai/costs").await;
    ben.get(PREFERENCES).await.assert_ok();
    let (mut locker, mut watcher) = (superuser(&app).await, superuser(&app).await);
    lock(&mut locker, "generation_logs").await;
    let others = async {
        until_waiting(&mut watcher, 1).await;
        for rows in [10, 25, 50, 100] {
            ben.patch(PREFERENCES, json!({"rowsPerPage": rows})).await.assert_ok();
        }
        assert_eq!(count(&mut watcher, WAITING.into()).await, 1);
        run(&mut locker, "ROLLBACK").await;
    };
    let (page, ()) = tokio::join!(ann.get("/ai/costs"), others);
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_2_streams_that_are_opened_together_do_not_stall_the_others() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    let (mut locker, mut watcher) = (superuser(&app).await, superuser(&app).await);
    let windows: Vec<_> = (0..40).map(|_| ann.again()).collect();
    windows[0].get("/api/auth/me").await.assert_ok();
    lock(&mut locker, "organization_members").await;
    let opened = join_all(
        windows.iter().map(|window| window.open(Method::GET, "/api/events", None, Body::empty())),
    );
    let others = async {
        until_waiting(&mut watcher, 8).await;
        ben.get("/api/notifications").await.assert_ok();
        assert_eq!(count(&mut watcher, WAITING.into()).await, 8);
        run(&mut locker, "ROLLBACK").await;
    };
    let (answers, ()) = tokio::join!(opened, others);
    for answer in answers {
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_2_strangers_who_ask_whether_it_is_ready_do_not_stall_the_others() {
    let app = App::new().await;
    let ben = app.signed_up("Ben").await;
    let (mut locker, mut watcher) = (superuser(&app).await, superuser(&app).await);
    lock(&mut locker, "_sqlx_migrations").await;
    let probes: Vec<_> =
        (0..80).map(|number| app.browser().from(&format!("192.0.2.{}", number + 1))).collect();
    let probed = join_all(probes.iter().map(|probe| probe.get("/readyz")));
    let others = async {
        until_waiting(&mut watcher, 1).await;
        ben.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
        // One looks for all; of those who gave up, the database may not know yet.
        let waiting = count(&mut watcher, WAITING.into()).await;
        assert!(waiting < 8, "{waiting}");
        run(&mut locker, "ROLLBACK").await;
    };
    tokio::join!(probed, others);
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_2_unknown_credentials_do_not_take_all_connections() {
    let app = App::new().await;
    let ben = app.signed_up("Ben").await;
    let (mut locker, mut watcher) = (superuser(&app).await, superuser(&app).await);
    let mut holder = locker.begin().await.unwrap();
    sqlx::query("LOCK TABLE auth.api_tokens").execute(&mut *holder).await.unwrap();
    let token = format!("trn_{}", "0".repeat(64));
    let guesses =
        join_all((0..80).map(|_| async {
            app.with_token(&token).from("192.0.2.66").get("/api/auth/me").await
        }));
    let others = async {
        until_waiting(&mut watcher, 8).await;
        ben.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
        holder.rollback().await.unwrap();
    };
    let (answers, ()) = tokio::join!(guesses, others);
    for answer in &answers {
        let code = answer.body["code"].as_str().unwrap();
        assert!(matches!(code, "invalid_token" | "too_many_at_once"), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_10_parallel_requests_do_not_pass_the_limit_of_tokens() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let id = id_of(&ann).await;
    let mut service = app.database.role("service_role").await;
    sqlx::query(
        "INSERT INTO auth.api_tokens (user_id, name, token_hash, last_four, scopes)
         SELECT $1, 'x', sha256(n::text::bytea), 'abcd', '{history:read}'
         FROM generate_series(1, 90) n",
    )
    .bind(id)
    .execute(&mut service)
    .await
    .unwrap();
    let body = json!({"name": "one more", "scopes": ["history:read"]});
    let answers = join_all((0..60).map(|_| ann.post("/api/tokens", body.clone()))).await;
    let made = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(made, 10);
    for refused in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        refused.assert_failure(400, "validation_failed");
    }
    assert_eq!(count(&mut service, "SELECT count(*) FROM auth.api_tokens".into()).await, 100);
}

async fn configurations(app: &App, owner: &str, id: Uuid) {
    let sql = format!(
        "INSERT INTO ai_configurations ({owner}, config_name) SELECT $1, 'C' || n
            FROM generate_series(1, 45) n"
    );
    let mut owner = app.database.role("train_owner").await;
    sqlx::query(AssertSqlSafe(sql)).bind(id).execute(&mut owner).await.unwrap();
}

async fn make_sixty(person: &Client<'_>, scope: &str) -> usize {
    let body = |number: usize| {
        json!({
            "configName": format!("New {number}"),
            "scope": scope,
            "updates": {"model": {"temperature": 0.5}},
        })
    };
    let answers = join_all((0..60).map(|number| person.patch(AI, body(number)))).await;
    let (made, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == StatusCode::OK);
    for refused in refused {
        refused.assert_failure(400, "validation_failed");
        assert!(refused.text.contains("50 configurations already"), "{}", refused.text);
    }
    made.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_10_parallel_requests_do_not_pass_the_limit_of_configurations() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    configurations(&app, "user_id", id_of(&ann).await).await;
    assert_eq!(make_sixty(&ann, "person").await, 5);
    let me = ann.get("/api/auth/me").await;
    let organization = me.body["user"]["organization"]["id"].as_str().unwrap().parse().unwrap();
    configurations(&app, "organization_id", organization).await;
    assert_eq!(make_sixty(&ann, "organization").await, 5);
    let mut owner = app.database.role("train_owner").await;
    assert_eq!(count(&mut owner, "SELECT count(*) FROM ai_configurations".into()).await, 100);
}

/// Several deleted configurations that come back together are counted together.
#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_10_bringing_back_several_does_not_pass_the_limit_of_configurations() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    configurations(&app, "user_id", id_of(&ann).await).await;
    let mut changes: Vec<Value> = Vec::new();
    for name in ["C1", "C2", "C3"] {
        let body = json!({"configName": name});
        ann.json(http::Method::DELETE, AI, body).await.assert_ok();
        let newest = ann.get("/api/config/change-history?limit=1").await;
        changes.push(newest.body["changes"][0]["id"].clone());
    }
    let mut owner = app.database.role("train_owner").await;
    let id = id_of(&ann).await;
    sqlx::query(
        "INSERT INTO ai_configurations (user_id, config_name) SELECT $1, 'D' || n
            FROM generate_series(1, 6) n",
    )
    .bind(id)
    .execute(&mut owner)
    .await
    .unwrap();
    let ask = |rest: Value| {
        let mut body = json!({"action": "bulk", "changeIds": changes, "reason": "all of them"});
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        ann.post("/api/config/rollback", body)
    };
    let preview = ask(json!({"preview": true})).await;
    let targets = preview.body["targets"].as_array().unwrap();
    let versions: serde_json::Map<String, Value> = targets
        .iter()
        .map(|target| {
            (target["targetId"].as_str().unwrap().into(), target["currentVersion"].clone())
        })
        .collect();
    let answer = ask(json!({"expectedVersions": versions})).await;
    assert!(answer.text.contains("50 configurations already"), "{}", answer.text);
    assert_eq!(count(&mut owner, "SELECT count(*) FROM ai_configurations".into()).await, 48);
}
