//! Downloads that break off with their server, and go on through another.

use super::{EXPORTS, fill};
use crate::http::app::{App, Client};
use axum::body::{Body, to_bytes};
use futures::StreamExt as _;
use http::{Method, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A file, or a part of it, with its status.
async fn fetched(person: &Client<'_>, file: &str) -> (u16, Vec<u8>) {
    let answer = person.open(Method::GET, file, None, Body::empty()).await;
    let status = answer.status().as_u16();
    (status, to_bytes(answer.into_body(), 1 << 24).await.unwrap().to_vec())
}

/// Texts that can hardly be packed, so that the zip has several pieces.
const WORDS: &str = "UPDATE conversations SET turns = (SELECT jsonb_agg(jsonb_build_object(
      'role', CASE turn WHEN 1 THEN 'user' ELSE 'assistant' END,
      'content', (SELECT string_agg(md5(format('%s %s %s', title, turn, word)), ' ')
        FROM generate_series(1, 30) AS word)) ORDER BY turn)
    FROM generate_series(1, 2) AS turn)";

async fn version(app: &App, person: &Client<'_>) -> Value {
    fill(app, person, 1500).await;
    sqlx::query(WORDS).execute(app.database.database.pool()).await.unwrap();
    // On a busy machine it takes longer than a version waits for it.
    app.state.conversations.examine().await.unwrap();
    let set = person.post("/api/data-sets", json!({"name": "Support answers"})).await;
    let set = set.body["dataSet"]["id"].as_str().unwrap().to_owned();
    let shares = json!({"train": 80, "validation": 10, "test": 10});
    let body = json!({"query": "", "rules": {"shares": shares}});
    let made = person.post(&format!("/api/data-sets/{set}/versions"), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.body["version"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_with_parts_goes_on_through_another_server_when_the_first_is_gone() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let version = version(&app, &ann).await;
    let asked = json!({"versionId": version["id"], "options": {"bundle": true, "format": "jsonl"}});
    let made = ann.post(EXPORTS, asked.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let export = &made.body["export"];
    assert_eq!(export["versionId"], version["id"]);
    assert_eq!(export["dataSetId"], version["dataSetId"]);
    assert_eq!(export["versionNumber"], 1);
    let place = format!("{EXPORTS}/{}", export["id"].as_str().unwrap());
    let file = format!("{place}/file");

    // The first server writes and sends, and is gone in the middle of both.
    let writing = {
        let exports = app.state.exports.clone();
        tokio::spawn(async move { exports.run_next().await })
    };
    let first = ann.open(Method::GET, &file, None, Body::empty()).await;
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
    let mut pieces = first.into_body().into_data_stream();
    let mut got = pieces.next().await.unwrap().unwrap().to_vec();
    drop(pieces);
    writing.abort();
    let _ = writing.await;
    // Not at the end of a piece.
    got.truncate(got.len() - 7);
    let over = "UPDATE exports SET lease_until = now() - interval '1 second' WHERE state <> 'done'";
    sqlx::query(over).execute(app.database.database.pool()).await.unwrap();

    let second = app.second_state().await;
    while second.exports.run_next().await.unwrap() {}
    let router = train::server::http::router::router(second);
    let elsewhere = ann.through(&router);
    let done = elsewhere.get(&place).await.body["export"].clone();
    assert_eq!((&done["state"], &done["written"]), (&json!("done"), &json!(1500)));
    let from = format!("bytes={}-", got.len());
    let rest = elsewhere.again().header("range", &from).header("if-range", &tag);
    let (status, rest) = fetched(&rest, &file).await;
    assert_eq!(status, 206);
    got.extend(rest);
    assert_eq!(hex::encode(Sha256::digest(&got)), done["sha256"].as_str().unwrap());
    assert_eq!(done["sizeBytes"], got.len());
    let (status, whole) = fetched(&elsewhere, &file).await;
    assert!(status == 200 && whole == got);

    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&whole)).unwrap();
    let parts: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let parts: Vec<String> = parts.into_iter().filter(|name| name.starts_with("data/")).collect();
    assert_eq!(parts, ["data/train.jsonl", "data/valid.jsonl", "data/test.jsonl"]);
    let sizes = [1200, 150, 150].map(|size| size.to_string());
    let manifest: Value = serde_json::from_reader(zip.by_name("manifest.json").unwrap()).unwrap();
    for (described, name) in manifest["files"].as_array().unwrap().iter().zip(&parts) {
        let text = std::io::read_to_string(zip.by_name(name).unwrap()).unwrap();
        assert_eq!(described["path"], *name);
        assert_eq!(described["conversations"], text.lines().count());
        assert_eq!(described["sha256"], hex::encode(Sha256::digest(&text)));
        assert!(text.lines().all(|line| line.contains("\"split\"")), "{name}");
    }
    let told = manifest["files"].as_array().unwrap().iter();
    assert_eq!(told.map(|file| file["conversations"].to_string()).collect::<Vec<_>>(), sizes);

    // Again, by a server that nobody interrupts.
    let made = elsewhere.post(EXPORTS, asked).await;
    let file = format!("{EXPORTS}/{}/file", made.body["export"]["id"].as_str().unwrap());
    while app.state.exports.run_next().await.unwrap() {}
    assert!(fetched(&ann, &file).await.1 == whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_as_can_be_selected_are_named_in_the_body() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    fill(&app, &ann, 27_000).await;
    let ids: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT id FROM conversations")
        .fetch_all(app.database.database.pool())
        .await
        .unwrap();
    let options = json!({"format": "csv", "gzip": true, "metadata": false});
    let body = json!({"conversations": ids, "options": options});
    let preview = ann.post(&format!("{EXPORTS}/preview"), body.clone()).await;
    assert_eq!(preview.body["preview"]["taken"], 27_000, "{}", preview.text);
    let made = ann.post(EXPORTS, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["export"]["total"], 27_000);
    let place = format!("{EXPORTS}/{}", made.body["export"]["id"].as_str().unwrap());
    while app.state.exports.run_next().await.unwrap() {}
    let (status, file) = fetched(&ann, &format!("{place}/file")).await;
    let rows = csv::Reader::from_reader(flate2::read::GzDecoder::new(&file[..])).into_records();
    assert_eq!((status, rows.count()), (200, 54_000));
    let more = vec![uuid::Uuid::nil(); 60_000];
    let refused = ann.post(EXPORTS, json!({"conversations": more, "options": {}})).await;
    refused.assert_failure(413, "too_large");
}
