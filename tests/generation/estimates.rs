//! What Claude did not count: an attempt whose request left is booked with at least its prompt,
//! marked as an estimate, and counted before another is admitted.

use super::world::{
    Events, GENERATE, MESSAGES, Row, World, conversation, dollars, generate, set, until, worst_case,
};
use crate::app::Client;
use claude_stand_in::Behaviour;
use serde_json::{Value, json};

/// The other turn of an answer.
const REPLY: &str = r#"{"role":"assistant","content":"c"}"#;

/// Two retries without a pause, and attempts of a second.
async fn hurried(world: &World) -> Client<'_> {
    let ann = world.ann().await;
    let timeouts = json!({"connectionTimeout": 1000, "generationTimeout": 1000});
    let retries = json!({"maxRetries": 2, "baseDelay": 0, "maxDelay": 0});
    set(&ann, json!({"retryStrategy": retries, "timeouts": timeouts})).await;
    ann
}

/// The dry run's estimate of the prompt, at three dollars per million tokens.
async fn prompt_cost(ann: &Client<'_>) -> (i64, i64) {
    let dry = ann.post("/api/ai-configuration/dry-run", conversation()).await;
    let tokens = dry.body["estimatedInputTokens"].as_i64().unwrap();
    (tokens, tokens * 3000)
}

