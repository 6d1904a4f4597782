//! `/api/events`: who receives what, and when a stream ends by itself.

use super::app::{App, Client, join};
use axum::body::{Body, BodyDataStream, to_bytes};
use chrono::{TimeDelta, Utc};
use futures::StreamExt;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;
use train::{
    domain::notifications::{Category, Notification, Severity},
    server::notifications::Recipients,
};
use uuid::Uuid;

/// Only a program that is broken makes a test wait for so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// An application that receives changes already.
async fn listening() -> App {
    let app = App::new().await;
    let connected = async {
        while !app.state.events.is_connected() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, connected).await.expect("it listens soon");
    app
}

async fn token<'a>(app: &'a App, person: &Client<'_>, token: Value) -> Client<'a> {
    let made = person.post("/api/tokens", token).await;
    assert_eq!(made.status, 201, "{}", made.text);
    app.with_token(made.body["secret"].as_str().unwrap())
}

async fn open(client: &Client<'_>) -> Body {
    let stream = client.open(Method::GET, "/api/events", None, Body::empty()).await;
    assert_eq!(stream.status(), 200);
    stream.into_body()
}

/// Everything that a stream says until it ends.
async fn all_of(stream: Body) -> String {
    let bytes = timeout(PATIENCE, to_bytes(stream, 1 << 20)).await.expect("it ends").unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a stream says until it has said something.
async fn until(stream: &mut BodyDataStream, said: &str) -> String {
    let mut received = String::new();
    let listen = async {
        while !received.contains(said) {
            let bytes = stream.next().await.expect("it goes on").unwrap();
            received.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    };
    timeout(PATIENCE, listen).await.expect("it is told");
    received
}

async fn tell(app: &App, person: &Client<'_>, title: &str) {
    let id: Uuid =
        person.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().parse().unwrap();
    let notification = Notification {
        category: Category::SystemAlerts,
        severity: Severity::Warning,
        title: title.into(),
        text: "Something to do.".into(),
        link: None,
        dedupe_key: title.into(),
    };
    assert_eq!(
        app.state.notifications.send(&Recipients::Person(id), &notification).await.unwrap(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_what_may_be_read_and_goes_on_in_another_organization() {
    let app = listening().await;
    let (owner, ann) = (app.signed_up("Owner").await, app.signed_up("Ann").await);
    let history = token(&app, &ann, json!({"name": "x", "scopes": ["history:read"]})).await;
    let notifications =
        token(&app, &ann, json!({"name": "x", "scopes": ["notifications:read"]})).await;
    let mut session = open(&ann).await.into_data_stream();
    let (history, notifications) = (open(&history).await, open(&notifications).await);
    tell(&app, &ann, "Budget at 80 %").await;
    until(&mut session, "Budget at 80 %").await;
    ann.patch("/api/user-preferences", json!({"theme": "dark"})).await.assert_ok();
    until(&mut session, r#""paths":["theme"]"#).await;

    let list = owner.get("/api/organizations").await.body["organizations"].clone();
    let team = format!("/api/organizations/{}", list[0]["id"].as_str().unwrap());
    let me = ann.get("/api/auth/me").await.body["user"]["id"].clone();
    let (defaults, member) =
        (format!("{team}/preference-defaults"), format!("{team}/members/{}", me.as_str().unwrap()));
    let (membership, refetch) =
        ("event: membership-changed", r#"data: {"paths":[],"version":null}"#);
    join(&owner, &ann, "member").await;
    until(&mut session, membership).await;
    owner.patch(&defaults, json!({"rowsPerPage": 50})).await.assert_ok();
    until(&mut session, refetch).await;
    owner.patch(&member, json!({"role": "admin"})).await.assert_ok();
    let received = until(&mut session, "You are an admin of").await;
    assert!(received.contains(membership), "{received}");
    owner.delete(&member).await.assert_ok();
    let received = until(&mut session, "You were removed from").await;
    assert!(received.contains(membership), "{received}");
    owner.patch(&defaults, json!({"rowsPerPage": 100})).await.assert_ok();
    tell(&app, &ann, "Budget at 90 %").await;
    let received = until(&mut session, "Budget at 90 %").await;
    assert!(!received.contains(refetch), "of an organization that is not theirs: {received}");

    ann.post("/api/auth/sign-out", json!({})).await.assert_ok();
    all_of(Body::from_stream(session)).await;
    for (stream, told) in [(history, false), (notifications, true)] {
        let received = all_of(stream).await;
        assert_eq!(received.matches(membership).count(), 3, "{received}");
        assert!(!received.contains(r#""paths":["theme"]"#), "{received}");
        for title in ["Budget at 80 %", "You are an admin of", "You were removed from"] {
            assert_eq!(received.contains(title), told, "{title}: {received}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_and_what_is_remembered_of_a_token_end_when_it_expires() {
    let app = listening().await;
    let ann = app.signed_up("Ann").await;
    let soon = Utc::now() + TimeDelta::seconds(8);
    let script =
        token(&app, &ann, json!({"name": "x", "scopes": ["history:read"], "expiresAt": soon}))
            .await;
    all_of(open(&script).await).await;
    assert!(Utc::now() >= soon, "not earlier");
    script.get("/api/auth/me").await.assert_failure(401, "invalid_token");
}
