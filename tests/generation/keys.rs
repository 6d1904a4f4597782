//! Which key a generation uses, and what happens when Claude refuses it.

use super::world::{CONFIGURATION, KEY, MESSAGES, Row, World, generate, until};
use crate::app::{Answer, Client};
use claude_stand_in::Behaviour;
use serde_json::{Value, json};

const OLD: &str = "sk-ant-api03-old-0123456789abcdef-a1b2";
const NEW: &str = "sk-ant-api03-new-0123456789abcdef-c3d4";
const ROTATE: &str = "/api/ai-configuration/rotate-key";
const TEST: &str = "/api/ai-configuration/test-key";

async fn rotate(person: &Client<'_>, key: &str, more: Value) -> Answer {
    let mut body = json!({"newPrimaryKey": key});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = person.post(ROTATE, body).await;
    answer.assert_ok();
    answer
}

fn outcomes(ledger: &[Row]) -> Vec<(i32, i32, &str, Option<&str>)> {
    ledger
        .iter()
        .map(|row| (row.attempt, row.retry_number, row.status.as_str(), row.error_code.as_deref()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_key_is_used_by_the_next_generation() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    generate(&member).await.assert_ok();
    let stored = rotate(&owner, OLD, json!({"scope": "organization"})).await;
    assert_eq!(
        (&stored.body["keyVersion"], &stored.body["masked"]),
        (&json!(1), &json!("sk-ant-…a1b2"))
    );
    generate(&member).await.assert_ok();
    rotate(&member, NEW, json!({})).await;
    generate(&member).await.assert_ok();
    generate(&owner).await.assert_ok();
    assert_eq!(world.keys_sent(), [KEY, OLD, NEW, OLD]);
    let own = member.get(CONFIGURATION).await.body["keys"][0].clone();
    let revoke = format!("/api/ai-configuration/keys/{}", own["id"].as_str().unwrap());
    owner.delete(&revoke).await.assert_failure(404, "not_found");
    owner.delete(&format!("{revoke}?scope=organization")).await.assert_failure(404, "not_found");
    member.delete(&revoke).await.assert_ok();
    generate(&member).await.assert_ok();
    assert_eq!(
        world.keys_sent().pop().as_deref(),
        Some(OLD),
        "without one's own, the organization's"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn within_its_grace_the_previous_key_steps_in_and_the_answer_says_so() {
    let world = World::new().await;
    let ann = world.ann().await;
    rotate(&ann, OLD, json!({})).await;
    rotate(&ann, NEW, json!({"graceHours": 1})).await;
    world.claude.accept_only(Some(vec![OLD.into()]));
    let answer = generate(&ann).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    let warning = answer.body["warnings"][0].as_str().unwrap();
    assert!(warning.contains("rejected the primary API key"), "{warning}");
    world.claude.accept_only(None);
    world.claude.script(MESSAGES, [Behaviour::status(403)]);
    assert!(generate(&ann).await.body["warnings"][0].is_string());
    assert_eq!(world.keys_sent(), [NEW, OLD, NEW, OLD]);
    let expected = [
        (1, 0, "failed", Some("claude_key_refused")),
        (2, 0, "success", None),
        (1, 0, "failed", Some("claude_key_forbidden")),
        (2, 0, "success", None),
    ];
    assert_eq!(outcomes(&world.ledger().await), expected, "asking with another key is no retry");
    assert_eq!(generate(&ann).await.body["warnings"], json!([]), "the primary works again");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_both_are_refused_that_is_the_end() {
    let world = World::new().await;
    let ann = world.ann().await;
    rotate(&ann, OLD, json!({})).await;
    rotate(&ann, NEW, json!({})).await;
    world.claude.accept_only(Some(Vec::new()));
    generate(&ann).await.assert_failure(409, "claude_key_refused");
    assert_eq!(world.keys_sent(), [NEW, OLD]);
    assert_eq!(world.ledger().await.len(), 2);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_grace_the_previous_key_is_gone() {
    let world = World::new().await;
    let ann = world.ann().await;
    rotate(&ann, OLD, json!({})).await;
    rotate(&ann, NEW, json!({"graceHours": 0})).await;
    world.claude.accept_only(Some(vec![OLD.into()]));
    generate(&ann).await.assert_failure(409, "claude_key_refused");
    assert_eq!(world.keys_sent(), [NEW], "and the environment's is not the person's");
    assert_eq!(world.count("SELECT count(ciphertext) FROM vault.secrets").await, 1);
    world.assert_settled().await;
}

/// Also in a server that remembers the keys from before.
#[tokio::test(flavor = "multi_thread")]
async fn after_its_grace_the_previous_key_is_not_used() {
    let world = World::new().await;
    let ann = world.ann().await;
    rotate(&ann, OLD, json!({})).await;
    rotate(&ann, NEW, json!({"graceHours": 1})).await;
    let soon = "UPDATE vault.secrets SET grace_until = clock_timestamp() + interval '1 second'
        WHERE state = 'secondary'";
    sqlx::query(soon).execute(world.app.database.database.pool()).await.unwrap();
    let here = world.app.second_server().await;
    let ann = ann.through(&here);
    ann.get(CONFIGURATION).await.assert_ok();
    until("the grace is over", || async {
        world
            .count("SELECT count(*) FROM vault.secrets WHERE grace_until > clock_timestamp()")
            .await
            == 0
    })
    .await;
    world.claude.accept_only(Some(vec![OLD.into()]));
    generate(&ann).await.assert_failure(409, "claude_key_refused");
    assert_eq!(world.keys_sent(), [NEW]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_tried_before_it_is_stored() {
    let world = World::with(&[("ANTHROPIC_API_KEY", "")]).await;
    let ann = world.ann().await;
    world.claude.accept_only(Some(vec![NEW.into()]));
    ann.post(TEST, json!({})).await.assert_failure(409, "key_missing");
    let good = ann.post(TEST, json!({"key": NEW})).await;
    assert_eq!((&good.body["works"], &good.body["code"]), (&json!(true), &json!(null)));
    let bad = ann.post(TEST, json!({"key": OLD})).await;
    assert_eq!(
        (&bad.body["works"], &bad.body["code"]),
        (&json!(false), &json!("claude_key_refused"))
    );
    assert_eq!(ann.post(TEST, json!({"key": "short"})).await.paths(), ["key"]);
    assert_eq!(world.count("SELECT count(*) FROM vault.secrets").await, 0);
    rotate(&ann, OLD, json!({})).await;
    assert_eq!(ann.post(TEST, json!({})).await.body["works"], false, "the stored one");
    assert!(world.ledger().await.is_empty(), "a test costs nothing");
}
