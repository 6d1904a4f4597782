//! Behaviours as HTTP responses.

use crate::{
    Shared,
    behaviour::{Behaviour, error_body, error_kind},
    conversation, models, parse,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, Response, header},
};
use serde_json::{Value, json};
use std::{io, sync::Arc, time::Duration};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream; charset=utf-8";
const PAGE: &str = "<!DOCTYPE html>\n<html><title>Sign in to the network</title></html>";

/// One thing that happens on a connection after the head was sent.
enum Step {
    Send(Vec<u8>),
    /// Wait until the test opens the gate.
    Gate,
    Pause(Duration),
    /// Break the connection.
    Cut,
    /// Say nothing more, for ever.
    Hang,
}

pub async fn answer(shared: &Arc<Shared>, behaviour: Behaviour, request: &Value) -> Response<Body> {
    match behaviour {
        Behaviour::Default => as_claude(shared, request, false),
        Behaviour::Gated => as_claude(shared, request, true),
        Behaviour::Slow { latency_ms } => {
            tokio::time::sleep(Duration::from_millis(latency_ms)).await;
            as_claude(shared, request, false)
        }
        Behaviour::Text { text, stop_reason } => {
            message(shared, request, &text, stop_reason.as_deref().unwrap_or("end_turn"), false)
        }
        Behaviour::Json { body } => whole(200, JSON, body.to_string()),
        Behaviour::Raw { content_type, chunks } => {
            steps(shared, &content_type, chunks.into_iter().map(Step::Send).collect())
        }
        Behaviour::Status { status, headers, body } => {
            let body = body.unwrap_or_else(|| {
                error_body(error_kind(status), "The stand-in was told to refuse.")
            });
            let mut response = whole(status, JSON, body.to_string());
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) =
                    (HeaderName::try_from(name), HeaderValue::try_from(value))
                {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Behaviour::SpendCap => {
            let mut body = error_body(
                "rate_limit_error",
                "API usage is paused until the first day of the next month.",
            );
            body["error"]["details"] = json!({ "error_code": "enforced_spend_limit_reached" });
            whole(429, JSON, body.to_string())
        }
        Behaviour::MalformedJson => {
            whole(200, JSON, r#"{"id": "msg_stand_in", "content": [{"#.to_owned())
        }
        Behaviour::Html { status } => whole(status, "text/html", PAGE.to_owned()),
        Behaviour::HalfJson => {
            steps(shared, JSON, vec![Step::Send(br#"{"id": "msg_"#.to_vec()), Step::Cut])
        }
        Behaviour::HalfStream { pieces } => part(shared, request, pieces, Step::Cut),
        Behaviour::HangMidStream { pieces } => part(shared, request, pieces, Step::Hang),
        Behaviour::ErrorMidStream { pieces, error_type, message } => {
            part(shared, request, pieces, event("error", &error_body(&error_type, &message)))
        }
        Behaviour::Silence => std::future::pending().await,
    }
}

/// A whole answer that is sent at once.
pub fn whole(status: u16, content_type: &str, body: impl Into<Body>) -> Response<Body> {
    let response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .header("request-id", "req_stand_in")
        .body(body.into());
    response.unwrap_or_default()
}

pub fn refuse(status: u16, message: &str) -> Response<Body> {
    whole(status, JSON, error_body(error_kind(status), message).to_string())
}

/// As Claude would when nothing else was asked for. What comes in one piece is made once for all
/// requests that are the same.
pub fn usual(shared: &Arc<Shared>, body: &Bytes) -> Response<Body> {
    if let Some(answer) = shared.kept(body) {
        return whole(200, JSON, answer);
    }
    let request = parse(body);
    if request["stream"] == true || models::refusal(&request).is_some() {
        return as_claude(shared, &request, false);
    }
    let (text, stop_reason) = said(&request);
    let answer = Bytes::from(in_one_piece(&request, &text, stop_reason));
    shared.keep(body, &answer);
    whole(200, JSON, answer)
}

/// As Claude would, with its refusals.
fn as_claude(shared: &Arc<Shared>, request: &Value, gated: bool) -> Response<Body> {
    if let Some((status, why)) = models::refusal(request) {
        return refuse(status, &why);
    }
    let (text, stop_reason) = said(request);
    message(shared, request, &text, stop_reason, gated)
}

/// What Claude says, and why it stops there.
fn said(request: &Value) -> (String, &'static str) {
    let mut text = conversation::answer(request);
    let most = request["max_tokens"]
        .as_u64()
        .map_or(usize::MAX, |tokens| tokens.saturating_mul(4) as usize);
    match text.char_indices().nth(most) {
        Some((end, _)) => {
            text.truncate(end);
            (text, "max_tokens")
        }
        None => (text, "end_turn"),
    }
}

/// About four characters to a token.
fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

pub fn input_tokens(request: &Value) -> usize {
    let messages = request["messages"].as_array().into_iter().flatten();
    let said: usize =
        messages.map(|message| tokens(&conversation::text(&message["content"])) + 4).sum();
    said + tokens(&conversation::text(&request["system"]))
}

fn message(
    shared: &Arc<Shared>,
    request: &Value,
    text: &str,
    stop_reason: &str,
    gated: bool,
) -> Response<Body> {
    if request["stream"] == true && request["tools"][0]["name"].is_string() {
        return steps(shared, EVENTS, tool_stream(request, text));
    }
    if request["stream"] == true {
        let mut all = beginning(request);
        let pieces = pieces(text);
        let pause = shared.options.stream / u32::try_from(pieces.len().max(1)).unwrap_or(1);
        for piece in pieces {
            if gated {
                all.push(Step::Gate);
            }
            if !pause.is_zero() {
                all.push(Step::Pause(pause));
            }
            all.push(delta(&piece));
        }
        all.extend(ending(stop_reason, tokens(text)));
        return steps(shared, EVENTS, all);
    }
    whole(200, JSON, in_one_piece(request, text, stop_reason))
}

/// The body of an answer that is no stream.
fn in_one_piece(request: &Value, text: &str, stop_reason: &str) -> String {
    let content = match request["tools"][0]["name"].as_str() {
        Some(name) => json!({ "type": "tool_use", "id": "toolu_stand_in", "name": name,
            "input": serde_json::from_str::<Value>(text).unwrap_or_default() }),
        None => json!({ "type": "text", "text": text }),
    };
    let body = json!({
        "id": "msg_stand_in", "type": "message", "role": "assistant", "model": request["model"], "content": [content],
        "stop_reason": stop_reason, "stop_sequence": null,
        "usage": usage(request, tokens(text)),
    });
    body.to_string()
}

/// What a request is billed by. With `cache_control` at its top the whole prompt is written to the
/// cache.
fn usage(request: &Value, output: usize) -> Value {
    let prompt = input_tokens(request);
    let cached = if request["cache_control"].is_object() { prompt } else { 0 };
    let hour = if request["cache_control"]["ttl"] == "1h" { cached } else { 0 };
    json!({
        "input_tokens": prompt - cached, "output_tokens": output,
        "cache_creation_input_tokens": cached, "cache_read_input_tokens": 0,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cached - hour, "ephemeral_1h_input_tokens": hour,
        },
    })
}

/// A call of the first tool, as a stream.
fn tool_stream(request: &Value, text: &str) -> Vec<Step> {
    let mut all = beginning(request);
    // In place of the beginning of a text.
    all[1] = event(
        "content_block_start",
        &json!({ "type": "content_block_start", "index": 0, "content_block": {
            "type": "tool_use", "id": "toolu_stand_in", "name": request["tools"][0]["name"],
            "input": {} } }),
    );
    let input = serde_json::from_str::<Value>(text).unwrap_or_else(|_| json!({}));
    let delta = json!({ "type": "input_json_delta", "partial_json": input.to_string() });
    let piece = json!({ "type": "content_block_delta", "index": 0, "delta": delta });
    all.push(event("content_block_delta", &piece));
    all.extend(ending("tool_use", tokens(text)));
    all
}

fn ending(stop_reason: &str, output: usize) -> [Step; 3] {
    [
        event("content_block_stop", &json!({ "type": "content_block_stop", "index": 0 })),
        event(
            "message_delta",
            &json!({
                "type": "message_delta",
                "delta": { "stop_reason": stop_reason, "stop_sequence": null },
                "usage": { "output_tokens": output },
            }),
        ),
        event("message_stop", &json!({ "type": "message_stop" })),
    ]
}

/// The beginning of a stream, so many pieces of text, and what ends it.
fn part(shared: &Arc<Shared>, request: &Value, count: usize, end: Step) -> Response<Body> {
    let mut all = beginning(request);
    all.extend(pieces(&conversation::answer(request)).iter().take(count).map(|piece| delta(piece)));
    all.push(end);
    steps(shared, EVENTS, all)
}

fn beginning(request: &Value) -> Vec<Step> {
    let message = json!({
        "id": "msg_stand_in", "type": "message", "role": "assistant", "model": request["model"], "content": [],
        "stop_reason": null, "stop_sequence": null,
        "usage": usage(request, 1),
    });
    let block = json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } });
    vec![
        event("message_start", &json!({ "type": "message_start", "message": message })),
        event("content_block_start", &block),
        event("ping", &json!({ "type": "ping" })),
    ]
}

fn pieces(text: &str) -> Vec<String> {
    text.chars().collect::<Vec<_>>().chunks(40).map(|piece| piece.iter().collect()).collect()
}

fn delta(text: &str) -> Step {
    let delta = json!({ "type": "text_delta", "text": text });
    event(
        "content_block_delta",
        &json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
    )
}

fn event(name: &str, data: &Value) -> Step {
    Step::Send(format!("event: {name}\ndata: {data}\n\n").into_bytes())
}

/// Sends the head at once, and then step by step.
fn steps(shared: &Arc<Shared>, content_type: &str, steps: Vec<Step>) -> Response<Body> {
    let (sender, receiver) = mpsc::channel::<Result<Vec<u8>, io::Error>>(1);
    let shared = shared.clone();
    tokio::spawn(async move {
        for step in steps {
            let gone = match step {
                Step::Send(bytes) => sender.send(Ok(bytes)).await.is_err(),
                Step::Cut => sender.send(Err(io::ErrorKind::ConnectionReset.into())).await.is_err(),
                Step::Pause(pause) => tokio::select! {
                    () = tokio::time::sleep(pause) => false,
                    () = sender.closed() => true,
                },
                Step::Gate => tokio::select! {
                    () = shared.pass_gate() => false,
                    () = sender.closed() => true,
                },
                Step::Hang => {
                    sender.closed().await;
                    true
                }
            };
            if gone {
                shared.abandon();
                return;
            }
        }
    });
    let mut response = Response::new(Body::from_stream(ReceiverStream::new(receiver)));
    response.headers_mut().insert("request-id", HeaderValue::from_static("req_stand_in"));
    if let Ok(content_type) = HeaderValue::try_from(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response
}
