//! Reviewing over HTTP: what is asked for, whose it is, and what stands when somebody was faster.

use super::app::{Answer, App, Client, join};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

const NEXT: &str = "/api/reviews/next";
const CLAIMS: &str = "/api/reviews/claims";

/// One that waits for review, of this person, in their organization if they have one.
async fn waiting(app: &App, person: &Client<'_>, gate_failures: Value) -> Uuid {
    let me = person.get("/api/auth/me").await.body;
    let id: Uuid = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let organization = me["user"]["organization"]["id"].as_str();
    let organization: Option<Uuid> = organization.map(|id| id.parse().unwrap());
    sqlx::query_scalar(
        "INSERT INTO conversations (title, tier, status, created_by, organization_id,
           quality_score, gate_failures, turn_count, training_tokens, turns)
         VALUES ('Hello', 'template', 'pending_review', $1, $2, 7.0, $3, 2, 12, $4) RETURNING id",
    )
    .bind(id)
    .bind(organization)
    .bind(gate_failures)
    .bind(json!([
        {"number": 1, "role": "user", "content": "Hello", "tokens": 6},
        {"number": 2, "role": "assistant", "content": "Hello to you", "tokens": 7},
    ]))
    .fetch_one(&mut app.database.role("service_role").await)
    .await
    .unwrap()
}

async fn decide(person: &Client<'_>, id: Uuid, decision: &str, status: &str) -> Answer {
    let body = json!({"decision": decision, "version": 1, "status": status});
    person.post(&format!("/api/conversations/{id}/decision"), body).await
}

/// An administrator of the installation, and Ann and Ben of another organization.
async fn people(app: &App) -> [Client<'_>; 3] {
    let boss = app.signed_up("Boss").await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    ann.post("/api/organizations", json!({"name": "Team"})).await.assert_ok();
    join(&ann, &ben, "member").await;
    [boss, ann, ben]
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_slower_is_told_by_whom_and_sees_what_stands() {
    let app = App::new().await;
    let [_, ann, ben] = people(&app).await;
    let id = waiting(&app, &ann, json!([])).await;
    let claimed = ben.post(NEXT, json!({})).await;
    claimed.assert_ok();
    let item = &claimed.body["items"][0];
    assert_eq!(item["conversation"]["id"], id.to_string());
    assert_eq!(item["conversation"]["turns"][1]["content"], "Hello to you");
    let busy = decide(&ann, id, "approved", "pending_review").await;
    busy.assert_failure(409, "version_conflict");
    assert_eq!(busy.body["error"], "Ben is reviewing it right now.");
    let known = ann.get(CLAIMS).await.body;
    assert_eq!(known["claims"][0]["reviewerName"], "Ben");

    decide(&ben, id, "rejected", "pending_review").await.assert_ok();
    let late = decide(&ann, id, "approved", "pending_review").await;
    late.assert_failure(409, "version_conflict");
    assert_eq!(late.body["error"], "Ben rejected it first.");
    let current = &late.body["current"];
    assert_eq!((&current["status"], &current["isDecided"]), (&json!("rejected"), &json!(true)));
    let review = current["reviewHistory"][0]["id"].as_str().unwrap();
    let place = format!("/api/conversations/{id}/decision/{review}");
    let back = ann.delete(&place).await;
    back.assert_ok();
    assert_eq!(back.body["conversation"]["status"], "pending_review");
    let twice = ben.delete(&place).await;
    twice.assert_failure(409, "version_conflict");
    assert_eq!(twice.body["current"]["status"], "pending_review");
    let figures = ben.get("/api/reviews").await;
    figures.assert_ok();
    assert_eq!((&figures.body["left"], &figures.body["free"]), (&json!(1), &json!(1)));
    assert_eq!(figures.body["doneToday"], 0, "it was taken back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_is_sent_again_is_made_once() {
    let app = App::new().await;
    let [_, ann, _] = people(&app).await;
    let id = waiting(&app, &ann, json!([])).await;
    let again = ann.again().header("idempotency-key", &Uuid::new_v4().to_string());
    for _ in 0..2 {
        let answer = decide(&again, id, "needs_revision", "pending_review").await;
        answer.assert_ok();
        assert_eq!(answer.body["conversation"]["reviewHistory"].as_array().unwrap().len(), 1);
    }
    let other = decide(&again, id, "approved", "pending_review").await;
    other.assert_failure(409, "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_trainer_takes_is_approved_when_it_is_confirmed() {
    let app = App::new().await;
    let [_, ann, _] = people(&app).await;
    let id = waiting(&app, &ann, json!([{"rule": "empty_turn", "turn": 2}])).await;
    let refused = decide(&ann, id, "approved", "pending_review").await;
    refused.assert_failure(409, "untrainable");
    assert!(refused.text.contains("Empty turn, turn 2"), "{}", refused.text);
    let confirmed = json!({"decision": "approved", "version": 1, "status": "pending_review",
        "untrainable": true, "comment": "As a bad example"});
    let answer = ann.post(&format!("/api/conversations/{id}/decision"), confirmed).await;
    answer.assert_ok();
    assert_eq!(answer.body["conversation"]["reviewHistory"][0]["comment"], "As a bad example");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_nothing_and_administrators_only_read() {
    let app = App::new().await;
    let [boss, ann, _] = people(&app).await;
    let dan = app.signed_up("Dan").await;
    let id = waiting(&app, &ann, json!([])).await;
    decide(&dan, id, "approved", "pending_review").await.assert_failure(404, "not_found");
    decide(&boss, id, "approved", "pending_review").await.assert_failure(403, "forbidden");
    let undo = format!("/api/conversations/{id}/decision/{}", Uuid::new_v4());
    dan.delete(&undo).await.assert_failure(404, "not_found");
    boss.delete(&undo).await.assert_failure(403, "forbidden");
    ann.delete(&undo).await.assert_failure(404, "not_found");
    for outsider in [&dan, &boss] {
        assert_eq!(outsider.post(NEXT, json!({"count": 5})).await.body["items"], json!([]));
        let renewed = outsider.post(CLAIMS, json!({"conversations": [id]})).await;
        renewed.assert_ok();
        assert_eq!(renewed.body["claims"], json!([]));
        assert_eq!(outsider.get("/api/reviews").await.body["left"], 0);
    }
    assert_eq!(
        ann.post(NEXT, json!({"count": 5})).await.body["items"][0]["conversation"]["id"],
        id.to_string()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_named() {
    let app = App::new().await;
    let [_, ann, _] = people(&app).await;
    let id = waiting(&app, &ann, json!([])).await;
    for (body, path) in [
        (json!({"count": 6}), "count"),
        (json!({"query": "tier=huge"}), "query"),
        (json!({"query": "scoreMin=11"}), "query"),
        (json!({"query": "text=a%00b"}), "query"),
        (json!({"queue": "others"}), "queue"),
    ] {
        let answer = ann.post(NEXT, body.clone()).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), [path], "{body}: {}", answer.text);
    }
    let many = json!({"conversations": vec![id; 11]});
    for method in [Method::POST, Method::DELETE] {
        let answer = ann.json(method, CLAIMS, many.clone()).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), ["conversations"]);
    }
    let long = json!({"decision": "approved", "version": 1, "status": "pending_review",
        "comment": "x".repeat(4001)});
    let answer = ann.post(&format!("/api/conversations/{id}/decision"), long).await;
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), ["comment"]);
}
