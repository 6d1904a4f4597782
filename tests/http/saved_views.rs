//! Saved views over HTTP: what is stored of them and what is refused.

use super::app::{App, join};
use http::Method;
use serde_json::{Value, json};

const VIEWS: &str = "/api/conversation-views";

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_saved_shared_and_removed() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    join(&ann, &ben, "member").await;
    let body = json!({"name": " Weak scenarios ", "columns": ["title", "score", "title"],
        "query": "?scoreMax=6&tier=scenario&after=abc&limit=10&exact=true"});
    let made = ben.post(VIEWS, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let view = &made.body["view"];
    assert_eq!(view["query"], "tier=scenario&scoreMax=6.0");
    assert_eq!((&view["name"], &view["isShared"]), (&json!("Weak scenarios"), &json!(false)));
    assert_eq!(view["columns"], json!(["title", "score"]));
    assert_eq!(ann.get(VIEWS).await.body["views"], json!([]));

    let place = format!("{VIEWS}/{}", view["id"].as_str().unwrap());
    let body = json!({"name": "Weak", "query": "status=rejected", "isShared": true});
    ben.json(Method::PUT, &place, body).await.assert_ok();
    let seen = ann.get(VIEWS).await.body["views"][0].clone();
    assert_eq!((&seen["name"], &seen["authorName"]), (&json!("Weak"), &json!("Ben")));
    assert_eq!((&seen["canChange"], &seen["columns"]), (&json!(true), &Value::Null));
    ann.delete(&place).await.assert_ok();
    ben.delete(&place).await.assert_failure(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_is_told_beside_its_field() {
    let app = App::new().await;
    // Who comes first has an organization.
    app.signed_up("Root").await;
    let ann = app.signed_up("Ann").await;
    let body = json!({"name": " ", "query": "color=red", "columns": ["two words"]});
    let refused = ann.post(VIEWS, body).await;
    refused.assert_failure(400, "validation_failed");
    assert_eq!(refused.paths(), ["name", "query", "columns"]);
    let alone = json!({"name": "Weak", "query": "", "isShared": true});
    assert_eq!(ann.post(VIEWS, alone).await.paths(), ["isShared"]);
    let plain = json!({"name": "Weak", "query": ""});
    assert_eq!(ann.post(VIEWS, plain.clone()).await.status, 201);
    let twice = ann.post(VIEWS, plain).await;
    twice.assert_failure(400, "validation_failed");
    assert_eq!(twice.paths(), ["name"]);
}
