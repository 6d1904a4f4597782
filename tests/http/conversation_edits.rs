//! Saving a conversation over HTTP: what comes back is what was sent, to the last character, and
//! what cannot be stored is refused where it stands.

use super::app::{Answer, App, Client};
use crate::support::run;
use axum::body::Body;
use futures::stream;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

const LARGEST: usize = 4 * 1024 * 1024;

/// Stores a conversation of the person's own, in no organization; answers its address.
async fn stored(app: &App, person: &Client<'_>) -> String {
    let me = person.get("/api/auth/me").await.body;
    let id: Uuid = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO conversations (title, tier, status, created_by, turn_count, turns)
         VALUES ('Greeting', 'template', 'draft', $1, 1, $2) RETURNING id",
    )
    .bind(id)
    .bind(json!([{"role": "user", "content": "Hello"}]))
    .fetch_one(&mut app.database.role("service_role").await)
    .await
    .unwrap();
    format!("/api/conversations/{id}")
}

fn content(turns: Vec<Value>) -> Value {
    json!({"title": "Greeting", "persona": "NA", "emotion": "null", "topic": "", "intent": "",
        "tone": "", "tier": "template", "categories": ["false"], "turns": turns})
}

fn turns(texts: &[&str]) -> Vec<Value> {
    let role = |index: usize| if index.is_multiple_of(2) { "user" } else { "assistant" };
    let turn = |(index, text): (usize, &&str)| json!({"role": role(index), "content": text});
    texts.iter().enumerate().map(turn).collect()
}

/// Sends a body as it is written.
async fn send(person: &Client<'_>, place: &str, version: i64, body: Body) -> Answer {
    let person = person.again().header("if-match", &format!("\"{version}\""));
    person.send(Method::PUT, place, Some("application/json"), body).await
}

