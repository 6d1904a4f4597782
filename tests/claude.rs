//! The client of Claude's API against a stand-in on a real port: what it sends, and every way in
//! which it can end.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by a panic")]

use claude_stand_in::{Behaviour, StandIn};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;
use train::{
    domain::{
        ai::{
            models::{Effort, ThinkingOff},
            usage::LogStatus,
        },
        error_code::ErrorCode,
    },
    server::claude::{
        ApiKey, Call, Claude, ClaudeError, ConnectFailure, Delta, Endpoint, InterruptedBy, Message,
        Reply, Stage, StopReason, Unusable, Written,
    },
};

const MESSAGES: &str = "/v1/messages";
const KEY: &str = "sk-ant-test-0123456789abcdef";
/// Longer than any answer takes; a test that needs it fails, but not because the machine is busy.
const LONG: Duration = Duration::from_secs(60);
/// For what never answers.
const SHORT: Duration = Duration::from_millis(200);

fn endpoint(base_url: impl Into<String>) -> Endpoint {
    Endpoint {
        base_url: base_url.into(),
        key: ApiKey::new(KEY),
        connect_timeout: LONG,
        attempt_timeout: LONG,
    }
}

fn call(stand_in: &StandIn) -> Call {
    Call {
        endpoint: endpoint(stand_in.url()),
        model: "claude-sonnet-4-6".into(),
        max_tokens: 4096,
        temperature: None,
        top_p: None,
        effort: None,
        thinking_off: None,
        system: None,
        caches_system: false,
        messages: vec![Message::user("Write a conversation of 6 turns about saving money.")],
        output_schema: None,
        stream: false,
    }
}

fn streaming(stand_in: &StandIn) -> Call {
    Call { stream: true, ..call(stand_in) }
}

async fn started() -> StandIn {
    StandIn::start().await.expect("a port is free")
}

async fn send(call: &Call) -> Result<Reply, ClaudeError> {
    Claude::new().send(call, |_| {}).await
}

/// The failure of a call that has little time, once it came as far as is said: where a busy machine
/// took the time before, another call has more of it.
async fn out_of_time(
    call: &mut Call,
    written: &Written,
    came: impl Fn(&ClaudeError) -> bool,
) -> ClaudeError {
    call.endpoint.attempt_timeout = SHORT;
    loop {
        let error = Claude::new().send_noting(call, written, |_| {}).await.unwrap_err();
        if came(&error) {
            return error;
        }
        call.endpoint.attempt_timeout *= 2;
        assert!(call.endpoint.attempt_timeout < LONG, "{error}");
    }
}

/// The failure of one call that the stand-in answers like this.
async fn failure(behaviour: Behaviour, stream: bool) -> ClaudeError {
    let stand_in = started().await;
    stand_in.script(MESSAGES, [behaviour]);
    let error = send(&Call { stream, ..call(&stand_in) }).await.unwrap_err();
    assert_eq!(stand_in.requests().len(), 1, "one call is one attempt");
    let shown = format!("{error} {error:?} {:#?} {}", error, error.sentence());
    assert!(!shown.contains(KEY), "{shown}");
    error
}

fn conversation_schema() -> Value {
    let turn = json!({
        "type": "object", "additionalProperties": false, "required": ["role", "content"],
        "properties": {
            "role": { "type": "string", "enum": ["user", "assistant"] },
            "content": { "type": "string" },
        },
    });
    json!({
        "type": "object", "additionalProperties": false, "required": ["turns"],
        "properties": { "turns": { "type": "array", "items": turn } },
    })
}

#[tokio::test]
async fn a_request_is_as_the_protocol_has_it() {
    let stand_in = started().await;
    let call = Call { temperature: Some(0.7), system: Some("Be kind.".into()), ..call(&stand_in) };
    let reply = send(&call).await.unwrap();
    let request = stand_in.requests().remove(0);
    assert_eq!(request.path, MESSAGES);
    assert_eq!(request.key.as_deref(), Some(KEY));
    assert_eq!(request.headers["anthropic-version"], "2023-06-01");
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(request.body["temperature"], 0.7);
    assert_eq!(request.body["top_p"], Value::Null);
    assert_eq!(reply.model, "claude-sonnet-4-6");
    assert_eq!(reply.stop_reason, StopReason::EndTurn);
    assert!(reply.usage.input > 0 && reply.usage.output > 0);
    assert_eq!(reply.request_id.as_deref(), Some("req_stand_in"));
}

