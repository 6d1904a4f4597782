//! Attempts that are billed and followed by another: beside what was set aside, never beyond a
//! budget that blocks.

use super::world::{MESSAGES, World, dollars, generate, set, worst_case};
use crate::app::Client;
use claude_stand_in::Behaviour;
use serde_json::json;

/// Claude reads the whole prompt, bills it, and has no answer.
fn billed_failure() -> Behaviour {
    Behaviour::ErrorMidStream {
        pieces: 0,
        error_type: "overloaded_error".into(),
        message: "Overloaded".into(),
    }
}

/// Somebody whose retries follow at once.
async fn ann(world: &World) -> Client<'_> {
    let ann = world.ann().await;
    let quick = json!({"baseDelay": 0, "maxDelay": 0});
    set(&ann, json!({"model": {"streaming": true}, "retryStrategy": quick})).await;
    ann
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_would_exceed_the_budget_is_refused_and_what_was_billed_is_told() {
    let world = World::new().await;
    let ann = ann(&world).await;
    let worst = worst_case(&ann).await;
    // Exactly one attempt fits.
    set(&ann, json!({"costBudget": {"dailyBudget": dollars(worst)}})).await;
    world.claude.script(MESSAGES, [billed_failure()]);
    let answer = generate(&ann).await;
    answer.assert_failure(429, "budget_exceeded");
    let sentence = answer.body["error"].as_str().unwrap();
    assert!(sentence.contains("Not retried. Not enough daily budget: $"), "{sentence}");
    let seconds: i64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&seconds), "until the day is over: {seconds}");
    assert_eq!(world.claude.requests().len(), 1);
    let ledger = world.ledger().await;
    assert_eq!(ledger.len(), 1);
    assert!(ledger[0].cost_nano_usd > 0 && ledger[0].cost_nano_usd <= worst, "{ledger:?}");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_fits_is_made_and_all_attempts_are_billed_once() {
    let world = World::new().await;
    let ann = ann(&world).await;
    set(&ann, json!({"costBudget": {"dailyBudget": dollars(worst_case(&ann).await * 2)}})).await;
    world.claude.script(MESSAGES, [billed_failure(), billed_failure()]);
    let answer = generate(&ann).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    let ledger = world.ledger().await;
    let told: Vec<_> =
        ledger.iter().map(|row| (row.attempt, row.retry_number, row.status.as_str())).collect();
    assert_eq!(told, [(1, 0, "failed"), (2, 1, "failed"), (3, 2, "success")]);
    assert_eq!(answer.body["conversation"]["actualCost"].as_i64(), Some(world.spent().await));
    world.assert_settled().await;
}
