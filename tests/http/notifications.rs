//! `/api/notifications` and the page: one's own, page by page, read and unread, live.

use super::app::{App, Client};
use axum::body::Body;
use futures::StreamExt;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;
use train::{
    domain::{
        local_path::LocalPath,
        notifications::{Category, Notification, Severity},
    },
    server::notifications::Recipients,
};
use uuid::Uuid;

async fn id(client: &Client<'_>) -> Uuid {
    client.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().parse().unwrap()
}

async fn tell(app: &App, person: Uuid, title: &str) {
    let notification = Notification {
        category: Category::SystemAlerts,
        severity: Severity::Warning,
        title: title.into(),
        text: "Something to do.".into(),
        link: LocalPath::parse("/ai/costs"),
        dedupe_key: title.into(),
    };
    assert_eq!(
        app.state.notifications.send(&Recipients::Person(person), &notification).await.unwrap(),
        1
    );
}

/// One notification, for tests of other things.
pub async fn tell_somebody(app: &App, client: &Client<'_>) {
    tell(app, id(client).await, "Something happened").await;
}

fn titles(body: &Value) -> Vec<&str> {
    body["notifications"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["title"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_and_marks_their_own() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    let person = id(&ann).await;
    for title in ["One", "Two", "Three"] {
        tell(&app, person, title).await;
    }
    let page = ann.get("/api/notifications?limit=2").await;
    page.assert_ok();
    assert_eq!((titles(&page.body), &page.body["unread"]), (vec!["Three", "Two"], &json!(3)));
    let first = &page.body["notifications"][0];
    assert_eq!(
        (&first["category"], &first["severity"], &first["link"]),
        (&json!("system_alerts"), &json!("warning"), &json!("/ai/costs"))
    );
    let older =
        ann.get(&format!("/api/notifications?limit=2&before={}", page.body["nextBefore"])).await;
    assert_eq!((titles(&older.body), older.body.get("nextBefore")), (vec!["One"], None));

    let marked = ann.patch("/api/notifications", json!({"ids": [first["id"]], "read": true})).await;
    marked.assert_ok();
    assert_eq!((&marked.body["changed"], &marked.body["unread"]), (&json!(1), &json!(2)));
    assert_eq!(titles(&ann.get("/api/notifications?unread=true").await.body), ["Two", "One"]);
    let others =
        ben.patch("/api/notifications", json!({"ids": [first["id"]], "read": false})).await;
    assert_eq!(others.body["changed"], 0);
    assert_eq!(ben.get("/api/notifications").await.body["notifications"], json!([]));
    assert_eq!(
        ann.patch("/api/notifications", json!({"all": true, "read": true})).await.body["changed"],
        2
    );
    app.browser().get("/api/notifications").await.assert_failure(401, "not_signed_in");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    for query in ["limit=0", "limit=101", "limit=x", "before=x", "unread=maybe", "page=2"] {
        ann.get(&format!("/api/notifications?{query}"))
            .await
            .assert_failure(400, "validation_failed");
    }
    let too_many = vec![Uuid::nil(); 101];
    for body in [
        json!({"read": true}),
        json!({"all": true}),
        json!({"all": true, "ids": [Uuid::nil()], "read": true}),
        json!({"ids": ["x"], "read": true}),
        json!({"ids": too_many, "read": true}),
        json!({"all": true, "read": "yes"}),
        json!({"all": true, "read": true, "title": "x"}),
        json!([]),
    ] {
        ann.patch("/api/notifications", body.clone())
            .await
            .assert_failure(400, "validation_failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_needs_its_scopes() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let token = async |scope: &str| {
        let made = ann.post("/api/tokens", json!({"name": "x", "scopes": [scope]})).await;
        app.with_token(made.body["secret"].as_str().unwrap())
    };
    let mark = json!({"all": true, "read": true});
    let reading = token("notifications:read").await;
    reading.get("/api/notifications").await.assert_ok();
    reading.patch("/api/notifications", mark.clone()).await.assert_failure(403, "scope_missing");
    let writing = token("notifications:write").await;
    writing.get("/api/notifications").await.assert_ok();
    writing.patch("/api/notifications", mark).await.assert_ok();
    writing.get("/api/admin/mail").await.assert_failure(403, "scope_missing");
    token("preferences:read")
        .await
        .get("/api/notifications")
        .await
        .assert_failure(403, "scope_missing");
    token("admin:read").await.get("/api/admin/mail").await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_comes_over_the_stream_to_its_person_only() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    let (anns, bens) = (id(&ann).await, id(&ben).await);
    let connected = async {
        while !app.state.events.is_connected() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), connected).await.expect("it listens soon");
    let stream = ann.open(Method::GET, "/api/events", None, Body::empty()).await;
    assert_eq!(stream.status(), 200);
    let mut chunks = stream.into_body().into_data_stream();
    tell(&app, bens, "For Ben").await;
    tell(&app, anns, "For Ann").await;
    let mut received = String::new();
    let wait = async {
        while !received.contains("event: notification\ndata: {") || !received.ends_with("\n\n") {
            received.push_str(std::str::from_utf8(&chunks.next().await.unwrap().unwrap()).unwrap());
        }
    };
    timeout(Duration::from_secs(10), wait).await.expect("it comes soon");
    assert!(received.contains("For Ann") && !received.contains("For Ben"), "{received}");
    let (_, data) = received.split_once("event: notification\ndata: ").unwrap();
    let told: Value = serde_json::from_str(data.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&told["toast"], &told["inApp"], &told["link"]),
        (&json!(true), &json!(true), &json!("/ai/costs"))
    );
    let mut marked = String::new();
    ann.patch("/api/notifications", json!({"all": true, "read": true})).await.assert_ok();
    let wait = async {
        while !marked.contains("event: notification\ndata: {}") {
            marked.push_str(std::str::from_utf8(&chunks.next().await.unwrap().unwrap()).unwrap());
        }
    };
    timeout(Duration::from_secs(10), wait).await.expect("that it was read comes too");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_reads_and_marks_without_a_script() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let page = ann.get("/notifications").await;
    assert!(
        page.text.contains("database alerts will appear here, with what to do.")
            && page.text.contains("Notifications, none unread"),
        "{}",
        page.text
    );
    let person = id(&ann).await;
    tell(&app, person, "Budget at 80 %").await;
    tell(&app, person, "<script>alert(1)</script>").await;
    let page = ann.get("/notifications").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("Budget at 80 %") && page.text.contains("Notifications, 2 unread"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<script>alert"), "{}", page.text);
    let answer = ann.form("/api/fn/mark-notifications-read", "").await;
    assert_eq!(answer.header("location"), "/notifications", "{}", answer.text);
    assert_eq!(ann.get("/api/notifications").await.body["unread"], 0);
    let page = ann.get("/notifications?unread=true").await;
    assert!(page.text.contains("No unread notifications."), "{}", page.text);
    ann.patch("/api/user-preferences", json!({"notifications": {"inApp": false}}))
        .await
        .assert_ok();
    let page = ann.get("/notifications").await;
    assert!(
        page.text.contains("Notifications in Train are off")
            && !page.text.contains("popovertarget=\"notifications\"")
    );
}