#[tokio::test]
async fn a_conversation_has_the_shape_that_was_asked_for_streamed_or_not() {
    let stand_in = started().await;
    let mut replies = Vec::new();
    for stream in [false, true] {
        let call =
            Call { output_schema: Some(conversation_schema().into()), stream, ..call(&stand_in) };
        replies.push(send(&call).await.unwrap());
    }
    let json = replies[0].json().unwrap();
    assert_eq!(json["turns"].as_array().unwrap().len(), 6);
    assert_eq!(json["turns"][5]["role"], "assistant");
    assert_eq!(replies[0], replies[1]);
}

#[tokio::test]
async fn text_comes_while_it_is_written() {
    let stand_in = started().await;
    stand_in.script(MESSAGES, [Behaviour::Gated]);
    let mut seen = String::new();
    let mut input = 0;
    // Each piece is let through only after the one before was seen, so that nothing can have come
    // at once at the end.
    stand_in.open_gate(1);
    let mut pieces = 0;
    let (claude, call) = (Claude::new(), streaming(&stand_in));
    let reply = claude.send(&call, |delta: Delta<'_>| {
        input = delta.usage.input;
        if !delta.text.is_empty() {
            pieces += 1;
            seen.push_str(delta.text);
            stand_in.open_gate(1);
        }
    });
    let reply = reply.await.unwrap();
    assert!(pieces > 1);
    assert_eq!(seen, reply.text);
    assert_eq!(input, reply.usage.input);
}

#[tokio::test]
async fn a_stream_that_is_chopped_up_reads_the_same() {
    let stand_in = started().await;
    let events = concat!(
        "\u{feff}: hello\r\n\r\nevent: message_start\r\n",
        r#"data: {"type":"message_start","message":{"model":"m","#,
        r#""usage":{"input_tokens":3,"output_tokens":1}}}"#,
        "\r\n\r\n",
        "event: ping\ndata: {\"type\":\"ping\"}\n\n: still there\n\n",
        "event: news\ndata: {\"type\":\"news\"}\n\n",
        r#"data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Zürich 漢🦀"}}"#,
        "\n\n",
        r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"#,
        r#""usage":{"output_tokens":9}}"#,
        "\n\n",
        "data: {\"type\":\"message_stop\"}\n\n",
    );
    let chunks = events.bytes().map(|byte| vec![byte]).collect();
    stand_in
        .script(MESSAGES, [Behaviour::Raw { content_type: "text/event-stream".into(), chunks }]);
    let reply = send(&streaming(&stand_in)).await.unwrap();
    assert_eq!(reply.text, "Zürich 漢🦀");
    assert_eq!((reply.usage.input, reply.usage.output), (3, 9));
}

#[tokio::test]
async fn a_gateway_that_does_not_stream_is_understood() {
    let stand_in = started().await;
    let body = json!({
        "model": "m",
        "content": [{ "type": "text", "text": "All at once" }],
        "stop_reason": "end_turn",
        "usage": { "input_tokens": 1, "output_tokens": 2 },
    });
    stand_in.script(MESSAGES, [Behaviour::Json { body }]);
    let mut seen = String::new();
    let reply =
        Claude::new().send(&streaming(&stand_in), |delta| seen.push_str(delta.text)).await.unwrap();
    assert_eq!((seen.as_str(), reply.text.as_str()), ("All at once", "All at once"));
}

