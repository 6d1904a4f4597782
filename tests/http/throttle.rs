//! Limits on guessing.

use super::app::{App, generous, sign_in, sign_up};
use serde_json::json;
use train::server::{
    accounts::{Limit, Limits},
    config::{Config, TrustedProxies},
};

fn limits(address: i32, account: i32) -> Limits {
    let limit = |burst| Limit { burst, every_seconds: 60 };
    Limits {
        sign_in_per_address: limit(address),
        sign_in_per_account: limit(account),
        ..generous()
    }
}

fn guess(name: &str) -> serde_json::Value {
    json!({"email": super::app::email(name), "password": "a guess of mine"})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_guessed_at_only_so_often_wherever_from() {
    let app = App::with(Config::default(), limits(1000, 3)).await;
    app.signed_up("Ann").await;
    app.signed_up("Ben").await;
    for guesser in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
        app.browser()
            .from(guesser)
            .post("/api/auth/sign-in", guess("Ann"))
            .await
            .assert_failure(401, "wrong_credentials");
    }
    let answer = app.browser().from("198.51.100.4").post("/api/auth/sign-in", guess("ANN")).await;
    answer.assert_failure(429, "too_many_requests");
    let wait: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(answer.body["retryAfter"], wait);
    app.browser()
        .post("/api/auth/sign-in", sign_in("Ann"))
        .await
        .assert_failure(429, "too_many_requests");
    app.browser().post("/api/auth/sign-in", sign_in("Ben")).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_guesses_only_so_often_whatever_the_account() {
    let app = App::with(Config::default(), limits(3, 1000)).await;
    app.signed_up("Ann").await;
    for name in ["One", "Two", "Three"] {
        app.browser()
            .from("203.0.113.9")
            .post("/api/auth/sign-in", guess(name))
            .await
            .assert_failure(401, "wrong_credentials");
    }
    let refused = app.browser().from("203.0.113.9").post("/api/auth/sign-in", sign_in("Ann")).await;
    refused.assert_failure(429, "too_many_requests");
    app.browser().from("203.0.113.10").post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_guesses_do_not_slip_through() {
    let app = App::with(Config::default(), limits(1000, 4)).await;
    app.signed_up("Ann").await;
    let answers = futures::future::join_all((0..12).map(|_| async {
        let browser = app.browser();
        browser.post("/api/auth/sign-in", guess("Ann")).await.status.as_u16()
    }))
    .await;
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 4, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 8, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_costs_nothing() {
    let app = App::with(Config::default(), limits(2, 2)).await;
    app.signed_up("Ann").await;
    for _ in 0..6 {
        app.browser().post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_again_for_the_password_has_the_same_limit() {
    let app = App::with(Config::default(), limits(1000, 2)).await;
    let ann = app.signed_up("Ann").await;
    let change =
        || json!({"currentPassword": "a guess of mine", "newPassword": "another fine sentence"});
    for _ in 0..2 {
        ann.post("/api/auth/password", change()).await.assert_failure(400, "validation_failed");
    }
    ann.post("/api/auth/password", change()).await.assert_failure(429, "too_many_requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_guess_keep_nobody_from_changing_a_password() {
    let app = App::with(Config::default(), limits(1000, 2)).await;
    let ann = app.signed_up("Ann").await;
    let stranger = app.browser().from("198.51.100.1");
    for _ in 0..2 {
        let guessed = stranger.post("/api/auth/sign-in", guess("Ann")).await;
        guessed.assert_failure(401, "wrong_credentials");
    }
    let refused = stranger.post("/api/auth/sign-in", guess("Ann")).await;
    refused.assert_failure(429, "too_many_requests");
    let change =
        json!({"currentPassword": super::app::PASSWORD, "newPassword": "another fine sentence"});
    ann.post("/api/auth/password", change).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_accounts_from_one_address_are_refused() {
    let limits =
        Limits { sign_up_per_address: Limit { burst: 2, every_seconds: 60 }, ..generous() };
    let app = App::with(Config::default(), limits).await;
    app.signed_up("Ann").await;
    app.signed_up("Ben").await;
    app.browser()
        .post("/api/auth/sign-up", sign_up("Cem"))
        .await
        .assert_failure(429, "too_many_requests");
    let elsewhere =
        app.browser().from("203.0.113.10").post("/api/auth/sign-up", sign_up("Cem")).await;
    assert_eq!(elsewhere.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_trusted_proxy_says_where_a_request_came_from() {
    let app = App::with(Config::default(), limits(1, 1000)).await;
    app.signed_up("Ann").await;
    let liar = |address: &str| app.browser().header("x-forwarded-for", address);
    liar("198.51.100.1")
        .post("/api/auth/sign-in", guess("Ann"))
        .await
        .assert_failure(401, "wrong_credentials");
    liar("198.51.100.2")
        .post("/api/auth/sign-in", guess("Ann"))
        .await
        .assert_failure(429, "too_many_requests");

    let config = Config {
        trusted_proxies: TrustedProxies::parse("192.0.2.0/24").unwrap(),
        ..Config::default()
    };
    let app = App::with(config, limits(1, 1000)).await;
    app.signed_up("Ann").await;
    let through = |address: &str| app.browser().header("x-forwarded-for", address);
    through("198.51.100.1")
        .post("/api/auth/sign-in", guess("Ann"))
        .await
        .assert_failure(401, "wrong_credentials");
    through("198.51.100.2")
        .post("/api/auth/sign-in", guess("Ann"))
        .await
        .assert_failure(401, "wrong_credentials");
    through("9.9.9.9, 198.51.100.2")
        .post("/api/auth/sign-in", guess("Ann"))
        .await
        .assert_failure(429, "too_many_requests");
}
