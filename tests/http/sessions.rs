//! Sessions: how long they live, and ending them.

use super::app::{App, sign_in};
use http::Method;
use train::server::{accounts::AccountService, notifications::NotificationService};

async fn run(app: &App, sql: &'static str) {
    sqlx::query(sql).execute(app.database.database.pool()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_a_stranger_and_its_cookie_is_taken_away() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    run(&app, "UPDATE auth.sessions SET expires_at = now() - interval '1 second'").await;
    let answer = ann.get("/api/auth/me").await;
    answer.assert_failure(401, "not_signed_in");
    let taken_away = answer.header("set-cookie");
    assert!(taken_away.starts_with("train_session_"), "{taken_away}");
    assert!(taken_away.contains("=; Path=/; Max-Age=0"), "{taken_away}");
    assert_eq!(ann.cookie("train_session"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn use_prolongs_a_session_seldom_written_and_not_for_ever() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let fresh = ann.get("/api/auth/me").await;
    assert_eq!(fresh.header("set-cookie"), "", "seen just now: nothing is written");

    let other = app.browser();
    other.set_cookie("train_session", &ann.cookie("train_session").unwrap());
    run(
        &app,
        "UPDATE auth.sessions SET last_seen = now() - interval '10 minutes',
            expires_at = now() + interval '1 day'",
    )
    .await;
    // A second server remembers nothing of this session.
    let second = second_server(&app).await;
    let answer = second.find(&ann.cookie("train_session").unwrap()).await;
    assert!(answer, "prolonged");
    let days: i32 =
        sqlx::query_scalar("SELECT extract(day FROM expires_at - now())::int FROM auth.sessions")
            .fetch_one(app.database.database.pool())
            .await
            .unwrap();
    assert_eq!(days, 29);

    run(
        &app,
        "UPDATE auth.sessions SET last_seen = now() - interval '10 minutes',
            created_at = now() - interval '89 days'",
    )
    .await;
    let second = second_server(&app).await;
    assert!(second.find(&ann.cookie("train_session").unwrap()).await);
    let days: i32 =
        sqlx::query_scalar("SELECT extract(day FROM expires_at - now())::int FROM auth.sessions")
            .fetch_one(app.database.database.pool())
            .await
            .unwrap();
    assert_eq!(days, 0, "after ninety days the password is asked again");
}

struct Second(train::server::accounts::AccountService);

impl Second {
    async fn find(&self, cookie: &str) -> bool {
        let request = train::server::foundation::context::RequestContext::without_person(
            train::server::foundation::context::Source::Page,
        );
        self.0.find_session(cookie, &request).await.unwrap().is_some_and(|found| found.renewed)
    }
}

async fn second_server(app: &App) -> Second {
    let rules = train::server::accounts::Rules {
        sign_up: None,
        session_days: 30,
        origin: None,
        limits: super::app::generous(),
    };
    let database = app.database.second_server().await;
    let notifications = NotificationService::new(database.clone(), false);
    Second(AccountService::new(database, notifications, rules))
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_end_their_own_sessions_only() {
    let app = App::new().await;
    let here = app.signed_up("Ann").await;
    let there = app.browser().header("user-agent", "There/1.0").from("203.0.113.5");
    there.post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
    let ben = app.signed_up("Ben").await;

    let list = here.get("/api/auth/sessions").await;
    list.assert_ok();
    let sessions = list.body["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!(
        (other["userAgent"].as_str(), other["ip"].as_str()),
        (Some("There/1.0"), Some("203.0.113.5"))
    );
    assert!(!list.text.contains("token"), "no hash leaves the server");

    let path = format!("/api/auth/sessions/{}", other["id"].as_str().unwrap());
    ben.delete(&path).await.assert_failure(404, "not_found");
    there.get("/api/auth/me").await.assert_ok();
    here.delete(&path).await.assert_ok();
    there.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
    here.delete(&path).await.assert_failure(404, "not_found");
    here.delete("/api/auth/sessions/not-an-id").await.assert_failure(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_everywhere_keeps_only_this_session() {
    let app = App::new().await;
    let here = app.signed_up("Ann").await;
    let others = [app.browser(), app.browser()];
    for other in &others {
        other.post("/api/auth/sign-in", sign_in("Ann")).await.assert_ok();
        other.get("/api/auth/me").await.assert_ok();
    }
    let answer = here
        .send(
            Method::POST,
            "/api/auth/sessions/sign-out-everywhere",
            None,
            axum::body::Body::empty(),
        )
        .await;
    answer.assert_ok();
    assert_eq!(answer.body["ended"], 2);
    for other in &others {
        other.get("/api/auth/me").await.assert_failure(401, "not_signed_in");
    }
    here.get("/api/auth/me").await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_by_another_server_ends_here_too() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    for _ in 0..3 {
        ann.get("/api/auth/me").await.assert_ok();
    }
    // Straight in the database, as another process would.
    run(&app, "DELETE FROM auth.sessions").await;
    let ended = async {
        while ann.cookie("train_session").is_some() {
            let _ = ann.get("/api/auth/me").await;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    // Far below the 30 s after which memory alone would forget it.
    tokio::time::timeout(std::time::Duration::from_secs(10), ended)
        .await
        .expect("the revocation was received");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_is_out_at_once() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    ben.get("/api/auth/me").await.assert_ok();
    let address = train::domain::accounts::EmailAddress::parse("ben@example.com").unwrap();
    app.state.accounts.set_disabled(&address, true).await.unwrap();
    let out = async {
        while ben.get("/api/auth/me").await.status != 401 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), out)
        .await
        .expect("the account is out");
    app.state.accounts.set_disabled(&address, false).await.unwrap();
    app.browser().post("/api/auth/sign-in", sign_in("Ben")).await.assert_ok();
    let only = train::domain::accounts::EmailAddress::parse("ann@example.com").unwrap();
    assert!(
        app.state.accounts.set_disabled(&only, true).await.is_err(),
        "the last administrator stays"
    );
}
