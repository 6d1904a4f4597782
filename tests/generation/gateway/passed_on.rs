//! What reaches the provider, and what comes back.

use super::{
    super::world::{KEY, MESSAGES, World},
    CLIENT, COUNT, MODEL, ask, ask_with, ledger_of, message, program, stream, token, with,
};
use axum::body::Body;
use claude_stand_in::Behaviour;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_and_its_answer_are_passed_on_unchanged() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    let answer = ask(&program, message()).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    assert_eq!(answer.body["type"], "message");
    assert_eq!(answer.body["role"], "assistant");
    assert_eq!(answer.header("claude-request-id"), "req_stand_in");
    assert_eq!(answer.header("request-id"), answer.header("x-request-id"));
    assert_eq!(world.last_sent(), message());

    let row = &ledger_of(&world, 1).await[0];
    assert_eq!((row.status.as_str(), row.attempt, row.estimated), ("success", 1, false));
    assert_eq!(row.client.as_deref(), Some(CLIENT));
    let usage = &answer.body["usage"];
    assert_eq!(usage["input_tokens"], row.input_tokens);
    assert_eq!(usage["output_tokens"], row.output_tokens);
    // 3 and 15 dollars for a million.
    assert_eq!(row.cost_nano_usd, row.input_tokens * 3000 + row.output_tokens * 15_000);
    world.assert_settled().await;
    assert_eq!(world.count("SELECT count(*) FROM conversations").await, 0, "nothing is stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_provider_knows_is_passed_on() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    let image = json!({"type": "image", "source": {
        "type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo=",
    }});
    let tool = json!({"name": "look", "input_schema": {"type": "object", "properties": {}}});
    for more in [
        json!({"tools": [tool.clone()], "tool_choice": {"type": "auto"}}),
        json!({"tools": (0..64).map(|_| tool.clone()).collect::<Vec<_>>()}),
        json!({"messages": [{"role": "user", "content": [image, {"type": "text", "text": "?"}]}]}),
        json!({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
        json!({"system": [{"type": "text", "text": "é", "cache_control": {"type": "ephemeral"}}]}),
        json!({"metadata": {"user_id": "u"}, "stop_sequences": ["x"], "service_tier": "auto"}),
        json!({"a_field_of_tomorrow": {"deep": [1, null, true, 1.5, "\u{1F600}"]}}),
    ] {
        let body = with(more);
        let answer = ask(&program, body.clone()).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
        assert_eq!(world.last_sent(), body);
    }
    // Spelling and order are the client's, too: numbers and escapes come as they were.
    let odd = format!(
        concat!(
            r#"{{ "max_tokens":10, "x":1.0e2,"model":"{model}","#,
            r#""messages":[{{"role":"user","content":"\ud83d\ude00"}}]}}"#
        ),
        model = MODEL
    );
    assert_eq!(ask_with(&program, odd).await.status.as_u16(), 200);
    assert_eq!(world.last_sent()["messages"][0]["content"], "\u{1F600}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_sees_its_own_headers_and_the_stored_key_only() {
    let world = World::new().await;
    let ann = world.ann().await;
    let secret = token(&ann, &["messages:write"]).await;
    let program = world.app.with_token(&secret);
    let program = program
        .header("anthropic-version", "2023-06-01")
        .header("anthropic-beta", "context-management-2025-06-27,other")
        .header("user-agent", "Anthropic/Python 2.15.0")
        .header("x-stainless-os", "Linux")
        .header("cookie", "a=b")
        .header("x-forwarded-for", "192.0.2.9")
        .header("accept-encoding", "gzip");
    let body = Body::from(message().to_string());
    let path = "/v1/messages?beta=true";
    let answer = program.send(Method::POST, path, Some("application/json"), body).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    let received = world.claude.requests().pop().expect("one");
    assert_eq!(received.key.as_deref(), Some(KEY));
    assert_eq!(received.query.as_deref(), Some("beta=true"));
    let mut names: Vec<&str> = received.headers.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "accept",
        "anthropic-beta",
        "anthropic-version",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    ];
    assert_eq!(names, expected);
    assert_eq!(received.headers["anthropic-beta"], "context-management-2025-06-27,other");
    assert!(received.headers["user-agent"].starts_with("train/"));
    let all = format!("{:?} {:?}", received.headers, received.body);
    assert!(!all.contains(&secret), "the token stays here");
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_key_it_is_stays_here_and_its_limits_are_told() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    let headers = [
        ("anthropic-ratelimit-requests-remaining", "49"),
        ("anthropic-organization-id", "7c1b"),
        ("set-cookie", "a=b"),
    ];
    let headers: BTreeMap<String, String> =
        headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let usage = json!({"input_tokens": 1, "output_tokens": 1});
    let body = Some(json!({"type": "message", "content": [], "usage": usage}));
    world.claude.script(MESSAGES, [Behaviour::Status { status: 200, headers, body }]);
    let answer = ask(&program, message()).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    assert_eq!(answer.header("anthropic-ratelimit-requests-remaining"), "49");
    assert_eq!(answer.header("anthropic-organization-id"), "");
    assert_eq!(answer.header("set-cookie"), "");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_to_the_cache_is_billed_at_its_price() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    for (ttl, price) in [("5m", 3750), ("1h", 6000)] {
        let body = with(json!({"cache_control": {"type": "ephemeral", "ttl": ttl}}));
        let before = world.spent().await;
        let answer = ask(&program, body).await;
        let usage = &answer.body["usage"];
        let of = |name: &str| usage[name].as_i64().expect("a number");
        let cost = of("cache_creation_input_tokens") * price + of("output_tokens") * 15_000;
        assert!(of("cache_creation_input_tokens") > 0 && of("input_tokens") == 0);
        assert_eq!(world.spent().await - before, cost);
    }
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_counted_for_nothing() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    let mut body = message();
    body.as_object_mut().expect("fields").remove("max_tokens");
    let counted = program.post(COUNT, body.clone()).await;
    assert_eq!(counted.status.as_u16(), 200, "{}", counted.text);
    assert!(counted.body["input_tokens"].as_u64().is_some_and(|tokens| tokens > 0));
    let received = world.claude.requests().pop().expect("one");
    assert_eq!((received.path.as_str(), &received.body), (COUNT, &body));
    assert!(world.ledger().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_those_that_can_be_used_here() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let program = program(&world, &member).await;
    let all = program.get("/v1/models?limit=1000").await;
    assert_eq!(all.status.as_u16(), 200, "{}", all.text);
    let ids = |answer: &Value| -> Vec<String> {
        let data = answer["data"].as_array().expect("a list").iter();
        data.map(|model| model["id"].as_str().expect("an id").to_owned()).collect()
    };
    let usable = ids(&all.body);
    assert!(usable.contains(&MODEL.to_owned()));
    assert!(!usable.contains(&"claude-3-opus-20240229".to_owned()), "retired");
    let first = program.get("/v1/models?limit=2").await.body;
    assert_eq!((ids(&first).len(), &first["has_more"]), (2, &json!(true)));
    let after = format!("/v1/models?after_id={}", first["last_id"].as_str().expect("an id"));
    assert_eq!(ids(&program.get(&after).await.body)[0], usable[2]);
    assert_eq!(program.get(&format!("/v1/models/{MODEL}")).await.body["type"], "model");
    assert_eq!(program.get("/v1/models/claude-9").await.status.as_u16(), 404);

    let ceilings = json!({"allowedModels": ["claude-haiku-4-5"]});
    owner.patch("/api/ai-policy", ceilings).await.assert_ok();
    assert_eq!(ids(&program.get("/v1/models").await.body), ["claude-haiku-4-5"]);
    let told = member.get("/api/gateway").await;
    assert_eq!(told.body["models"], json!(["claude-haiku-4-5"]));
    assert!(world.claude.requests().is_empty(), "nobody was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_stands_in_the_log_and_in_the_sums() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    for _ in 0..2 {
        assert_eq!(ask(&program, message()).await.status.as_u16(), 200);
    }
    stream(&program, message()).await;
    super::super::world::generate(&ann).await.assert_ok();
    let log = ann.get("/api/ai-usage/log").await.body;
    let clients: Vec<&Value> =
        log["entries"].as_array().expect("rows").iter().map(|row| &row["client"]).collect();
    assert_eq!(clients, [&Value::Null, &json!(CLIENT), &json!(CLIENT), &json!(CLIENT)]);
    let usage = ann.get("/api/ai-usage?groupBy=client").await;
    usage.assert_ok();
    let groups = usage.body["groups"].as_array().expect("groups");
    let of = |key: &str| groups.iter().find(|group| group["key"] == key).expect("a group");
    assert_eq!(of(CLIENT)["requests"], 3);
    assert_eq!(of("")["label"], "On the pages");
    assert!(of(CLIENT)["lastUsed"].is_string() && of(CLIENT)["cost"].as_i64() > Some(0));
}
