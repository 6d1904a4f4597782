//! Money: what is admitted, billed once, and told of.

use super::world::{
    CONFIGURATION, GENERATE, MESSAGES, World, conversation, dollars, generate, set, set_for_all,
    until, worst_case,
};
use claude_stand_in::Behaviour;
use futures::future::join_all;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use uuid::Uuid;

/// Limits that play no part, and answers that wait until the test lets them pass.
fn wide_open() -> Value {
    json!({
        "model": {"streaming": true},
        "rateLimiting": {
            "requestsPerMinute": 100_000, "burstAllowance": 10_000, "concurrentRequests": 1000,
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_over_two_servers_against_a_budget_for_seven_admit_seven() {
    let world = World::new().await;
    let second = world.app.second_server().await;
    let (owner, member) = world.team().await;
    set_for_all(&owner, wide_open()).await;
    let worst = worst_case(&owner).await;
    set_for_all(&owner, json!({"costBudget": {"dailyBudget": dollars(7 * worst)}})).await;
    let clients = [&owner, &owner.through(&second), &member, &member.through(&second)];
    for client in clients {
        super::world::reached(client, "/costBudget/dailyBudget", dollars(7 * worst)).await;
    }
    world.claude.always(MESSAGES, Behaviour::Gated);

    let refused = AtomicUsize::new(0);
    let requests = join_all((0..50).map(|number| {
        let (client, refused) = (clients[number % 4], &refused);
        async move {
            let answer = generate(client).await;
            refused.fetch_add(usize::from(answer.status == 429), Ordering::SeqCst);
            answer
        }
    }));
    let watch = async {
        until("43 are refused while the others run", || async {
            refused.load(Ordering::SeqCst) == 43
        })
        .await;
        until("seven reach Claude", || async { world.claude.requests().len() == 7 }).await;
        world.claude.open_gate(100_000);
    };
    let (answers, ()) = tokio::join!(requests, watch);
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 7);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_failure(429, "budget_exceeded");
        let seconds: i64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=86_400).contains(&seconds), "until the day is over: {seconds}");
        let sentence = answer.body["error"].as_str().unwrap();
        assert!(sentence.starts_with("Not enough daily budget: $"), "{sentence}");
    }
    assert_eq!(world.claude.requests().len(), 7);
    assert_eq!(world.ledger().await.len(), 7);
    assert!(world.spent().await <= 7 * worst);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_is_billed_once_and_answered_the_same() {
    let world = World::new().await;
    let second = world.app.second_server().await;
    let ann = world.ann().await;
    set(&ann, wide_open()).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let key = Uuid::new_v4().to_string();
    let here = ann.again().header("idempotency-key", &key);
    let there = here.through(&second);

    let refused = AtomicUsize::new(0);
    let requests = join_all((0..10).map(|number| {
        let (client, refused) = (if number % 2 == 0 { &here } else { &there }, &refused);
        async move {
            let answer = generate(client).await;
            refused.fetch_add(usize::from(answer.status == 409), Ordering::SeqCst);
            answer
        }
    }));
    let watch = async {
        until("all but one are refused", || async { refused.load(Ordering::SeqCst) == 9 }).await;
        world.claude.open_gate(100_000);
    };
    let (answers, ()) = tokio::join!(requests, watch);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.assert_failure(409, "request_repeated");
    }
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 1);
    for client in [&here, &there] {
        let again = generate(client).await;
        assert_eq!(
            (again.status.as_u16(), &again.body["conversation"]),
            (201, &made[0].body["conversation"])
        );
    }
    assert_eq!((world.claude.requests().len(), world.ledger().await.len()), (1, 1));
    assert_eq!(world.count("SELECT count(*) FROM conversations").await, 1);
    world.assert_settled().await;

    // Another request under this key is refused, before and instead of the answer to the first.
    let mut changed = conversation();
    changed["topic"] = json!("Something else");
    let reused = here.post(GENERATE, changed).await;
    reused.assert_failure(409, "idempotency_key_reused");
    assert_eq!((world.claude.requests().len(), world.ledger().await.len()), (1, 1));

    // Somebody else's request of the same key is another one.
    let ben = world.app.signed_up("Ben").await.header("idempotency-key", &key);
    let other = generate(&ben).await;
    assert_ne!(other.body["conversation"]["id"], made[0].body["conversation"]["id"]);
    assert_eq!(world.ledger().await.len(), 2);
}

