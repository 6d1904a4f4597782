//! No way into an account leads past another: a mailed link and a one-time password not past the
//! second step, and nothing into an account that is disabled.

use super::{
    app::{App, Client, PASSWORD, email, sign_in},
    post_office::PostOffice,
    second_factor::{code, set_up},
};
use serde_json::{Value, json};
use train::server::config::{Config, PublicUrl};

const NEW: &str = "seven small lighthouses";
const SIGN_IN: &str = "/api/auth/sign-in";
const CODE: &str = "/api/auth/sign-in/code";
const RESET: &str = "/api/auth/reset-password";

struct World {
    app: App,
    office: PostOffice,
}

impl World {
    async fn new() -> Self {
        let office = PostOffice::open();
        let config = Config {
            mail: Some(office.settings()),
            public_url: Some(PublicUrl::parse("http://train.test").unwrap()),
            ..Config::default()
        };
        Self { app: App::configured(config).await, office }
    }

    /// The token of a link that sets Ann's password.
    async fn forgotten(&self) -> String {
        let asked = json!({"email": email("Ann")});
        self.app.browser().post("/api/auth/forgot-password", asked).await.assert_ok();
        self.app.state.mail.deliver_due().await.unwrap();
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
    world.app.state.mail.deliver_due().await.unwrap();
    ada.patch(&ann_at, json!({"disabled": true})).await.assert_ok();
    world.app.state.mail.deliver_due().await.unwrap();
    let subjects = world.subjects(&email("Ann"));
    for told in ["Two-step verification is on", "Your account was disabled"] {
        assert!(subjects.iter().any(|subject| subject.contains(told)), "{told}: {subjects:?}");
    }
}
