//! No way into an account leads past another: a mailed link and a one-time password not past the
//! second step, and nothing into an account that is disabled.

use super::{
    app::{App, Client, PASSWORD, email, sign_in},
    mailed::World,
    second_factor::{code, set_up},
};
use http::Method;
use serde_json::{Value, json};

const NEW: &str = "seven small lighthouses";
const SIGN_IN: &str = "/api/auth/sign-in";
const CODE: &str = "/api/auth/sign-in/code";
const RESET: &str = "/api/auth/reset-password";

impl World {
    /// The token of a link that sets Ann's password.
    async fn forgotten(&self) -> String {
        let asked = json!({"email": email("Ann")});
        self.app.browser().post("/api/auth/forgot-password", asked).await.assert_ok();
        self.deliver().await;
        self.office.token("/reset-password")
    }

    /// A browser in which Ann's password was right.
    async fn half_signed_in(&self, body: Value) -> Client<'_> {
        let browser = self.app.browser();
        browser.post(SIGN_IN, body).await.assert_failure(401, "second_factor_needed");
        assert_eq!(browser.cookie("train_session"), None);
        browser
    }

    fn subjects(&self, to: &str) -> Vec<String> {
        let taken = self.office.taken().into_iter().filter(|letter| letter.to == to);
        taken.map(|letter| letter.header("subject").to_owned()).collect()
    }
}

