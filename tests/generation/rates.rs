//! Pace and places, shared by all servers.

use super::world::{MESSAGES, World, generate, reached, set, set_for_all, until};
use chrono::{DateTime, TimeDelta, Utc};
use claude_stand_in::Behaviour;
use futures::future::join_all;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

async fn clock(world: &World) -> DateTime<Utc> {
    let pool = world.app.database.database.pool();
    sqlx::query_scalar("SELECT clock_timestamp()").fetch_one(pool).await.unwrap()
}

/// When the next request of the only person is due, by the schedule.
async fn arrival(world: &World) -> DateTime<Utc> {
    let sql = "SELECT theoretical_arrival FROM generation_pace";
    sqlx::query_scalar(sql).fetch_one(world.app.database.database.pool()).await.unwrap()
}

/// Between two requests at fifty a minute.
const EVERY: TimeDelta = TimeDelta::milliseconds(1200);

/// The whole schedule without a clock of the test's own: n requests that were admitted move the due
/// time by n intervals from the first one's moment, and no more can be admitted than the burst and
/// the time that has passed.
#[tokio::test(flavor = "multi_thread")]
async fn sixty_requests_over_two_servers_keep_the_schedule_of_fifty_a_minute_and_ten_ahead() {
    let world = World::new().await;
    let second = world.app.second_server().await;
    let here = world.ann().await;
    let there = here.through(&second);
    set(&here, json!({"rateLimiting": {"concurrentRequests": 100}})).await;
    reached(&there, "/rateLimiting/concurrentRequests", json!(100)).await;
    let begun = clock(&world).await;
    let answers =
        join_all((0..60).map(|number| generate(if number % 2 == 0 { &here } else { &there })))
            .await;
    let ended = clock(&world).await;

    let admitted = answers.iter().filter(|answer| answer.status == 201).count();
    let passed =
        usize::try_from((ended - begun).num_milliseconds() / EVERY.num_milliseconds()).unwrap();
    assert!((11..=11 + passed).contains(&admitted), "{admitted} in {:?}", ended - begun);
    let first = arrival(&world).await - EVERY * i32::try_from(admitted).unwrap();
    assert!(begun <= first && first <= ended, "{begun} {first} {ended}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_failure(429, "rate_limited");
        assert!(
            matches!(answer.header("retry-after"), "1" | "2"),
            "{}",
            answer.header("retry-after")
        );
        let sentence = answer.body["error"].as_str().unwrap();
        assert!(
            sentence.contains("50 requests per minute") && sentence.contains("not Claude's"),
            "{sentence}"
        );
    }
    assert_eq!((world.claude.requests().len(), world.ledger().await.len()), (admitted, admitted));
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_run_at_once_than_may_and_asking_costs_no_rate() {
    let world = World::new().await;
    let second = world.app.second_server().await;
    let here = world.ann().await;
    let there = here.through(&second);
    set(&here, json!({"model": {"streaming": true}})).await;
    reached(&there, "/model/streaming", json!(true)).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let begun = clock(&world).await;
    let refused = AtomicUsize::new(0);
    let requests = join_all((0..10).map(|number| {
        let (client, refused) = (if number % 2 == 0 { &here } else { &there }, &refused);
        async move {
            let answer = generate(client).await;
            refused.fetch_add(usize::from(answer.status == 429), Ordering::SeqCst);
            answer
        }
    }));
    let watch = async {
        until("seven are refused while three run", || async {
            refused.load(Ordering::SeqCst) == 7
        })
        .await;
        until("three reach Claude", || async { world.claude.requests().len() == 3 }).await;
        assert_eq!(world.holds().await, 3);
        let first = arrival(&world).await - EVERY * 3;
        assert!(
            begun <= first && first <= clock(&world).await,
            "the refused ones gave their rate back"
        );
        world.claude.open_gate(1000);
    };
    let (answers, ()) = tokio::join!(requests, watch);
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 3);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_failure(429, "concurrency_limited");
        assert_eq!(answer.header("retry-after"), "2");
    }
    assert_eq!(world.claude.requests().len(), 3);
    world.assert_settled().await;
    assert_eq!(generate(&there).await.status.as_u16(), 201, "the places are free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organizations_places_are_shared_by_its_people() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let shared = json!({"model": {"streaming": true}, "rateLimiting": {"concurrentRequests": 1}});
    set_for_all(&owner, shared).await;
    set(&member, json!({"rateLimiting": {"concurrentRequests": 5}})).await;
    reached(&member, "/model/streaming", json!(true)).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let running = generate(&owner);
    let other = async {
        until("the owner's reaches Claude", || async { world.claude.requests().len() == 1 }).await;
        let refused = generate(&member).await;
        refused.assert_failure(429, "concurrency_limited");
        assert!(
            refused.body["error"].as_str().unwrap().starts_with("Your organization's limit"),
            "{}",
            refused.text
        );
        let dry = member.post("/api/ai-configuration/dry-run", json!({})).await;
        assert_eq!(
            dry.body["gates"].as_array().unwrap().last().unwrap()["code"],
            "concurrency_limited"
        );
        world.claude.open_gate(1000);
    };
    let (answer, ()) = tokio::join!(running, other);
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    world.assert_settled().await;
}
