//! Budgets, pace, places, keys and retries of the gateway: those of everybody.

use super::{
    super::world::{KEY, MESSAGES, World, dollars, set, until},
    ask, assert_refused, ledger, ledger_of, message, open, program, stream, with,
};
use crate::app::{Answer, Client};
use claude_stand_in::Behaviour;
use futures::future::join_all;
use serde_json::{Value, json};

const OLD: &str = "sk-ant-api03-old-0123456789abcdef-a1b2";
const NEW: &str = "sk-ant-api03-new-0123456789abcdef-c3d4";

/// Retries follow at once.
async fn quick(person: &Client<'_>, retries: u32) {
    let strategy = json!({"maxRetries": retries, "baseDelay": 0, "maxDelay": 0});
    set(person, json!({"retryStrategy": strategy})).await;
}

/// What one request sets aside: its tokens estimated high, at the prices of the model.
fn worst_case(body: &Value) -> i64 {
    let bytes = i64::try_from(body.to_string().len()).expect("it is short");
    (1500 + (bytes + 2) / 3) * 3000 + 1000 * 15_000
}

#[track_caller]
fn assert_limited(answer: &Answer, code: &str) -> u64 {
    assert_refused(answer, 429, "rate_limit_error", code);
    answer.header("retry-after").parse().expect("when to try again")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_admits_what_fits_and_says_when_more_does() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    let worst = worst_case(&with(json!({"stream": true})));
    let limits = json!({"concurrentRequests": 100, "burstAllowance": 100});
    let budget = json!({"dailyBudget": dollars(worst * 3)});
    set(&ann, json!({"costBudget": budget, "rateLimiting": limits})).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let streams = join_all((0..6).map(|_| stream(&program, message())));
    let opened = async {
        until("those that fit are there", || async { world.claude.requests().len() == 3 }).await;
        world.claude.open_gate(1000);
    };
    let (streams, ()) = tokio::join!(streams, opened);
    let admitted = streams.iter().filter(|(status, ..)| *status == 200).count();
    assert_eq!(admitted, 3, "no more than the budget is for");
    world.claude.clear();
    set(&ann, json!({"costBudget": {"dailyBudget": 0.0001}})).await;
    let answer = ask(&program, message()).await;
    assert!((1..=86_400).contains(&assert_limited(&answer, "budget_exceeded")));
    assert_eq!(answer.header("x-should-retry"), "false", "asking again by itself is no use");
    assert!(world.claude.requests().is_empty());
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pace_and_places_refuse_and_say_when_to_come_again() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    set(&ann, json!({"rateLimiting": {"concurrentRequests": 1}})).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let running = open(&program, message()).await;
    assert_eq!(running.status(), 200);
    assert_limited(&ask(&program, message()).await, "concurrency_limited");
    drop(running);
    world.assert_settled().await;

    world.claude.clear();
    let slow = json!({"requestsPerMinute": 1, "burstAllowance": 0});
    set(&ann, json!({"rateLimiting": slow})).await;
    // What was asked before may count, or not.
    while ask(&program, message()).await.status.as_u16() == 200 {}
    let answer = ask(&program, message()).await;
    assert!((1..=120).contains(&assert_limited(&answer, "rate_limited")));
    assert_eq!(answer.header("x-should-retry"), "");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_an_answer_may_ask_for_the_next_at_once() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    set(&ann, json!({"rateLimiting": {"concurrentRequests": 1, "burstAllowance": 50}})).await;
    for _ in 0..5 {
        assert_eq!(ask(&program, message()).await.status.as_u16(), 200);
        let (status, _, text) = stream(&program, message()).await;
        assert_eq!(status, 200, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn within_its_grace_the_previous_key_steps_in() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    for key in [OLD, NEW] {
        let rotation = json!({"newPrimaryKey": key});
        ann.post("/api/ai-configuration/rotate-key", rotation).await.assert_ok();
    }
    world.claude.accept_only(Some(vec![OLD.into()]));
    assert_eq!(ask(&program, message()).await.status.as_u16(), 200);
    assert_eq!(world.keys_sent(), [NEW, OLD]);
    let (status, ..) = stream(&program, message()).await;
    assert_eq!(status, 200);
    let rows = ledger(&world).await;
    let told: Vec<_> = rows.iter().map(|row| (row.attempt, row.status.as_str())).collect();
    assert_eq!(told, [(1, "failed"), (2, "success"), (1, "failed"), (2, "success")]);

    // None of them: the client's own token is not what is wrong, and the key is not shown.
    world.claude.accept_only(Some(vec![KEY.into()]));
    let answer = ask(&program, message()).await;
    assert_refused(&answer, 403, "permission_error", "claude_key_refused");
    assert!(!answer.text.contains("sk-ant-api03"), "{}", answer.text);
    until("who looks after the key is told", || async {
        world.count("SELECT count(*) FROM notifications WHERE title LIKE 'Claude refuses%'").await
            > 0
    })
    .await;
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_work_a_moment_later_is_tried_again_as_configured() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    quick(&ann, 2).await;
    world.claude.script(MESSAGES, [Behaviour::status(529), Behaviour::HalfJson]);
    assert_eq!(ask(&program, message()).await.status.as_u16(), 200);
    let rows = ledger(&world).await;
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.attempt, row.status.as_str(), row.error_code.as_deref(), row.estimated))
        .collect();
    let expected = [
        (1, "failed", Some("claude_overloaded"), false),
        (2, "failed", Some("claude_interrupted"), true),
        (3, "success", None, false),
    ];
    assert_eq!(told, expected);

    quick(&ann, 0).await;
    let limited = Behaviour::status_with(429, "retry-after", "7");
    world.claude.script(MESSAGES, [Behaviour::status(529), limited, Behaviour::SpendCap]);
    let answer = ask(&program, message()).await;
    assert_refused(&answer, 529, "overloaded_error", "claude_overloaded");
    assert_eq!(answer.body["error"]["message"], "The stand-in was told to refuse.");
    let answer = ask(&program, message()).await;
    assert_eq!(assert_limited(&answer, "claude_rate_limited"), 7);
    let answer = ask(&program, message()).await;
    assert_refused(&answer, 429, "rate_limit_error", "claude_spend_cap");
    assert_eq!(answer.header("x-should-retry"), "false");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_the_account_is_passed_on_in_the_providers_own_form() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    quick(&ann, 2).await;
    let limit =
        |code: &str, status| Behaviour::Limit { code: code.into(), status, retry_after: None };
    for (word, status, kind, code) in [
        ("contract_spend_limit_reached", 429, "rate_limit_error", "claude_contract_limit"),
        ("enforced_spend_limit_reached", 400, "invalid_request_error", "claude_spend_cap"),
        ("organization_on_hold", 400, "invalid_request_error", "claude_on_hold"),
    ] {
        let asked = world.claude.requests().len();
        world.claude.script(MESSAGES, [limit(word, Some(status))]);
        let answer = ask(&program, message()).await;
        assert_refused(&answer, status, kind, code);
        assert_eq!(answer.body["error"]["details"]["error_code"], word);
        assert_eq!(answer.header("x-should-retry"), "false", "{word}");
        assert_eq!(world.claude.requests().len(), asked + 1, "{word} is not tried again");
    }
    quick(&ann, 0).await;
    world.claude.script(MESSAGES, [limit("ramp_limit_exceeded", None)]);
    let answer = ask(&program, message()).await;
    assert_eq!(assert_limited(&answer, "claude_ramp_limit"), 7);
    assert_eq!(answer.header("x-should-retry"), "");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_of_the_provider_is_told_in_our_words() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    quick(&ann, 0).await;
    for (behaviour, code) in [
        (Behaviour::Html { status: 200 }, "claude_proxy_page"),
        (Behaviour::Html { status: 404 }, "claude_address_not_found"),
        (Behaviour::MalformedJson, "claude_malformed"),
        (Behaviour::HalfJson, "claude_interrupted"),
        (Behaviour::Html { status: 503 }, "claude_unavailable"),
    ] {
        world.claude.script(MESSAGES, [behaviour]);
        let answer = ask(&program, message()).await;
        assert_refused(&answer, 500, "api_error", code);
    }
    set(&ann, json!({"timeouts": {"connectionTimeout": 1000, "generationTimeout": 1000}})).await;
    world.claude.script(MESSAGES, [Behaviour::Silence]);
    let answer = ask(&program, message()).await;
    assert_refused(&answer, 504, "timeout_error", "claude_generation_timeout");
    let last = ledger(&world).await.pop().expect("a row");
    assert_eq!((last.status.as_str(), last.estimated), ("timeout", true));
    assert!(last.cost_nano_usd > 0, "it was read, and is billed");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_would_exceed_the_budget_is_not_made() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    quick(&ann, 3).await;
    set(&ann, json!({"costBudget": {"dailyBudget": dollars(worst_case(&message()))}})).await;
    world.claude.script(MESSAGES, [Behaviour::HalfJson]);
    let answer = ask(&program, message()).await;
    assert_limited(&answer, "budget_exceeded");
    let sentence = answer.body["error"]["message"].to_string();
    assert!(sentence.contains("Not retried."), "{sentence}");
    assert_eq!(world.claude.requests().len(), 1);
    assert_eq!(ledger_of(&world, 1).await.len(), 1);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_held_by_the_organizations_pool_too() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let program = program(&world, &member).await;
    super::super::world::set_for_all(&owner, json!({"costBudget": {"dailyBudget": 0.001}})).await;
    let answer = ask(&program, with(json!({"max_tokens": 100}))).await;
    assert_limited(&answer, "budget_exceeded");
    assert!(world.claude.requests().is_empty());
}
