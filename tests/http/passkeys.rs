//! Passkeys: adding and removing one's own, and signing in with one.

use super::{
    app::{App, Client, PASSWORD, sign_in},
    at_once::superuser,
    authenticator::Authenticator,
    second_factor::{code, set_up},
};
use crate::support::run;
use serde_json::{Value, json};
use train::server::config::{Config, PublicUrl};

const ORIGIN: &str = "http://localhost:8080";
const PASSKEYS: &str = "/api/auth/passkeys";
const SIGN_IN: &str = "/api/auth/sign-in/passkey";

async fn app() -> App {
    let public_url = Some(PublicUrl::parse(ORIGIN).unwrap());
    App::configured(Config { public_url, ..Config::default() }).await
}

async fn begin(ann: &Client<'_>) -> Value {
    let begun = ann.post(&format!("{PASSKEYS}/begin"), json!({"password": PASSWORD})).await;
    begun.assert_ok();
    begun.body
}

/// Adds a passkey; its id and the passkey itself.
pub async fn add(ann: &Client<'_>, name: &str, origin: &str) -> (String, Authenticator) {
    let begun = begin(ann).await;
    let (own, credential) = Authenticator::create(&begun["options"], origin);
    let body = json!({"ceremony": begun["ceremony"], "name": name, "credential": credential});
    let added = ann.post(PASSKEYS, body).await;
    assert_eq!(added.status, 201, "{}", added.text);
    (added.body["passkey"]["id"].as_str().unwrap().to_owned(), own)
}

