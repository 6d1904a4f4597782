//! Messages of models that think, and of prompts that are cached.

use super::client::{KEY, ask_as, message, post, started, with};
use claude_stand_in::{Habits, StandIn, Thinking};
use serde_json::{Value, json};
use std::time::Duration;

async fn answered(claude: &StandIn, more: Value) -> Value {
    let answer = post(claude, "/v1/messages", &with(&more)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn thought(message: &Value) -> u64 {
    message["usage"]["output_tokens_details"]["thinking_tokens"].as_u64().unwrap()
}

#[tokio::test]
async fn what_is_thought_is_output_and_as_much_as_the_effort_says() {
    let claude = started().await;
    let opus = |more: Value| {
        let mut all = json!({ "model": "claude-opus-5-5", "max_tokens": 5000 });
        for (name, value) in more.as_object().unwrap() {
            all[name] = value.clone();
        }
        all
    };
    let plain = answered(&claude, json!({})).await;
    assert_eq!((thought(&plain), plain["content"].as_array().unwrap().len()), (0, 1));
    let mut thinking = Vec::new();
    for effort in ["low", "medium", "high", "xhigh", "max"] {
        let effort = json!({ "output_config": { "effort": effort } });
        let message = answered(&claude, opus(effort)).await;
        assert_eq!(message["content"][0]["type"], "thinking");
        assert_eq!(message["content"][0]["thinking"], "", "models of now do not tell it");
        assert_eq!(message["content"][1], plain["content"][0]);
        let output = |message: &Value| message["usage"]["output_tokens"].as_u64().unwrap();
        assert_eq!(output(&message), output(&plain) + thought(&message));
        thinking.push(thought(&message));
    }
    assert_eq!(thinking, [40, 120, 300, 700, 1500]);
    assert_eq!(thought(&answered(&claude, opus(json!({}))).await), 120, "medium by default");
    let told = opus(json!({ "thinking": { "type": "adaptive", "display": "summarized" } }));
    let told = answered(&claude, told).await;
    assert!(told["content"][0]["thinking"].as_str().unwrap().len() > 10);
    let sent = claude.requests();
    assert_eq!(sent[1].body["output_config"]["effort"], "low", "a test sees what was asked for");
    assert_eq!(claude.bills().live.usage.thinking, 2660 + 120 + 120);
    let refused = with(&opus(json!({ "thinking": { "type": "disabled" } })));
    assert_eq!(post(&claude, "/v1/messages", &refused).await.status, 400);
}

#[tokio::test]
async fn thinking_may_use_up_the_whole_answer() {
    let claude = started().await;
    let model = json!({ "model": "claude-sonnet-5-5", "max_tokens": 100 });
    let message = answered(&claude, model).await;
    assert_eq!(message["stop_reason"], "max_tokens");
    assert_eq!((thought(&message), message["content"].as_array().unwrap().len()), (100, 1));
    let habits = Habits { thinking: Some(Thinking::None), ..Habits::default() };
    claude.set_habits("claude-sonnet-5-5", habits);
    let model = json!({ "model": "claude-sonnet-5-5", "max_tokens": 100 });
    assert_eq!(thought(&answered(&claude, model).await), 0);
}

#[tokio::test]
async fn a_stream_thinks_before_it_writes() {
    let claude = started().await;
    let request = json!({ "model": "claude-haiku-5-5", "stream": true });
    let answer = post(&claude, "/v1/messages", &with(&request)).await;
    let events: Vec<Value> = answer
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let starts: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == "content_block_start")
        .map(|event| (event["index"].as_u64(), event["content_block"]["type"].as_str()))
        .collect();
    assert_eq!(starts, [(Some(0), Some("thinking")), (Some(1), Some("text"))]);
    let deltas = events.iter().filter(|event| event["delta"]["type"] == "text_delta");
    assert!(deltas.clone().count() > 1 && deltas.clone().all(|event| event["index"] == 1));
    let usage = &events.iter().find(|event| event["type"] == "message_delta").unwrap()["usage"];
    assert_eq!(usage["output_tokens_details"]["thinking_tokens"], 120);
    let bill = claude.bills().live;
    assert_eq!(usage["output_tokens"], bill.usage.output);
}

#[tokio::test]
async fn a_marked_beginning_is_written_once_and_then_read_for_five_minutes() {
    let claude = started().await;
    let system = |letters: usize| {
        json!({ "system": [{ "type": "text", "text": "x".repeat(letters),
            "cache_control": { "type": "ephemeral" } }, { "type": "text", "text": "Briefly." }] })
    };
    let ask = async |more: Value| {
        let usage = answered(&claude, more).await["usage"].clone();
        let of = |name: &str| usage[name].as_u64().unwrap();
        let rest = of("input_tokens") + of("cache_creation_input_tokens");
        let whole = rest + of("cache_read_input_tokens");
        (whole, of("cache_creation_input_tokens"), of("cache_read_input_tokens"))
    };
    let (whole, written, read) = ask(system(8192)).await;
    assert_eq!((written, read), (2048, 0));
    assert_eq!(ask(system(8192)).await, (whole, 0, 2048));
    claude.advance(Duration::from_secs(299));
    assert_eq!(ask(system(8192)).await.2, 2048);
    claude.advance(Duration::from_secs(301));
    assert_eq!(ask(system(8192)).await.1, 2048, "it was forgotten");
    assert_eq!(ask(system(8000)).await.1, 0, "too short, and nothing says so");
    claude.set_habits("claude-sonnet-4-6", Habits { cache_minimum: Some(10), ..Habits::default() });
    assert_eq!(ask(system(8000)).await.1, 2000);
    let body = with(&system(8000)).to_string();
    let other = ask_as("sk-ant-two", &claude, "POST", "/v1/messages", body.as_bytes()).await;
    assert_eq!(other.unwrap().json()["usage"]["cache_read_input_tokens"], 0, "another workspace");
    assert_ne!(ask_as(KEY, &claude, "POST", "/v1/messages", b"{}").await.unwrap().status, 200);
    assert_eq!(post(&claude, "/v1/messages", &message()).await.status, 200);
}
