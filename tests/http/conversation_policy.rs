//! Conversation policies over HTTP: who may change one, what is refused, and taking a change back.

use super::app::{App, join};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn managers_change_it_members_read_it_and_strangers_see_nothing() {
    let app = App::new().await;
    let _boss = app.signed_up("Boss").await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    let eve = app.signed_up("Eve").await;
    let made = ann.post("/api/organizations", json!({"name": "Team"})).await;
    join(&ann, &ben, "member").await;
    let id = made.body["organization"]["id"].as_str().unwrap().to_owned();
    let place = format!("/api/organizations/{id}/conversation-policy");

    let first = ben.get(&place).await;
    first.assert_ok();
    assert_eq!((&first.body["policy"], &first.body["version"]), (&json!({}), &json!(1)));
    assert_eq!(first.body["effective"]["retention"]["enabled"], false);
    assert_eq!(first.body["effective"]["checks"]["email"], "mark");
    assert_eq!(first.body["effective"]["tokenTarget"], Value::Null);
    eve.get(&place).await.assert_failure(404, "not_found");
    let target = json!({"tokenTarget": 4096});
    ben.patch(&place, target.clone()).await.assert_failure(403, "forbidden");

    let preview = ann.patch(&format!("{place}?preview=true"), target.clone()).await;
    assert_eq!(preview.body["policy"], target);
    assert_eq!(preview.body["version"], 1, "nothing is stored");
    let changed = ann.patch(&place, target.clone()).await;
    assert_eq!((&changed.body["policy"], &changed.body["version"]), (&target, &json!(2)));
    let late = ann.again().header("if-match", "\"1\"");
    let late = late.patch(&place, json!({"tokenTarget": 512})).await;
    late.assert_failure(409, "version_conflict");
    assert_eq!(late.body["current"], target);

    let wrong = json!({"retention": {"archiveAfterDays": 0, "when": 1}, "tokenTarget": 255,
        "checks": {"email": "eat"}});
    let refused = ann.patch(&place, wrong).await;
    refused.assert_failure(400, "validation_failed");
    let mut paths = refused.paths();
    paths.sort_unstable();
    let expected = ["checks.email", "retention.archiveAfterDays", "retention.when", "tokenTarget"];
    assert_eq!(paths, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_can_be_taken_back_from_history() {
    let app = App::new().await;
    app.signed_up("Root").await;
    let ann = app.signed_up("Ann").await;
    let made = ann.post("/api/organizations", json!({"name": "Team"})).await;
    let id = made.body["organization"]["id"].as_str().unwrap().to_owned();
    let place = format!("/api/organizations/{id}/conversation-policy");
    ann.patch(&place, json!({"checks": {"email": "warn"}})).await.assert_ok();
    ann.patch(&place, json!({"checks": {"email": "mask"}, "tokenTarget": 512})).await.assert_ok();
    let history = "/api/config/change-history?configType=conversation_policy";
    let changes = ann.get(history).await.body["changes"].clone();
    let change = &changes[0];
    assert_eq!((&change["targetName"], &change["undoable"]), (&json!("Team"), &json!(true)));
    assert_eq!(change["changes"][0]["path"], "checks.email");
    let body = json!({"action": "execute", "changeId": change["id"],
        "configType": "conversation_policy", "targetId": change["targetId"],
        "expectedVersion": 3, "reason": "Too strict"});
    let back = ann.post("/api/config/rollback", body).await;
    back.assert_ok();
    let stands = ann.get(&place).await.body;
    assert_eq!(stands["policy"], json!({"checks": {"email": "warn"}}));
    assert_eq!(stands["version"], 4);
}
