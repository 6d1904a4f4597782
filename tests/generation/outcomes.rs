//! Every way in which Claude can end: what the person is told, what the ledger says, that the money
//! is settled.

use super::world::{MESSAGES, Row, World, generate, set};
use crate::app::Answer;
use claude_stand_in::Behaviour;
use serde_json::json;
use std::collections::BTreeMap;

/// How attempts end: status and code of the ledger.
type Attempts = &'static [(&'static str, &'static str)];

struct Case {
    behaviours: Vec<Behaviour>,
    status: u16,
    /// Empty for success.
    code: &'static str,
    attempts: Attempts,
}

fn case(behaviours: Vec<Behaviour>, status: u16, code: &'static str, attempts: Attempts) -> Case {
    Case { behaviours, status, code, attempts }
}

/// Plays a case and returns the answer with the rows of its attempts.
async fn play(world: &World, person: &crate::app::Client<'_>, case: &Case) -> (Answer, Vec<Row>) {
    let before = world.ledger().await.len();
    let asked = world.claude.requests().len();
    world.claude.script(MESSAGES, case.behaviours.clone());
    let answer = generate(person).await;
    match case.code {
        "" => assert_eq!(
            answer.status.as_u16(),
            case.status,
            "{:?}: {}",
            case.behaviours,
            answer.text
        ),
        code => answer.assert_failure(case.status, code),
    }
    let rows: Vec<Row> = world.ledger().await.into_iter().skip(before).collect();
    let ended: Vec<_> = rows
        .iter()
        .map(|row| (row.status.as_str(), row.error_code.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(ended, case.attempts, "{:?}", case.behaviours);
    for (place, row) in rows.iter().enumerate() {
        let place = i32::try_from(place).unwrap();
        assert_eq!((row.attempt, row.retry_number), (place + 1, place));
    }
    assert_eq!(world.claude.requests().len(), asked + rows.len(), "one row per attempt");
    world.assert_settled().await;
    (answer, rows)
}

/// Two retries without a pause, and no limits of ours.
fn quick() -> serde_json::Value {
    json!({
        "rateLimiting": {"requestsPerMinute": 100_000, "burstAllowance": 10_000},
        "retryStrategy": {"maxRetries": 2, "baseDelay": 0, "maxDelay": 0},
    })
}

fn not_found(kind: serde_json::Value, message: &str) -> Behaviour {
    let body = json!({"type": "error", "error": {"type": kind, "message": message}});
    Behaviour::Status { status: 404, headers: BTreeMap::new(), body: Some(body) }
}

fn sentence(answer: &Answer) -> String {
    answer.body["error"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_word_and_sentence() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, quick()).await;
    let status = Behaviour::status;
    let limited = || Behaviour::status_with(429, "retry-after", "0");
    let cases = [
        case(
            vec![status(400)],
            502,
            "claude_request_refused",
            &[("failed", "claude_request_refused")],
        ),
        case(vec![status(401)], 409, "claude_key_refused", &[("failed", "claude_key_refused")]),
        case(vec![status(402)], 502, "claude_billing", &[("failed", "claude_billing")]),
        case(vec![status(403)], 409, "claude_key_forbidden", &[("failed", "claude_key_forbidden")]),
        case(
            vec![not_found(json!("not_found_error"), "model: claude-sonnet-4-6")],
            502,
            "claude_model_not_found",
            &[("failed", "claude_model_not_found")],
        ),
        case(
            vec![not_found(json!("not_found_error"), "Not Found")],
            502,
            "claude_address_not_found",
            &[("failed", "claude_address_not_found")],
        ),
        case(
            vec![status(413)],
            502,
            "claude_request_too_large",
            &[("failed", "claude_request_too_large")],
        ),
        case(
            vec![limited(), limited(), status(429)],
            429,
            "claude_rate_limited",
            &[("rate_limited", "claude_rate_limited"); 3],
        ),
        case(
            vec![Behaviour::SpendCap],
            409,
            "claude_spend_cap",
            &[("rate_limited", "claude_spend_cap")],
        ),
        case(vec![status(500); 3], 502, "claude_failed", &[("failed", "claude_failed"); 3]),
        case(vec![status(529); 3], 502, "claude_overloaded", &[("failed", "claude_overloaded"); 3]),
        case(
            vec![Behaviour::Html { status: 200 }],
            502,
            "claude_proxy_page",
            &[("failed", "claude_proxy_page")],
        ),
        case(
            vec![Behaviour::Html { status: 503 }; 3],
            502,
            "claude_unavailable",
            &[("failed", "claude_unavailable"); 3],
        ),
    ];
    let mut told = BTreeMap::new();
    for case in &cases {
        let (answer, rows) = play(&world, &ann, case).await;
        assert!(
            rows.iter().all(|row| row.cost_nano_usd == 0 && !row.estimated),
            "what Claude refuses costs nothing: {rows:?}"
        );
        let sentence = sentence(&answer);
        for hidden in [world.claude.url().as_str(), super::world::KEY, "req_stand_in"] {
            assert!(!answer.text.contains(hidden), "{}", answer.text);
        }
        if case.attempts.len() == 3 {
            assert!(sentence.ends_with("It was tried again 2 times."), "{sentence}");
        }
        if case.code == "claude_rate_limited" {
            assert!(
                sentence.contains("not Train's") && answer.header("retry-after") == "5",
                "{sentence}"
            );
        }
        assert_eq!(
            told.insert(sentence.clone(), case.code),
            None,
            "the same sentence twice: {sentence}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_is_tried_again() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, quick()).await;
    let cases = [
        case(
            vec![Behaviour::status(529)],
            201,
            "",
            &[("failed", "claude_overloaded"), ("success", "")],
        ),
        case(
            vec![Behaviour::status(429)],
            201,
            "",
            &[("rate_limited", "claude_rate_limited"), ("success", "")],
        ),
        case(
            vec![Behaviour::status_with(429, "retry-after-ms", "1"), Behaviour::status(500)],
            201,
            "",
            &[
                ("rate_limited", "claude_rate_limited"),
                ("failed", "claude_failed"),
                ("success", ""),
            ],
        ),
        case(
            vec![Behaviour::status(408)],
            201,
            "",
            &[("failed", "claude_request_timeout"), ("success", "")],
        ),
    ];
    for case in &cases {
        let (_, rows) = play(&world, &ann, case).await;
        let (last, failed) = rows.split_last().unwrap();
        assert!(
            last.cost_nano_usd > 0 && failed.iter().all(|row| row.cost_nano_usd == 0),
            "{rows:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_is_billed_and_only_an_unseen_one_tried_again() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, quick()).await;
    set(&ann, json!({"model": {"streaming": true}})).await;
    let error = |pieces, kind: &str| Behaviour::ErrorMidStream {
        pieces,
        error_type: kind.into(),
        message: "Something happened".into(),
    };
    const BROKEN: Attempts = &[("failed", "claude_interrupted")];
    for behaviour in
        [Behaviour::HalfStream { pieces: 2 }, error(2, "overloaded_error"), error(3, "api_error")]
    {
        let (answer, rows) =
            play(&world, &ann, &case(vec![behaviour], 502, "claude_interrupted", BROKEN)).await;
        assert!(rows[0].input_tokens > 0 && rows[0].output_tokens >= 20, "{rows:?}");
        assert_eq!(
            rows[0].cost_nano_usd,
            rows[0].input_tokens * 3000 + rows[0].output_tokens * 15_000
        );
        assert!(
            sentence(&answer).contains("Part of the answer had already arrived"),
            "{}",
            answer.text
        );
    }
    const AGAIN: Attempts = &[("failed", "claude_interrupted"), ("success", "")];
    for behaviour in [Behaviour::HalfStream { pieces: 0 }, error(0, "overloaded_error")] {
        let (_, rows) = play(&world, &ann, &case(vec![behaviour], 201, "", AGAIN)).await;
        assert!(
            rows[0].input_tokens > 0 && rows[0].cost_nano_usd < rows[1].cost_nano_usd,
            "{rows:?}"
        );
    }
    play(
        &world,
        &ann,
        &case(vec![error(0, "invalid_request_error")], 502, "claude_interrupted", BROKEN),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_with_the_timeout_of_each_attempt() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, quick()).await;
    let short = json!({"connectionTimeout": 1000, "generationTimeout": 1000});
    set(&ann, json!({"retryStrategy": {"maxRetries": 1}, "timeouts": short})).await;
    const SILENT: Attempts = &[("timeout", "claude_generation_timeout"); 2];
    let silent = case(vec![Behaviour::Silence; 2], 504, "claude_generation_timeout", SILENT);
    let (answer, rows) = play(&world, &ann, &silent).await;
    assert!(sentence(&answer).contains("It was tried again once."), "{}", answer.text);
    assert!(rows.iter().all(|row| row.cost_nano_usd > 0 && row.estimated), "{rows:?}");
    // What was seen is not asked for again.
    set(&ann, json!({"model": {"streaming": true}})).await;
    const HUNG: Attempts = &[("timeout", "claude_generation_timeout")];
    let hung =
        case(vec![Behaviour::HangMidStream { pieces: 2 }], 504, "claude_generation_timeout", HUNG);
    let (_, rows) = play(&world, &ann, &hung).await;
    assert!(rows[0].cost_nano_usd > 0 && rows[0].output_tokens >= 20, "{rows:?}");
    assert!(rows[0].estimated, "the output was not counted to its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_on_past_the_total_timeout() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, quick()).await;
    const ONCE: Attempts = &[("rate_limited", "claude_rate_limited")];
    let later = case(
        vec![Behaviour::status_with(429, "retry-after", "3600")],
        429,
        "claude_rate_limited",
        ONCE,
    );
    let (answer, _) = play(&world, &ann, &later).await;
    assert!(sentence(&answer).contains("past the total timeout of 120 seconds"), "{}", answer.text);
    assert_eq!(answer.header("retry-after"), "3600");
    let short =
        json!({"connectionTimeout": 1000, "generationTimeout": 1000, "totalRequestTimeout": 1000});
    set(&ann, json!({"timeouts": short})).await;
    const SILENT: Attempts = &[("timeout", "claude_generation_timeout")];
    let silent = case(vec![Behaviour::Silence], 504, "claude_generation_timeout", SILENT);
    let (answer, _) = play(&world, &ann, &silent).await;
    assert!(sentence(&answer).contains("past the total timeout of 1 second"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listening_is_told_as_such() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let world =
        World::with(&[("ANTHROPIC_API_BASE_URL", &format!("http://127.0.0.1:{port}"))]).await;
    let ann = world.ann().await;
    set(&ann, quick()).await;
    let answer = generate(&ann).await;
    answer.assert_failure(502, "claude_unreachable");
    assert!(
        !answer.text.contains(&port.to_string()),
        "the address is the operator's: {}",
        answer.text
    );
    let rows = world.ledger().await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.status == "failed" && row.cost_nano_usd == 0), "{rows:?}");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_conversation_is_kept_with_its_reason_and_billed() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, quick()).await;
    let text = |text: &str, stop_reason: Option<&str>| Behaviour::Text {
        text: text.into(),
        stop_reason: stop_reason.map(str::to_owned),
    };
    // Claude answered and billed it, and the log says why nothing came of it.
    const DONE: Attempts = &[("success", "claude_malformed")];
    for (behaviour, words) in [
        (text("I would rather not say.", None), "not the JSON"),
        (text("{\"turns\": [", Some("max_tokens")), "cut off at the token limit"),
        (text("", Some("refusal")), "declined"),
        (text("{\"turns\": [{\"role\": \"system\", \"content\": \"x\"}]}", None), "Turn 1"),
        (text("{\"turns\": []}", None), "empty"),
    ] {
        let (answer, rows) = play(&world, &ann, &case(vec![behaviour], 201, "", DONE)).await;
        let made = &answer.body["conversation"];
        assert_eq!((&made["status"], &made["turnCount"]), (&json!("failed"), &json!(0)));
        assert!(made["error"].as_str().unwrap().contains(words), "{made}");
        assert_eq!(made["actualCost"].as_i64(), Some(rows[0].cost_nano_usd));
        assert!(rows[0].cost_nano_usd > 0);
    }
    // What the database cannot store is a reason, not an error; a title without end is cut.
    for (title, said, fails) in [("t", "a\u{0}b", true), ("long ".repeat(500).as_str(), "a", false)]
    {
        let turns =
            json!([{"role": "user", "content": said}, {"role": "assistant", "content": "c"}]);
        let odd = json!({"title": title, "turns": turns}).to_string();
        let ended = if fails { DONE } else { &[("success", "")] };
        let (answer, _) = play(&world, &ann, &case(vec![text(&odd, None)], 201, "", ended)).await;
        assert_eq!(answer.body["conversation"]["status"] == "failed", fails, "{}", answer.text);
        assert!(answer.body["conversation"]["title"].as_str().unwrap().len() <= 200);
    }
}
