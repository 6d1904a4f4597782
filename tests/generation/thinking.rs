//! Effort, thinking and the cache: what is sent, what is billed, what the ledger says of it.

use super::world::{
    CONFIGURATION, MESSAGES, World, dollars, generate, reached, sent_for, set, set_for_all,
    worst_case,
};
use claude_stand_in::{Behaviour, Habits};
use http::Method;
use serde_json::{Value, json};

/// The tokens of one row of the ledger, and its cost.
#[derive(Debug, Default, PartialEq, sqlx::FromRow)]
struct Tokens {
    input_tokens: i64,
    output_tokens: i64,
    thinking_tokens: i64,
    cache_write_tokens: i64,
    cache_read_tokens: i64,
    cost_nano_usd: i64,
}

async fn tokens(world: &World) -> Vec<Tokens> {
    let sql = "SELECT input_tokens, output_tokens, thinking_tokens, cache_write_tokens,
          cache_read_tokens, cost_nano_usd
        FROM generation_logs ORDER BY id";
    let pool = world.app.database.database.pool();
    sqlx::query_as(sql).fetch_all(pool).await.expect("the ledger can be read")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_least_effort_is_sent_and_thinking_turned_off_as_the_model_takes_it() {
    let world = World::new().await;
    let ann = world.ann().await;
    for (model, effort, off) in [
        ("claude-opus-5", json!("low"), json!({"type": "disabled"})),
        ("claude-sonnet-5-5", json!("low"), json!({"type": "between_tools"})),
        ("claude-haiku-5-5", json!("low"), json!({"type": "disabled"})),
        ("claude-opus-5-5", json!("low"), Value::Null),
        ("claude-sonnet-4-6", Value::Null, Value::Null),
        ("claude-haiku-4-5", Value::Null, Value::Null),
    ] {
        set(&ann, json!({"model": {"model": model}})).await;
        let sent = sent_for(&world, &ann).await;
        assert_eq!(
            (&sent["output_config"]["effort"], &sent["thinking"]),
            (&effort, &off),
            "{model}"
        );
    }
    // Whoever wants it to think asks for more than can be had without.
    set(&ann, json!({"model": {"model": "claude-opus-5", "effort": "max"}})).await;
    let sent = sent_for(&world, &ann).await;
    assert_eq!(
        (&sent["output_config"]["effort"], &sent["thinking"]),
        (&json!("max"), &Value::Null)
    );
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effort_that_the_model_does_not_take_is_refused_beside_it_and_an_older_one_gives_way() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let body = json!({
        "configName": "Mine", "updates": {"model": {"model": "claude-opus-4-5", "effort": "max"}},
    });
    let refused = member.json(Method::PATCH, CONFIGURATION, body).await;
    refused.assert_failure(400, "validation_failed");
    assert_eq!(refused.body["fields"][0]["path"], "model.effort", "{}", refused.text);
    let sentence = refused.body["fields"][0]["message"].as_str().unwrap_or_default();
    assert!(sentence.contains("low, medium and high. Choose one of them."), "{sentence}");

    set_for_all(&owner, json!({"model": {"model": "claude-opus-5", "effort": "xhigh"}})).await;
    set(&member, json!({"model": {"model": "claude-opus-4-5"}})).await;
    reached(&member, "/model/effort", json!("high")).await;
    assert_eq!(sent_for(&world, &member).await["output_config"]["effort"], "high");
    let explain = member.get(CONFIGURATION).await.body["explain"]["model.effort"].clone();
    assert_eq!((&explain["layer"], &explain["value"]), (&json!("organization"), &json!("high")));
    assert_eq!(explain["clamped"]["unclamped"], "xhigh");
    set(&member, json!({"model": {"model": "claude-haiku-4-5"}})).await;
    reached(&member, "/model/effort", Value::Null).await;
    assert!(sent_for(&world, &member).await["output_config"].get("effort").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_thought_is_billed_as_output_and_is_no_part_of_the_conversation() {
    let world = World::new().await;
    let ann = world.ann().await;
    for streaming in [false, true] {
        set(&ann, json!({"model": {"model": "claude-opus-5-5", "streaming": streaming}})).await;
        let worst = worst_case(&ann).await;
        // Exactly one attempt fits: what is thought is within what was set aside.
        let before = world.spent().await;
        set(&ann, json!({"costBudget": {"dailyBudget": dollars(before + worst)}})).await;
        let answer = generate(&ann).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
        assert_eq!(answer.body["conversation"]["turns"].as_array().map(Vec::len), Some(2));
        assert!(!answer.text.contains("\"thinking\":\""), "{}", answer.text);
        let row = tokens(&world).await.pop().expect("a row");
        assert!(row.thinking_tokens > 0 && row.thinking_tokens < row.output_tokens, "{row:?}");
        assert_eq!(row.cost_nano_usd, row.input_tokens * 4000 + row.output_tokens * 20_000);
        assert!(row.cost_nano_usd <= worst, "{row:?}");
        world.assert_settled().await;
    }
    let thought: i64 = tokens(&world).await.iter().map(|row| row.thinking_tokens).sum();
    let usage = ann.get("/api/ai-usage").await.body;
    assert_eq!(usage["tokens"]["thinking"].as_i64(), Some(thought));
    let log = ann.get("/api/ai-usage/log").await.body;
    assert_eq!(log["entries"][0]["tokens"]["thinking"].as_i64(), Some(thought / 2));
    let page = ann.get("/ai/usage").await;
    assert!(page.text.contains("thought"), "the page tells it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_all_thought_is_cut_off_and_billed() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"model": {"model": "claude-opus-5-5", "maxTokens": 5}})).await;
    let answer = generate(&ann).await;
    let row = tokens(&world).await.pop().expect("a row");
    assert_eq!((row.output_tokens, row.thinking_tokens), (5, 5), "{}", answer.text);
    assert_eq!(answer.body["conversation"]["status"], "failed", "{}", answer.text);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_constant_part_is_written_to_the_cache_once_and_read_from_it_then() {
    let world = World::new().await;
    let (owner, _) = world.team().await;
    set(&owner, json!({"model": {"model": "claude-opus-5-5"}})).await;
    let sent = sent_for(&world, &owner).await;
    assert!(sent["system"].is_string(), "too short for this model: {sent}");

    let path = "/api/ai-configuration/models/claude-opus-5-5";
    owner.patch(path, json!({"entry": {"cacheMinimum": 50}})).await.assert_ok();
    let habits = Habits { cache_minimum: Some(50), ..Habits::default() };
    world.claude.set_habits("claude-opus-5-5", habits);
    let worst = worst_case(&owner).await;
    for _ in 0..2 {
        let sent = sent_for(&world, &owner).await;
        let system = sent["system"].as_array().expect("blocks");
        assert_eq!(system[0]["cache_control"], json!({"type": "ephemeral"}));
        assert_eq!(sent.to_string().matches("cache_control").count(), 1);
    }
    let rows = tokens(&world).await;
    let [_, first, second] = rows.as_slice() else { panic!("{rows:?}") };
    assert!(first.cache_write_tokens > 0 && first.cache_read_tokens == 0, "{first:?}");
    assert_eq!(second.cache_read_tokens, first.cache_write_tokens);
    assert_eq!((second.cache_write_tokens, second.input_tokens), (0, first.input_tokens));
    for row in [first, second] {
        // 1.25 times and 0.05 times the price of the input, to the nano-dollar.
        let prompt =
            row.input_tokens * 4000 + row.cache_write_tokens * 5000 + row.cache_read_tokens * 200;
        assert_eq!(row.cost_nano_usd, prompt + row.output_tokens * 20_000);
        assert!(row.cost_nano_usd <= worst, "{row:?}");
    }
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_stopped_is_asked_once_and_one_that_grows_too_fast_again() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"retryStrategy": {"maxRetries": 2, "baseDelay": 0, "maxDelay": 0}})).await;
    let limit = |code: &str, status, retry_after| Behaviour::Limit {
        code: code.into(),
        status,
        retry_after,
    };
    for (word, status, answered, code) in [
        ("enforced_spend_limit_reached", Some(400), 409, "claude_spend_cap"),
        ("contract_spend_limit_reached", None, 502, "claude_contract_limit"),
        ("contract_spend_limit_reached", Some(400), 502, "claude_contract_limit"),
        ("organization_on_hold", None, 502, "claude_on_hold"),
        ("linked_organization_spend_limit_reached", Some(402), 502, "claude_linked_limit"),
    ] {
        let asked = world.claude.requests().len();
        world.claude.script(MESSAGES, [limit(word, status, None)]);
        let answer = generate(&ann).await;
        answer.assert_failure(answered, code);
        let sentence = answer.body["error"].as_str().unwrap_or_default();
        assert!(!sentence.contains("tried again"), "{sentence}");
        assert_eq!(world.claude.requests().len(), asked + 1, "{word}");
        let row = world.ledger().await.pop().expect("a row");
        assert_eq!((row.error_code.as_deref(), row.cost_nano_usd), (Some(code), 0));
    }
    world.claude.script(MESSAGES, [limit("ramp_limit_exceeded", None, Some(0))]);
    let answer = generate(&ann).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    let codes: Vec<_> = world.ledger().await.into_iter().map(|row| row.error_code).collect();
    assert_eq!(codes[codes.len() - 2..], [Some("claude_ramp_limit".to_owned()), None]);
    world.assert_settled().await;
}