/// What signing in with a passkey sends.
pub async fn answer(browser: &Client<'_>, own: &Authenticator) -> Value {
    let begun =
        browser.send(http::Method::POST, &format!("{SIGN_IN}/begin"), None, "".into()).await;
    begun.assert_ok();
    json!({"ceremony": begun.body["ceremony"], "credential": own.answer(&begun.body["options"])})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_without_password_and_code() {
    let app = app().await;
    let ann = app.signed_up("Ann").await;
    let begun = begin(&ann).await;
    assert_eq!(begun["options"]["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(begun["options"]["authenticatorSelection"]["userVerification"], "required");
    let (id, own) = add(&ann, "Phone", ORIGIN).await;
    set_up(&app, &ann).await;

    let browser = app.browser();
    let sent = answer(&browser, &own).await;
    let answer = browser.post(SIGN_IN, sent.clone()).await;
    answer.assert_ok();
    assert_eq!(answer.body["user"]["displayName"], "Ann");
    browser.get("/api/auth/me").await.assert_ok();
    let again = app.browser().post(SIGN_IN, sent).await;
    again.assert_failure(401, "passkey_refused");

    let listed = ann.get(PASSKEYS).await;
    assert_eq!(listed.body["available"], true);
    assert_eq!(listed.body["passkeys"][0]["name"], "Phone");
    assert!(listed.body["passkeys"][0]["lastUsedAt"].is_string());
    assert!(!listed.text.contains("credential"), "no key leaves the server");
    let path = format!("{PASSKEYS}/{id}");
    ann.patch(&path, json!({"name": "Old phone"})).await.assert_ok();
    assert_eq!(ann.get(PASSKEYS).await.body["passkeys"][0]["name"], "Old phone");
    let told = ann.get("/api/notifications").await.text;
    assert!(told.contains("A passkey was added"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_who_did_not_prove_themselves_nor_another_site_signs_in() {
    let app = app().await;
    let ann = app.signed_up("Ann").await;
    let (_, own) = add(&ann, "Phone", ORIGIN).await;
    let elsewhere = own.at("http://evil.example:8080");
    let browser = app.browser();
    let sent = answer(&browser, &elsewhere).await;
    browser.post(SIGN_IN, sent).await.assert_failure(401, "passkey_refused");
    let unverified = elsewhere.at(ORIGIN).unverified();
    let sent = answer(&browser, &unverified).await;
    browser.post(SIGN_IN, sent).await.assert_failure(401, "passkey_refused");
    browser.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_never_added_or_is_removed_signs_nobody_in() {
    let app = app().await;
    let ann = app.signed_up("Ann").await;
    let begun = begin(&ann).await;
    let (never, _) = Authenticator::create(&begun["options"], ORIGIN);
    let browser = app.browser();
    let sent = answer(&browser, &never).await;
    browser.post(SIGN_IN, sent).await.assert_failure(401, "passkey_refused");

    let (id, own) = add(&ann, "Phone", ORIGIN).await;
    let ben = app.signed_up("Ben").await;
    let path = format!("{PASSKEYS}/{id}");
    ben.delete(&path).await.assert_failure(404, "not_found");
    ben.patch(&path, json!({"name": "Mine"})).await.assert_failure(404, "not_found");
    ann.delete(&path).await.assert_ok();
    let sent = answer(&browser, &own).await;
    browser.post(SIGN_IN, sent).await.assert_failure(401, "passkey_refused");
    browser.post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    let told = ann.get("/api/notifications").await.text;
    assert!(told.contains("A passkey was removed"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_asks_for_the_password_and_belongs_to_whoever_began() {
    let app = app().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    let refused = ann.post(&format!("{PASSKEYS}/begin"), json!({"password": "wrong"})).await;
    refused.assert_failure(400, "validation_failed");
    let begun = begin(&ann).await;
    let (_, credential) = Authenticator::create(&begun["options"], ORIGIN);
    let body =
        |name: &str| json!({"ceremony": begun["ceremony"], "name": name, "credential": credential});
    ben.post(PASSKEYS, body("Theirs")).await.assert_failure(401, "passkey_refused");
    ann.post(PASSKEYS, body("")).await.assert_failure(400, "validation_failed");
    assert_eq!(ann.post(PASSKEYS, body("Mine")).await.status, 201);
    let (_, another) = Authenticator::create(&begun["options"], ORIGIN);
    let twice = json!({"ceremony": begun["ceremony"], "name": "Twice", "credential": another});
    ann.post(PASSKEYS, twice).await.assert_failure(401, "passkey_refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_asks_for_a_code_where_signing_in_does() {
    let app = app().await;
    let ann = app.signed_up("Ann").await;
    let (secret, _) = set_up(&app, &ann).await;
    let path = format!("{PASSKEYS}/begin");
    let begin =
        async |code: &str| ann.post(&path, json!({"password": PASSWORD, "code": code})).await;
    for wrong in ["", "000000"] {
        let refused = begin(wrong).await;
        refused.assert_failure(400, "validation_failed");
        assert_eq!(refused.body["fields"][0]["path"], "code", "{}", refused.text);
    }
    begin(&code(&secret, 0)).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_ends_with_the_password_and_with_the_account() {
    let app = app().await;
    let ann = app.signed_up("Ann").await;
    let begun = begin(&ann).await;
    let change = json!({"currentPassword": PASSWORD, "newPassword": "another quiet meadow"});
    ann.post("/api/auth/password", change).await.assert_ok();
    let (_, credential) = Authenticator::create(&begun["options"], ORIGIN);
    let body = json!({"ceremony": begun["ceremony"], "name": "Late", "credential": credential});
    ann.post(PASSKEYS, body).await.assert_failure(401, "passkey_refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_disabled_nor_who_has_a_one_time_password_signs_in() {
    let app = app().await;
    let ann = app.signed_up("Ann").await;
    let (_, own) = add(&ann, "Phone", ORIGIN).await;
    let browser = app.browser();
    for set in [
        "UPDATE auth.users SET disabled_at = now()",
        "UPDATE auth.users SET disabled_at = NULL, one_time_until = now() + interval '1 day'",
    ] {
        let mut superuser = superuser(&app).await;
        run(&mut superuser, set).await;
        let sent = answer(&browser, &own).await;
        browser.post(SIGN_IN, sent).await.assert_failure(401, "passkey_refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_that_is_over_and_a_copy_sign_nobody_in() {
    let app = app().await;
    let ann = app.signed_up("Ann").await;
    let (_, own) = add(&ann, "Phone", ORIGIN).await;
    let browser = app.browser();
    let sent = answer(&browser, &own).await;
    let over = "UPDATE auth.passkey_ceremonies SET expires_at = now()";
    run(&mut superuser(&app).await, over).await;
    browser.post(SIGN_IN, sent).await.assert_failure(401, "passkey_refused");

    let own = own.counting(2);
    let sent = answer(&browser, &own).await;
    browser.post(SIGN_IN, sent).await.assert_ok();
    let copy = own.counting(1);
    let sent = answer(&browser, &copy).await;
    browser.post(SIGN_IN, sent).await.assert_failure(401, "passkey_refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_at_most_twenty() {
    let app = app().await;
    let ann = app.signed_up("Ann").await;
    let begun = begin(&ann).await;
    let fill = "INSERT INTO auth.passkeys (user_id, name, credential_id, credential)
        SELECT id, 'Key', decode(lpad(n::text, 4, '0'), 'hex'), '{}'
        FROM auth.users, generate_series(1, 20) AS n";
    run(&mut superuser(&app).await, fill).await;
    let (_, credential) = Authenticator::create(&begun["options"], ORIGIN);
    let body = json!({"ceremony": begun["ceremony"], "name": "More", "credential": credential});
    ann.post(PASSKEYS, body).await.assert_failure(400, "validation_failed");
    let begun = ann.post(&format!("{PASSKEYS}/begin"), json!({"password": PASSWORD})).await;
    begun.assert_failure(400, "validation_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_public_address_the_card_says_so_and_nothing_begins() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    assert_eq!(ann.get(PASSKEYS).await.body["available"], false);
    let begun = ann.post(&format!("{PASSKEYS}/begin"), json!({"password": PASSWORD})).await;
    begun.assert_failure(409, "passkeys_not_configured");
    let begun =
        app.browser().send(http::Method::POST, &format!("{SIGN_IN}/begin"), None, "".into()).await;
    begun.assert_failure(409, "passkeys_not_configured");
}
