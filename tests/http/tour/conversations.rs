//! The routes of conversations, and of what is done with them.

use super::{call, delete, get, patch, post, put, text};
use crate::http::app::{App, Client};
use axum::body::Body;
use http::Method;
use serde_json::{Value, json};

pub fn conversation() -> Value {
    json!({"tier": "scenario", "persona": "First-time home buyer", "emotion": "anxious",
        "topic": "Fixed or variable mortgage rate", "turns": 4})
}

pub async fn conversations(app: &App, ann: &Client<'_>) {
    let made = post(ann, "/api/conversations/generate", conversation()).await;
    get(ann, &format!("/api/conversations/{}", text(&made, "/conversation/id"))).await;
    get(ann, "/api/conversations/scores").await;
    get(ann, "/api/conversations?status=approved,pending_review&sort=score&limit=5").await;
    get(ann, "/api/conversations/facets?tier=scenario").await;
    get(ann, "/api/conversations/coverage?rows=topic&columns=tier").await;
    get(ann, "/api/conversations/tokens?tokensOver=1000").await;
    get(ann, "/api/conversations/openings").await;
    post(ann, "/api/conversations/rerate", json!({"preview": true})).await;
    post(ann, "/api/demonstration", Value::Null).await;
    delete(ann, "/api/demonstration").await;
    work_on(ann, &made["conversation"]).await;
    views(ann).await;
    bulk(app, ann, &made["conversation"]).await;
    data_sets(ann).await;
    exports(app, ann).await;
    imports(app, ann).await;
    get(ann, "/api/ai-usage?window=week&groupBy=day&scope=person").await;
    get(ann, "/api/ai-usage?groupBy=client").await;
    get(ann, "/api/gateway").await;
    get(ann, "/api/ai-usage/log?scope=organization&limit=5").await;
}

/// Archives one by a job, and takes that back.
async fn bulk(app: &App, ann: &Client<'_>, made: &Value) {
    const JOBS: &str = "/api/bulk-jobs";
    let body = json!({"action": {"kind": "archive"}, "conversations": [made["id"]]});
    let made = post(ann, JOBS, body).await;
    let place = format!("{JOBS}/{}", text(&made, "/job/id"));
    get(ann, &place).await;
    post(ann, &format!("{place}/start"), Value::Null).await;
    while app.state.bulk.run_next().await.unwrap() {}
    post(ann, &format!("{place}/undo"), Value::Null).await;
    while app.state.bulk.run_next().await.unwrap() {}
    get(ann, JOBS).await;
    delete(ann, &place).await;
}

async fn views(ann: &Client<'_>) {
    const VIEWS: &str = "/api/conversation-views";
    let view = json!({"name": "Weak", "query": "scoreMax=6", "columns": ["title"]});
    let made = post(ann, VIEWS, view).await;
    get(ann, VIEWS).await;
    let place = format!("{VIEWS}/{}", text(&made, "/view/id"));
    put(ann, &place, json!({"name": "Weak", "query": "scoreMax=5", "isShared": true})).await;
    delete(ann, &place).await;
}

/// All there is, written, fetched and removed.
async fn exports(app: &App, ann: &Client<'_>) {
    const EXPORTS: &str = "/api/exports";
    let include = ["demonstration", "archived", "rejected", "untrainable", "below_minimum"];
    let options = json!({"format": "json", "include": include});
    let wanted = json!({"query": "", "options": options});
    post(ann, &format!("{EXPORTS}/preview"), wanted.clone()).await;
    let made = post(ann, EXPORTS, wanted).await;
    let place = format!("{EXPORTS}/{}", text(&made, "/export/id"));
    while app.state.exports.run_next().await.unwrap() {}
    get(ann, EXPORTS).await;
    get(ann, &place).await;
    let file = ann.get(&format!("{place}/file")).await;
    assert!(file.status.is_success(), "{}", file.text);
    let part = ann.again().header("range", "bytes=0-0").get(&format!("{place}/file")).await;
    assert_eq!(part.status, 206, "{}", part.text);
    delete(ann, &place).await;
}

