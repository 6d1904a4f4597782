//! Behaviours as HTTP responses.

use crate::{
    Shared,
    behaviour::{Behaviour, error_body, error_kind},
    bill::Bill,
    clock,
    limits::limited,
    message::Said,
    models, parse,
    steps::{Step, event, steps},
    usage::Usage,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, Response, header},
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

pub const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream; charset=utf-8";
const PAGE: &str = "<!DOCTYPE html>\n<html><title>Sign in to the network</title></html>";

/// Whose request is answered.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    pub shared: &'a Arc<Shared>,
    /// What is cached is cached for it.
    pub workspace: &'a str,
    pub request: &'a Value,
}

/// What does not depend on what was asked for is the same for every path.
pub async fn answer(ask: Ask<'_>, behaviour: Behaviour) -> Response<Body> {
    match behaviour {
        Behaviour::Gated => as_claude(ask, true),
        Behaviour::Slow { latency_ms } => {
            tokio::time::sleep(Duration::from_millis(latency_ms)).await;
            as_claude(ask, false)
        }
        Behaviour::Text { text, stop_reason } => {
            let model = ask.shared.model(&ask.request["model"]);
            let stop_reason = stop_reason.as_deref().unwrap_or("end_turn");
            message(ask, &Said::with(ask.request, model.as_ref(), text, stop_reason), false)
        }
        Behaviour::Json { body } => whole(200, JSON, body.to_string()),
        Behaviour::Raw { content_type, chunks } => {
            steps(ask.shared, &content_type, chunks.into_iter().map(Step::Send).collect())
        }
        Behaviour::Status { status, headers, body } => {
            let mut response = match body {
                Some(body) => whole(status, JSON, body.to_string()),
                None => refuse(status, "The stand-in was told to refuse."),
            };
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) =
                    (HeaderName::try_from(name), HeaderValue::try_from(value))
                {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Behaviour::SpendCap => limit("enforced_spend_limit_reached", None, None),
        Behaviour::Limit { code, status, retry_after } => limit(&code, status, retry_after),
        Behaviour::MalformedJson => {
            whole(200, JSON, r#"{"id": "msg_stand_in", "content": [{"#.to_owned())
        }
        Behaviour::Html { status } => whole(status, "text/html", PAGE.to_owned()),
        Behaviour::HalfJson => {
            steps(ask.shared, JSON, vec![Step::Send(br#"{"id": "msg_"#.to_vec()), Step::Cut])
        }
        Behaviour::HalfStream { pieces } => part(ask, pieces, Step::Cut),
        Behaviour::HangMidStream { pieces } => part(ask, pieces, Step::Hang),
        Behaviour::ErrorMidStream { pieces, error_type, message } => {
            part(ask, pieces, event("error", &error_body(&error_type, &message)))
        }
        Behaviour::Silence => std::future::pending().await,
        // What these do to an answer is done where the answer is sent.
        Behaviour::Default
        | Behaviour::Closed
        | Behaviour::Lost
        | Behaviour::StatusAfter { .. }
        | Behaviour::Results(_) => as_claude(ask, false),
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

fn limit(code: &str, status: Option<u16>, retry_after: Option<u64>) -> Response<Body> {
    let (status, retry_after, body) = limited(code, status, retry_after);
    let mut response = whole(status, JSON, body.to_string());
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// As Claude would when nothing else was asked for. What comes in one piece is made once for all
/// requests that are the same.
pub fn usual(shared: &Arc<Shared>, workspace: &str, body: &Bytes) -> Response<Body> {
    if let Some(answer) = shared.kept(body) {
        return whole(200, JSON, answer);
    }
    let request = parse(body);
    let ask = Ask { shared, workspace, request: &request };
    if request["stream"] == true || models::refusal(&request).is_some() {
        return as_claude(ask, false);
    }
    let said = Said::usual(&request, shared.model(&request["model"]).as_ref());
    let (usage, bill) = billed(ask, &said);
    shared.add(bill);
    let message = said.in_one_piece("msg_stand_in", &request, &usage, "standard");
    let answer = Bytes::from(message.to_string());
    // What was read from the cache differs from answer to answer.
    if usage.prompt() == usage.input {
        shared.keep(body, &answer, bill);
    }
    whole(200, JSON, answer)
}

/// As Claude would, with its refusals.
fn as_claude(ask: Ask<'_>, gated: bool) -> Response<Body> {
    if let Some((status, why)) = models::refusal(ask.request) {
        return refuse(status, &why);
    }
    let model = ask.shared.model(&ask.request["model"]);
    message(ask, &Said::usual(ask.request, model.as_ref()), gated)
}

/// What was said is counted, and what it costs.
fn billed(ask: Ask<'_>, said: &Said) -> (Usage, Bill) {
    let usage = ask.shared.count(ask.workspace, ask.request, said);
    let model = ask.request["model"].as_str().unwrap_or_default();
    (usage, Bill::live(model, usage, &clock::day(ask.shared.now())))
}

fn message(ask: Ask<'_>, said: &Said, gated: bool) -> Response<Body> {
    let (usage, bill) = billed(ask, said);
    if ask.request["stream"] != true {
        ask.shared.add(bill);
        let message = said.in_one_piece("msg_stand_in", ask.request, &usage, "standard");
        return whole(200, JSON, message.to_string());
    }
    let mut all = said.beginning(ask.request, &usage);
    let is_call = ask.request["tools"][0]["name"].is_string();
    let stop_reason = if is_call { "tool_use" } else { &said.stop_reason };
    if is_call {
        all.push(said.tool_input());
    } else {
        let pieces = said.pieces();
        let count = u32::try_from(pieces.len().max(1)).unwrap_or(1);
        let pause = ask.shared.options.stream / count;
        for piece in pieces {
            if gated {
                all.push(Step::Gate);
            }
            if !pause.is_zero() {
                all.push(Step::Pause(pause));
            }
            all.push(piece);
        }
    }
    all.push(Step::Bill(Box::new(bill)));
    all.extend(said.ending(stop_reason, &usage));
    steps(ask.shared, EVENTS, all)
}

/// The beginning of a stream, so many pieces of text, and what ends it.
fn part(ask: Ask<'_>, count: usize, end: Step) -> Response<Body> {
    let said = Said::usual(ask.request, ask.shared.model(&ask.request["model"]).as_ref());
    let (usage, _) = billed(ask, &said);
    let mut all = said.beginning(ask.request, &usage);
    all.extend(said.pieces().into_iter().take(count));
    all.push(end);
    steps(ask.shared, EVENTS, all)
}

pub fn object(body: &Value) -> Response<Body> {
    whole(200, JSON, body.to_string())
}