#[tokio::test]
async fn every_refusal_is_told_apart() {
    for (status, code, transient) in [
        (400, ErrorCode::ClaudeRequestRefused, false),
        (401, ErrorCode::ClaudeKeyRefused, false),
        (403, ErrorCode::ClaudeKeyForbidden, false),
        (404, ErrorCode::ClaudeAddressNotFound, false),
        (408, ErrorCode::ClaudeRequestTimeout, true),
        (409, ErrorCode::ClaudeConflict, true),
        (413, ErrorCode::ClaudeRequestTooLarge, false),
        (429, ErrorCode::ClaudeRateLimited, true),
        (500, ErrorCode::ClaudeFailed, true),
        (503, ErrorCode::ClaudeUnavailable, true),
        (529, ErrorCode::ClaudeOverloaded, true),
    ] {
        for stream in [false, true] {
            let error = failure(Behaviour::status(status), stream).await;
            assert_eq!((error.code(), error.is_transient()), (code, transient), "{error}");
            assert_eq!(error.retry_after(), None);
            let ClaudeError::Status { status: seen, error, request_id, .. } = error else {
                panic!("{error}")
            };
            assert_eq!((seen, request_id.as_deref()), (status, Some("req_stand_in")));
            assert!(error.kind.is_some() && !error.message.is_empty());
        }
    }
}

