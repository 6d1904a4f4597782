//! Imports over HTTP: a file in pieces, what is wrong with it, and what is refused.

use super::app::{Answer, App, Client};
use axum::body::Body;
use http::Method;
use serde_json::json;

const IMPORTS: &str = "/api/imports";
const ROW: &str = "{\"prompt\":\"Hello\",\"completion\":\"Hello to you\"}\n";

async fn begun(client: &Client<'_>, size: usize) -> String {
    let made = client.post(IMPORTS, json!({"fileName": "a.jsonl", "sizeBytes": size})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["import"]["state"], "uploading");
    format!("{IMPORTS}/{}", made.body["import"]["id"].as_str().unwrap())
}

async fn send(client: &Client<'_>, place: &str, start: i64, piece: Vec<u8>) -> Answer {
    let path = format!("{place}/file?start={start}");
    let kind = Some("application/octet-stream");
    client.send(Method::PUT, &path, kind, Body::from(piece)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_checked_and_imported() {
    let app = App::new().await;
    let (ann, dan) = (app.signed_up("Ann").await, app.signed_up("Dan").await);
    let file = format!("{ROW}{{\"prompt\":5}}\n");
    let place = begun(&ann, file.len()).await;
    let (one, two) = file.as_bytes().split_at(20);
    let half = send(&ann, &place, 0, one.to_vec()).await;
    assert_eq!(half.body["import"]["receivedBytes"], 20, "{}", half.text);
    send(&ann, &place, 30, two.to_vec()).await.assert_failure(400, "validation_failed");
    send(&ann, &place, 21, vec![b'x']).await.assert_failure(409, "import_unready");
    ann.post(&format!("{place}/start"), json!({})).await.assert_failure(409, "import_unready");
    send(&ann, &place, 20, two.to_vec()).await.assert_ok();
    while app.state.imports.run_next().await.unwrap() {}
    let checked = ann.get(&place).await;
    let import = &checked.body["import"];
    assert_eq!((&import["state"], &import["valid"]), (&json!("checked"), &json!(1)));
    let problems = ann.get(&format!("{place}/problems")).await.body;
    assert_eq!(problems["problems"][0]["line"], 2, "{problems}");
    dan.get(&place).await.assert_failure(404, "not_found");
    dan.get(&format!("{place}/problems")).await.assert_failure(404, "not_found");
    dan.delete(&place).await.assert_failure(404, "not_found");
    send(&dan, &place, 0, vec![b'x']).await.assert_failure(404, "not_found");
    ann.post(&format!("{place}/start"), json!({})).await.assert_ok();
    while app.state.imports.run_next().await.unwrap() {}
    assert_eq!(ann.get(&place).await.body["import"]["imported"], 1);
    let list = ann.get("/api/conversations").await.body;
    let id = list["conversations"][0]["id"].as_str().unwrap();
    let read = ann.get(&format!("/api/conversations/{id}")).await.body;
    assert_eq!(read["conversation"]["turns"][1]["content"], "Hello to you");
    assert_eq!(read["conversation"]["title"], "Hello");
    ann.delete(&place).await.assert_failure(409, "import_unready");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_named() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    for (body, path) in [
        (json!({"fileName": " ", "sizeBytes": 5}), "fileName"),
        (json!({"fileName": "a", "sizeBytes": 0}), "sizeBytes"),
        (json!({"fileName": "a", "sizeBytes": 3_000_000_000_i64}), "sizeBytes"),
        (json!({"fileName": "a", "sizeBytes": 5, "origin": "x".repeat(501)}), "origin"),
        (json!({"fileName": "a", "sizeBytes": 5, "license": "a\u{7}"}), "license"),
    ] {
        let refused = ann.post(IMPORTS, body.clone()).await;
        refused.assert_failure(400, "validation_failed");
        assert_eq!(refused.paths(), [path], "{body}");
    }
    let place = begun(&ann, 6 << 20).await;
    send(&ann, &place, 0, vec![b' '; (4 << 20) + 1]).await.assert_failure(413, "too_large");
    send(&ann, &place, 0, vec![b' '; 4 << 20]).await.assert_ok();
    let half = send(&ann, &place, 0, Vec::new()).await;
    half.assert_failure(400, "validation_failed");
    let gone = ann.delete(&place).await;
    assert_eq!(gone.body["import"]["state"], "cancelled", "{}", gone.text);
    let list = ann.get(IMPORTS).await.body;
    assert_eq!(list["imports"].as_array().map(Vec::len), Some(1));
    let narrow = json!({"name": "Reads", "scopes": ["conversations:read"]});
    let token = ann.post("/api/tokens", narrow).await.body["secret"].as_str().unwrap().to_owned();
    let reader = app.with_token(&token);
    reader.get(IMPORTS).await.assert_ok();
    let refused = reader.post(IMPORTS, json!({"fileName": "a", "sizeBytes": 5})).await;
    refused.assert_failure(403, "scope_missing");
}
