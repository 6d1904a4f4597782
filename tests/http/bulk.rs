//! Bulk jobs over HTTP: what is asked for, whose it is, and what is refused.

use super::app::{App, Client, join};
use serde_json::{Value, json};
use uuid::Uuid;

const JOBS: &str = "/api/bulk-jobs";

async fn waiting(app: &App, person: &Client<'_>) -> Uuid {
    let me = person.get("/api/auth/me").await.body;
    let id: Uuid = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let organization = me["user"]["organization"]["id"].as_str();
    let organization: Option<Uuid> = organization.map(|id| id.parse().unwrap());
    sqlx::query_scalar(
        "INSERT INTO conversations (title, tier, status, created_by, organization_id,
           quality_score, gate_failures, turn_count, turns)
         VALUES ('Hello', 'template', 'pending_review', $1, $2, 7.0, '[]', 2, $3) RETURNING id",
    )
    .bind(id)
    .bind(organization)
    .bind(json!([{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Yes"}]))
    .fetch_one(&mut app.database.role("service_role").await)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_goes_from_being_prepared_to_being_undone() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    join(&ann, &ben, "member").await;
    let id = waiting(&app, &ben).await;
    let action = json!({"kind": "decide", "decision": "approved"});
    let body = json!({"action": action, "query": "status=pending_review"});
    let prepared = ben.post(JOBS, body).await;
    assert_eq!(prepared.status, 201, "{}", prepared.text);
    let job = &prepared.body["job"];
    assert_eq!((&job["state"], &job["changed"]), (&json!("prepared"), &json!(1)));
    let place = format!("{JOBS}/{}", job["id"].as_str().unwrap());
    ann.get(&place).await.assert_failure(404, "not_found");
    ben.post(&format!("{place}/undo"), Value::Null).await.assert_failure(409, "version_conflict");
    ben.post(&format!("{place}/start"), Value::Null).await.assert_ok();
    ben.post(&format!("{place}/start"), Value::Null).await.assert_failure(409, "version_conflict");
    while app.state.bulk.run_next().await.unwrap() {}
    let done = ann.get(&place).await;
    done.assert_ok();
    assert_eq!(done.body["job"]["state"], "done");
    assert_eq!(done.body["job"]["canUndo"], true, "Ann manages the organization");
    let read = ben.get(&format!("/api/conversations/{id}")).await.body;
    assert_eq!(read["conversation"]["status"], "approved");
    ann.post(&format!("{place}/undo"), Value::Null).await.assert_ok();
    while app.state.bulk.run_next().await.unwrap() {}
    let undone = ben.get(&place).await;
    assert_eq!(
        (&undone.body["job"]["state"], &undone.body["job"]["restored"]),
        (&json!("undone"), &json!(1))
    );
    ann.delete(&place).await.assert_ok();
    let list = ann.get(JOBS).await;
    assert_eq!(list.body["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_no_job_and_what_cannot_be_asked_for_is_named() {
    let app = App::new().await;
    let (ann, dan) = (app.signed_up("Ann").await, app.signed_up("Dan").await);
    let id = waiting(&app, &ann).await;
    let archive = json!({"kind": "archive"});
    let made = ann.post(JOBS, json!({"action": archive, "conversations": [id]})).await;
    let place = format!("{JOBS}/{}", made.body["job"]["id"].as_str().unwrap());
    dan.get(&place).await.assert_failure(404, "not_found");
    dan.delete(&place).await.assert_failure(404, "not_found");
    for path in ["start", "undo"] {
        let answer = dan.post(&format!("{place}/{path}"), Value::Null).await;
        answer.assert_failure(404, "not_found");
    }
    let named = json!({"action": archive, "conversations": [id]});
    let foreign = dan.post(JOBS, named).await;
    foreign.assert_failure(400, "validation_failed");
    assert_eq!(foreign.paths(), ["conversations"]);
    for (body, path) in [
        (json!({"action": archive}), "conversations"),
        (json!({"action": archive, "conversations": [id], "query": ""}), "conversations"),
        (json!({"action": archive, "query": "tier=huge"}), "query"),
        (json!({"action": {"kind": "tag"}, "query": ""}), "action.add"),
        (
            json!({"action": {"kind": "revise", "instruction": " "}, "query": ""}),
            "action.instruction",
        ),
    ] {
        let answer = ann.post(JOBS, body.clone()).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), [path], "{body}: {}", answer.text);
    }
    for action in [json!({"kind": "burn"}), json!({"kind": "archive", "soon": true})] {
        let answer = ann.post(JOBS, json!({"action": action, "query": ""})).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
    let gone = ann.delete(&place).await;
    gone.assert_ok();
    assert_eq!(gone.body["job"]["state"], "cancelled");
    ann.get(&place).await.assert_failure(404, "not_found");
}
