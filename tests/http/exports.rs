//! Exports over HTTP: files whole and in parts, whose they are, and what is refused.

mod resumed;

use super::app::{App, Client, join};
use serde_json::{Value, json};

const EXPORTS: &str = "/api/exports";

/// Conversations of a person that trainers take.
async fn fill(app: &App, person: &Client<'_>, count: i32) {
    let me = person.get("/api/auth/me").await.body;
    let id = |value: &Value| value.as_str().map(|id| id.parse::<uuid::Uuid>().unwrap());
    sqlx::query(
        "INSERT INTO conversations (title, tier, status, created_by, organization_id,
           quality_score, gate_failures, turn_count, turns)
         SELECT 'Talk ' || number, 'template', 'approved', $1, $2, 7.0, '[]', 2, $3
         FROM generate_series(1, $4) AS number",
    )
    .bind(id(&me["user"]["id"]))
    .bind(id(&me["user"]["organization"]["id"]))
    .bind(json!([{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Yes"}]))
    .bind(count)
    .execute(&mut app.database.role("service_role").await)
    .await
    .unwrap();
}

async fn made(person: &Client<'_>) -> String {
    let body = json!({"query": "", "options": {"format": "jsonl", "gzip": false}});
    let made = person.post(EXPORTS, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    format!("{EXPORTS}/{}", made.body["export"]["id"].as_str().unwrap())
}

async fn done(app: &App, person: &Client<'_>) -> String {
    let place = made(person).await;
    while app.state.exports.run_next().await.unwrap() {}
    assert_eq!(person.get(&place).await.body["export"]["state"], "done");
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_whole_in_parts_and_by_another_server() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    fill(&app, &ann, 20).await;
    let place = done(&app, &ann).await;
    let file = format!("{place}/file");
    let export = ann.get(&place).await.body["export"].clone();
    let whole = ann.get(&file).await;
    assert_eq!((whole.status.as_u16(), whole.text.lines().count()), (200, 20));
    assert_eq!(whole.header("content-length"), export["sizeBytes"].to_string());
    assert_eq!(whole.header("etag"), format!("\"{}\"", export["id"].as_str().unwrap()));
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let name = export["fileName"].as_str().unwrap();
    assert!(name.starts_with("train-") && name.ends_with("-20.jsonl"), "{name}");
    assert_eq!(whole.header("content-disposition"), format!("attachment; filename=\"{name}\""));
    let size = whole.text.len();
    let other = app.second_server().await;
    let elsewhere = ann.through(&other);
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=100-".to_owned(), 100, size),
        ("bytes=-7".to_owned(), size - 7, size),
        (format!("bytes=50-{}", size * 2), 50, size),
    ] {
        let part = elsewhere.again().header("range", &range).get(&file).await;
        assert_eq!(part.status, 206, "{range}");
        assert!(part.text == whole.text[from..to], "{range}");
        let described = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(part.header("content-range"), described);
        assert_eq!(part.header("content-length"), (to - from).to_string());
    }
    let tag = whole.header("etag").to_owned();
    let same = ann.again().header("range", "bytes=0-9").header("if-range", &tag).get(&file).await;
    assert_eq!((same.status.as_u16(), same.text.len()), (206, 10));
    let changed =
        ann.again().header("range", "bytes=0-9").header("if-range", "\"x\"").get(&file).await;
    assert_eq!((changed.status.as_u16(), changed.text.len()), (200, size));
    let beyond = ann.again().header("range", &format!("bytes={size}-")).get(&file).await;
    beyond.assert_failure(416, "range_not_satisfiable");
    assert_eq!(beyond.header("content-range"), format!("bytes */{size}"));
    ann.delete(&place).await.assert_ok();
    ann.get(&file).await.assert_failure(410, "export_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_while_it_is_written() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    fill(&app, &ann, 20).await;
    let place = made(&ann).await;
    let file = format!("{place}/file");
    let (fetched, written) =
        tokio::join!(ann.get(&file), async { app.state.exports.run_next().await.unwrap() });
    assert!(written);
    assert_eq!((fetched.status.as_u16(), fetched.header("content-length")), (200, ""));
    assert!(fetched.text == ann.get(&file).await.text, "the same file");
    let stopped = made(&ann).await;
    ann.delete(&stopped).await.assert_ok();
    ann.get(&format!("{stopped}/file")).await.assert_failure(409, "export_unfinished");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_none_and_what_cannot_be_asked_for_is_named() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    let dan = app.signed_up("Dan").await;
    join(&ann, &ben, "member").await;
    fill(&app, &ben, 3).await;
    let place = done(&app, &ben).await;
    for path in [place.clone(), format!("{place}/file")] {
        dan.get(&path).await.assert_failure(404, "not_found");
    }
    dan.delete(&place).await.assert_failure(404, "not_found");
    // Who manages the organization sees the log.
    ann.get(&place).await.assert_ok();
    ann.get(&format!("{place}/file")).await.assert_failure(403, "forbidden");
    assert_eq!(ann.get(EXPORTS).await.body["exports"].as_array().unwrap().len(), 1);
    assert_eq!(dan.get(EXPORTS).await.body["exports"], json!([]));
    for (body, path) in [
        (json!({"options": {}}), "conversations"),
        (
            json!({"query": "", "conversations": [uuid::Uuid::nil()], "options": {}}),
            "conversations",
        ),
        (json!({"query": "color=red", "options": {}}), "query"),
        (json!({"query": "", "options": {"format": "csv", "kind": "alpaca"}}), "options.kind"),
        (json!({"query": "", "options": {"include": ["gone"]}}), "options.include"),
        (
            json!({"query": "", "options": {"tokenFit": {"target": 1, "rule": "cut"}}}),
            "options.tokenFit.target",
        ),
        (json!({"query": "status=draft", "options": {}}), "query"),
    ] {
        let refused = ben.post(EXPORTS, body.clone()).await;
        refused.assert_failure(400, "validation_failed");
        assert_eq!(refused.paths(), [path], "{body}");
    }
    let foreign = json!({"versionId": uuid::Uuid::nil(), "options": {}});
    ben.post(EXPORTS, foreign).await.assert_failure(404, "not_found");
    let preview = json!({"query": "status=draft", "options": {}});
    let preview = ben.post(&format!("{EXPORTS}/preview"), preview).await;
    preview.assert_ok();
    assert_eq!(preview.body["preview"]["taken"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_under_its_key_is_made_once() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    fill(&app, &ann, 3).await;
    let set = ann.post("/api/data-sets", json!({"name": "Answers"})).await;
    let versions =
        format!("/api/data-sets/{}/versions", set.body["dataSet"]["id"].as_str().unwrap());
    for (path, name, body, other) in [
        (
            EXPORTS,
            "export",
            json!({"query": "", "options": {}}),
            json!({"query": "tier=template", "options": {}}),
        ),
        (&versions, "version", json!({"query": ""}), json!({"query": "", "note": "Another"})),
        (
            "/api/imports",
            "import",
            json!({"fileName": "a.jsonl", "sizeBytes": 5}),
            json!({"fileName": "b.jsonl", "sizeBytes": 5}),
        ),
    ] {
        let keyed = || ann.again().header("idempotency-key", &uuid::Uuid::from_u128(7).to_string());
        let once = || async { keyed().post(path, body.clone()).await };
        // Two at the same moment, and one whose answer was lost.
        let (first, second) = tokio::join!(once(), once());
        let third = once().await;
        for answer in [&first, &second, &third] {
            assert_eq!(answer.status, 201, "{}", answer.text);
            assert_eq!(answer.body[name]["id"], first.body[name]["id"], "{path}");
        }
        keyed().post(path, other).await.assert_failure(409, "idempotency_key_reused");
        let another = ann.post(path, body.clone()).await;
        assert_ne!(another.body[name]["id"], first.body[name]["id"], "{path}");
        sqlx::query("DELETE FROM idempotency_keys")
            .execute(&mut app.database.role("service_role").await)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_written_again_to_the_same_bytes() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    fill(&app, &ann, 10).await;
    let set = ann.post("/api/data-sets", json!({"name": "Support answers"})).await;
    let set = set.body["dataSet"]["id"].as_str().unwrap().to_owned();
    let made = ann.post(&format!("/api/data-sets/{set}/versions"), json!({"query": ""})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let version = made.body["version"]["id"].clone();
    let bare = json!({"versionId": version, "options": {"format": "jsonl", "metadata": false}});
    let refused = ann.post(EXPORTS, bare).await;
    refused.assert_failure(400, "validation_failed");
    assert_eq!(refused.paths(), ["options.metadata"], "its parts could not be told apart");
    let asked = json!({"versionId": version, "options": {"format": "jsonl", "gzip": false}});
    let mut files = Vec::new();
    for _ in 0..2 {
        let made = ann.post(EXPORTS, asked.clone()).await;
        assert_eq!(made.body["export"]["fileName"], "support-answers-v1.jsonl", "{}", made.text);
        let place = format!("{EXPORTS}/{}", made.body["export"]["id"].as_str().unwrap());
        while app.state.exports.run_next().await.unwrap() {}
        files.push(ann.get(&format!("{place}/file")).await.text);
        let edit = "UPDATE conversations SET status = 'rejected', quality_score = 1";
        sqlx::query(edit).execute(app.database.database.pool()).await.unwrap();
    }
    assert_eq!(files[0], files[1]);
    sqlx::query("DELETE FROM conversations WHERE title = 'Talk 3'")
        .execute(app.database.database.pool())
        .await
        .unwrap();
    ann.post(EXPORTS, asked).await.assert_failure(409, "conversations_gone");
}
