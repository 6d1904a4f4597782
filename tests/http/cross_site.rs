//! Posts that another site makes a browser send.

use super::app::{App, Client, sign_in};
use serde_json::json;
use train::server::config::Config;

async fn change(client: &Client<'_>) -> super::app::Answer {
    client.patch("/api/auth/profile", json!({"displayName": "Changed"})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_needs_to_come_from_our_own_pages() {
    let app = App::new().await;
    let cookie = app.signed_up("Ann").await.cookie("train_session").unwrap();
    let cases: [(&[(&str, &str)], bool); 8] = [
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("origin", "http://train.test")], true),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site"), ("origin", "http://train.test")], false),
        (&[("origin", "http://evil.test")], false),
        (&[("origin", "null")], false),
        (&[], false),
    ];
    for (headers, allowed) in cases {
        let mut client = app.program();
        for (name, value) in headers {
            client = client.header(name, value);
        }
        client.set_cookie("train_session", &cookie);
        let answer = change(&client).await;
        if allowed {
            answer.assert_ok();
        } else {
            answer.assert_failure(403, "cross_site");
        }
    }
    let me = app.browser();
    me.set_cookie("train_session", &cookie);
    me.get("/api/auth/me").await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_by_a_refused_post() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let evil = app.program().header("origin", "http://evil.test");
    evil.set_cookie("train_session", &ann.cookie("train_session").unwrap());
    change(&evil).await.assert_failure(403, "cross_site");
    evil.form("/api/fn/sign-out", "").await.assert_failure(403, "cross_site");
    assert_eq!(ann.get("/api/auth/me").await.body["user"]["displayName"], "Ann");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_in_from_another_site() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let evil = app.program().header("sec-fetch-site", "cross-site");
    evil.post("/api/auth/sign-in", sign_in("Ann")).await.assert_failure(403, "cross_site");
    let evil = app.program().header("origin", "http://evil.test");
    evil.form("/api/fn/sign-in", "email=ann%40example.com&password=x")
        .await
        .assert_failure(403, "cross_site");
    app.program().post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_address_counts_behind_a_proxy() {
    // The proxy may call us by another name than the browser knows.
    let config =
        Config { public_url: Some(public("https://train.example.com")), ..Config::default() };
    let app = App::configured(config).await;
    let browser =
        app.browser().header("host", "10.0.0.5:3000").header("origin", "https://train.example.com");
    let answer = browser.post("/api/auth/sign-up", super::app::sign_up("Ann")).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    change(&browser).await.assert_ok();
    let evil = app.browser().header("host", "10.0.0.5:3000").header("origin", "https://evil.test");
    evil.set_cookie("train_session", &browser.cookie("train_session").unwrap());
    change(&evil).await.assert_failure(403, "cross_site");
}

fn public(url: &str) -> train::server::config::PublicUrl {
    train::server::config::PublicUrl::parse(url).unwrap()
}