#[tokio::test]
async fn the_provider_says_how_long_to_wait() {
    let with = |name, value| failure(Behaviour::status_with(429, name, value), false);
    assert_eq!(with("retry-after", "7").await.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(with("retry-after-ms", "250").await.retry_after(), Some(Duration::from_millis(250)));
    assert_eq!(
        with("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT").await.retry_after(),
        Some(Duration::ZERO)
    );
    assert_eq!(with("retry-after", "soon").await.retry_after(), None);
}

#[tokio::test]
async fn a_spend_cap_is_no_rate_limit() {
    let error = failure(Behaviour::SpendCap, false).await;
    assert!(error.is_account_stopped() && !error.is_transient());
    assert_eq!((error.code(), error.retry_after()), (ErrorCode::ClaudeSpendCap, None));
}

#[tokio::test]
async fn limits_of_the_account_are_told_apart_by_the_providers_words() {
    let limited =
        |code: &str, status| Behaviour::Limit { code: code.to_owned(), status, retry_after: None };
    for (word, status, code) in [
        ("enforced_spend_limit_reached", Some(400), ErrorCode::ClaudeSpendCap),
        ("contract_spend_limit_reached", None, ErrorCode::ClaudeContractLimit),
        ("organization_on_hold", None, ErrorCode::ClaudeOnHold),
        ("linked_organization_spend_limit_reached", Some(402), ErrorCode::ClaudeLinkedLimit),
    ] {
        for stream in [false, true] {
            let error = failure(limited(word, status), stream).await;
            assert_eq!(error.code(), code, "{error}");
            assert!(error.is_account_stopped() && !error.is_transient(), "{error}");
        }
    }
    let ramp = failure(limited("ramp_limit_exceeded", None), false).await;
    assert_eq!((ramp.code(), ramp.is_transient()), (ErrorCode::ClaudeRampLimit, true));
    assert_eq!(ramp.retry_after(), Some(Duration::from_secs(7)));
    // Said in the middle of a stream it is the same.
    let said = Behaviour::ErrorMidStream {
        pieces: 0,
        error_type: "rate_limit_error".into(),
        message: "contract_spend_limit_reached".into(),
    };
    let error = failure(said, true).await;
    assert_eq!((error.code(), error.is_transient()), (ErrorCode::ClaudeContractLimit, false));
}

#[tokio::test]
async fn what_is_thought_is_counted_and_not_said() {
    let stand_in = started().await;
    for stream in [false, true] {
        let call = Call {
            model: "claude-opus-5-5".into(),
            effort: Some(Effort::Low),
            output_schema: Some(conversation_schema().into()),
            stream,
            ..call(&stand_in)
        };
        let mut seen = String::new();
        let reply = Claude::new().send(&call, |delta| seen.push_str(delta.text)).await.unwrap();
        assert!(reply.usage.thinking > 0 && reply.usage.thinking < reply.usage.output);
        assert!(reply.json().is_ok() && (!stream || seen == reply.text), "{}", reply.text);
    }
    // One that lets itself be told not to does not.
    let off = Call {
        model: "claude-sonnet-5-5".into(),
        effort: Some(Effort::Low),
        thinking_off: Some(ThinkingOff::BetweenTools),
        ..call(&stand_in)
    };
    assert_eq!(send(&off).await.unwrap().usage.thinking, 0);
}

#[tokio::test]
async fn what_is_no_answer_of_claude_is_said_to_be_none() {
    let malformed = failure(Behaviour::MalformedJson, false).await;
    assert!(matches!(malformed, ClaudeError::Malformed { page: false, .. }), "{malformed}");
    assert!(malformed.may_be_billed() && malformed.partial().unwrap().unseen > 0);
    for stream in [false, true] {
        let page = failure(Behaviour::Html { status: 200 }, stream).await;
        assert_eq!((page.code(), page.is_transient()), (ErrorCode::ClaudeProxyPage, false));
    }
    let gateway = failure(Behaviour::Html { status: 503 }, false).await;
    assert_eq!((gateway.code(), gateway.is_transient()), (ErrorCode::ClaudeUnavailable, true));
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key() {
    let elsewhere = started().await;
    let target = format!("{}/v1/messages", elsewhere.url());
    let error = failure(Behaviour::status_with(307, "location", &target), false).await;
    assert_eq!(error.code(), ErrorCode::ClaudeRedirected);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn an_answer_that_breaks_off_keeps_what_came() {
    let whole = failure(Behaviour::HalfJson, false).await;
    assert!(matches!(whole, ClaudeError::Interrupted { by: InterruptedBy::Cut, .. }), "{whole}");

    let cut = failure(Behaviour::HalfStream { pieces: 2 }, true).await;
    assert!(matches!(cut, ClaudeError::Interrupted { by: InterruptedBy::Cut, .. }), "{cut}");
    let partial = cut.partial().unwrap();
    assert_eq!(partial.text.chars().count(), 80);
    assert!(partial.usage.input > 0 && !partial.usage_is_final);
    assert!(cut.streamed() && !cut.is_transient());

    // Nobody has seen anything yet: this may be tried again.
    let early = failure(Behaviour::HalfStream { pieces: 0 }, true).await;
    assert!(early.partial().unwrap().usage.input > 0);
    assert!(early.is_transient());
}

#[tokio::test]
async fn an_error_in_the_middle_of_a_stream_is_the_providers_own() {
    let overloaded = |pieces| Behaviour::ErrorMidStream {
        pieces,
        error_type: "overloaded_error".into(),
        message: "Overloaded".into(),
    };
    let late = failure(overloaded(1), true).await;
    let ClaudeError::Interrupted { by: InterruptedBy::Provider(error), .. } = &late else {
        panic!("{late}")
    };
    assert_eq!(error.kind.as_deref(), Some("overloaded_error"));
    assert!(late.streamed() && !late.is_transient());
    assert!(failure(overloaded(0), true).await.is_transient());
}

#[tokio::test]
async fn silence_is_a_timeout_of_the_generation() {
    let stand_in = started().await;
    stand_in.always(MESSAGES, Behaviour::Silence);
    let is_sent = |_: &ClaudeError| !stand_in.requests().is_empty();
    let error = out_of_time(&mut call(&stand_in), &Written::default(), is_sent).await;
    assert_eq!(error, ClaudeError::Timeout { stage: Stage::Generation, partial: None });
    assert_eq!((error.outcome(), error.is_transient()), (LogStatus::Timeout, true));
}

#[tokio::test]
async fn a_stream_that_stops_moving_is_a_timeout_with_what_came() {
    let stand_in = started().await;
    stand_in.always(MESSAGES, Behaviour::HangMidStream { pieces: 1 });
    let mut call = streaming(&stand_in);
    // Once the first piece has come; the rest never comes.
    let error = out_of_time(&mut call, &Written::default(), ClaudeError::streamed).await;
    assert!(matches!(error, ClaudeError::Timeout { stage: Stage::Generation, .. }), "{error}");
    assert!(error.partial().unwrap().usage.input > 0);
}

#[tokio::test]
async fn a_server_that_never_greets_is_a_timeout_of_the_connection() {
    // It takes the connection and leaves the handshake unanswered.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut endpoint = endpoint(format!("https://{}", listener.local_addr().unwrap()));
    endpoint.connect_timeout = SHORT;
    let error = Claude::new().test_key(&endpoint).await.unwrap_err();
    assert_eq!(error, ClaudeError::Timeout { stage: Stage::Connect, partial: None });
}

#[tokio::test]
async fn why_there_is_no_connection_is_told_apart() {
    let claude = Claude::new();
    let why = async |url: String| match claude.test_key(&endpoint(url)).await.unwrap_err() {
        ClaudeError::Connect { failure } => failure,
        other => panic!("{other}"),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert_eq!(why(format!("http://127.0.0.1:{port}")).await, ConnectFailure::Refused);
    // No name at all in this domain, and no network is needed to know it (RFC 6761, 6.4).
    assert_eq!(why("http://nobody.invalid".into()).await, ConnectFailure::Name);
    // A server that answers a handshake in plain text.
    let stand_in = started().await;
    assert_eq!(why(stand_in.url().replace("http:", "https:")).await, ConnectFailure::Tls);
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_sent() {
    let stand_in = started().await;
    for (base_url, key) in
        [("no address", KEY), ("ftp://example.com", KEY), (&*stand_in.url(), "two\nlines")]
    {
        let endpoint = Endpoint { key: ApiKey::new(key), ..endpoint(base_url) };
        let error = Claude::new().test_key(&endpoint).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ClaudeCallInvalid, "{base_url}");
    }
    assert!(stand_in.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_repeats_the_key_does_not_bring_it_into_a_log() {
    let message = format!("you sent {KEY}, which is wrong");
    let body = json!({ "type": "error", "error": { "type": "x", "message": message } });
    let refused = Behaviour::Status { status: 400, headers: Default::default(), body: Some(body) };
    let midway = Behaviour::ErrorMidStream { pieces: 1, error_type: "x".into(), message };
    for (behaviour, stream) in [(refused, false), (midway, true)] {
        let error = failure(behaviour, stream).await;
        assert!(error.sentence().contains("[key]"), "{}", error.sentence());
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let chunks = vec![vec![b' '; 1 << 20]; 17];
    let error =
        failure(Behaviour::Raw { content_type: "application/json".into(), chunks }, false).await;
    assert!(matches!(error, ClaudeError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_call_that_is_dropped_ends_at_the_provider_too() {
    let stand_in = started().await;
    stand_in.script(MESSAGES, [Behaviour::HangMidStream { pieces: 1 }, Behaviour::Silence]);
    for (stream, count) in [(true, 1), (false, 2)] {
        let call = Call { stream, ..call(&stand_in) };
        let claude = Claude::new();
        let running = tokio::spawn(async move { claude.send(&call, |_| {}).await });
        while stand_in.requests().len() < count {
            tokio::task::yield_now().await;
        }
        running.abort();
        stand_in.abandoned(count).await;
    }
}

#[tokio::test]
async fn too_long_an_answer_is_no_json() {
    let stand_in = started().await;
    let call = Call {
        max_tokens: 5,
        output_schema: Some(conversation_schema().into()),
        ..call(&stand_in)
    };
    assert_eq!(send(&call).await.unwrap().json(), Err(Unusable::Truncated));
}

#[tokio::test]
async fn a_model_that_takes_no_sampling_refuses_it() {
    let stand_in = started().await;
    let call = Call { model: "claude-opus-5-5".into(), temperature: Some(0.7), ..call(&stand_in) };
    assert_eq!(send(&call).await.unwrap_err().code(), ErrorCode::ClaudeRequestRefused);
    assert!(send(&Call { temperature: None, ..call }).await.is_ok());
}

#[tokio::test]
async fn all_pages_of_the_models_are_read() {
    let stand_in = started().await;
    let models =
        Claude::new().list_models(&endpoint(format!("{}/", stand_in.url()))).await.unwrap();
    let mut ids: Vec<_> = models.iter().map(|model| model.id.as_str()).collect();
    assert!(ids.contains(&"claude-sonnet-4-6"));
    assert!(stand_in.requests().len() > 1);
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);

    let endless = json!({ "data": [], "has_more": true, "last_id": "same" });
    stand_in.always("/v1/models", Behaviour::Json { body: endless });
    let error = Claude::new().list_models(&endpoint(stand_in.url())).await.unwrap_err();
    assert!(matches!(error, ClaudeError::Malformed { page: false, .. }), "{error}");
}

#[tokio::test]
async fn a_key_is_tested_without_a_generation() {
    let stand_in = started().await;
    stand_in.accept_only(Some(vec![KEY.to_owned()]));
    let claude = Claude::new();
    claude.test_key(&endpoint(stand_in.url())).await.unwrap();
    let other = Endpoint { key: ApiKey::new("sk-ant-other"), ..endpoint(stand_in.url()) };
    let error = claude.test_key(&other).await.unwrap_err();
    assert!(error.is_key_refused());
    assert!(error.sentence().starts_with("Claude refused the API key."), "{}", error.sentence());
    assert!(stand_in.requests().iter().all(|request| request.path == "/v1/models"));
}

/// An answer in one piece, written as it stands: JSON allows more than a strict reader takes.
fn raw(bytes: &[u8]) -> Behaviour {
    Behaviour::Raw { content_type: "application/json".into(), chunks: vec![bytes.to_vec()] }
}

fn message(text: &str) -> String {
    format!(
        r#"{{"model":"m","content":[{{"type":"text","text":"{text}"}}],"stop_reason":"end_turn",
            "usage":{{"input_tokens":7,"output_tokens":5}}}}"#
    )
}

#[tokio::test]
async fn an_answer_with_half_a_character_is_read_and_billed() {
    let stand_in = started().await;
    let mut invalid = message("a?b").into_bytes();
    *invalid.iter_mut().find(|byte| **byte == b'?').unwrap() = 0xff;
    for (bytes, expected) in [
        (message(r"a\ud800b").into_bytes(), "a\u{fffd}b"),
        (message(r"\ud83d\ude00").into_bytes(), "😀"),
        (invalid, "a\u{fffd}b"),
        (message(r"a\u0000b").into_bytes(), "a\0b"),
    ] {
        stand_in.script(MESSAGES, [raw(&bytes)]);
        let reply = send(&call(&stand_in)).await.unwrap();
        assert_eq!((reply.text.as_str(), reply.usage.input), (expected, 7));
    }
}

#[tokio::test]
async fn what_an_unreadable_answer_is_billed_by_is_read_from_it() {
    let body = r#"{"model":"m","content":"?","usage":{"input_tokens":7,"output_tokens":5}}"#;
    let error = failure(raw(body.as_bytes()), false).await;
    let partial = error.partial().expect("its usage can be read");
    assert!(matches!(error, ClaudeError::Malformed { page: false, .. }), "{error}");
    assert_eq!((partial.usage.input, partial.usage.output, partial.usage_is_final), (7, 5, true));
}

#[tokio::test]
async fn what_has_not_left_yet_cannot_be_billed() {
    // A connection that never stands, and an attempt that ends with it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut call = call(&started().await);
    call.endpoint = endpoint(format!("https://{}", listener.local_addr().unwrap()));
    call.endpoint.attempt_timeout = SHORT;
    let written = Written::default();
    let error = Claude::new().send_noting(&call, &written, |_| {}).await.unwrap_err();
    assert_eq!(error, ClaudeError::Timeout { stage: Stage::Connect, partial: None });
    assert!(!written.is_set() && !error.may_be_billed());

    let stand_in = started().await;
    stand_in.always(MESSAGES, Behaviour::Silence);
    call.endpoint = endpoint(stand_in.url());
    let is_sent = |_: &ClaudeError| !stand_in.requests().is_empty();
    let error = out_of_time(&mut call, &written, is_sent).await;
    assert!(written.is_set() && error.may_be_billed(), "{error}");
    // Nothing about the body changes on the wire.
    let headers = &stand_in.requests()[0].headers;
    assert!(headers.contains_key("content-length") && !headers.contains_key("transfer-encoding"));
}