/// Two versions of whatever there is.
async fn data_sets(ann: &Client<'_>) {
    const SETS: &str = "/api/data-sets";
    let made = post(ann, SETS, json!({"name": "Answers"})).await;
    get(ann, SETS).await;
    let place = format!("{SETS}/{}", text(&made, "/dataSet/id"));
    patch(ann, &place, json!({"description": "What trainers take"})).await;
    let include = ["demonstration", "archived", "rejected", "untrainable", "below_minimum"];
    let wanted = json!({"query": "", "note": "All", "rules": {"include": include}});
    let first = post(ann, &format!("{place}/versions"), wanted.clone()).await;
    post(ann, &format!("{place}/versions"), wanted).await;
    get(ann, &place).await;
    let version = format!("/api/data-set-versions/{}", text(&first, "/version/id"));
    get(ann, &version).await;
    get(ann, &format!("{version}/difference")).await;
    delete(ann, &version).await;
    delete(ann, &place).await;
}

/// Imports one conversation, and drops another file.
async fn imports(app: &App, ann: &Client<'_>) {
    const IMPORTS: &str = "/api/imports";
    const ROW: &[u8] = b"{\"prompt\":\"Hello\",\"completion\":\"Hello to you\"}\n{}\n";
    let file = json!({"fileName": "one.jsonl", "sizeBytes": ROW.len()});
    let made = post(ann, IMPORTS, file.clone()).await;
    let place = format!("{IMPORTS}/{}", text(&made, "/import/id"));
    let piece = format!("{place}/file?start=0");
    let kind = Some("application/octet-stream");
    ann.send(Method::PUT, &piece, kind, Body::from(ROW)).await.assert_ok();
    while app.state.imports.run_next().await.unwrap() {}
    get(ann, &place).await;
    get(ann, &format!("{place}/problems")).await;
    post(ann, &format!("{place}/start"), json!({"takesDuplicates": true})).await;
    while app.state.imports.run_next().await.unwrap() {}
    get(ann, IMPORTS).await;
    let other = post(ann, IMPORTS, file).await;
    delete(ann, &format!("{IMPORTS}/{}", text(&other, "/import/id"))).await;
}

/// Edits a conversation, talks about it and decides.
async fn work_on(ann: &Client<'_>, made: &Value) {
    let place = format!("/api/conversations/{}", text(made, "/id"));
    let turn = |index: usize| json!({"role": made["turns"][index]["role"], "content": "Changed."});
    let content = json!({"title": "Changed", "tier": "scenario", "turns": [turn(0), turn(1)]});
    let edit = json!({"content": content, "reason": "Too long"});
    call(&ann.again().header("if-match", "\"1\""), Method::PUT, &place, edit).await;
    get(ann, &format!("{place}/versions")).await;
    get(ann, &format!("{place}/alike")).await;
    get(ann, &format!("{place}/versions/1")).await;
    call(ann, Method::PUT, &format!("{place}/comment-draft"), json!({"turn": 1, "text": "Is"}))
        .await;
    get(ann, &format!("{place}/comments")).await;
    let said = post(ann, &format!("{place}/comments"), json!({"turn": 1, "text": "Is it?"})).await;
    let comment = format!("{place}/comments/{}", text(&said, "/comment/id"));
    patch(ann, &comment, json!({"text": "It is.", "isResolved": true})).await;
    let asked = json!({"instruction": "Make it kinder.", "version": 2});
    let revisions = format!("{place}/revisions");
    let proposed = post(ann, &revisions, asked.clone()).await;
    get(ann, &revisions).await;
    delete(ann, &format!("{revisions}/{}", text(&proposed, "/revision/id"))).await;
    let proposed = post(ann, &revisions, asked).await;
    let accept = format!("{revisions}/{}/accept", text(&proposed, "/revision/id"));
    post(ann, &accept, json!({"version": 2})).await;
    delete(ann, &comment).await;
    post(ann, &format!("{place}/archive"), Value::Null).await;
    let back = delete(ann, &format!("{place}/archive")).await;
    get(ann, "/api/reviews").await;
    let claimed = post(ann, "/api/reviews/next", json!({"count": 2})).await;
    let claims = json!({"conversations": [text(&claimed, "/items/0/conversation/id")]});
    post(ann, "/api/reviews/claims", claims.clone()).await;
    get(ann, "/api/reviews/claims").await;
    call(ann, Method::DELETE, "/api/reviews/claims", claims).await;
    let decision = json!({"decision": "rejected", "version": back["conversation"]["version"],
        "status": back["conversation"]["status"], "comment": "Too short"});
    let decided = post(ann, &format!("{place}/decision"), decision).await;
    let history = decided["conversation"]["reviewHistory"].as_array().unwrap();
    delete(ann, &format!("{place}/decision/{}", text(history.last().unwrap(), "/id"))).await;
}
