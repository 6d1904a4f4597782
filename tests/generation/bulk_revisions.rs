//! Many revisions in one job: what is waited for, what one conversation fails by alone, what ends
//! the job, and what is known of the money before.

use super::world::{MESSAGES, World, generate, set};
use crate::app::Client;
use claude_stand_in::Behaviour;
use serde_json::{Value, json};
use uuid::Uuid;

const JOBS: &str = "/api/bulk-jobs";
const ITEMS: &str = "SELECT count(*) FROM bulk_job_items WHERE state = 'waiting' AND tries = 1";

/// Somebody whose retries follow at once, and a conversation of theirs.
async fn ann(world: &World) -> (Client<'_>, Uuid) {
    let ann = world.ann().await;
    set(&ann, json!({"retryStrategy": {"baseDelay": 0, "maxDelay": 0}})).await;
    let made = generate(&ann).await;
    made.assert_ok();
    (ann, made.body["conversation"]["id"].as_str().unwrap().parse().unwrap())
}

/// Prepares and starts a job; answers it as it was shown.
async fn started(person: &Client<'_>, id: Uuid) -> Value {
    let action = json!({"kind": "revise", "instruction": "Make the end kinder."});
    let prepared = person.post(JOBS, json!({"action": action, "conversations": [id]})).await;
    assert_eq!(prepared.status.as_u16(), 201, "{}", prepared.text);
    let job = prepared.body["job"].clone();
    person.post(&format!("{}/start", place(&job)), Value::Null).await.assert_ok();
    job
}

fn place(job: &Value) -> String {
    format!("{JOBS}/{}", job["id"].as_str().unwrap())
}

/// Works until nothing waits; answers the job as it stands.
async fn worked(world: &World, person: &Client<'_>, job: &Value) -> Value {
    while world.app.state.bulk.run_next().await.unwrap() {}
    person.get(&place(job)).await.body["job"].clone()
}

/// As if the job had rested for long enough.
async fn rested(world: &World) {
    let sql = "UPDATE bulk_jobs SET lease_until = clock_timestamp() WHERE lease_id IS NULL";
    let done = sqlx::query(sql).execute(world.app.database.database.pool()).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_claude_is_waited_for_and_the_job_goes_on() {
    let world = World::new().await;
    let (ann, id) = ann(&world).await;
    let job = started(&ann, id).await;
    let worst = job["worstCase"].as_i64().unwrap();
    world.claude.always(MESSAGES, Behaviour::status(529));
    let waits = worked(&world, &ann, &job).await;
    assert_eq!((&waits["state"], &waits["failed"]), (&json!("running"), &json!(0)));
    assert_eq!(world.count(ITEMS).await, 1);
    assert!(!world.app.state.bulk.run_next().await.unwrap(), "it rests");

    world.claude.always(MESSAGES, Behaviour::Default);
    rested(&world).await;
    let done = worked(&world, &ann, &job).await;
    assert_eq!((&done["state"], &done["changed"]), (&json!("done"), &json!(1)), "{done}");
    let cost = "SELECT cost_nano_usd FROM conversation_revisions";
    assert!((1..=worst).contains(&world.count(cost).await), "{worst}");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_none_is_of_one_alone_and_a_refused_key_ends_the_job() {
    let world = World::new().await;
    let (ann, id) = ann(&world).await;
    let text = Behaviour::Text { text: "Sure!".into(), stop_reason: None };
    for (behaviour, state, failed) in [
        (text, "done", 1),
        (Behaviour::status(400), "done", 1),
        (Behaviour::status(401), "failed", 0),
    ] {
        let job = started(&ann, id).await;
        world.claude.always(MESSAGES, behaviour);
        let over = worked(&world, &ann, &job).await;
        assert_eq!((&over["state"], &over["failed"]), (&json!(state), &json!(failed)), "{over}");
        assert_eq!(over["error"].is_null(), state == "done", "{over}");
    }
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_is_at_is_looked_at_again_and_not_asked_twice() {
    let world = World::new().await;
    let (ann, id) = ann(&world).await;
    let me = ann.get("/api/auth/me").await.body["user"]["id"].clone();
    let person: Uuid = me.as_str().unwrap().parse().unwrap();
    let job = started(&ann, id).await;
    let key: Uuid = job["id"].as_str().unwrap().parse().unwrap();
    // As the other server holds it, by the id that both give this request.
    let key = Uuid::new_v5(&key, id.as_bytes());
    let request = Uuid::new_v5(&person, key.as_bytes());
    sqlx::query(
        "INSERT INTO generation_holds (request_id, run_id, server_id, person_id, amount_nano_usd,
           expires_at)
         VALUES ($1, gen_random_uuid(), gen_random_uuid(), $2, 0, now() + interval '1 minute')",
    )
    .bind(request)
    .bind(person)
    .execute(world.app.database.database.pool())
    .await
    .unwrap();
    let sent = world.claude.requests().len();
    let waits = worked(&world, &ann, &job).await;
    assert_eq!((&waits["state"], &waits["failed"]), (&json!("running"), &json!(0)));
    assert_eq!((world.count(ITEMS).await, world.claude.requests().len()), (1, sent));
    // It stored its proposal before it went.
    sqlx::query(
        "WITH gone AS (DELETE FROM generation_holds)
         INSERT INTO conversation_revisions (conversation_id, request_id, instruction,
           base_version, content, model, cost_nano_usd)
         VALUES ($1, $2, 'Make the end kinder.', 1,
           '{\"title\": \"T\", \"tier\": \"template\", \"turns\": []}', 'm', 5)",
    )
    .bind(id)
    .bind(request)
    .execute(world.app.database.database.pool())
    .await
    .unwrap();
    rested(&world).await;
    let done = worked(&world, &ann, &job).await;
    assert_eq!((&done["state"], &done["changed"]), (&json!("done"), &json!(1)), "{done}");
    assert_eq!(world.claude.requests().len(), sent, "nothing was asked twice");
}
