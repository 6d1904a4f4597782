//! What is refused before anything is sent, always in the provider's form and never as a fault of
//! ours.

use super::{
    super::world::{MESSAGES, World},
    COUNT, ask, ask_with, assert_refused, message, program, token, with,
};
use axum::body::Body;
use claude_stand_in::Behaviour;
use http::Method;
use serde_json::json;

const INVALID: &str = "invalid_request_error";

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_is_known_by_a_token_with_the_scope_only() {
    let world = World::new().await;
    let ann = world.ann().await;
    let stranger = world.app.program();
    assert_refused(&ask(&stranger, message()).await, 401, "authentication_error", "not_signed_in");
    // A session is for the pages.
    assert_refused(&ask(&ann, message()).await, 401, "authentication_error", "not_signed_in");
    let narrow = token(&ann, &["conversations:write", "ai:write"]).await;
    for (name, value) in
        [("x-api-key", narrow.clone()), ("authorization", format!("Bearer {narrow}"))]
    {
        let client = world.app.program().header(name, &value);
        let answer = ask(&client, message()).await;
        assert_refused(&answer, 403, "permission_error", "scope_missing");
        assert_eq!(client.get("/v1/models").await.status.as_u16(), 403);
        assert_eq!(client.post(COUNT, message()).await.status.as_u16(), 403);
    }
    let unknown = world.app.program().header("x-api-key", &format!("{narrow}x"));
    assert_refused(&ask(&unknown, message()).await, 401, "authentication_error", "invalid_token");
    let theirs = world.app.program().header("x-api-key", "sk-ant-api03-0123456789");
    let answer = ask(&theirs, message()).await;
    assert_refused(&answer, 401, "authentication_error", "invalid_token");
    assert!(answer.body["error"]["message"].as_str().is_some_and(|it| it.contains("trn_")));
    // Who may not ask learns nothing of what is wrong with the request.
    assert_eq!(ask_with(&stranger, "{").await.status.as_u16(), 401);
    assert!(world.claude.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_at_once() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    assert_eq!(ask(&program, message()).await.status.as_u16(), 200);
    let id = ann.get("/api/tokens").await.body["tokens"][0]["id"].clone();
    ann.delete(&format!("/api/tokens/{}", id.as_str().expect("an id"))).await.assert_ok();
    assert_refused(&ask(&program, message()).await, 401, "authentication_error", "invalid_token");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_in_the_providers_words() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    for body in ["", "{", "[]", "null", "\"text\"", "{\"model\": \"m\",}", "\u{0}"] {
        assert_refused(&ask_with(&program, body).await, 400, INVALID, "malformed_json");
    }
    assert_refused(&ask_with(&program, vec![0xff, 0xfe]).await, 400, INVALID, "malformed_json");
    let deep = format!(r#"{{"model":{}"#, "[".repeat(100_000));
    assert_refused(&ask_with(&program, deep).await, 400, INVALID, "malformed_json");
    let model = super::MODEL;
    for (body, sentence) in [
        (json!({"max_tokens": 1}), "model: Field required"),
        (json!({"model": 7, "max_tokens": 1}), "model: Input should be a valid string"),
        (json!({"model": model}), "max_tokens: Field required"),
        (json!({"model": model, "max_tokens": "9"}), "max_tokens: Input should be a valid integer"),
        (json!({"model": model, "max_tokens": -1}), "max_tokens: Input should be a valid integer"),
        (
            json!({"model": model, "max_tokens": 1, "stream": "yes"}),
            "stream: Input should be a valid boolean",
        ),
    ] {
        let answer = ask(&program, body).await;
        assert_refused(&answer, 400, INVALID, "validation_failed");
        assert_eq!(answer.body["error"]["message"], sentence);
    }
    let twice = format!(r#"{{"model": "{model}", "model": "claude-opus-5", "max_tokens": 1}}"#);
    assert_refused(&ask_with(&program, twice).await, 400, INVALID, "malformed_json");
    assert!(world.claude.requests().is_empty() && world.ledger().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_refuse_with_their_reason_and_change_nothing_silently() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let program = program(&world, &member).await;
    let told = |answer: &crate::app::Answer| answer.body["error"]["message"].to_string();

    let answer = ask(&program, with(json!({"model": "claude-9"}))).await;
    assert_refused(&answer, 404, "not_found_error", "model_unknown");
    let answer = ask(&program, with(json!({"model": "claude-3-opus-20240229"}))).await;
    assert_refused(&answer, 404, "not_found_error", "model_retired");
    let answer = ask(&program, with(json!({"max_tokens": 128_001}))).await;
    assert_refused(&answer, 400, INVALID, "max_tokens_too_high");
    assert!(told(&answer).contains("128001 > 128,000"), "{}", answer.text);
    let answer = ask(&program, with(json!({"max_tokens": u64::MAX}))).await;
    assert_refused(&answer, 400, INVALID, "max_tokens_too_high");
    for more in [json!({"speed": "fast"}), json!({"inference_geo": "us"})] {
        assert_refused(&ask(&program, with(more)).await, 400, INVALID, "cost_unknown");
    }

    let ceilings = json!({"maxTokens": 500, "allowedModels": ["claude-haiku-4-5"]});
    owner.patch("/api/ai-policy", ceilings).await.assert_ok();
    let answer = ask(&program, message()).await;
    assert_refused(&answer, 403, "permission_error", "model_not_allowed");
    assert!(told(&answer).contains("claude-haiku-4-5"), "{}", answer.text);
    let count = program.post(COUNT, message()).await;
    assert_refused(&count, 403, "permission_error", "model_not_allowed");
    let allowed = json!({"model": "claude-haiku-4-5", "max_tokens": 501});
    let answer = ask(&program, with(allowed)).await;
    assert_refused(&answer, 400, INVALID, "max_tokens_too_high");
    assert!(told(&answer).contains("501 > 500, which is the most that your organization allows"));
    assert!(world.claude.requests().is_empty() && world.ledger().await.is_empty());

    // The person's own default is no limit: the client decides below the ceilings.
    let own = json!({"model": {"maxTokens": 100, "temperature": 0.2}});
    super::super::world::set(&member, own).await;
    let fits = with(json!({"model": "claude-haiku-4-5", "max_tokens": 500}));
    assert_eq!(ask(&program, fits.clone()).await.status.as_u16(), 200);
    assert_eq!(world.last_sent(), fits);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_refuses_is_told_in_its_words_with_our_code() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    // It decides about nothing at all, too.
    let answer = ask(&program, with(json!({"max_tokens": 0}))).await;
    assert_refused(&answer, 400, INVALID, "claude_request_refused");
    assert_eq!(answer.body["error"]["message"], "max_tokens: must be at least 1");
    let answer = ask(&program, with(json!({"temperature": 1.0, "top_p": 0.5}))).await;
    assert_refused(&answer, 400, INVALID, "claude_request_refused");
    let no_version = world.app.program();
    let secret = token(&ann, &["messages:write"]).await;
    let answer = ask(&no_version.header("x-api-key", &secret), message()).await;
    assert_refused(&answer, 400, INVALID, "claude_request_refused");
    assert_eq!(answer.body["error"]["message"], "anthropic-version: header is required");

    let details = json!({"type": "error", "error": {
        "type": "billing_error", "message": "Your credit balance is too low.", "details": {"a": 1},
    }});
    let script = Behaviour::Status { status: 402, headers: [].into(), body: Some(details) };
    world.claude.script(MESSAGES, [script]);
    let answer = ask(&program, message()).await;
    assert_refused(&answer, 402, "billing_error", "claude_billing");
    assert_eq!(answer.body["error"]["details"]["a"], 1, "the rest of it too");
    assert_eq!(answer.header("x-should-retry"), "false");
    assert_eq!(world.spent().await, 0);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_bounded() {
    const LARGEST: usize = 32 * 1024 * 1024;
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    let image = |bytes: usize| {
        let source =
            json!({"type": "base64", "media_type": "image/png", "data": "A".repeat(bytes)});
        let content = json!([{"type": "image", "source": source}]);
        with(json!({"messages": [{"role": "user", "content": content}]})).to_string()
    };
    let too_large = " ".repeat(LARGEST + 1);
    let answer = ask_with(&program, too_large.clone()).await;
    assert_refused(&answer, 413, "request_too_large", "too_large");
    // Without its length it is stopped while it is read.
    let pieces = vec![Ok::<_, std::io::Error>(too_large.into_bytes())];
    let answer = ask_with(&program, Body::from_stream(futures::stream::iter(pieces))).await;
    assert_refused(&answer, 413, "request_too_large", "too_large");
    assert!(world.claude.requests().is_empty());
    let answer = ask_with(&program, image(LARGEST - 1000)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    // It is no text, and is not held against the budget as one.
    let answer = ask_with(&program, image(4_000_000)).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_addresses_and_methods_are_refused_in_the_same_form() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    for path in ["/v1", "/v1/", "/v1/complete", "/v1/messages/batches", "/v1/files"] {
        assert_refused(&program.get(path).await, 404, "not_found_error", "not_found");
    }
    for (method, path) in [
        (Method::GET, "/v1/messages"),
        (Method::PUT, "/v1/messages"),
        (Method::GET, COUNT),
        (Method::POST, "/v1/models"),
        (Method::DELETE, "/v1/models/claude-opus-5"),
    ] {
        let answer = program.send(method, path, None, Body::empty()).await;
        assert_refused(&answer, 405, INVALID, "method_not_allowed");
    }
    let answer = program.get("/v1/models?limit=0").await;
    assert_refused(&answer, 400, INVALID, "validation_failed");
    let answer = program.get("/v1/models?limit=many").await;
    assert_refused(&answer, 400, INVALID, "validation_failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_the_gateway_says_whose_matter_that_is() {
    let world = World::with(&[("ANTHROPIC_API_KEY", "")]).await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    let answer = ask(&program, message()).await;
    assert_refused(&answer, 403, "permission_error", "key_missing");
}
