//! What a change leaves: one row of history, and nothing lost of what others change meanwhile.

use super::{KEY, OTHER_KEY, PATH, POLICY, ROTATE, id_of, mine, stored};
use crate::http::app::App;
use http::Method;
use serde_json::json;
use sqlx::Row;

/// History's rows in their order: kind, action, version.
async fn history(app: &App) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', config_type, action, version) AS entry
        FROM configuration_audit_log ORDER BY sequence";
    let rows =
        sqlx::query(sql).fetch_all(&mut app.database.role("train_owner").await).await.unwrap();
    rows.iter().map(|row| row.get("entry")).collect()
}

/// Every chain is whole, and no row of history holds a key.
async fn assert_history_whole(app: &App) {
    let mut owner = app.database.role("train_owner").await;
    let problems: Vec<String> = sqlx::query_scalar("SELECT problem FROM verify_audit_chain()")
        .fetch_all(&mut owner)
        .await
        .unwrap();
    assert_eq!(problems, [""; 0]);
    let sql = "SELECT count(*) FROM configuration_audit_log AS log
        WHERE log::text ~ '0123456789|9876543210'";
    let secrets: i64 = sqlx::query_scalar(sql).fetch_one(&mut owner).await.unwrap();
    assert_eq!(secrets, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_save_is_a_conflict_that_shows_what_stands() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let at = |version: i64, tokens: i64| {
        json!({
            "configName": "Mine",
            "updates": {"model": {"maxTokens": tokens}},
            "version": version,
        })
    };
    ann.patch(PATH, at(0, 100)).await.assert_ok();
    ann.patch(PATH, at(1, 200)).await.assert_ok();
    let before = stored(&app).await;
    for version in [0, 1, 3] {
        let conflict = ann.patch(PATH, at(version, 300)).await;
        conflict.assert_failure(409, "version_conflict");
        assert_eq!(conflict.body["current"]["version"], 2);
        assert_eq!(conflict.body["current"]["configuration"], json!({"model": {"maxTokens": 200}}));
    }
    let policy =
        ann.again().header("if-match", "\"9\"").patch(POLICY, json!({"maxTokens": 5})).await;
    policy.assert_failure(409, "version_conflict");
    ann.again()
        .header("if-match", "x")
        .patch(POLICY, json!({"maxTokens": 5}))
        .await
        .assert_failure(400, "validation_failed");
    assert_eq!(stored(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_configuration_is_one_row_of_history() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let toggle = async |is_active: bool| {
        let body =
            json!({"configId": id_of(&ann, "userConfigurations").await, "isActive": is_active});
        ann.post(PATH, body).await.assert_ok();
    };
    let body = json!({
        "configName": " Mine ",
        "updates": {"model": {"maxTokens": 100}},
        "reason": "shorter answers",
    });
    let made = ann.patch(PATH, body).await;
    made.assert_ok();
    assert_eq!(
        (&made.body["configuration"]["configName"], &made.body["configuration"]["version"]),
        (&json!("Mine"), &json!(1))
    );
    ann.patch(PATH, mine(json!({"model": {"temperature": 0.5}}))).await.assert_ok();
    for unchanged in [
        json!({}),
        json!({"model": {"maxTokens": 100.0}}),
        json!({"timeouts": null}),
        json!({"model": {"topP": null}}),
    ] {
        assert_eq!(ann.patch(PATH, mine(unchanged)).await.body["configuration"]["version"], 2);
    }
    toggle(true).await;
    toggle(false).await;
    toggle(false).await;
    toggle(true).await;
    let removed =
        ann.json(Method::DELETE, PATH, json!({"configName": "Mine", "reason": "not needed"})).await;
    removed.assert_ok();
    assert!(removed.body.get("configuration").is_none());
    let told = ["created 1", "updated 2", "deactivated 3", "activated 4", "deleted 5"];
    assert_eq!(history(&app).await, told.map(|change| format!("ai_config {change}")));

    let list = ann.get("/api/config/change-history?limit=100").await;
    let changes = list.body["changes"].as_array().unwrap();
    assert_eq!(
        (&changes[4]["reason"], &changes[0]["reason"]),
        (&json!("shorter answers"), &json!("not needed"))
    );
    assert_eq!(
        changes[3]["changes"],
        json!([{"path": "configuration.model.temperature", "new": 0.5}])
    );
    assert_eq!(
        (&changes[3]["changedByName"], &changes[3]["source"]),
        (&json!("Ann"), &json!("page"))
    );
    assert_history_whole(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_key_and_of_ceilings_is_in_history_without_the_key() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let rotated = ann.post(ROTATE, json!({"newPrimaryKey": format!(" {KEY}\n")})).await;
    assert_eq!(
        (&rotated.body["keyVersion"], &rotated.body["masked"]),
        (&json!(1), &json!("sk-ant-…a1b2"))
    );
    // The key before has a history of its own: it is a secondary one now.
    ann.post(ROTATE, json!({"newPrimaryKey": OTHER_KEY})).await.assert_ok();
    let keys = ann.get(PATH).await.body["keys"].clone();
    assert_eq!((&keys[0]["state"], &keys[1]["state"]), (&json!("primary"), &json!("secondary")));
    assert!(keys[0]["graceUntil"].is_null() && keys[1]["graceUntil"].is_string());
    let revoke = format!("/api/ai-configuration/keys/{}", keys[0]["id"].as_str().unwrap());
    ann.delete(&revoke).await.assert_ok();
    ann.delete(&revoke).await.assert_ok();
    assert_eq!(ann.get(PATH).await.body["keys"].as_array().unwrap().len(), 1);
    for ceilings in
        [json!({"dailyBudget": 50}), json!({"dailyBudget": 50.0}), json!({"dailyBudget": null})]
    {
        ann.patch(POLICY, ceilings).await.assert_ok();
    }
    let told = [
        "api_key created 1",
        "api_key updated 2",
        "api_key rotated 1",
        "api_key deactivated 2",
        "organization_policy updated 2",
        "organization_policy updated 3",
    ];
    assert_eq!(history(&app).await, told);
    assert_history_whole(&app).await;
}

/// Forty saves in two windows at two servers: each is in the result, each has its row.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_saves_over_two_servers_lose_nothing() {
    let app = App::new().await;
    let second = app.second_server().await;
    let here = app.signed_up("Ann").await;
    let there = here.through(&second);
    let fields = [
        "rateLimiting.requestsPerMinute",
        "rateLimiting.concurrentRequests",
        "rateLimiting.burstAllowance",
        "model.maxTokens",
    ];
    let saves = fields.iter().enumerate().map(|(number, field)| {
        let client = if number % 2 == 0 { &here } else { &there };
        async move {
            let (section, name) = field.split_once('.').unwrap();
            for value in 1..=10 {
                client.patch(PATH, mine(json!({section: {name: value}}))).await.assert_ok();
            }
        }
    });
    futures::future::join_all(saves).await;
    let end = here.get(PATH).await.body["userConfigurations"][0].clone();
    let limits = json!({"requestsPerMinute": 10, "concurrentRequests": 10, "burstAllowance": 10});
    assert_eq!(end["configuration"], json!({"rateLimiting": limits, "model": {"maxTokens": 10}}));
    assert_eq!((&end["version"], history(&app).await.len()), (&json!(40), 40));
    assert_history_whole(&app).await;
}
