//! API tokens: what they may and may not do.

use super::app::{App, Client};
use serde_json::{Value, json};

async fn make(ann: &Client<'_>, scopes: &[&str]) -> (String, String) {
    let answer = ann.post("/api/tokens", json!({"name": "Nightly", "scopes": scopes})).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&answer.body["secret"]), text(&answer.body["token"]["id"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_acts_for_its_person_within_its_scopes() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let (reading, _) = make(&ann, &["preferences:read"]).await;
    let (writing, _) = make(&ann, &["preferences:write"]).await;
    assert!(reading.starts_with("trn_") && reading.len() == 68);

    let me = app.with_token(&reading).get("/api/auth/me").await;
    me.assert_ok();
    assert_eq!(me.body["user"]["displayName"], "Ann");
    app.with_token(&reading).get("/api/user-preferences").await.assert_ok();
    let change = json!({"theme": "dark"});
    app.with_token(&reading)
        .patch("/api/user-preferences", change.clone())
        .await
        .assert_failure(403, "scope_missing");
    app.with_token(&reading).get("/api/organizations").await.assert_failure(403, "scope_missing");
    app.with_token(&reading)
        .get("/api/config/change-history")
        .await
        .assert_failure(403, "scope_missing");
    app.with_token(&writing).patch("/api/user-preferences", change).await.assert_ok();
    app.with_token(&writing).get("/api/user-preferences").await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_touches_the_account_itself() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let all = [
        "preferences:read",
        "preferences:write",
        "history:read",
        "organization:read",
        "organization:write",
    ];
    let (secret, _) = make(&ann, &all).await;
    let script = app.with_token(&secret);
    script.get("/api/tokens").await.assert_failure(403, "session_needed");
    script
        .post("/api/tokens", json!({"name": "x", "scopes": ["history:read"]}))
        .await
        .assert_failure(403, "session_needed");
    script.get("/api/auth/sessions").await.assert_failure(403, "session_needed");
    script.post("/api/auth/password", json!({})).await.assert_failure(403, "session_needed");
    script.patch("/api/auth/profile", json!({})).await.assert_failure(403, "session_needed");
    script
        .json(http::Method::DELETE, "/api/auth/account", json!({}))
        .await
        .assert_failure(403, "session_needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_401_even_with_a_good_cookie() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let (secret, id) = make(&ann, &["preferences:read"]).await;
    for bad in [
        "trn_",
        "nonsense",
        &secret[..67],
        &format!("{secret}0"),
        &format!("trn_{}", "0".repeat(64)),
    ] {
        let answer = app.with_token(bad).get("/api/auth/me").await;
        answer.assert_failure(401, "invalid_token");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    let mixed = app.with_token("trn_bad");
    mixed.set_cookie("train_session", &ann.cookie("train_session").unwrap());
    mixed.get("/api/auth/me").await.assert_failure(401, "invalid_token");

    app.with_token(&secret).get("/api/auth/me").await.assert_ok();
    ann.delete(&format!("/api/tokens/{id}")).await.assert_ok();
    app.with_token(&secret).get("/api/auth/me").await.assert_failure(401, "invalid_token");
    ann.delete(&format!("/api/tokens/{id}")).await.assert_failure(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_401() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let (secret, _) = make(&ann, &["preferences:read"]).await;
    let expire = "UPDATE auth.api_tokens SET expires_at = now() - interval '1 second'";
    sqlx::query(expire).execute(app.database.database.pool()).await.unwrap();
    app.with_token(&secret).get("/api/auth/me").await.assert_failure(401, "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_stored_nowhere() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let (secret, _) = make(&ann, &["history:read"]).await;
    let list = ann.get("/api/tokens").await;
    list.assert_ok();
    assert!(!list.text.contains(&secret[..20]), "{}", list.text);
    assert_eq!(list.body["tokens"][0]["lastFour"], secret[64..]);
    assert!(list.body["tokens"][0]["lastUsedAt"].is_null());
    app.with_token(&secret).get("/api/auth/me").await.assert_ok();
    assert!(ann.get("/api/tokens").await.body["tokens"][0]["lastUsedAt"].is_string());
    let stored: String = sqlx::query_scalar("SELECT api_tokens::text FROM auth.api_tokens")
        .fetch_one(app.database.database.pool())
        .await
        .unwrap();
    assert!(!stored.contains(&secret[4..40]), "{stored}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_refused_with_everything_that_is_wrong() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let body = json!({"name": "", "scopes": [], "expiresAt": "tomorrow"});
    let answer = ann.post("/api/tokens", body).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), ["name", "scopes", "expiresAt"]);
    // What does not have the form is told before what it says is judged.
    let misspelt = json!({"name": "", "scopes": [], "note": 1});
    assert_eq!(ann.post("/api/tokens", misspelt).await.paths(), ["note"]);
    assert_eq!(ann.post("/api/tokens", json!({"name": 5, "scopes": []})).await.paths(), ["name"]);
    assert_eq!(ann.post("/api/tokens", json!({"name": "x"})).await.paths(), ["scopes"]);
    let unknown = json!({"name": "x", "scopes": ["history:read", "everything"]});
    let unknown = ann.post("/api/tokens", unknown).await;
    assert_eq!(unknown.paths(), ["scopes[1]"]);
    assert!(unknown.text.contains("must be one of preferences:read, "), "{}", unknown.text);
    let past =
        json!({"name": "x", "scopes": ["history:read"], "expiresAt": "2020-01-01T00:00:00Z"});
    assert_eq!(ann.post("/api/tokens", past).await.paths(), ["expiresAt"]);
    assert_eq!(ann.get("/api/tokens").await.body["tokens"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn others_tokens_do_not_exist() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let (secret, id) = make(&ann, &["history:read"]).await;
    ben.delete(&format!("/api/tokens/{id}")).await.assert_failure(404, "not_found");
    assert_eq!(ben.get("/api/tokens").await.body["tokens"], json!([]));
    app.with_token(&secret).get("/api/auth/me").await.assert_ok();
    app.browser().get("/api/tokens").await.assert_failure(401, "not_signed_in");
}
