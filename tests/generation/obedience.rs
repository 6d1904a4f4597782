//! A change is obeyed by the next generation, whichever server makes it.

use super::world::{CONFIGURATION, World, generate, reached, sent_for, set, set_for_all};
use http::Method;
use serde_json::json;

const TEMPERATURE: &str = "/model/temperature";

#[tokio::test(flavor = "multi_thread")]
async fn the_next_generation_of_every_server_obeys_a_change() {
    let world = World::with(&[("ANTHROPIC_TEMPERATURE", "0.3")]).await;
    let second = world.app.second_server().await;
    let here = world.ann().await;
    let there = here.through(&second);
    for server in [&here, &there] {
        assert_eq!(sent_for(&world, server).await["temperature"], 0.3, "the environment's");
    }

    set(&here, json!({"model": {"temperature": 0.8}})).await;
    assert_eq!(sent_for(&world, &here).await["temperature"], 0.8);
    reached(&there, TEMPERATURE, json!(0.8)).await;
    assert_eq!(sent_for(&world, &there).await["temperature"], 0.8);

    there.json(Method::DELETE, CONFIGURATION, json!({"configName": "Mine"})).await.assert_ok();
    assert_eq!(sent_for(&world, &there).await["temperature"], 0.3);
    reached(&here, TEMPERATURE, json!(0.3)).await;
    assert_eq!(sent_for(&world, &here).await["temperature"], 0.3);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_environment_the_default_comes_back() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"model": {"temperature": 0.8, "maxTokens": 900, "streaming": true}})).await;
    let sent = sent_for(&world, &ann).await;
    assert_eq!(
        (&sent["temperature"], &sent["max_tokens"], &sent["stream"]),
        (&json!(0.8), &json!(900), &json!(true))
    );
    set(&ann, json!({"model": null})).await;
    let sent = sent_for(&world, &ann).await;
    assert_eq!((&sent["temperature"], &sent["max_tokens"]), (&json!(0.7), &json!(4096)));
    assert!(sent.get("stream").is_none() && sent.get("top_p").is_none(), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organizations_changes_arrive_at_those_who_chose_nothing_else() {
    let world = World::new().await;
    let second = world.app.second_server().await;
    let (owner, member) = world.team().await;
    let member = member.through(&second);
    set(&member, json!({"model": {"maxTokens": 700}})).await;
    for (temperature, max_tokens) in [(0.2, 2000), (0.4, 600)] {
        let model = json!({"model": {"temperature": temperature, "maxTokens": max_tokens}});
        set_for_all(&owner, model).await;
        reached(&member, TEMPERATURE, json!(temperature)).await;
        let sent = sent_for(&world, &member).await;
        assert_eq!((&sent["temperature"], &sent["max_tokens"]), (&json!(temperature), &json!(700)));
        assert_eq!(sent_for(&world, &owner).await["max_tokens"], max_tokens);
    }
    let explain = member.get(CONFIGURATION).await.body["explain"].clone();
    assert_eq!(explain["model.temperature"]["layer"], "organization");
    assert_eq!(
        explain["model.maxTokens"]["shadows"][0],
        json!({"layer": "organization", "value": 600})
    );

    // A ceiling holds what the member chose, and its lifting lets it go.
    owner.patch("/api/ai-policy", json!({"maxTokens": 300})).await.assert_ok();
    reached(&member, "/model/maxTokens", json!(300)).await;
    assert_eq!(sent_for(&world, &member).await["max_tokens"], 300);
    owner.patch("/api/ai-policy", json!({"maxTokens": null})).await.assert_ok();
    reached(&member, "/model/maxTokens", json!(700)).await;
    assert_eq!(sent_for(&world, &member).await["max_tokens"], 700);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_takes_no_sampling_is_sent_none() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    set_for_all(&owner, json!({"model": {"temperature": 0.8}})).await;
    for (model, sends) in
        [("claude-sonnet-5", false), ("claude-haiku-4-5", true), ("claude-opus-5-5", false)]
    {
        set(&member, json!({"model": {"model": model}})).await;
        reached(&member, "/model/model", json!(model)).await;
        let sent = sent_for(&world, &member).await;
        assert_eq!((&sent["model"], sent.get("temperature").is_some()), (&json!(model), sends));
        assert!(sent.get("top_p").is_none(), "{sent}");
    }
    set(&member, json!({"model": {"model": "claude-haiku-4-5", "topP": 0.9}})).await;
    let sent = sent_for(&world, &member).await;
    assert_eq!(
        (sent.get("temperature"), &sent["top_p"]),
        (None, &json!(0.9)),
        "the nearer choice counts, one of them"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_active_configurations_the_one_of_the_highest_priority_is_obeyed() {
    let world = World::new().await;
    let ann = world.ann().await;
    let named = |name: &str, temperature: f64, priority: i32| {
        json!({
            "configName": name,
            "updates": {"model": {"temperature": temperature}},
            "priority": priority,
        })
    };
    ann.patch(CONFIGURATION, named("Calm", 0.1, 0)).await.assert_ok();
    let wild = ann.patch(CONFIGURATION, named("Wild", 0.9, 5)).await;
    assert_eq!(sent_for(&world, &ann).await["temperature"], 0.9);
    let off = json!({"configId": wild.body["configuration"]["id"], "isActive": false});
    ann.post(CONFIGURATION, off).await.assert_ok();
    assert_eq!(sent_for(&world, &ann).await["temperature"], 0.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_model_and_a_missing_key_are_refused_before_anything_is_taken() {
    let world = World::with(&[("ANTHROPIC_API_KEY", "")]).await;
    let ann = world.ann().await;
    generate(&ann).await.assert_failure(409, "key_missing");
    // Stored before it retired.
    sqlx::query(
        "INSERT INTO ai_configurations (user_id, config_name, configuration)
         SELECT id, 'Old', '{\"model\": {\"model\": \"claude-3-opus-20240229\"}}' FROM auth.users
         WHERE display_name = 'Ann'",
    )
    .execute(world.app.database.database.pool())
    .await
    .unwrap();
    reached(&ann, "/model/model", json!("claude-3-opus-20240229")).await;
    let refused = generate(&ann).await;
    refused.assert_failure(409, "model_retired");
    assert!(
        refused.body["error"].as_str().unwrap().contains("Claude Opus 4.6"),
        "the way out: {}",
        refused.text
    );
    let dry = ann.post("/api/ai-configuration/dry-run", json!({})).await;
    assert_eq!(
        (&dry.body["admitted"], &dry.body["gates"][0]["code"]),
        (&json!(false), &json!("model_retired"))
    );
    assert!(world.claude.requests().is_empty() && world.ledger().await.is_empty());
    assert_eq!(world.holds().await, 0);
}