async fn place(person: &Client<'_>) -> String {
    let me = person.get("/api/auth/me").await;
    format!("/api/admin/people/{}", me.body["user"]["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailed_link_does_not_skip_the_second_step() {
    let world = World::new().await;
    let ann = world.app.signed_up("Ann").await;
    let (secret, _) = set_up(&world.app, &ann).await;
    let before = world.half_signed_in(sign_in("Ann")).await;
    let token = world.forgotten().await;
    let browser = world.app.browser();
    browser.post(RESET, json!({"token": token, "newPassword": NEW})).await.assert_ok();
    assert_eq!(browser.cookie("train_session"), None, "a link opens no session");
    let right = json!({"code": code(&secret, 0)});
    before.post(CODE, right.clone()).await.assert_failure(401, "second_step_expired");
    let after = world.half_signed_in(json!({"email": email("Ann"), "password": NEW})).await;
    after.post(CODE, right).await.assert_ok();
    after.get("/api/auth/me").await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_does_not_skip_the_second_step_and_ends_links() {
    let world = World::new().await;
    let ada = world.app.signed_up("Ada").await;
    let ann = world.app.signed_up("Ann").await;
    let ann_at = place(&ann).await;
    let (secret, _) = set_up(&world.app, &ann).await;
    let token = world.forgotten().await;
    let made = ada.post(&format!("{ann_at}/one-time-password"), json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let late = world.app.browser().post(RESET, json!({"token": token, "newPassword": NEW})).await;
    late.assert_failure(409, "link_ended");
    let body = json!({"email": email("Ann"), "password": made.body["password"],
        "newPassword": NEW});
    let browser = world.half_signed_in(body).await;
    browser.post(CODE, json!({"code": code(&secret, 0)})).await.assert_ok();

    // Who forgot the one-time password as well gets a password of their own by a link.
    ada.post(&format!("{ann_at}/one-time-password"), json!({})).await;
    let token = world.forgotten().await;
    let own = json!({"token": token, "newPassword": "another green meadow"});
    world.app.browser().post(RESET, own).await.assert_ok();
    world.half_signed_in(json!({"email": email("Ann"), "password": "another green meadow"})).await;
}

/// Whoever has it and not the second step neither uses it up nor sets a password.
#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_is_used_up_once_the_second_step_is_done() {
    let world = World::new().await;
    let ada = world.app.signed_up("Ada").await;
    let ann = world.app.signed_up("Ann").await;
    let (secret, _) = set_up(&world.app, &ann).await;
    let made = ada.post(&format!("{}/one-time-password", place(&ann).await), json!({})).await;
    let password = &made.body["password"];
    let with = |new: &str| json!({"email": email("Ann"), "password": password, "newPassword": new});
    let thief = world.half_signed_in(with(NEW)).await;
    let far = json!({"code": code(&secret, 9)});
    thief.post(CODE, far).await.assert_failure(400, "validation_failed");
    let chosen = json!({"email": email("Ann"), "password": NEW});
    let refused = world.app.browser().post(SIGN_IN, chosen).await;
    refused.assert_failure(401, "wrong_credentials");

    let own = "another green meadow";
    let right = json!({"code": code(&secret, 0)});
    let ann = world.half_signed_in(with(own)).await;
    ann.post(CODE, right.clone()).await.assert_ok();
    thief.post(CODE, right).await.assert_failure(401, "second_step_expired");
    let again = world.app.browser().post(SIGN_IN, with(NEW)).await;
    again.assert_failure(401, "wrong_credentials");
    world.half_signed_in(json!({"email": email("Ann"), "password": own})).await;
    world.deliver().await;
    let told = "Your one-time password was replaced by a new password";
    assert!(world.subjects(&email("Ann")).contains(&told.to_owned()));
}

/// Waits until a statement waits for a row that somebody else holds.
async fn a_statement_waits(app: &App) {
    let mut superuser = app.database.superuser().await;
    let sql = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    loop {
        let waiting: i64 = sqlx::query_scalar(sql).fetch_one(&mut superuser).await.unwrap();
        if waiting > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_replaced_meanwhile_confirms_nothing() {
    let app = App::new().await;
    app.signed_up("Ada").await;
    let ann = app.signed_up("Ann").await;
    let both = |name: &str, new: &str| json!({"currentPassword": PASSWORD, name: new});
    for (method, path, body) in [
        (Method::POST, "/api/auth/password", both("newPassword", NEW)),
        (Method::POST, "/api/auth/email", both("newEmail", "eve@example.com")),
        (Method::POST, "/api/auth/second-factor", json!({"password": PASSWORD})),
        (Method::DELETE, "/api/auth/account", json!({"password": PASSWORD})),
    ] {
        let mut held = app.database.database.begin().await.unwrap();
        let replaced = "UPDATE auth.users SET password_changed_at = clock_timestamp()
            WHERE email = 'ann@example.com'";
        sqlx::query(replaced).execute(&mut *held).await.unwrap();
        let meanwhile = async {
            a_statement_waits(&app).await;
            held.commit().await.unwrap();
        };
        let (answer, ()) = tokio::join!(ann.json(method, path, body), meanwhile);
        answer.assert_failure(400, "validation_failed");
        assert!(answer.text.contains("Incorrect password."), "{path}: {}", answer.text);
    }
    app.browser().post(SIGN_IN, sign_in("Ann")).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_begun_leads_into_a_disabled_account() {
    let world = World::new().await;
    let ada = world.app.signed_up("Ada").await;
    let ann = world.app.signed_up("Ann").await;
    let ann_at = place(&ann).await;
    let (secret, _) = set_up(&world.app, &ann).await;
    let begun = world.half_signed_in(sign_in("Ann")).await;
    let token = world.forgotten().await;
    for disabled in [true, false] {
        ada.patch(&ann_at, json!({"disabled": disabled})).await.assert_ok();
        let reset = json!({"token": token, "newPassword": NEW});
        let late = world.app.browser().post(RESET, reset).await;
        late.assert_failure(409, "link_ended");
        let right = json!({"code": code(&secret, 0)});
        begun.post(CODE, right).await.assert_failure(401, "second_step_expired");
    }
    world.half_signed_in(json!({"email": email("Ann"), "password": PASSWORD})).await;
}

/// Whoever did it, and whatever the person chose to be told.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_an_account_is_told_by_mail() {
    let world = World::new().await;
    let ada = world.app.signed_up("Ada").await;
    let ann = world.app.signed_up("Ann").await;
    let nothing = json!({"notifications": {"inApp": false, "toast": false, "email": false,
        "categories": {"systemAlerts": false}}});
    ann.patch("/api/user-preferences", nothing).await.assert_ok();
    let ann_at = place(&ann).await;
    set_up(&world.app, &ann).await;
    world.deliver().await;
    ada.patch(&ann_at, json!({"disabled": true})).await.assert_ok();
    world.deliver().await;
    let subjects = world.subjects(&email("Ann"));
    for told in ["Two-step verification is on", "Your account was disabled"] {
        assert!(subjects.iter().any(|subject| subject.contains(told)), "{told}: {subjects:?}");
    }
}