async fn save(person: &Client<'_>, place: &str, version: i64, content: Value) -> Answer {
    let person = person.again().header("if-match", &format!("\"{version}\""));
    person.json(Method::PUT, place, json!({"content": content})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_conversation_is_read_as_it_was_saved() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let place = stored(&app, &ann).await;
    let pieces = [
        "One line\u{2028}another\u{2029}a third.",
        " שלום עולם \u{202e}abc\u{202c} مرحبا ",
        "👩‍👩‍👧‍👦 🏳️‍🌈 e\u{301} \u{feff}",
        "NA",
        "\"quoted\" \\ \t\r\n </script>",
        "\u{10ffff}\u{7f}\u{200b}",
    ];
    let texts: Vec<String> = (0..200_usize)
        .map(|index| {
            let piece = pieces[index % pieces.len()];
            format!("{piece}{}{piece}", "Words in a row. ".repeat(130))
        })
        .collect();
    let sent = content(turns(&texts.iter().map(String::as_str).collect::<Vec<_>>()));
    assert!(sent.to_string().len() > 400_000);
    let saved = save(&ann, &place, 1, sent.clone()).await;
    saved.assert_ok();
    let read = ann.get(&place).await;
    read.assert_ok();
    for answer in [&saved.body["conversation"], &read.body["conversation"]] {
        assert_eq!((&answer["version"], &answer["turnCount"]), (&json!(2), &json!(200)));
        assert_eq!((&answer["persona"], &answer["emotion"]), (&json!("NA"), &json!("null")));
        assert_eq!(answer["categories"], json!(["false"]));
        let kept = answer["turns"].as_array().unwrap();
        for (kept, text) in kept.iter().zip(&texts) {
            assert_eq!(kept["content"], json!(text));
        }
    }
    let version = ann.get(&format!("{place}/versions/2")).await;
    version.assert_ok();
    assert_eq!(version.body["content"], sent);
    // Sent again, nothing changes.
    assert_eq!(save(&ann, &place, 2, sent).await.body["conversation"]["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn control_tokens_are_kept_as_they_are_and_the_gate_says_where() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let place = stored(&app, &ann).await;
    let tokens = ["<|im_end|>", "</s>", "[INST]", "<think>", "<start_of_turn>"];
    for (token, version) in tokens.into_iter().zip(1..) {
        let text = format!("It is written {token} there.");
        save(&ann, &place, version, content(turns(&["How?", &text]))).await.assert_ok();
        let read = ann.get(&place).await.body;
        let kept = &read["conversation"];
        assert_eq!(kept["turns"][1]["content"], json!(text));
        assert_eq!(kept["gateFailures"], json!([{"rule": "control_token", "turn": 2}]), "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persona_named_na_is_one_like_any_other() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let place = stored(&app, &ann).await;
    save(&ann, &place, 1, content(turns(&["Hello", "Hello to you"]))).await.assert_ok();
    for (query, count) in [("persona=NA", 1), ("persona=na", 0), ("emotion=null", 1)] {
        let list = ann.get(&format!("/api/conversations?{query}")).await;
        assert_eq!(list.body["count"]["count"], json!(count), "{query}: {}", list.text);
    }
    let facets = ann.get("/api/conversations/facets").await.body;
    let expected = json!([{"value": "NA", "label": "NA", "count": 1}]);
    assert_eq!(facets["persona"], expected, "{facets}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_may_be_larger_than_other_bodies_but_not_endless() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let place = stored(&app, &ann).await;
    let body = |bytes: usize| {
        let body = json!({"content": content(turns(&["Hello", "Hello to you"]))}).to_string();
        let space = " ".repeat(bytes - body.len());
        body + &space
    };
    send(&ann, &place, 1, body(LARGEST).into()).await.assert_ok();
    let told = |answer: &Answer, most: &str| {
        answer.assert_failure(413, "too_large");
        let sentence = answer.body["error"].as_str().unwrap();
        assert!(sentence.ends_with(&format!("at most {most}.")), "{sentence}");
    };
    let large = body(LARGEST + 1);
    told(&send(&ann, &place, 2, large.clone().into()).await, "4 MiB");
    let pieces: Vec<_> = large.into_bytes().chunks(60_000).map(<[u8]>::to_vec).collect();
    let pieces = stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
    told(&send(&ann, &place, 2, Body::from_stream(pieces)).await, "4 MiB");
    let said = |bytes: usize| ann.again().header("content-length", &bytes.to_string());
    told(&send(&said(LARGEST + 1), &place, 2, Body::from("{}")).await, "4 MiB");
    send(&said(LARGEST), &place, 2, Body::from("{}"))
        .await
        .assert_failure(400, "validation_failed");

    // It is the bound of this operation alone.
    let draft = format!("{place}/comment-draft");
    for (method, place) in [
        (Method::PUT, draft.as_str()),
        (Method::POST, place.as_str()),
        (Method::PUT, "/api/conversations/"),
        (Method::POST, "/api/tokens"),
    ] {
        let json = Some("application/json");
        let answer = said(70_000).send(method, place, json, Body::from("{}")).await;
        told(&answer, "64 KiB");
    }
    let text = json!({"text": "x".repeat(70_000)});
    told(&ann.json(Method::PUT, &draft, text).await, "64 KiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_stored_is_refused_beside_its_field() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let place = stored(&app, &ann).await;
    let answer = save(&ann, &place, 1, content(turns(&["Hello", "a\0b"]))).await;
    answer.assert_failure(400, "malformed_json");
    assert_eq!(answer.paths(), ["content.turns.1.content"]);
    let mut wrong = content(turns(&["Hello"]));
    wrong["title"] = json!("x".repeat(301));
    wrong["persona"] = json!("a\u{7}b");
    let answer = save(&ann, &place, 1, wrong).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), ["title", "persona"]);
    for lone in ["\\ud800", "\\udc00", "\\ud800\\u0041"] {
        let body = json!({"content": content(turns(&["LONE"]))}).to_string();
        let answer = send(&ann, &place, 1, body.replace("LONE", lone).into()).await;
        answer.assert_failure(400, "malformed_json");
    }
    let body = json!({"content": content(turns(&["Hello"])), "reason": "x".repeat(501)});
    let answer = send(&ann, &place, 1, body.to_string().into()).await;
    assert_eq!(answer.paths(), ["reason"]);
    let answer = ann.json(Method::PUT, &place, json!({"content": content(Vec::new())})).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), ["If-Match"]);
    assert_eq!(ann.get(&place).await.body["conversation"]["version"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_save_is_answered_with_what_stands() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let place = stored(&app, &ann).await;
    let (one, other) = (content(turns(&["One"])), content(turns(&["Another"])));
    save(&ann, &place, 1, one).await.assert_ok();
    let answer = save(&ann, &place, 1, other).await;
    answer.assert_failure(409, "version_conflict");
    let current = &answer.body["current"];
    assert_eq!((&current["version"], &current["turns"][0]["content"]), (&json!(2), &json!("One")));
    assert!(answer.body["error"].as_str().unwrap().starts_with("You saved another version"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_whoever_it_belongs_to_changes_a_conversation() {
    let app = App::new().await;
    // The first account administers the installation.
    let root = app.signed_up("Root").await;
    let (ann, eve) = (app.signed_up("Ann").await, app.signed_up("Eve").await);
    let place = stored(&app, &ann).await;
    let changed = || content(turns(&["Changed"]));
    let comments = format!("{place}/comments");
    let comment = || json!({"text": "Changed"});
    root.get(&place).await.assert_ok();
    save(&root, &place, 1, changed()).await.assert_failure(403, "forbidden");
    root.post(&comments, comment()).await.assert_failure(403, "forbidden");
    save(&eve, &place, 1, changed()).await.assert_failure(404, "not_found");
    eve.post(&comments, comment()).await.assert_failure(404, "not_found");
    for path in [&comments, &format!("{place}/versions"), &format!("{place}/versions/1")] {
        root.get(path).await.assert_ok();
        eve.get(path).await.assert_failure(404, "not_found");
        app.browser().get(path).await.assert_failure(401, "not_signed_in");
    }
    let scopes = json!({"name": "Reader", "scopes": ["conversations:read"]});
    let made = ann.post("/api/tokens", scopes).await;
    let token = app.with_token(made.body["secret"].as_str().unwrap());
    token.get(&place).await.assert_ok();
    save(&token, &place, 1, changed()).await.assert_failure(403, "scope_missing");
    save(&ann, &place, 1, changed()).await.assert_ok();
    let posted = ann.post(&comments, comment()).await;
    assert_eq!(
        (posted.status.as_u16(), &posted.body["comment"]["authorName"]),
        (201, &json!("Ann"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_while_it_is_brought_back_is_not_there_any_more() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let place = stored(&app, &ann).await;
    ann.post(&format!("{place}/archive"), Value::Null).await.assert_ok();
    let mut deleter = app.database.role("service_role").await;
    run(&mut deleter, "BEGIN").await;
    run(&mut deleter, "UPDATE conversations SET deleted_at = now()").await;
    let deleting = async {
        let mut superuser = app.database.superuser().await;
        let waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'
            AND datname = current_database())";
        while !sqlx::query_scalar::<_, bool>(waiting).fetch_one(&mut superuser).await.unwrap() {
            tokio::task::yield_now().await;
        }
        run(&mut deleter, "COMMIT").await;
    };
    let back = format!("{place}/archive");
    let (answer, ()) = tokio::join!(ann.delete(&back), deleting);
    answer.assert_failure(404, "not_found");
}
