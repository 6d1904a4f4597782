//! Security headers, on every kind of answer.

use super::app::{Answer, App};
use axum::body::Body;
use http::Method;
use train::server::config::{Config, PublicUrl, TrustedProxies};

#[track_caller]
fn assert_guarded(answer: &Answer) {
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{:?}", answer.headers);
    assert_eq!(answer.header("referrer-policy"), "same-origin");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    assert!(answer.header("permissions-policy").contains("camera=()"));
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    assert_eq!(answer.header("x-request-id").len(), 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_answer_is_guarded() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let nobody = app.browser();
    for path in [
        "/sign-in",
        "/settings/display",
        "/nothing-here",
        "/pkg/nothing.wasm",
        "/api/auth/me",
        "/api/nothing",
        "/healthz",
        "/metrics",
        "/",
    ] {
        assert_guarded(&nobody.get(path).await);
        assert_guarded(&ann.get(path).await);
    }
    assert_guarded(&nobody.send(Method::DELETE, "/api/auth/me", None, Body::empty()).await);
    assert_guarded(&nobody.form("/api/fn/sign-in", "email=x&password=y").await);
    let evil = app.program().header("origin", "http://evil.test");
    assert_guarded(&evil.post("/api/auth/sign-in", serde_json::json!({})).await);
    assert_guarded(&nobody.header("content-length", "99999999").get("/sign-in").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_runs_only_scripts_with_the_nonce_of_this_very_answer() {
    let app = App::new().await;
    let first = app.browser().get("/sign-in").await;
    assert_eq!(first.status, 200, "{}", first.text);
    let policy = first.header("content-security-policy").to_owned();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(nonce.len() >= 22, "128 bits: {nonce}");
    assert!(policy.contains("'wasm-unsafe-eval'"));
    assert!(
        policy.contains("connect-src 'self'")
            && policy.contains("form-action 'self'")
            && policy.contains("base-uri 'none'")
    );
    let mut scripts = 0;
    for script in first.text.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        // Data is no script, and the policy does not ask for a nonce on it.
        if !tag.contains("application/json") {
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{tag}");
            scripts += 1;
        }
    }
    assert!(scripts > 0, "the page starts its browser part by a script");
    let second = app.browser().get("/sign-in").await;
    assert_ne!(second.header("content-security-policy"), policy);
    assert_eq!(first.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn transport_security_is_promised_only_behind_tls() {
    const HSTS: &str = "strict-transport-security";
    const OPENER: &str = "cross-origin-opener-policy";
    let app = App::new().await;
    let plain = app.browser().get("/healthz").await;
    assert_eq!((plain.header(HSTS), plain.header(OPENER)), ("", ""));
    let liar = app.browser().header("x-forwarded-proto", "https");
    assert_eq!(liar.get("/healthz").await.header(HSTS), "", "nobody trusts this one");
    let answer = liar.post("/api/auth/sign-up", super::app::sign_up("Ann")).await;
    assert!(!answer.header("set-cookie").contains("Secure"), "{:?}", answer.headers);
    assert!(answer.header("set-cookie").contains("HttpOnly; SameSite=Lax"));

    let config = Config {
        trusted_proxies: TrustedProxies::parse("192.0.2.1").unwrap(),
        ..Config::default()
    };
    let app = App::configured(config).await;
    assert_eq!(app.browser().get("/healthz").await.header(HSTS), "");
    let behind = app.browser().header("x-forwarded-proto", "https");
    let over_tls = behind.get("/healthz").await;
    assert!(over_tls.header(HSTS).contains("max-age=63072000"));
    assert_eq!(over_tls.header(OPENER), "same-origin");
    let answer = behind.post("/api/auth/sign-up", super::app::sign_up("Ann")).await;
    assert!(answer.header("set-cookie").ends_with("; Secure"), "{:?}", answer.headers);

    let public = PublicUrl::parse("https://train.example.com").unwrap();
    let app = App::configured(Config { public_url: Some(public), ..Config::default() }).await;
    assert!(app.browser().get("/healthz").await.header(HSTS).contains("max-age"));
}
