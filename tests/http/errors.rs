//! Every failure has the one shape, whatever caused it.

use super::app::App;
use axum::body::Body;
use futures::stream;
use http::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn malformed_json_is_400_with_its_place() {
    let app = App::new().await;
    let send = |body: &'static str| app_send(&app, body);
    for (body, path, part) in [
        ("{\"email\": }", "email", "line 1, column"),
        ("{\"email\": \"a\",\n \"email\": \"b\"}", "email", "line 2"),
        ("", "", "line 1"),
        ("[1, 2", "2", ""),
        ("{\"n\": 1e999}", "n", "out of range"),
        ("{\"n\": NaN}", "n", ""),
        ("{\"t\": \"\\u0000\"}", "t", "U+0000"),
        ("{} {}", "", "trailing"),
    ] {
        let answer = send(body).await;
        answer.assert_failure(400, "malformed_json");
        assert_eq!(answer.paths(), [path], "{body}");
        assert!(answer.body["error"].as_str().unwrap().contains(part), "{body}: {}", answer.text);
    }
    for body in ["[]", "5", "null", "\"text\""] {
        let answer = send(body).await;
        answer.assert_failure(400, "validation_failed");
    }
}

async fn app_send(app: &App, body: &'static str) -> super::app::Answer {
    app.browser()
        .send(Method::POST, "/api/auth/sign-in", Some("application/json"), Body::from(body))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_nesting_is_a_refusal_not_a_crash() {
    let app = App::new().await;
    let deep = "[".repeat(60_000);
    let answer = app
        .browser()
        .send(Method::POST, "/api/auth/sign-in", Some("application/json"), Body::from(deep))
        .await;
    answer.assert_failure(400, "malformed_json");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_path_is_404_and_a_wrong_method_405() {
    let app = App::new().await;
    for path in ["/api", "/api/", "/api/nothing", "/api/auth/nothing", "/api/fn/nothing"] {
        for method in [Method::GET, Method::POST] {
            let answer = app.browser().send(method.clone(), path, None, Body::empty()).await;
            if path == "/api/fn/nothing" && method == Method::GET {
                answer.assert_failure(405, "method_not_allowed");
            } else {
                answer.assert_failure(404, "not_found");
            }
        }
    }
    let answer = app.browser().get("/api/auth/sign-in").await;
    answer.assert_failure(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), "POST");
    let answer = app.browser().send(Method::PUT, "/api/tokens", None, Body::empty()).await;
    answer.assert_failure(405, "method_not_allowed");
    let mut allowed: Vec<&str> = answer.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    app.browser()
        .send(Method::POST, "/nothing", None, Body::empty())
        .await
        .assert_failure(404, "not_found");
    app.browser().delete("/healthz").await.assert_failure(405, "method_not_allowed");
    app.browser().get("/pkg/nothing.js").await.assert_failure(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_is_413_whether_it_says_so_or_not() {
    let app = App::new().await;
    let large = || format!("{{\"email\": \"{}\"}}", "a".repeat(1 << 20));
    let send = |body| app.browser_send(body);
    send(Body::from(large())).await.assert_failure(413, "too_large");
    let pieces = large().into_bytes().chunks(9000).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let streamed = Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>)));
    send(streamed).await.assert_failure(413, "too_large");
    let said = app.browser().header("content-length", "70000");
    said.send(Method::POST, "/api/auth/sign-in", Some("application/json"), Body::from("{}"))
        .await
        .assert_failure(413, "too_large");
    let form = format!("email={}", "a".repeat(1 << 17));
    app.browser().form("/api/fn/sign-in", &form).await.assert_failure(413, "too_large");
    let fits = format!("{{\"email\": \"{}\"}}", "a".repeat(60_000));
    send(Body::from(fits)).await.assert_failure(400, "validation_failed");
}

impl App {
    async fn browser_send(&self, body: Body) -> super::app::Answer {
        self.browser().send(Method::POST, "/api/auth/sign-in", Some("application/json"), body).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_content_type_is_415() {
    let app = App::new().await;
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonp"),
    ] {
        let answer =
            app.browser().send(Method::POST, "/api/auth/sign-in", kind, Body::from("{}")).await;
        answer.assert_failure(415, "unsupported_media_type");
    }
    for kind in
        ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"]
    {
        let answer = app
            .browser()
            .send(Method::POST, "/api/auth/sign-in", Some(kind), Body::from("{}"))
            .await;
        answer.assert_failure(400, "validation_failed");
    }
    let answer = app
        .browser()
        .send(Method::POST, "/api/fn/sign-in", Some("text/plain"), Body::from("email=a"))
        .await;
    answer.assert_failure(415, "unsupported_media_type");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_401_everywhere_behind_the_door() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let nobody = app.browser();
    for path in [
        "/api/auth/me",
        "/api/auth/sessions",
        "/api/tokens",
        "/api/organizations",
        "/api/user-preferences",
        "/api/config/change-history",
        "/api/events",
    ] {
        nobody.get(path).await.assert_failure(401, "not_signed_in");
    }
    for path in ["/api/tokens", "/api/organizations", "/api/auth/password"] {
        nobody.post(path, json!({})).await.assert_failure(401, "not_signed_in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_id_is_ours_whatever_the_client_says() {
    let app = App::new().await;
    let answer = app.browser().header("x-request-id", "forged").get("/api/nothing").await;
    answer.assert_failure(404, "not_found");
    let again = app.browser().get("/api/nothing").await;
    assert_ne!(answer.header("x-request-id"), again.header("x-request-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_failure_shows_sql_or_code() {
    let app = App::new().await;
    // A broken installation: the function that every sign-in needs is gone.
    let mut owner = app.database.role("train_owner").await;
    crate::support::run(
        &mut owner,
        "DROP FUNCTION public.take_rate_limit(text, interval, integer)",
    )
    .await;
    let answer = app.browser().post("/api/auth/sign-in", super::app::sign_in("Ann")).await;
    answer.assert_failure(500, "internal");
    for word in ["take_rate_limit", "function", "SELECT", "sqlx", "panicked", ".rs"] {
        assert!(!answer.text.contains(word), "{word}: {}", answer.text);
    }
}
