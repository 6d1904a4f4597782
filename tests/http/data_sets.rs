//! Data sets over HTTP: what is answered, and what is refused beside which field.

use super::{
    app::{App, join},
    stored::trainable,
};
use http::Method;
use serde_json::{Value, json};

const SETS: &str = "/api/data-sets";

#[tokio::test(flavor = "multi_thread")]
async fn a_version_tells_its_parts_and_what_was_left_out() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    join(&ann, &ben, "member").await;
    let taken = trainable(&app, &ben).await;
    let made = ben.post(SETS, json!({"name": " Answers ", "description": "For support"})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let set = &made.body["dataSet"];
    assert_eq!((&set["name"], &set["canChange"]), (&json!("Answers"), &json!(true)));
    assert_eq!(set.get("latest").unwrap_or(&Value::Null), &Value::Null);
    let place = format!("{SETS}/{}", set["id"].as_str().unwrap());

    let unknown = "00000000-0000-0000-0000-000000000009";
    let body = json!({"conversations": [taken, unknown], "note": "First",
        "rules": {"shares": {"train": 80, "validation": 10, "test": 10}}});
    let version = ann.post(&format!("{place}/versions"), body).await;
    assert_eq!(version.status, 201, "{}", version.text);
    let version = &version.body["version"];
    assert_eq!(version["sizes"], json!({"train": 1, "validation": 0, "test": 0}));
    assert_eq!(version["leftOut"], json!([{"reason": "gone", "count": 1}]));
    assert_eq!((&version["number"], &version["gone"]), (&json!(1), &json!(0)));
    assert_eq!(version["card"]["scores"], json!([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]));

    let seen = ben.get(&place).await.body;
    assert_eq!(seen["dataSet"]["latest"], seen["versions"][0]);
    assert_eq!(seen["versions"][0]["authorName"], "Ann");
    let at = format!("/api/data-set-versions/{}", version["id"].as_str().unwrap());
    let difference = ben.get(&format!("{at}/difference")).await.body["difference"].clone();
    assert_eq!(
        (&difference["added"], &difference["rows"][0]["title"]),
        (&json!(1), &json!("Hello"))
    );
    ben.get(&format!("{at}/difference?from={unknown}"))
        .await
        .assert_failure(400, "validation_failed");
    ann.delete(&place).await.assert_ok();
    ben.get(&at).await.assert_failure(404, "not_found");
    let told = ben.get("/api/notifications").await.body;
    assert_eq!(told["notifications"][0]["title"], "Ann removed the data set “Answers”");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_is_told_beside_its_field() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    join(&ann, &ben, "member").await;
    let long = "x".repeat(2001);
    let refused = ann.post(SETS, json!({"name": " ", "description": long})).await;
    refused.assert_failure(400, "validation_failed");
    assert_eq!(refused.paths(), ["name", "description"]);
    let made = ann.post(SETS, json!({"name": "Answers"})).await;
    assert_eq!(ben.post(SETS, json!({"name": "ANSWERS"})).await.paths(), ["name"]);
    let place = format!("{SETS}/{}", made.body["dataSet"]["id"].as_str().unwrap());
    let renamed = ben.json(Method::PATCH, &place, json!({"name": "Mine"})).await;
    renamed.assert_failure(403, "forbidden");

    let versions = format!("{place}/versions");
    let wrong = json!({"note": long, "query": "color=red", "rules": {
        "shares": {"train": 90, "validation": 5, "test": 4}, "include": ["gone"],
        "tokenFit": {"target": 100, "rule": "cut"}}});
    let refused = ann.post(&versions, wrong).await;
    refused.assert_failure(400, "validation_failed");
    let paths = ["note", "rules.shares", "rules.include", "rules.tokenFit.target", "query"];
    assert_eq!(refused.paths(), paths);
    trainable(&app, &ann).await;
    let nothing = ann.post(&versions, json!({"query": "status=approved"})).await;
    nothing.assert_failure(400, "validation_failed");
    assert_eq!(nothing.paths(), ["query"]);
    assert_eq!(ann.post(&versions, json!({})).await.paths(), ["conversations"]);
}
