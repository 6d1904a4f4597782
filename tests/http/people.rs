//! What administrators see of accounts and organizations and do to them: whom it reaches, whom it
//! does not, and that everybody concerned is told.

use super::{
    app::{App, Client, PASSWORD, email, invite, join, sign_in, sign_up},
    at_once::{superuser, until_waiting},
};
use http::Method;
use serde_json::{Value, json};
use sqlx::Connection;
use train::{
    domain::accounts::EmailAddress,
    server::config::{Config, SignUp},
};

const PEOPLE: &str = "/api/admin/people";
const SIGN_UP: &str = "/api/admin/sign-up";

async fn id(person: &Client<'_>) -> String {
    person.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned()
}

fn at(id: &str) -> String {
    format!("{PEOPLE}/{id}")
}

fn names(page: &Value) -> Vec<String> {
    let people = page["people"].as_array().unwrap().iter();
    people.map(|person| person["displayName"].as_str().unwrap().to_owned()).collect()
}

async fn token(person: &Client<'_>, scopes: &[&str]) -> String {
    let made = person.post("/api/tokens", json!({"name": "Script", "scopes": scopes})).await;
    made.body["secret"].as_str().unwrap().to_owned()
}

/// Titles of what somebody was told, the newest first.
async fn told(person: &Client<'_>) -> Vec<String> {
    let list = person.get("/api/notifications").await;
    let list = list.body["notifications"].as_array().unwrap().clone();
    list.iter().map(|it| it["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_searched_narrowed_and_paged() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    app.signed_up("Cleo").await;
    join(&ann, &ben, "member").await;
    let all = ann.get(PEOPLE).await;
    all.assert_ok();
    assert_eq!(names(&all.body), ["Ann", "Ben", "Cleo"]);
    assert_eq!(all.body["total"], 3);
    let first = &all.body["people"][0];
    assert_eq!((&first["role"], &first["disabledAt"]), (&json!("admin"), &Value::Null));
    assert!(first["lastSeen"].is_string() && !all.text.contains("argon2"), "{first:#}");
    let organization = first["organization"]["id"].as_str().unwrap();
    let of = format!("organization={organization}");
    for (query, found) in [
        ("search=BEN%40exa", vec!["Ben"]),
        ("search=%25", vec![]),
        ("role=admin", vec!["Ann"]),
        ("state=disabled", vec![]),
        ("state=active&limit=2&page=2", vec!["Cleo"]),
        ("limit=2&page=9", vec![]),
        (of.as_str(), vec!["Ann", "Ben"]),
    ] {
        let page = ann.get(&format!("{PEOPLE}?{query}")).await;
        page.assert_ok();
        assert_eq!(names(&page.body), found, "{query}");
    }
    for (query, path) in [("limit=0", "limit"), ("page=0", "page"), ("state=gone", "state")] {
        let answer = ann.get(&format!("{PEOPLE}?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.paths()), (400, vec![path]), "{query}");
    }
    let behind = ann.get("/admin/people?page=9").await;
    assert!(behind.text.contains("Nobody on this page"), "{}", behind.text);
    assert!(behind.text.contains("Previous"), "{}", behind.text);
    let organizations = ann.get("/api/admin/organizations").await;
    organizations.assert_ok();
    let one = &organizations.body["organizations"][0];
    assert_eq!((&one["members"], &one["owners"][0]["displayName"]), (&json!(2), &json!("Ann")));
    ben.get(PEOPLE).await.assert_failure(403, "forbidden");
    ben.get("/api/admin/organizations").await.assert_failure(403, "forbidden");
    app.browser().get(PEOPLE).await.assert_failure(401, "not_signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_ends_access_on_every_server_at_once() {
    let app = App::new().await;
    let other = app.second_server().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let secret = token(&ben, &["preferences:read"]).await;
    let script = app.with_token(&secret);
    let (elsewhere, script_elsewhere) = (ben.through(&other), script.through(&other));
    let reads = [&ben, &elsewhere, &script, &script_elsewhere];
    for client in reads {
        client.get("/api/user-preferences").await.assert_ok();
    }
    let place = at(&id(&ben).await);
    let disabled = ann.patch(&place, json!({"disabled": true})).await;
    disabled.assert_ok();
    assert!(disabled.body["person"]["disabledAt"].is_string(), "{}", disabled.text);
    for client in reads {
        assert_eq!(client.get("/api/user-preferences").await.status, 401);
    }
    let refused = app.browser().post("/api/auth/sign-in", sign_in("Ben")).await;
    refused.assert_failure(401, "wrong_credentials");
    let list = ann.get(&format!("{PEOPLE}?state=disabled")).await;
    assert_eq!(names(&list.body), ["Ben"]);

    ann.patch(&place, json!({"disabled": false})).await.assert_ok();
    for client in [&script, &script_elsewhere] {
        client.get("/api/user-preferences").await.assert_ok();
    }
    assert_eq!(ben.get("/api/auth/me").await.status, 401, "its sessions stay ended");
    ben.post("/api/auth/sign-in", sign_in("Ben")).await.assert_ok();
    assert_eq!(
        told(&ben).await,
        ["Your account is enabled again", "Your account was disabled"],
        "whom it was done to is told"
    );
    // What is so already is done without a word.
    ann.patch(&place, json!({"disabled": false})).await.assert_ok();
    let log = ann.get("/api/admin/log").await;
    log.assert_ok();
    let done = log.body["actions"].as_array().unwrap();
    let done: Vec<_> = done
        .iter()
        .map(|it| (it["command"].as_str().unwrap(), it["operator"].as_str().unwrap()))
        .collect();
    assert_eq!(done, [("admin enable", "ann@example.com"), ("admin disable", "ann@example.com")]);
    assert_eq!(log.body["actions"][0]["subject"], "ben@example.com");
    let older = ann.get("/api/admin/log?limit=1").await.body["older"].clone();
    let rest = ann.get(&format!("/api/admin/log?limit=1&before={older}")).await;
    assert_eq!(rest.body["actions"][0]["command"], "admin disable");
    assert_eq!(rest.body["older"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_waits_for_a_sign_in_and_ends_its_session() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    app.signed_up("Ben").await;
    let (mut browser, mut watcher) = (superuser(&app).await, superuser(&app).await);
    // As a sign-in does it.
    let mut signing_in = browser.begin().await.unwrap();
    let lock = "SELECT FROM auth.users WHERE email = $1 FOR NO KEY UPDATE";
    sqlx::query(lock).bind(email("Ben")).execute(&mut *signing_in).await.unwrap();
    let session = "INSERT INTO auth.sessions (token_hash, user_id, expires_at)
        SELECT sha256('late'), id, now() + interval '1 day' FROM auth.users WHERE email = $1";
    sqlx::query(session).bind(email("Ben")).execute(&mut *signing_in).await.unwrap();
    let finishing = async {
        until_waiting(&mut watcher, 1).await;
        signing_in.commit().await.unwrap();
    };
    let address = EmailAddress::parse(&email("Ben")).unwrap();
    let (disabled, ()) = tokio::join!(app.state.accounts.set_disabled(&address, true), finishing);
    disabled.unwrap();
    let left = "SELECT count(*) FROM auth.sessions AS session
        JOIN auth.users AS person ON person.id = session.user_id WHERE person.email = $1";
    let left: i64 =
        sqlx::query_scalar(left).bind(email("Ben")).fetch_one(&mut watcher).await.unwrap();
    assert_eq!(left, 0, "it would be his again once he is enabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_nothing_is_told_what_was_done_to_their_account() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let nothing = json!({"notifications": {"inApp": false, "toast": false,
        "categories": {"systemAlerts": false}}});
    ben.patch("/api/user-preferences", nothing).await.assert_ok();
    ann.patch(&at(&id(&ben).await), json!({"role": "admin"})).await.assert_ok();
    assert_eq!(told(&ben).await, ["You are an administrator now"]);
    ben.get(PEOPLE).await.assert_ok();
    // Told of each, also where one of them takes or gives the account.
    let place = at(&id(&ben).await);
    ann.patch(&place, json!({"role": "member", "disabled": true})).await.assert_ok();
    ann.patch(&place, json!({"role": "admin", "disabled": false})).await.assert_ok();
    ben.post("/api/auth/sign-in", sign_in("Ben")).await.assert_ok();
    assert_eq!(
        told(&ben).await[..4],
        [
            "You are an administrator now",
            "Your account is enabled again",
            "Your account was disabled",
            "You are no longer an administrator",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_locks_themselves_out_and_a_token_makes_no_administrator() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let (own, other) = (at(&id(&ann).await), at(&id(&ben).await));
    for body in [json!({"disabled": true}), json!({"role": "member"}), json!({})] {
        ann.patch(&own, body).await.assert_failure(403, "forbidden");
    }
    let reset = format!("{own}/one-time-password");
    ann.post(&reset, json!({})).await.assert_failure(403, "forbidden");

    let script = app.with_token(&token(&ann, &["admin:write"]).await);
    script.patch(&other, json!({"role": "admin"})).await.assert_failure(403, "session_needed");
    let reset = format!("{other}/one-time-password");
    script.post(&reset, json!({})).await.assert_failure(403, "session_needed");
    script.patch(&other, json!({"disabled": true})).await.assert_ok();
    ann.patch(&other, json!({"disabled": false})).await.assert_ok();
    let nobody = at("00000000-0000-0000-0000-000000000000");
    ann.patch(&nobody, json!({"disabled": true})).await.assert_failure(404, "not_found");
    ann.patch(&other, json!({"role": "king"})).await.assert_failure(400, "validation_failed");
    ann.get(PEOPLE).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays_also_when_two_act_at_once() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let (a, b) = (at(&id(&ann).await), at(&id(&ben).await));
    ann.patch(&b, json!({"role": "admin"})).await.assert_ok();
    let (one, other) = tokio::join!(
        ann.patch(&b, json!({"role": "member"})),
        ben.patch(&a, json!({"disabled": true}))
    );
    let done = [&one, &other].iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1, "{} {}", one.text, other.text);
    let left = "SELECT count(*) FROM auth.users WHERE role = 'admin' AND disabled_at IS NULL";
    let left: i64 = sqlx::query_scalar(left).fetch_one(app.database.database.pool()).await.unwrap();
    assert_eq!(left, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_signs_in_once_and_only_with_a_new_one() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let place = format!("{}/one-time-password", at(&id(&ben).await));
    ben.post(&place, json!({})).await.assert_failure(403, "forbidden");
    let made = ann.post(&place, json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let password = made.body["password"].as_str().unwrap();
    assert_eq!(ben.get("/api/auth/me").await.status, 401, "the sessions end");
    let old = app.browser().post("/api/auth/sign-in", sign_in("Ben")).await;
    old.assert_failure(401, "wrong_credentials");

    let with = |new: Option<&str>| {
        let mut body = json!({"email": email("Ben"), "password": password});
        if let Some(new) = new {
            body["newPassword"] = json!(new);
        }
        body
    };
    for new in [None, Some(""), Some("short"), Some(password), Some("password1234")] {
        let refused = app.browser().post("/api/auth/sign-in", with(new)).await;
        refused.assert_failure(400, "validation_failed");
        assert_eq!(refused.paths(), ["newPassword"], "{new:?}");
    }
    let people = ann.get(&format!("{PEOPLE}?search=ben")).await;
    assert!(people.body["people"][0]["oneTimeUntil"].is_string(), "{}", people.text);

    let chosen = "seven small lighthouses";
    ben.post("/api/auth/sign-in", with(Some(chosen))).await.assert_ok();
    assert_eq!(
        told(&ben).await,
        ["Your one-time password was replaced by a new password", "Your password was reset"]
    );
    let again = app.browser().post("/api/auth/sign-in", with(Some("another green meadow"))).await;
    again.assert_failure(401, "wrong_credentials");
    let own = json!({"email": email("Ben"), "password": chosen});
    app.browser().post("/api/auth/sign-in", own).await.assert_ok();
    let people = ann.get(&format!("{PEOPLE}?search=ben")).await;
    assert_eq!(people.body["people"][0]["oneTimeUntil"], Value::Null);
    let log = ann.get("/api/admin/log").await;
    assert_eq!(log.body["actions"][0]["command"], "admin reset-password");
    assert!(!log.text.contains(password));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_that_is_over_opens_nothing() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let place = format!("{}/one-time-password", at(&id(&ben).await));
    let made = ann.post(&place, json!({})).await;
    let over = "UPDATE auth.users SET one_time_until = now() - interval '1 second'
        WHERE one_time_until IS NOT NULL";
    sqlx::query(over).execute(app.database.database.pool()).await.unwrap();
    let body = json!({"email": email("Ben"), "password": made.body["password"],
        "newPassword": "seven small lighthouses"});
    ben.post("/api/auth/sign-in", body).await.assert_failure(401, "wrong_credentials");
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_sign_up_lets_in_who_was_invited() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    for method in [Method::GET, Method::PUT] {
        let body = json!({"signUp": "closed"});
        ben.json(method.clone(), SIGN_UP, body.clone()).await.assert_failure(403, "forbidden");
        app.browser().json(method, SIGN_UP, body).await.assert_failure(401, "not_signed_in");
    }
    let rule = ann.get(SIGN_UP).await;
    assert_eq!(rule.body["rule"], json!({"signUp": "open", "byEnvironment": false}));
    let closed = ann.json(Method::PUT, SIGN_UP, json!({"signUp": "closed"})).await;
    closed.assert_ok();
    assert_eq!(closed.body["rule"]["signUp"], "closed");
    let other = app.second_server().await;
    let stranger = app.browser();
    for at in [stranger.again(), stranger.through(&other)] {
        at.post("/api/auth/sign-up", sign_up("Cleo")).await.assert_failure(403, "sign_up_closed");
        let page = at.get("/sign-up").await;
        assert!(page.text.contains("Sign-up is closed"), "{}", page.text);
        assert!(!page.text.contains("Create account"), "there is no form");
        let page = at.get("/sign-up?invited=yes").await;
        assert!(page.text.contains("that was invited") && page.text.contains("Create account"));
    }
    invite(&ann, &email("Cleo"), "member").await;
    app.signed_up("Cleo").await;
    stranger.post("/api/auth/sign-up", sign_up("Dora")).await.assert_failure(403, "sign_up_closed");
    ann.json(Method::PUT, SIGN_UP, json!({"signUp": "open"})).await.assert_ok();
    app.signed_up("Dora").await;
    let log = ann.get("/api/admin/log").await;
    assert_eq!(log.body["actions"][0]["command"], "admin sign-up");
    assert_eq!(log.body["actions"][0]["subject"], "open");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_decides_before_administrators() {
    let config = Config { sign_up: Some(SignUp::Open), ..Config::default() };
    let app = App::configured(config).await;
    let ann = app.signed_up("Ann").await;
    let rule = ann.get(SIGN_UP).await;
    assert_eq!(rule.body["rule"], json!({"signUp": "open", "byEnvironment": true}));
    let change = ann.json(Method::PUT, SIGN_UP, json!({"signUp": "closed"})).await;
    change.assert_failure(409, "set_by_environment");
    assert!(ann.get("/admin/people").await.text.contains("TRAIN_SIGN_UP"));
    app.signed_up("Ben").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_begun_is_not_signed_in_after_a_reset() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let place = format!("{}/one-time-password", at(&id(&ben).await));
    let tries = futures::future::join_all((0..4).map(|_| async {
        let browser = app.browser();
        browser.post("/api/auth/sign-in", sign_in("Ben")).await;
        browser
    }));
    let (made, browsers) = tokio::join!(ann.post(&place, json!({})), tries);
    assert_eq!(made.status, 201);
    for browser in browsers {
        assert_eq!(browser.get("/api/auth/me").await.status, 401, "{PASSWORD} is no longer his");
    }
}
