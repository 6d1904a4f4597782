//! Revisions over HTTP without a Claude: what is refused before it is asked, who may accept and
//! drop, and how long proposals are kept.

use super::app::{App, Client};
use serde_json::{Value, json};
use uuid::Uuid;

const TURNS: &str = r#"[{"role": "user", "content": "Where is it?"},
    {"role": "assistant", "content": "On its way."}]"#;

async fn person(client: &Client<'_>) -> Uuid {
    let me = client.get("/api/auth/me").await.body;
    me["user"]["id"].as_str().unwrap().parse().unwrap()
}

/// Stores a conversation of the person's own; answers its id.
async fn stored(app: &App, client: &Client<'_>, status: &str, turns: &str) -> Uuid {
    sqlx::query_scalar(
        "INSERT INTO conversations (title, tier, status, archived_from, created_by, turn_count,
           turns, gate_failures)
         VALUES ('A parcel', 'template', $1, CASE WHEN $1 = 'archived' THEN 'draft' END, $2,
           jsonb_array_length($3::jsonb), $3::jsonb, '[]') RETURNING id",
    )
    .bind(status)
    .bind(person(client).await)
    .bind(serde_json::from_str::<Value>(turns).unwrap())
    .fetch_one(&mut app.database.role("service_role").await)
    .await
    .unwrap()
}

/// Stores a proposal; answers its address.
async fn proposed(app: &App, conversation: Uuid, text: &str) -> String {
    let content = json!({"title": "A parcel", "tier": "template", "turns": [
        {"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": text}]});
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO conversation_revisions (conversation_id, request_id, instruction,
           base_version, content, model, cost_nano_usd)
         VALUES ($1, gen_random_uuid(), 'Kinder', 1, $2, 'claude-sonnet-4-6', 5) RETURNING id",
    )
    .bind(conversation)
    .bind(content)
    .fetch_one(&mut app.database.role("service_role").await)
    .await
    .unwrap();
    format!("/api/conversations/{conversation}/revisions/{id}")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_revised_is_refused_before_claude_is_asked() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let fine = stored(&app, &ann, "draft", TURNS).await;
    let archived = stored(&app, &ann, "archived", TURNS).await;
    let empty = stored(&app, &ann, "draft", "[]").await;
    let body = json!({"instruction": "Kinder", "version": 1});
    let place = |id: Uuid| format!("/api/conversations/{id}/revisions");
    for (id, word) in [(archived, "archived"), (empty, "no turns")] {
        let answer = ann.post(&place(id), body.clone()).await;
        answer.assert_failure(400, "validation_failed");
        assert!(answer.text.contains(word), "{}", answer.text);
    }
    for wrong in [" \n".to_owned(), "x".repeat(4001), "a\u{7}b".to_owned()] {
        let body = json!({"instruction": wrong, "version": 1});
        let answer = ann.post(&place(fine), body).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), ["instruction"]);
    }
    let mut gone = body.clone();
    gone["commentId"] = json!(Uuid::new_v4());
    assert_eq!(ann.post(&place(fine), gone).await.paths(), ["commentId"]);
    let old = json!({"instruction": "Kinder", "version": 7});
    ann.post(&place(fine), old).await.assert_failure(409, "version_conflict");
    // There is no key: the gate before the money.
    ann.post(&place(fine), body.clone()).await.assert_failure(409, "key_missing");
    for number in 0..4 {
        proposed(&app, fine, &format!("Number {number}.")).await;
    }
    // One that is being written counts, but not one whose server is gone.
    for (minutes, code, status) in [(-1, "key_missing", 409), (1, "validation_failed", 400)] {
        sqlx::query(
            "INSERT INTO revision_requests (request_id, conversation_id, expires_at)
             VALUES (gen_random_uuid(), $1, now() + make_interval(mins => $2))",
        )
        .bind(fine)
        .bind(minutes)
        .execute(&mut app.database.role("service_role").await)
        .await
        .unwrap();
        ann.post(&place(fine), body.clone()).await.assert_failure(status, code);
    }
    proposed(&app, fine, "Number 4.").await;
    let answer = ann.post(&place(fine), body).await;
    answer.assert_failure(400, "validation_failed");
    assert!(answer.text.contains("5 proposals wait already"), "{}", answer.text);
    assert_eq!(app.state.revisions.tidy().await.unwrap(), 1, "the place that nobody gave back");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_people_accept_and_drop_and_each_proposal_is_closed_once() {
    let app = App::new().await;
    // The first account is an administrator, who only reads what belongs to others.
    let root = app.signed_up("Root").await;
    let (ann, eve) = (app.signed_up("Ann").await, app.signed_up("Eve").await);
    let id = stored(&app, &ann, "draft", TURNS).await;
    let one = proposed(&app, id, "It is on its way to you.").await;
    let two = proposed(&app, id, "Soon.").await;
    let accept = |place: &str| format!("{place}/accept");
    let version = json!({"version": 1});
    root.post(&accept(&one), version.clone()).await.assert_failure(403, "forbidden");
    root.delete(&one).await.assert_failure(403, "forbidden");
    eve.post(&accept(&one), version.clone()).await.assert_failure(404, "not_found");
    eve.delete(&one).await.assert_failure(404, "not_found");
    let other = stored(&app, &ann, "draft", TURNS).await;
    let elsewhere = one.replace(&id.to_string(), &other.to_string());
    ann.delete(&elsewhere).await.assert_failure(404, "not_found");

    // Tags of many change without a proposal's being asked for again.
    sqlx::query("UPDATE conversations SET categories = ARRAY['new'] WHERE id = $1")
        .bind(id)
        .execute(&mut app.database.role("service_role").await)
        .await
        .unwrap();
    ann.post(&accept(&one), version.clone()).await.assert_ok();
    ann.delete(&one).await.assert_failure(400, "validation_failed");
    ann.delete(&two).await.assert_ok();
    ann.delete(&two).await.assert_ok();
    ann.post(&accept(&two), json!({"version": 2})).await.assert_failure(400, "validation_failed");
    let read = ann.get(&format!("/api/conversations/{id}")).await.body["conversation"].clone();
    assert_eq!(
        (&read["version"], &read["turns"][1]["content"]),
        (&json!(2), &json!("It is on its way to you."))
    );
    assert_eq!((&read["status"], &read["categories"]), (&json!("draft"), &json!(["new"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_ones_go_after_a_while_and_open_ones_stay() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let id = stored(&app, &ann, "draft", TURNS).await;
    for days in [Some(91), Some(89), None] {
        proposed(&app, id, "Soon.").await;
        sqlx::query(
            "UPDATE conversation_revisions SET created_at = now() - interval '200 days',
               state = CASE WHEN $1::integer IS NULL THEN 'open' ELSE 'dropped' END,
               closed_at = now() - make_interval(days => $1)
             WHERE created_at > now() - interval '1 day'",
        )
        .bind(days)
        .execute(&mut app.database.role("service_role").await)
        .await
        .unwrap();
    }
    assert_eq!(app.state.revisions.tidy().await.unwrap(), 1);
    let left: Vec<String> =
        sqlx::query_scalar("SELECT state FROM conversation_revisions ORDER BY state")
            .fetch_all(&mut app.database.role("service_role").await)
            .await
            .unwrap();
    assert_eq!(left, ["dropped", "open"]);
}
