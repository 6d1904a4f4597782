//! Whoever closes the stream of events stops the generation, and pays for what was written until
//! then. So does a server that has to go.

use super::world::{Events, MESSAGES, World, generate, set, until};
use claude_stand_in::Behaviour;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_tells_everything_to_its_end() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(
        &ann,
        json!({"model": {"streaming": true}, "retryStrategy": {"baseDelay": 0, "maxDelay": 0}}),
    )
    .await;
    world.claude.script(MESSAGES, [Behaviour::status(529)]);
    let mut events = Events::open(&ann).await;
    let started = events.expect("started").await;
    assert_eq!(started["model"], "claude-sonnet-4-6");
    let retry = events.expect("retry").await;
    assert_eq!((&retry["attempt"], &retry["delayMs"]), (&json!(1), &json!(0)));
    let mut text = String::new();
    let done = loop {
        match events.next().await.expect("it goes on") {
            (name, data) if name == "delta" => text.push_str(data["text"].as_str().unwrap()),
            (name, data) => {
                assert_eq!(name, "done", "{data}");
                break data;
            }
        }
    };
    assert!(events.next().await.is_none(), "and then it ends");
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(done["conversation"]["turns"][1]["content"], written["turns"][1]["content"]);
    let path = format!("/api/conversations/{}", done["conversation"]["id"].as_str().unwrap());
    assert_eq!(ann.get(&path).await.body["conversation"], done["conversation"]);
    let tokens = done["conversation"]["actualCost"].as_i64();
    assert_eq!(tokens, Some(world.spent().await));
    world.app.signed_up("Ben").await.get(&path).await.assert_failure(404, "not_found");

    world.claude.script(MESSAGES, [Behaviour::status(401)]);
    let mut events = Events::open(&ann).await;
    events.expect("started").await;
    let failed = events.expect("failed").await;
    assert_eq!(
        (&failed["code"], &failed["success"]),
        (&json!("claude_key_refused"), &json!(false))
    );
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_it_bills_what_was_written_and_frees_the_rest() {
    let world = World::new().await;
    let ann = world.ann().await;
    // Fewer tokens than the pieces below look like: more than was asked for is never billed.
    let limits = json!({
        "model": {"streaming": true, "maxTokens": 50},
        "rateLimiting": {"concurrentRequests": 1},
    });
    set(&ann, limits).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    for pieces in [1, 4] {
        let mut events = Events::open(&ann).await;
        events.expect("started").await;
        world.claude.open_gate(pieces);
        for _ in 0..pieces {
            assert_eq!(events.expect("delta").await["text"].as_str().unwrap().len(), 40);
        }
        assert_eq!(world.holds().await, 1);
        drop(events);
        world.assert_settled().await;
    }
    world.claude.abandoned(2).await;
    let ledger = world.ledger().await;
    let seen: Vec<_> =
        ledger.iter().map(|row| (row.status.as_str(), row.error_code.as_deref())).collect();
    assert_eq!(seen, [("cancelled", Some("cancelled")); 2]);
    // 40 bytes are at most 14 tokens, 160 would be 54.
    assert_eq!(ledger.iter().map(|row| row.output_tokens).collect::<Vec<_>>(), [14, 50]);
    // $3 and $15 per million tokens.
    let price = |row: &super::world::Row| row.input_tokens * 3000 + row.output_tokens * 15_000;
    assert!(
        ledger.iter().all(|row| row.input_tokens > 0 && row.cost_nano_usd == price(row)),
        "{ledger:?}"
    );
    world.claude.open_gate(1000);
    assert_eq!(generate(&ann).await.status.as_u16(), 201, "the only place is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_it_between_two_attempts_ends_it_too() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"retryStrategy": {"baseDelay": 60_000, "maxDelay": 60_000}})).await;
    world.claude.script(MESSAGES, [Behaviour::status(500)]);
    let mut events = Events::open(&ann).await;
    events.expect("started").await;
    events.expect("retry").await;
    drop(events);
    world.assert_settled().await;
    assert_eq!(world.claude.requests().len(), 1);
    assert_eq!(world.ledger().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_it_while_claude_is_silent_ends_the_request_there() {
    let world = World::new().await;
    let ann = world.ann().await;
    world.claude.script(MESSAGES, [Behaviour::Silence]);
    let mut events = Events::open(&ann).await;
    events.expect("started").await;
    until("Claude was asked", || async { world.claude.requests().len() == 1 }).await;
    drop(events);
    world.claude.abandoned(1).await;
    world.assert_settled().await;
    let ledger = world.ledger().await;
    assert_eq!((ledger[0].status.as_str(), ledger[0].estimated), ("cancelled", true));
    assert!(ledger[0].cost_nano_usd > 0, "Claude had the prompt: {ledger:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_to_go_bills_what_was_written_and_tells_so() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"model": {"streaming": true}})).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let mut events = Events::open(&ann).await;
    events.expect("started").await;
    world.claude.open_gate(1);
    events.expect("delta").await;
    let generation = &world.app.state.generation;
    generation.cancel();
    let failed = events.expect("failed").await;
    assert_eq!((&failed["code"], &failed["success"]), (&json!("stopping"), &json!(false)));
    assert!(events.next().await.is_none(), "it does not keep the server from stopping");
    generation.ended().await;
    let ledger = world.ledger().await;
    assert_eq!((ledger.len(), ledger[0].status.as_str()), (1, "cancelled"));
    assert_eq!((ledger[0].error_code.as_deref(), ledger[0].output_tokens), (Some("stopping"), 14));
    assert!(ledger[0].cost_nano_usd > 0, "{ledger:?}");
    assert_eq!(world.holds().await, 0);
    world.assert_settled().await;
    world.claude.abandoned(1).await;

    generate(&ann).await.assert_failure(503, "stopping");
    assert_eq!(world.claude.requests().len(), 1, "no other begins");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_to_go_ends_what_waits_without_a_stream_too() {
    for (first, asked) in [(Behaviour::Silence, 0), (Behaviour::status(500), 1)] {
        let world = World::new().await;
        let ann = world.ann().await;
        set(&ann, json!({"retryStrategy": {"baseDelay": 60_000, "maxDelay": 60_000}})).await;
        world.claude.script(MESSAGES, [first]);
        let cancel = async {
            until("Claude was asked", || async {
                world.claude.requests().len() == 1 && world.ledger().await.len() == asked
            })
            .await;
            world.app.state.generation.cancel();
        };
        let (answer, ()) = tokio::join!(generate(&ann), cancel);
        answer.assert_failure(503, "stopping");
        world.app.state.generation.ended().await;
        assert_eq!(world.ledger().await.len(), 1);
        world.assert_settled().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_disabled_account_began_ends_in_order_and_nothing_more_begins() {
    let world = World::new().await;
    let root = world.app.signed_up("First").await;
    let ann = world.app.signed_up("Ann").await;
    set(&ann, json!({"model": {"streaming": true}})).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let mut events = Events::open(&ann).await;
    events.expect("started").await;
    world.claude.open_gate(1);
    events.expect("delta").await;
    let id = ann.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().to_owned();
    let place = format!("/api/admin/people/{id}");
    root.patch(&place, json!({"disabled": true})).await.assert_ok();
    assert_eq!(generate(&ann).await.status.as_u16(), 401);
    world.claude.open_gate(1000);
    loop {
        match events.next().await.expect("it goes on to its end") {
            (name, _) if name == "delta" => {}
            (name, data) => break assert_eq!(name, "done", "{data}"),
        }
    }
    world.assert_settled().await;
    let ledger = world.ledger().await;
    let seen: Vec<_> = ledger.iter().map(|row| row.status.as_str()).collect();
    assert_eq!(seen, ["success"]);
    let stored = world.count("SELECT count(*) FROM conversations").await;
    assert_eq!(stored, 1, "what it made is kept");
}
