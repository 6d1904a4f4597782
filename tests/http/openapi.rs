//! The description of the routes is true and complete.

use super::app::App;
use axum::body::Body;
use http::Method;
use std::collections::BTreeSet;
use train::server::router::routes;

#[tokio::test(flavor = "multi_thread")]
async fn every_described_route_exists() {
    let app = App::new().await;
    let answer = app.browser().get("/api/openapi.json").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body["openapi"].as_str().unwrap().starts_with("3.1"), "{}", answer.text);
    let mut count = 0;
    for (path, operations) in answer.body["paths"].as_object().unwrap() {
        let place = ["{id}", "{user}", "{invitation}"]
            .iter()
            .fold(path.clone(), |place, name| place.replace(name, &"0".repeat(32)));
        for (method, operation) in operations.as_object().unwrap() {
            count += 1;
            assert!(
                operation["responses"].is_object() && operation["tags"].is_array(),
                "{method} {path}"
            );
            let method: Method = method.to_uppercase().parse().unwrap();
            // A stranger hears 401 or what is wrong with the body, never that there is nothing.
            let answer = app.browser().send(method.clone(), &place, None, Body::empty()).await;
            assert!(
                !matches!(answer.status.as_u16(), 404 | 405),
                "{method} {path}: {}",
                answer.text
            );
        }
    }
    assert!(count >= 30, "{count}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_described() {
    let app = App::new().await;
    let body = app.browser().get("/api/openapi.json").await.body;
    let described: BTreeSet<String> = body["paths"].as_object().unwrap().keys().cloned().collect();
    let written: BTreeSet<String> =
        routes().table().iter().map(|route| route.path.to_owned()).collect();
    assert!(written.len() > 15, "{written:?}");
    assert_eq!(written.difference(&described).collect::<Vec<_>>(), Vec::<&String>::new());
}
