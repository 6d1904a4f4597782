//! Two-step verification: setting it up, the second step of signing in, and its end.

use super::app::{App, Client, PASSWORD, email, generous, sign_in};
use crate::support;
use chrono::Utc;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::{Value, json};
use sha1::Sha1;
use train::{
    domain::accounts::EmailAddress,
    server::{
        accounts::{Limit, Limits},
        config::Config,
        vault::KeySource,
    },
};

const FACTOR: &str = "/api/auth/second-factor";
const CODE: &str = "/api/auth/sign-in/code";

/// What an app shows that was given this secret, now or so many codes later.
pub fn code(secret: &str, later: i64) -> String {
    let signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String =
        secret.chars().map(|sign| format!("{:05b}", signs.find(sign).unwrap())).collect();
    let bytes: Vec<u8> = (0..bits.len() / 8)
        .map(|at| u8::from_str_radix(&bits[at * 8..][..8], 2).unwrap())
        .collect();
    let step = Utc::now().timestamp() / 30 + later;
    let mut mac = Hmac::<Sha1>::new_from_slice(&bytes).unwrap();
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// As the owner of the tables: no server does this.
async fn run(app: &App, sql: &str) {
    support::run(&mut app.database.role("train_owner").await, sql).await;
}

/// As if the codes up to now had not been used: a test does not wait for the next one.
async fn forget_used(app: &App) {
    run(app, "UPDATE auth.second_factors SET last_step = 0").await;
}

/// Sets it up. The secret, and the recovery codes.
pub async fn set_up(app: &App, ann: &Client<'_>) -> (String, Vec<String>) {
    let setup = ann.post(FACTOR, json!({"password": PASSWORD})).await;
    setup.assert_ok();
    let secret = setup.body["secret"].as_str().unwrap().to_owned();
    assert!(setup.body["image"].as_str().unwrap().starts_with("<svg "));
    let on = ann.post(&format!("{FACTOR}/confirm"), json!({"code": code(&secret, 0)})).await;
    on.assert_ok();
    forget_used(app).await;
    (secret, serde_json::from_value(on.body["codes"].clone()).unwrap())
}

/// A browser in which Ann's password was right.
async fn half_signed_in(app: &App) -> Client<'_> {
    let browser = app.browser();
    let answer = browser.post("/api/auth/sign-in", sign_in("Ann")).await;
    answer.assert_failure(401, "second_factor_needed");
    assert_eq!(browser.cookie("train_session"), None);
    browser
}