fn assert_estimated(row: &Row, (tokens, cost): (i64, i64)) {
    assert!(row.estimated && row.input_tokens == tokens, "{row:?}");
    assert!(row.cost_nano_usd >= cost, "{row:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_2_2_an_attempt_into_the_timeout_is_counted_before_its_retry_is_admitted() {
    let world = World::new().await;
    let ann = hurried(&world).await;
    // Exactly one attempt fits, so that the retry of one that is billed does not.
    set(&ann, json!({"costBudget": {"dailyBudget": dollars(worst_case(&ann).await)}})).await;
    world.claude.always(MESSAGES, Behaviour::Silence);
    let answer = generate(&ann).await;
    answer.assert_failure(429, "budget_exceeded");
    let sentence = answer.body["error"].as_str().unwrap();
    assert!(sentence.contains("Not retried."), "{sentence}");
    assert!(sentence.contains("is counted for it, an estimate"), "{sentence}");
    assert_eq!(world.claude.requests().len(), 1, "no retry passes the budget");
    let ledger = world.ledger().await;
    assert_eq!((ledger.len(), ledger[0].status.as_str()), (1, "timeout"));
    assert_estimated(&ledger[0], prompt_cost(&ann).await);
    world.assert_settled().await;

    // The usage log and the sums say that it is an estimate.
    let log = ann.get("/api/ai-usage/log").await;
    assert_eq!(log.body["entries"][0]["estimated"], json!(true));
    let usage = ann.get("/api/ai-usage").await;
    let cost = json!(ledger[0].cost_nano_usd);
    assert_eq!((&usage.body["spend"], &usage.body["estimated"]), (&cost, &cost));
    assert_eq!(usage.body["groups"][0]["estimated"], cost);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_is_booked_and_one_that_is_counted_is_exact() {
    let world = World::new().await;
    let ann = hurried(&world).await;
    let prompt = prompt_cost(&ann).await;
    for behaviour in [
        Behaviour::MalformedJson,
        Behaviour::HalfJson,
        // A gateway that lost the answer.
        Behaviour::Html { status: 504 },
    ] {
        let before = world.ledger().await.len();
        world.claude.script(MESSAGES, [behaviour.clone(), Behaviour::status(400)]);
        generate(&ann).await;
        assert_estimated(&world.ledger().await[before], prompt);
        world.claude.clear();
    }
    // A conversation whose first attempt was lost says which part of its cost is an estimate.
    world.claude.script(MESSAGES, [Behaviour::HalfJson]);
    let answer = generate(&ann).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    let warning = answer.body["warnings"][0].as_str().unwrap();
    assert!(warning.contains("of the cost is an estimate"), "{warning}");
    let ledger = world.ledger().await;
    let [.., lost, made] = &ledger[..] else { panic!("{ledger:?}") };
    assert!(lost.estimated && !made.estimated);
    let cost = lost.cost_nano_usd + made.cost_nano_usd;
    assert_eq!(answer.body["conversation"]["actualCost"].as_i64(), Some(cost));
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_2_2_what_surely_never_reached_claude_costs_nothing() {
    // It takes the connection and leaves the handshake unanswered.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let world = World::with(&[("ANTHROPIC_API_BASE_URL", &address)]).await;
    let ann = hurried(&world).await;
    set(&ann, json!({"retryStrategy": {"maxRetries": 0}})).await;
    generate(&ann).await.assert_failure(504, "claude_connect_timeout");
    // Nor does what is stopped before it could leave.
    let mut events = Events::open(&ann).await;
    events.expect("started").await;
    drop(events);
    until("both are booked", || async { world.ledger().await.len() == 2 }).await;
    let ledger = world.ledger().await;
    assert!(ledger.iter().all(|row| row.cost_nano_usd == 0 && !row.estimated), "{ledger:?}");
    world.assert_settled().await;
}

/// A text as Claude's answer, in one piece or as a stream of pieces, written into the JSON as it
/// stands.
fn answered(pieces: &[&str], stream: bool) -> Behaviour {
    let usage = json!({"input_tokens": 100, "output_tokens": 50});
    if !stream {
        let body = format!(
            r#"{{"model":"m","content":[{{"type":"text","text":"{}"}}],
                "stop_reason":"end_turn","usage":{usage}}}"#,
            pieces.concat()
        );
        let chunks = vec![body.into_bytes()];
        return Behaviour::Raw { content_type: "application/json".into(), chunks };
    }
    let mut events = vec![
        json!({"type": "message_start", "message": {"model": "m", "usage": usage}}).to_string(),
    ];
    events.extend(pieces.iter().map(|piece| {
        format!(
            concat!(
                r#"{{"type":"content_block_delta","index":0,"#,
                r#""delta":{{"type":"text_delta","text":"{piece}"}}}}"#,
            ),
            piece = piece
        )
    }));
    let end =
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage});
    events.extend([end.to_string(), json!({"type": "message_stop"}).to_string()]);
    let chunks = events.iter().map(|event| format!("data: {event}\n\n").into_bytes()).collect();
    Behaviour::Raw { content_type: "text/event-stream".into(), chunks }
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_2_4_an_answer_with_a_lone_surrogate_is_billed_kept_and_told_truthfully() {
    let world = World::new().await;
    let ann = hurried(&world).await;
    // Quotation marks of the answer's own JSON, escaped for the JSON around it.
    let turns = |said: &str| {
        let text =
            format!(r#"{{"title":"t","turns":[{{"role":"user","content":"{said}"}},{REPLY}]}}"#);
        text.replace('"', "\\\"")
    };
    let emoji = turns(r"a\ud83d|\ude00b");
    let (first, second) = emoji.split_once('|').unwrap();
    for stream in [false, true] {
        set(&ann, json!({"model": {"streaming": stream}})).await;
        for (pieces, expected) in [
            // In the JSON around the text, and in the text itself, which is JSON as well.
            (vec![turns(r"a\ud800b")], "a\u{fffd}b"),
            (vec![turns(r"a\\ud800b")], "a\u{fffd}b"),
            // A character that is cut into two deltas is whole.
            (vec![first.to_owned(), second.to_owned()], "a😀b"),
        ] {
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            world.claude.script(MESSAGES, [answered(&pieces, stream)]);
            let answer = generate(&ann).await;
            assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
            let made = &answer.body["conversation"];
            assert_eq!(made["turns"][0]["content"], expected, "{stream} {pieces:?}");
            assert_ne!(made["status"], "approved");
            let last = world.ledger().await.pop().unwrap();
            let told = (last.status.as_str(), last.cost_nano_usd, last.estimated);
            assert_eq!(told, ("success", 100 * 3000 + 50 * 15_000, false));
        }
    }
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_beyond_reason_and_texts_with_nul_lose_no_money() {
    let world = World::new().await;
    let ann = hurried(&world).await;
    let text = format!(r#"{{"title":"t","turns":[{{"role":"user","content":"a"}},{REPLY}]}}"#);
    let text = text.replace('"', "\\\"");
    let body = |text: &str, output: &str| {
        format!(
            r#"{{"model":"m","content":[{{"type":"text","text":"{text}"}}],"stop_reason":"end_turn",
                "usage":{{"input_tokens":7,"output_tokens":{output}}}}}"#
        )
    };
    for (body, status) in [
        (body(&text, "18446744073709551615"), None),
        (body(r"a\u0000b", "5"), Some("failed")),
        (body(&text.replace("a\\", r"a\\u0000\"), "5"), Some("failed")),
    ] {
        let chunks = vec![body.into_bytes()];
        let raw = Behaviour::Raw { content_type: "application/json".into(), chunks };
        world.claude.script(MESSAGES, [raw]);
        let answer = ann.post(GENERATE, conversation()).await;
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
        let made: &Value = &answer.body["conversation"];
        if let Some(status) = status {
            assert_eq!(made["status"], status);
            assert!(made["error"].as_str().is_some_and(|why| !why.is_empty()), "{made}");
        }
        assert!(world.ledger().await.pop().unwrap().cost_nano_usd > 0);
    }
    ann.get("/api/ai-usage?groupBy=model").await.assert_ok();
    world.assert_settled().await;
}
