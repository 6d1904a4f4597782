//! Streams of the gateway: passed on event by event, and billed wherever they end.

use super::{
    super::world::{MESSAGES, World, set},
    ask, last_event, ledger, ledger_of, message, open, program, stream, with,
};
use axum::body::{Body, Bytes};
use claude_stand_in::Behaviour;
use futures::StreamExt;
use http::Response;
use serde_json::json;

/// What a stream answers word for word.
fn raw(chunks: &[&str]) -> Behaviour {
    let chunks = chunks.iter().map(|chunk| chunk.as_bytes().to_vec()).collect();
    Behaviour::Raw { content_type: "text/event-stream".into(), chunks }
}

async fn read_some(response: Response<Body>, text: &str) -> impl StreamExt<Item = Bytes> + Unpin {
    let body = response.into_body().into_data_stream();
    let mut body = Box::pin(body.filter_map(|bytes| async { bytes.ok() }));
    let mut read = String::new();
    while !read.contains(text) {
        let bytes = body.next().await.expect("it goes on");
        read.push_str(std::str::from_utf8(&bytes).expect("text"));
    }
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_comes_as_the_provider_sends_it() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    let events = concat!(
        "event: message_start\n",
        r#"data: {"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1,"#,
        r#""cache_read_input_tokens":4}}}"#,
        "\n\n: a comment\n\n",
        "event: of_tomorrow\ndata: {\"type\":\"of_tomorrow\",\"\\u00e9\":1e3}\n\n",
        "event: message_delta\n",
        r#"data: {"type":"message_delta","delta":{},"usage":{"output_tokens":15,"#,
        r#""output_tokens_details":{"thinking_tokens":9}}}"#,
        "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );
    let pieces = [&events[..30], &events[30..200], &events[200..]];
    world.claude.script(MESSAGES, [raw(&pieces)]);
    let (status, headers, text) = stream(&program, message()).await;
    assert_eq!((status, text.as_str()), (200, events));
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["claude-request-id"], "req_stand_in");
    assert_eq!(headers["request-id"], headers["x-request-id"]);
    let row = &ledger_of(&world, 1).await[0];
    assert_eq!((row.input_tokens, row.output_tokens, row.estimated), (25, 15, false));
    assert_eq!(row.cost_nano_usd, 25 * 3000 + 15 * 15_000 + 4 * 300);
    let thought = world.count("SELECT thinking_tokens FROM generation_logs").await;
    assert_eq!(thought, 9, "a part of the output, billed with it");
    assert_eq!(world.last_sent()["stream"], true);

    let tools = json!({"tools": [{"name": "look", "input_schema": {"type": "object"}}]});
    let (status, _, text) = stream(&program, with(tools)).await;
    assert_eq!(status, 200);
    assert!(text.contains("input_json_delta") && text.contains("\"tool_use\""), "{text}");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_ends_with_an_event_and_is_not_begun_again() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    set(&ann, json!({"retryStrategy": {"baseDelay": 0, "maxDelay": 0}})).await;
    world.claude.script(MESSAGES, [Behaviour::HalfStream { pieces: 2 }]);
    let (status, headers, text) = stream(&program, message()).await;
    assert_eq!(status, 200);
    assert_eq!(text.matches("text_delta").count(), 2);
    let last = last_event(&text);
    assert_eq!((&last["type"], &last["error"]["type"]), (&json!("error"), &json!("api_error")));
    assert_eq!(last["error"]["code"], "claude_interrupted");
    assert_eq!(last["request_id"], headers["request-id"].to_str().expect("text"));
    assert_eq!(world.claude.requests().len(), 1);
    let row = &ledger_of(&world, 1).await[0];
    assert_eq!((row.status.as_str(), row.estimated), ("failed", true));
    assert!(row.input_tokens > 0 && row.output_tokens >= 80 / 3, "{row:?}");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_says_in_the_middle_is_passed_on_and_the_last_word() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    let says = Behaviour::ErrorMidStream {
        pieces: 1,
        error_type: "overloaded_error".into(),
        message: "Overloaded".into(),
    };
    world.claude.script(MESSAGES, [says]);
    let (_, _, text) = stream(&program, message()).await;
    assert_eq!(text.matches("event: error").count(), 1);
    assert_eq!(last_event(&text)["error"]["message"], "Overloaded");
    assert_eq!(ledger_of(&world, 1).await[0].error_code.as_deref(), Some("claude_interrupted"));
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_event_another_attempt_may_follow() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    set(&ann, json!({"retryStrategy": {"baseDelay": 0, "maxDelay": 0}})).await;
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let overloaded = format!("event: error\ndata: {error}\n\n");
    world.claude.script(MESSAGES, [raw(&[&overloaded]), raw(&["event: mess"])]);
    let (status, _, text) = stream(&program, message()).await;
    assert_eq!(status, 200);
    assert!(text.contains("message_stop") && !text.contains("overloaded"), "{text}");
    assert_eq!(world.claude.requests().len(), 3);
    assert_eq!(ledger(&world).await.len(), 3);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_takes_too_long_ends_with_an_event() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    set(&ann, json!({"timeouts": {"connectionTimeout": 1000, "generationTimeout": 1000}})).await;
    world.claude.script(MESSAGES, [Behaviour::HangMidStream { pieces: 1 }]);
    let (_, _, text) = stream(&program, message()).await;
    let last = last_event(&text);
    assert_eq!(last["error"]["type"], "timeout_error");
    assert_eq!(last["error"]["code"], "claude_generation_timeout");
    let row = &ledger_of(&world, 1).await[0];
    assert_eq!((row.status.as_str(), row.estimated), ("timeout", true));
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_stops_it_and_pays_for_what_was_written() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let running = open(&program, message()).await;
    world.claude.open_gate(2);
    let rest = read_some(running, "text_delta").await;
    drop(rest);
    world.claude.abandoned(1).await;
    let row = &ledger_of(&world, 1).await[0];
    assert_eq!((row.status.as_str(), row.estimated), ("cancelled", true));
    assert!(row.input_tokens > 0 && row.output_tokens > 1, "{row:?}");
    world.assert_settled().await;

    // Before anything came the prompt is paid for: the provider has read it.
    world.claude.always(MESSAGES, Behaviour::Silence);
    let asking = ask(&program, message());
    let gone = tokio::time::timeout(std::time::Duration::from_millis(300), asking).await;
    assert!(gone.is_err());
    world.claude.abandoned(2).await;
    let row = &ledger_of(&world, 2).await[1];
    assert_eq!((row.status.as_str(), row.estimated), ("cancelled", true));
    assert!(row.input_tokens > 0 && row.output_tokens == 0, "{row:?}");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_ends_it_with_an_event() {
    let world = World::new().await;
    let ann = world.ann().await;
    let program = program(&world, &ann).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let running = open(&program, message()).await;
    world.claude.open_gate(1);
    let mut rest = read_some(running, "text_delta").await;
    world.app.state.generation.cancel();
    let mut text = String::new();
    while let Some(bytes) = rest.next().await {
        text.push_str(std::str::from_utf8(&bytes).expect("text"));
    }
    assert_eq!(last_event(&text)["error"]["code"], "stopping");
    world.app.state.generation.ended().await;
    assert_eq!(ledger(&world).await[0].status, "cancelled");
    let answer = ask(&program, message()).await;
    super::assert_refused(&answer, 529, "overloaded_error", "stopping");
    world.assert_settled().await;
}