/// What was generated is kept for longer than the keys.
#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_10_a_key_that_was_forgotten_does_not_answer_another_request() {
    let world = World::new().await;
    let ann = world.ann().await.header("idempotency-key", &Uuid::new_v4().to_string());
    let made = generate(&ann).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let old = "UPDATE idempotency_keys SET created_at = now() - interval '31 days'";
    crate::support::run(&mut world.app.database.role("train_owner").await, old).await;
    let pool = world.app.database.database.pool();
    assert_eq!(train::server::idempotency::tidy(pool).await.unwrap(), 1);
    let mut changed = conversation();
    changed["topic"] = json!("Something else");
    for body in [changed.clone(), changed, conversation()] {
        let answer = ann.post(GENERATE, body).await;
        answer.assert_failure(409, "idempotency_key_reused");
    }
    assert_eq!((world.claude.requests().len(), world.ledger().await.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_failed_is_not_made_again_under_its_key() {
    let world = World::new().await;
    let ann = world.ann().await.header("idempotency-key", &Uuid::new_v4().to_string());
    world.claude.script(MESSAGES, [Behaviour::status(400)]);
    generate(&ann).await.assert_failure(502, "claude_request_refused");
    generate(&ann).await.assert_failure(409, "request_repeated");
    assert_eq!(world.claude.requests().len(), 1);
    ann.header("idempotency-key", "no uuid")
        .post(GENERATE, conversation())
        .await
        .assert_failure(400, "validation_failed");
}

fn warnings(answer: &crate::app::Answer) -> Vec<String> {
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    serde_json::from_value(answer.body["warnings"].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alerting_budget_admits_and_warns_and_each_threshold_is_told_once() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, wide_open()).await;
    assert_eq!(warnings(&generate(&ann).await), [""; 0]);
    let cost = world.spent().await;
    // Three requests of the same cost reach the whole, the second passes the half.
    let budget = json!({
        "dailyBudget": ((cost * 3) / 1000) as f64 / 1e6,
        "alertThresholds": [0.5, 1],
        "enforcement": "alert",
    });
    set(&ann, json!({"costBudget": budget})).await;
    let told = |warnings: &[String], words: &str| {
        warnings.iter().filter(|warning| warning.contains(words)).count()
    };
    for (number, half, whole) in [(2, 1, 0), (3, 0, 1), (4, 0, 0)] {
        let warnings = warnings(&generate(&ann).await);
        assert_eq!(
            (told(&warnings, "used to 50 %"), told(&warnings, "used to 100 %")),
            (half, whole),
            "{number}"
        );
        assert_eq!(told(&warnings, "is used up; it only warns."), 1, "{number}: {warnings:?}");
    }
    assert_eq!(world.count("SELECT count(*) FROM budget_alerts").await, 2);
    assert_eq!(world.spent().await, cost * 4);
    world.assert_settled().await;
    // The same budget that blocks refuses.
    set(&ann, json!({"costBudget": {"enforcement": "block"}})).await;
    generate(&ann).await.assert_failure(429, "budget_exceeded");
    let dry = ann.post("/api/ai-configuration/dry-run", json!({})).await;
    let gate =
        dry.body["gates"].as_array().unwrap().iter().find(|gate| gate["gate"] == "budget").unwrap();
    assert_eq!((&dry.body["admitted"], &gate["code"]), (&json!(false), &json!("budget_exceeded")));
    let words = |name: &str| gate[name].as_str().unwrap().to_owned();
    assert!(words("message").starts_with("Not enough daily budget: $0.00 left, up to $"), "{gate}");
    let headroom = words("headroom");
    assert!(headroom.starts_with("Daily budget: $0.00 left of $"), "{headroom}");
    assert!(headroom.ends_with(" today"), "{headroom}");
    assert_eq!(world.ledger().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_pass_a_threshold_together_tell_of_it_once() {
    let world = World::new().await;
    let second = world.app.second_server().await;
    let ann = world.ann().await;
    let there = ann.through(&second);
    set(&ann, wide_open()).await;
    generate(&ann).await.assert_ok();
    let cost = world.spent().await;
    let budget = json!({
        "dailyBudget": dollars(cost * 4), "alertThresholds": [0.5, 1], "enforcement": "alert",
    });
    set(&ann, json!({"costBudget": budget})).await;
    super::world::reached(&there, "/costBudget/enforcement", json!("alert")).await;
    let answers =
        join_all((0..12).map(|number| generate(if number % 2 == 0 { &ann } else { &there }))).await;
    let all: Vec<String> = answers.iter().flat_map(warnings).collect();
    for words in ["used to 50 %", "used to 100 %"] {
        assert_eq!(
            all.iter().filter(|warning| warning.contains(words)).count(),
            1,
            "{words}: {all:?}"
        );
    }
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_tells_what_the_ledger_holds() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    for person in [&owner, &member, &member] {
        generate(person).await.assert_ok();
    }
    let spent = world.spent().await;
    let own = member.get("/api/ai-usage").await;
    own.assert_ok();
    assert_eq!((&own.body["requests"], &own.body["reserved"]), (&json!(2), &json!(0)));
    let all = owner.get("/api/ai-usage?scope=organization&groupBy=person&window=month").await;
    assert_eq!((all.body["spend"].as_i64(), &all.body["requests"]), (Some(spent), &json!(3)));
    assert_eq!(all.body["groups"].as_array().unwrap().len(), 2);
    member.get("/api/ai-usage?scope=organization").await.assert_failure(403, "forbidden");
    let page = member.get("/api/ai-usage/log?limit=1").await;
    assert_eq!(page.body["entries"].as_array().unwrap().len(), 1);
    let rest = member
        .get(&format!("/api/ai-usage/log?after={}", page.body["nextAfter"].as_str().unwrap()))
        .await;
    assert_eq!(
        (rest.body["entries"].as_array().unwrap().len(), &rest.body["nextAfter"]),
        (1, &json!(null))
    );
    let listed: i64 =
        [&page, &rest].iter().map(|page| page.body["entries"][0]["cost"].as_i64().unwrap()).sum();
    assert_eq!(own.body["spend"].as_i64(), Some(listed));
    assert_eq!(page.body["entries"][0]["person"], json!(null), "in one's own log it is oneself");
    let everybody = owner.get("/api/ai-usage/log?scope=organization").await.body;
    let names: std::collections::BTreeSet<_> = everybody["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["person"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "{everybody}");
    for (filter, count) in [
        ("status=success", 2),
        ("status=timeout", 0),
        ("model=claude-sonnet-4-6", 2),
        ("model=claude-haiku-4-5&status=success", 0),
    ] {
        let found = member.get(&format!("/api/ai-usage/log?{filter}")).await;
        assert_eq!(found.body["entries"].as_array().unwrap().len(), count, "{filter}");
    }
    member.get("/api/ai-usage/log?status=done").await.assert_failure(400, "validation_failed");
    member.get(CONFIGURATION).await.assert_ok();
}