async fn titles(ann: &Client<'_>) -> Vec<String> {
    let told = ann.get("/api/notifications").await.body["notifications"].clone();
    let told = told.as_array().unwrap().iter();
    told.map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_comes_only_after_the_second_step_and_each_code_is_taken_once() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    assert_eq!(ann.get(FACTOR).await.body["secondFactor"]["confirmedAt"], Value::Null);
    let (secret, codes) = set_up(&app, &ann).await;
    assert_eq!(codes.len(), 10);
    let state = ann.get(FACTOR).await;
    assert!(state.body["secondFactor"]["confirmedAt"].is_string());
    assert_eq!(state.body["secondFactor"]["recoveryCodes"], 10);
    assert!(!state.text.contains(&secret), "never read back");
    assert_eq!(titles(&ann).await, ["Two-step verification is on"]);

    let browser = half_signed_in(&app).await;
    browser.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
    for wrong in ["", "12345", "no code"] {
        let answer = browser.post(CODE, json!({"code": wrong})).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.body["fields"][0]["path"], "code");
    }
    let far = code(&secret, 5);
    browser.post(CODE, json!({"code": far})).await.assert_failure(400, "validation_failed");
    assert_eq!(browser.cookie("train_session"), None);
    let right = code(&secret, 0);
    let second = half_signed_in(&app).await;
    let answer = browser.post(CODE, json!({"code": right})).await;
    answer.assert_ok();
    assert_eq!(answer.body["user"]["displayName"], "Ann");
    browser.get("/api/auth/me").await.assert_ok();
    assert_eq!(browser.cookie("train_sign_in"), None, "it is done");

    second.post(CODE, json!({"code": right})).await.assert_failure(400, "validation_failed");
    second.post(CODE, json!({"code": code(&secret, 1)})).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_signs_in_once_and_its_use_is_told() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let (_, codes) = set_up(&app, &ann).await;
    let typed = codes[3].to_uppercase().replace('-', " ");
    half_signed_in(&app).await.post(CODE, json!({"code": typed})).await.assert_ok();
    let again = half_signed_in(&app).await;
    again.post(CODE, json!({"code": codes[3]})).await.assert_failure(400, "validation_failed");
    assert_eq!(ann.get(FACTOR).await.body["secondFactor"]["recoveryCodes"], 9);
    assert!(titles(&ann).await.contains(&"A recovery code was used".to_owned()));
    let stored: Vec<String> = sqlx::query_scalar(
        "SELECT t::text FROM auth.recovery_codes AS t UNION ALL SELECT t::text
           FROM auth.second_factors AS t",
    )
    .fetch_all(app.database.database.pool())
    .await
    .unwrap();
    let plain = codes[4].replace('-', "");
    assert!(stored.iter().all(|row| !row.contains(&plain) && !row.contains(&codes[4])));
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_guessed_only_so_often_wherever_from() {
    let second_steps_per_account = Limit { burst: 3, every_seconds: 60 };
    let limits = Limits { second_steps_per_account, ..generous() };
    let app = App::with(Config::default(), limits).await;
    let ann = app.signed_up("Ann").await;
    let (secret, _) = set_up(&app, &ann).await;
    for guesser in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
        let browser = half_signed_in(&app).await.from(guesser);
        let far = code(&secret, 9);
        browser.post(CODE, json!({"code": far})).await.assert_failure(400, "validation_failed");
    }
    let browser = half_signed_in(&app).await.from("198.51.100.4");
    let right = json!({"code": code(&secret, 0)});
    for _ in 0..2 {
        browser.post(CODE, right.clone()).await.assert_failure(429, "too_many_requests");
    }
    let told = titles(&ann).await;
    let guesses = told.iter().filter(|title| title.contains("too many wrong codes"));
    assert_eq!(guesses.count(), 1, "once a day: {told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn right_codes_cost_nothing() {
    let second_steps_per_account = Limit { burst: 2, every_seconds: 60 };
    let limits = Limits { second_steps_per_account, ..generous() };
    let app = App::with(Config::default(), limits).await;
    let ann = app.signed_up("Ann").await;
    let (secret, _) = set_up(&app, &ann).await;
    for _ in 0..4 {
        let browser = half_signed_in(&app).await;
        browser.post(CODE, json!({"code": code(&secret, 0)})).await.assert_ok();
        forget_used(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_not_asked_and_set_nothing_up() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let token = json!({"name": "Nightly", "scopes": ["preferences:read"]});
    let made = ann.post("/api/tokens", token).await.body["secret"].clone();
    set_up(&app, &ann).await;
    let script = app.with_token(made.as_str().unwrap());
    script.get("/api/user-preferences").await.assert_ok();
    script.get(FACTOR).await.assert_failure(403, "session_needed");
    let begin = script.post(FACTOR, json!({"password": PASSWORD})).await;
    begin.assert_failure(403, "session_needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_is_worth_nothing_after_a_while_elsewhere_or_once_it_is_changed() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let (secret, _) = set_up(&app, &ann).await;
    let stranger = app.browser();
    let right = || json!({"code": code(&secret, 0)});
    stranger.post(CODE, right()).await.assert_failure(401, "second_step_expired");
    stranger.set_cookie("train_sign_in", &"0".repeat(64));
    stranger.post(CODE, right()).await.assert_failure(401, "second_step_expired");

    let late = half_signed_in(&app).await;
    run(&app, "UPDATE auth.pending_sign_ins SET expires_at = now()").await;
    late.post(CODE, right()).await.assert_failure(401, "second_step_expired");
    app.state.accounts.sweep().await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM auth.pending_sign_ins")
        .fetch_one(app.database.database.pool())
        .await
        .unwrap();
    assert_eq!(left, 0);

    let before = half_signed_in(&app).await;
    let change = json!({"currentPassword": PASSWORD, "newPassword": "seven small lighthouses"});
    ann.post("/api/auth/password", change).await.assert_ok();
    before.post(CODE, right()).await.assert_failure(401, "second_step_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn turning_off_and_new_recovery_codes_ask_for_password_and_code() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let (secret, old) = set_up(&app, &ann).await;
    let renew = format!("{FACTOR}/recovery-codes");
    for (password, code, path) in
        [("wrong password", code(&secret, 0), "password"), (PASSWORD, code(&secret, 7), "code")]
    {
        let both = json!({"password": password, "code": code});
        for (method, place) in [(Method::POST, renew.as_str()), (Method::DELETE, FACTOR)] {
            let answer = ann.json(method, place, both.clone()).await;
            answer.assert_failure(400, "validation_failed");
            assert_eq!(answer.body["fields"][0]["path"], path);
        }
    }
    let both = json!({"password": PASSWORD, "code": code(&secret, 0)});
    let new = ann.post(&renew, both.clone()).await;
    new.assert_ok();
    assert_eq!(new.body["codes"].as_array().unwrap().len(), 10);
    let browser = half_signed_in(&app).await;
    browser.post(CODE, json!({"code": old[0]})).await.assert_failure(400, "validation_failed");
    let both = json!({"password": PASSWORD, "code": new.body["codes"][0]});
    ann.json(Method::DELETE, FACTOR, both).await.assert_ok();
    app.browser().post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    browser
        .post(CODE, json!({"code": code(&secret, 0)}))
        .await
        .assert_failure(400, "validation_failed");
    assert!(titles(&ann).await.contains(&"Two-step verification is off".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_up_asks_for_the_password_and_counts_once_the_app_has_shown_a_code() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let refused = ann.post(FACTOR, json!({"password": "wrong password"})).await;
    refused.assert_failure(400, "validation_failed");
    let without = app.with_vault(KeySource::Missing).await;
    let refused = ann.through(&without).post(FACTOR, json!({"password": PASSWORD})).await;
    refused.assert_failure(503, "vault_key_missing");

    let confirm = format!("{FACTOR}/confirm");
    let first = ann.post(FACTOR, json!({"password": PASSWORD})).await.body;
    app.browser().post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    let second = ann.post(FACTOR, json!({"password": PASSWORD})).await.body;
    let of = |setup: &Value| json!({"code": code(setup["secret"].as_str().unwrap(), 0)});
    ann.post(&confirm, of(&first)).await.assert_failure(400, "validation_failed");
    ann.post(&confirm, of(&second)).await.assert_ok();
    ann.post(&confirm, of(&second)).await.assert_failure(400, "validation_failed");
    let again = ann.post(FACTOR, json!({"password": PASSWORD})).await;
    again.assert_failure(409, "second_factor_on");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_turns_it_off_and_the_person_is_told() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let address = EmailAddress::parse(&email("Ann")).unwrap();
    assert!(!app.state.accounts.reset_second_factor(&address).await.unwrap());
    set_up(&app, &ann).await;
    assert!(app.state.accounts.reset_second_factor(&address).await.unwrap());
    app.browser().post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    assert_eq!(titles(&ann).await[0], "Two-step verification was turned off for you");
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_posts_lead_through_both_steps() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let (secret, _) = set_up(&app, &ann).await;
    let browser = app.browser().header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let form = "email=ann%40example.com&password=a+quiet+green+meadow&next=%2Fhistory%3Fpage%3D2";
    let answer = browser.form("/api/fn/sign-in", form).await;
    let place = "/sign-in/code?next=/history%3Fpage%3D2";
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, place));
    assert_eq!(browser.cookie("train_session"), None);
    let page = browser.get(place).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("one-time-code"), "{}", page.text);

    let browser = browser.header("referer", &format!("http://train.test{place}"));
    let next = "&next=%2Fhistory%3Fpage%3D2";
    let answer = browser.form("/api/fn/sign-in-code", &format!("code=000+00{next}")).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, place));
    assert!(browser.get(place).await.text.contains("Enter the six digits"));
    let right = format!("code={}{next}", code(&secret, 0));
    let answer = browser.form("/api/fn/sign-in-code", &right).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "/history?page=2"));
    browser.get("/api/auth/me").await.assert_ok();
}
