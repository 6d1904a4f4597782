//! Signing up, in and out, and one's own account.

use super::app::{App, PASSWORD, email, sign_in, sign_up};
use http::Method;
use serde_json::json;
use std::time::{Duration, Instant};
use train::server::config::{Config, SignUp};

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_is_administrator_and_owner_the_second_is_neither() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await.get("/api/auth/me").await;
    ann.assert_ok();
    assert_eq!(ann.body["user"]["role"], "admin");
    assert_eq!(ann.body["user"]["organization"]["role"], "owner");
    assert_eq!(ann.body["user"]["organization"]["name"], "Ann’s organization");
    let ben = app.signed_up("Ben").await.get("/api/auth/me").await;
    assert_eq!(ben.body["user"]["role"], "member");
    assert!(ben.body["user"]["organization"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_first_sign_ups_in_the_same_moment_one_is_administrator() {
    let app = App::new().await;
    let names = ["Ann", "Ben", "Cem", "Dea", "Eva", "Fay"];
    let answers = futures::future::join_all(names.map(|name| async {
        let browser = app.browser();
        browser.post("/api/auth/sign-up", sign_up(name)).await
    }))
    .await;
    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    let administrators =
        answers.iter().filter(|answer| answer.body["user"]["role"] == "admin").count();
    assert_eq!(administrators, 1);
    let organizations: i64 = sqlx::query_scalar("SELECT count(*) FROM organizations")
        .fetch_one(app.database.database.pool())
        .await
        .unwrap();
    assert_eq!(organizations, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_sign_up_lets_in_the_first_and_nobody_else() {
    let app = App::configured(Config { sign_up: Some(SignUp::Closed), ..Config::default() }).await;
    let answers = futures::future::join_all(["Ann", "Ben", "Cem"].map(|name| async {
        let browser = app.browser();
        browser.post("/api/auth/sign-up", sign_up(name)).await
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_failure(403, "sign_up_closed");
    }
    app.browser()
        .post("/api/auth/sign-up", sign_up("Dea"))
        .await
        .assert_failure(403, "sign_up_closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_is_told_everything_that_is_wrong_at_once() {
    let app = App::new().await;
    let body = json!({
        "email": "ann", "password": "short", "displayName": " ", "timeZone": "Mars Olympus",
    });
    let answer = app.browser().post("/api/auth/sign-up", body).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), ["timeZone", "email", "displayName", "password"]);
    let body = json!({
        "email": "ann@example.com", "password": PASSWORD, "displayName": "Ann",
        "timeZone": "Mars/Olympus",
    });
    let answer = app.browser().post("/api/auth/sign-up", body).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), ["timeZone"], "a zone that has the form but does not exist");
    let answer = app.browser().post("/api/auth/sign-up", json!({})).await;
    assert_eq!(answer.paths(), ["email", "displayName", "password"]);
    // What does not have the form is told before what it says is judged.
    for (body, path) in [(json!({"email": 5}), "email"), (json!({"role": "admin"}), "role")] {
        let answer = app.browser().post("/api/auth/sign-up", body).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), [path]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_one_account_whatever_its_case() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let mut again = sign_up("Ann");
    again["email"] = json!(" ANN@Example.COM ");
    let answer = app.browser().post("/api/auth/sign-up", again).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), ["email"]);
    let answer = app
        .browser()
        .post("/api/auth/sign-in", json!({"email": "ANN@example.com", "password": PASSWORD}))
        .await;
    answer.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_wrong_and_disabled_get_the_same_answer_after_the_same_work() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    app.signed_up("Ben").await;
    app.state.accounts.set_disabled(&"ben@example.com".parse_email(), true).await.unwrap();
    let attempts = [
        json!({"email": "ann@example.com", "password": "not her password"}),
        json!({"email": "nobody@example.com", "password": PASSWORD}),
        json!({"email": "ben@example.com", "password": PASSWORD}),
        json!({"email": "ann@example.com"}),
    ];
    let mut bodies = Vec::new();
    let mut shortest = Duration::MAX;
    for attempt in attempts {
        let began = Instant::now();
        let answer = app.browser().post("/api/auth/sign-in", attempt).await;
        shortest = shortest.min(began.elapsed());
        answer.assert_failure(401, "wrong_credentials");
        let mut body = answer.body;
        body["requestId"] = json!("");
        bodies.push(body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    // No stopwatch comparison, which a busy machine would fail: every path must have hashed, which
    // takes far longer than this.
    assert!(
        shortest > Duration::from_millis(3),
        "an attempt was answered without comparing a password: {shortest:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_rotates_the_session_and_signing_out_ends_it() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let before = ann.cookie("train_session").unwrap();
    ann.post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    let after = ann.cookie("train_session").unwrap();
    assert_ne!(before, after);
    let thief = app.browser();
    thief.set_cookie("train_session", &before);
    thief.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
    assert_eq!(thief.cookie("train_session"), None, "a cookie that means nothing is taken away");

    let copy = app.browser();
    copy.set_cookie("train_session", &after);
    copy.get("/api/auth/me").await.assert_ok();
    ann.send(Method::POST, "/api/auth/sign-out", None, axum::body::Body::empty()).await.assert_ok();
    assert_eq!(ann.cookie("train_session"), None);
    copy.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
    app.browser().post("/api/auth/sign-out", json!({})).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_ends_the_other_sessions() {
    let app = App::new().await;
    let here = app.signed_up("Ann").await;
    let there = app.browser();
    there.post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    let change = |current: &str, new: &str| json!({"currentPassword": current, "newPassword": new});

    let answer = here.post("/api/auth/password", change("wrong", "another fine sentence")).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), ["currentPassword"]);
    let answer = here.post("/api/auth/password", change(PASSWORD, "ann@example.com")).await;
    assert_eq!(answer.paths(), ["newPassword"]);
    there.get("/api/auth/me").await.assert_ok();

    here.post("/api/auth/password", change(PASSWORD, "another fine sentence")).await.assert_ok();
    here.get("/api/auth/me").await.assert_ok();
    there.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
    app.browser()
        .post("/api/auth/sign-in", sign_in("Ann"))
        .await
        .assert_failure(401, "wrong_credentials");
    let new = json!({"email": email("Ann"), "password": "another fine sentence"});
    app.browser().post("/api/auth/sign-in", new).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weaker_stored_hash_is_renewed_at_sign_in() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let weak = weak_hash(PASSWORD);
    let set = sqlx::query("UPDATE auth.users SET password_hash = $1").bind(&weak);
    set.execute(app.database.database.pool()).await.unwrap();
    app.browser().post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    let stored: String = sqlx::query_scalar("SELECT password_hash FROM auth.users")
        .fetch_one(app.database.database.pool())
        .await
        .unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    app.browser().post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
}

fn weak_hash(password: &str) -> String {
    use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher};
    let params = Params::new(8 * 1024, 1, 1, None).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(password.as_bytes())
        .unwrap()
        .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_changes_only_what_is_named() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let answer = ann.patch("/api/auth/profile", json!({"timeZone": "Europe/Berlin"})).await;
    answer.assert_ok();
    assert_eq!(answer.body["user"]["timeZone"], "Europe/Berlin");
    assert_eq!(answer.body["user"]["displayName"], "Ann");
    let answer = ann.patch("/api/auth/profile", json!({"displayName": "Ann Long"})).await;
    assert_eq!(answer.body["user"]["displayName"], "Ann Long");
    assert_eq!(answer.body["user"]["timeZone"], "Europe/Berlin");
    let wrong = json!({"displayName": "", "timeZone": "Europe Nowhere"});
    let answer = ann.patch("/api/auth/profile", wrong).await;
    assert_eq!(answer.paths(), ["displayName", "timeZone"]);
    let answer = ann.patch("/api/auth/profile", json!({"displayName": "", "role": "admin"})).await;
    assert_eq!(answer.paths(), ["role"]);
    let answer = ann.patch("/api/auth/profile", json!({"timeZone": "Europe/Kiev"})).await;
    assert_eq!(answer.body["user"]["timeZone"], "Europe/Kyiv", "in today's spelling");
    let answer = ann.patch("/api/auth/profile", json!({"timeZone": "Europe/Nowhere"})).await;
    assert_eq!(answer.paths(), ["timeZone"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_deleted_with_its_password_but_not_the_last_administrator() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let delete = |password: &str| json!({"password": password});
    let answer = ben.json(Method::DELETE, "/api/auth/account", delete("wrong")).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), ["password"]);
    ben.json(Method::DELETE, "/api/auth/account", delete(PASSWORD)).await.assert_ok();
    assert_eq!(ben.cookie("train_session"), None);
    ben.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
    app.browser()
        .post("/api/auth/sign-in", sign_in("Ben"))
        .await
        .assert_failure(401, "wrong_credentials");
    ann.json(Method::DELETE, "/api/auth/account", delete(PASSWORD))
        .await
        .assert_failure(409, "last_administrator");
    ann.get("/api/auth/me").await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_personal_is_written_to_the_rate_limits() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let typed = json!({"email": "ann@example.com", "password": "whatever it was"});
    app.browser().post("/api/auth/sign-in", typed).await.assert_failure(401, "wrong_credentials");
    let scopes: Vec<String> = sqlx::query_scalar("SELECT scope FROM rate_limits")
        .fetch_all(app.database.database.pool())
        .await
        .unwrap();
    assert!(!scopes.is_empty() && scopes.iter().all(|scope| !scope.contains("ann")), "{scopes:?}");
}

trait ParseEmail {
    fn parse_email(&self) -> train::domain::accounts::EmailAddress;
}

impl ParseEmail for str {
    fn parse_email(&self) -> train::domain::accounts::EmailAddress {
        train::domain::accounts::EmailAddress::parse(self).unwrap()
    }
}
