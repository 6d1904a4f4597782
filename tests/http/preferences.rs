//! Preferences over HTTP: merging, versions, repeated saves, refusals, history, defaults of an
//! organization.

use super::app::{Answer, App, Client, join};
use serde_json::{Value, json};
use train::server::http::router::router;
use uuid::Uuid;

const PATH: &str = "/api/user-preferences";

async fn history(person: &Client<'_>) -> Vec<Value> {
    let answer = person.get("/api/config/change-history?limit=100").await;
    answer.assert_ok();
    answer.body["changes"].as_array().unwrap().clone()
}

async fn refused(person: &Client<'_>, body: Value, paths: &[&str]) {
    let answer = person.patch(PATH, body).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), paths, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_account_inherits_everything() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    let answer = anna.get(PATH).await;
    answer.assert_ok();
    assert_eq!(answer.body["overrides"], json!({}));
    assert_eq!(answer.body["preferences"]["rowsPerPage"], 25);
    assert_eq!(answer.body["sources"]["theme"], "default");
    assert_eq!((answer.body["version"].as_i64(), answer.header("etag")), (Some(1), "\"1\""));
    app.browser().get(PATH).await.assert_failure(401, "not_signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_merged_stored_sparsely_and_recorded_once() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    anna.patch(PATH, json!({"notifications": {"email": true}, "theme": "dark"})).await.assert_ok();
    let answer = anna.patch(PATH, json!({"notifications": {"toast": false}})).await;
    assert_eq!(
        answer.body["overrides"],
        json!({"theme": "dark", "notifications": {"email": true, "toast": false}})
    );
    assert_eq!(answer.body["version"], 3);
    assert_eq!(anna.get(PATH).await.body["preferences"]["notifications"]["inApp"], true);
    let changes = history(&anna).await;
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0]["changes"], json!([{"path": "notifications.toast", "new": false}]));
    assert_eq!(
        (&changes[0]["source"], &changes[0]["action"], &changes[0]["version"]),
        (&json!("page"), &json!("updated"), &json!(3))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_that_changes_nothing_leaves_nothing() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    for body in [json!({}), json!({"theme": null}), json!({"qualityThresholds": {}})] {
        assert_eq!(anna.patch(PATH, body).await.body["version"], 1);
    }
    anna.patch(PATH, json!({"qualityThresholds": {"flagging": 6}})).await.assert_ok();
    assert_eq!(
        anna.patch(PATH, json!({"qualityThresholds": {"flagging": 6.0}})).await.body["version"],
        2
    );
    assert_eq!(history(&anna).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_allowed_is_named_and_not_stored() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    // What cannot be read and what breaks a rule, in one answer.
    let both = json!({"theme": "blue", "qualityThresholds": {"autoApproval": 5}});
    refused(&anna, both, &["theme", "qualityThresholds.autoApproval"]).await;
    refused(
        &anna,
        json!({"qualityThresholds": {"autoApproval": 5}}),
        &["qualityThresholds.autoApproval"],
    )
    .await;
    refused(&anna, json!({"nope": 1}), &["nope"]).await;
    refused(&anna, json!({"theme": 3, "rowsPerPage": 11}), &["rowsPerPage", "theme"]).await;
    refused(
        &anna,
        json!({"keyboardShortcuts": {"customBindings": {"export": "Ctrl+K"}}}),
        &["keyboardShortcuts.customBindings.export"],
    )
    .await;
    refused(&anna, json!([]), &[""]).await;
    for text in [
        r#"{"theme":"dark","theme":"light"}"#,
        r#"{"rowsPerPage":1e999}"#,
        r#"{"rowsPerPage":NaN}"#,
        "{",
        &"[".repeat(500),
    ] {
        let answer = anna
            .send(http::Method::PATCH, PATH, Some("application/json"), text.to_owned().into())
            .await;
        answer.assert_failure(400, "malformed_json");
    }
    let big = format!("{{\"theme\":\"{}\"}}", "x".repeat(1 << 20));
    anna.send(http::Method::PATCH, PATH, Some("application/json"), big.into())
        .await
        .assert_failure(413, "too_large");
    anna.send(http::Method::PATCH, PATH, Some("text/plain"), "{}".into())
        .await
        .assert_failure(415, "unsupported_media_type");
    anna.post(PATH, json!({"action": "explode"})).await.assert_failure(400, "validation_failed");
    anna.post(PATH, json!({"action": "reset", "section": "nope"}))
        .await
        .assert_failure(400, "validation_failed");
    assert_eq!(
        (anna.get(PATH).await.body["version"].as_i64(), history(&anna).await.len()),
        (Some(1), 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_save_twice_is_stored_once() {
    let app = App::new().await;
    let key = Uuid::new_v4().to_string();
    let anna = app.signed_up("Anna").await.header("idempotency-key", &key);
    anna.patch(PATH, json!({"theme": "dark"})).await.assert_ok();
    let again = anna.patch(PATH, json!({"theme": "dark"})).await;
    again.assert_ok();
    assert_eq!((&again.body["version"], history(&anna).await.len()), (&json!(2), 1));
    // Written otherwise, it is the same.
    let same = "{ \"theme\" : \"dark\" }";
    let sent = anna.send(http::Method::PATCH, PATH, Some("application/json"), same.into()).await;
    sent.assert_ok();
    anna.header("idempotency-key", "no uuid")
        .patch(PATH, json!({}))
        .await
        .assert_failure(400, "validation_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_10_the_same_key_with_another_change_is_refused_and_drops_nothing() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    let keyed = |key: &str| anna.again().header("idempotency-key", key);
    let one = keyed(&Uuid::new_v4().to_string());
    one.patch(PATH, json!({"theme": "dark"})).await.assert_ok();
    let other = one.patch(PATH, json!({"theme": "dark", "rowsPerPage": 50})).await;
    other.assert_failure(409, "idempotency_key_reused");
    one.post(PATH, json!({"action": "reset"})).await.assert_failure(409, "idempotency_key_reused");
    assert_eq!(anna.get(PATH).await.body["overrides"], json!({"theme": "dark"}));

    // A save that changed nothing has used its key as well; one that was refused has not.
    let two = keyed(&Uuid::new_v4().to_string());
    two.patch(PATH, json!({"theme": "dark"})).await.assert_ok();
    two.patch(PATH, json!({"theme": "light"})).await.assert_failure(409, "idempotency_key_reused");
    let three = keyed(&Uuid::new_v4().to_string());
    three.patch(PATH, json!({"rowsPerPage": 7})).await.assert_failure(400, "validation_failed");
    three.patch(PATH, json!({"rowsPerPage": 50})).await.assert_ok();
    let reset = keyed(&Uuid::new_v4().to_string());
    reset.post(PATH, json!({"action": "reset"})).await.assert_ok();
    anna.patch(PATH, json!({"theme": "dark"})).await.assert_ok();
    reset.post(PATH, json!({"action": "reset"})).await.assert_ok();
    assert_eq!(anna.get(PATH).await.body["overrides"]["theme"], "dark", "reset once");

    // The same key of somebody else is another one, and one that history knows for longer is
    // refused.
    let ben = app.signed_up("Ben").await.header("idempotency-key", &Uuid::new_v4().to_string());
    ben.patch(PATH, json!({"theme": "dark"})).await.assert_ok();
    let mut service = app.database.role("service_role").await;
    sqlx::query("UPDATE idempotency_keys SET created_at = now() - interval '31 days'")
        .execute(&mut app.database.role("train_owner").await)
        .await
        .unwrap();
    assert!(train::server::idempotency::tidy(app.database.database.pool()).await.unwrap() > 4);
    ben.patch(PATH, json!({"theme": "light"})).await.assert_failure(409, "idempotency_key_reused");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM idempotency_keys")
        .fetch_one(&mut service)
        .await
        .unwrap();
    assert_eq!(left, 0, "a save that was refused uses no key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_save_is_merged_where_it_does_not_collide() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    anna.patch(PATH, json!({"theme": "dark"})).await.assert_ok();
    let stale = anna.header("if-match", "\"1\"");
    let merged = stale.patch(PATH, json!({"rowsPerPage": 50})).await;
    merged.assert_ok();
    assert_eq!(merged.body["overrides"], json!({"theme": "dark", "rowsPerPage": 50}));
    let conflict = stale.patch(PATH, json!({"theme": "light", "sidebarCollapsed": true})).await;
    conflict.assert_failure(409, "version_conflict");
    assert_eq!(conflict.body["current"]["version"], 3);
    assert_eq!(
        conflict.body["current"]["collisions"],
        json!([{"path": "theme", "mine": "light", "theirs": "dark"}])
    );
    stale.patch(PATH, json!({"theme": "dark"})).await.assert_ok();
    assert_eq!(
        history(&stale).await.len(),
        2,
        "neither the conflict nor the agreement left a change"
    );
    stale
        .header("if-match", "\"99\"")
        .patch(PATH, json!({"theme": "light"}))
        .await
        .assert_failure(409, "version_conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_and_import_have_their_own_names_in_history() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    anna.patch(PATH, json!({"theme": "dark", "rowsPerPage": 50, "notifications": {"email": true}}))
        .await
        .assert_ok();
    let reset = anna.post(PATH, json!({"action": "reset", "section": "display"})).await;
    assert_eq!(reset.body["overrides"], json!({"notifications": {"email": true}}));
    let imported =
        anna.post(PATH, json!({"action": "import", "preferences": {"theme": "light"}})).await;
    assert_eq!(imported.body["overrides"], json!({"theme": "light"}));
    anna.post(PATH, json!({"action": "import", "preferences": {"theme": "blue"}}))
        .await
        .assert_failure(400, "validation_failed");
    let changes = history(&anna).await;
    let actions: Vec<_> = changes.iter().map(|change| change["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["imported", "reset", "updated"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn history_pages_filters_and_shows_only_ones_own() {
    let app = App::new().await;
    let (anna, bert) = (app.signed_up("Anna").await, app.signed_up("Bert").await);
    for rows in [10, 50, 100] {
        anna.patch(PATH, json!({"rowsPerPage": rows})).await.assert_ok();
    }
    anna.patch(PATH, json!({"theme": "dark"})).await.assert_ok();
    let first = anna.get("/api/config/change-history?limit=3").await;
    assert_eq!(first.body["changes"].as_array().unwrap().len(), 3);
    let rest = anna
        .get(&format!("/api/config/change-history?limit=3&before={}", first.body["nextBefore"]))
        .await;
    assert_eq!(
        (rest.body["changes"].as_array().unwrap().len(), &rest.body["nextBefore"]),
        (1, &Value::Null)
    );
    assert_eq!(
        anna.get("/api/config/change-history?path=theme").await.body["changes"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert!(history(&bert).await.is_empty());
    anna.get("/api/config/change-history?limit=1000")
        .await
        .assert_failure(400, "validation_failed");
    anna.get("/api/config/change-history?limit=x").await.assert_failure(400, "validation_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_defaults_reach_members_who_did_not_choose() {
    let app = App::new().await;
    let (owner, member) = (app.signed_up("Owner").await, app.signed_up("Member").await);
    let list = owner.get("/api/organizations").await;
    let path =
        format!("/api/organizations/{}", list.body["organizations"][0]["id"].as_str().unwrap());
    let defaults = format!("{path}/preference-defaults");
    member.get(&defaults).await.assert_failure(404, "not_found");
    join(&owner, &member, "member").await;
    member.patch(PATH, json!({"theme": "light"})).await.assert_ok();

    let preview = owner.patch(&format!("{defaults}?preview=true"), json!({"theme": "dark"})).await;
    assert_eq!((&preview.body["affected"], &preview.body["version"]), (&json!(1), &json!(1)));
    owner.patch(&defaults, json!({"theme": "dark", "tableDensity": "compact"})).await.assert_ok();
    let seen =
        eventually(&member, |answer| answer.body["preferences"]["tableDensity"] == "compact").await;
    assert_eq!(seen.body["preferences"]["theme"], "light");
    assert_eq!(seen.body["sources"]["tableDensity"], "organization");
    member.patch(&defaults, json!({"theme": "dark"})).await.assert_failure(403, "forbidden");
    owner
        .patch(&defaults, json!({"rowsPerPage": 7}))
        .await
        .assert_failure(400, "validation_failed");
    let stale = owner.header("if-match", "\"1\"");
    stale
        .patch(&defaults, json!({"rowsPerPage": 50}))
        .await
        .assert_failure(409, "version_conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_held_against_what_the_organization_sets() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    let list = owner.get("/api/organizations").await;
    let id = list.body["organizations"][0]["id"].as_str().unwrap();
    let path = format!("/api/organizations/{id}/preference-defaults");
    let file = json!({"action": "import", "preferences": {"qualityThresholds": {"flagging": 8.5}}});
    owner.post(PATH, file.clone()).await.assert_failure(400, "validation_failed");
    owner.patch(&path, json!({"qualityThresholds": {"autoApproval": 9.5}})).await.assert_ok();
    let answer = owner.post(PATH, file).await;
    answer.assert_ok();
    assert_eq!(answer.body["overrides"], json!({"qualityThresholds": {"flagging": 8.5}}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_account_is_refused() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    let me = anna.get("/api/auth/me").await;
    let own = me.body["user"]["id"].as_str().unwrap().to_owned();
    anna.again()
        .header("train-account", &own)
        .patch(PATH, json!({"theme": "dark"}))
        .await
        .assert_ok();
    let other = anna.again().header("train-account", &Uuid::new_v4().to_string());
    other.patch(PATH, json!({"theme": "light"})).await.assert_failure(401, "other_account");
    let stream = format!("/api/events?account={}", Uuid::new_v4());
    anna.get(&stream).await.assert_failure(401, "other_account");
    assert_eq!(anna.get(PATH).await.body["overrides"], json!({"theme": "dark"}));
}

/// Reads until it is so. Another server's change arrives by notification; the test's own time limit
/// is the bound.
async fn eventually(person: &Client<'_>, so: impl Fn(&Answer) -> bool) -> Answer {
    loop {
        let answer = person.get(PATH).await;
        if so(&answer) {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

/// Two hundred saves of different fields from four connections over two servers: each is in the
/// final value, each has its row.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_saves_over_two_servers_lose_nothing() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    let cookie = anna.cookie_pair("train_session").unwrap();
    let routers = [router(app.state.clone()), app.second_server().await];
    let fields = &train::domain::preferences::catalog::FIELDS;
    let connections = (0..4).map(|connection| {
        let (router, cookie) = (routers[connection % 2].clone(), cookie.clone());
        tokio::spawn(async move {
            for turn in 0..50 {
                // Each connection has flags of its own; every turn gives one of them its other
                // value.
                let flags: Vec<_> = fields
                    .iter()
                    .filter(|field| field.kind == train::domain::settings::Kind::Flag)
                    .collect();
                let field = flags[connection + 4 * (turn % 4)];
                let mut patch = serde_json::Map::new();
                train::domain::merge_patch::set(&mut patch, field.path, json!((turn / 4) % 2 == 0));
                let status =
                    super::app::raw_patch(&router, PATH, &cookie, Value::Object(patch)).await;
                assert_eq!(status, 200);
            }
        })
    });
    for connection in futures::future::join_all(connections).await {
        connection.unwrap();
    }
    let end = eventually(&anna, |answer| answer.body["version"] == 201).await;
    assert_eq!(
        train::domain::merge_patch::leaves(end.body["overrides"].as_object().unwrap()).len(),
        16
    );
    let rows: i64 = sqlx::query_scalar(
        "select count(*) from configuration_audit_log where version between 2 and 201",
    )
    .fetch_one(&mut app.database.role("train_owner").await)
    .await
    .unwrap();
    assert_eq!(rows, 200);
}
