//! A server that is killed, or stands still, at each place of a generation: the generation is then
//! there as a whole or not at all, budgets say what the ledger says, and nobody is kept waiting.

use super::{
    barrier::{ADMISSION, Barrier, END, NOTIFICATION, Orphan, TAKING_A_KEY},
    crash::let_time_pass,
    process::{Page, Process},
    world::{GENERATE, KEY, MESSAGES, World, conversation, generate, set, until},
};
use crate::app::{Answer, Client};
use claude_stand_in::Behaviour;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

const EXPIRE: &str = "UPDATE generation_holds SET expires_at = now()";
/// As if the server had been silent for half a minute.
const FALL_SILENT: &str = "UPDATE servers
    SET lease_until = clock_timestamp() - interval '29 seconds'
    WHERE id = (SELECT server_id FROM generation_holds)";

fn server(world: &World) -> Process {
    Process::start(&world.app.database, &world.claude.url(), &[("ANTHROPIC_API_KEY", KEY)])
}

/// A generation on the server, and the same request again on the one inside of the test.
fn begin<'a>(server: &Process, person: &Client<'a>) -> (JoinHandle<Option<Page>>, Client<'a>) {
    let key = Uuid::new_v4().to_string();
    let session = person.cookie_pair("train_session").unwrap();
    let asked = server.begin(GENERATE, &session, &key, &conversation());
    (asked, person.again().header("idempotency-key", &key))
}

async fn asked(world: &World, times: usize) {
    until("Claude is asked", || async { world.claude.requests().len() == times }).await;
}

/// Of the ledger, the conversations and what is held: how many.
async fn state(world: &World) -> [i64; 3] {
    let conversations = world.count("SELECT count(*) FROM conversations").await;
    [world.ledger().await.len().try_into().unwrap(), conversations, world.holds().await]
}

#[track_caller]
fn assert_made(answer: &Answer) {
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
}

/// What the server answered in the end.
async fn made_by_server(asked: JoinHandle<Option<Page>>) -> Value {
    let page = asked.await.unwrap().expect("it answers");
    assert_eq!(page.status, 201, "{}", page.text);
    serde_json::from_str::<Value>(&page.text).unwrap()["conversation"].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_asks_the_gates_leaves_a_request_that_can_be_sent_again() {
    let world = World::new().await;
    let ann = world.ann().await;
    let places = [
        ("idempotency_keys", TAKING_A_KEY, Orphan::GoesOn, 0),
        ("generation_pace", ADMISSION, Orphan::Ends, 0),
        // Its pace is taken already.
        ("generation_holds", ADMISSION, Orphan::GoesOn, 1),
    ];
    for (before, (table, what, orphan, held)) in (0..).zip(places) {
        world.claude.clear();
        let barrier = Barrier::before(&world, table).await;
        let server = server(&world);
        let (_, again) = begin(&server, &ann);
        barrier.kill(what, server, orphan).await;
        assert_eq!(state(&world).await, [before, before, held], "{table}");
        if held > 0 {
            generate(&again).await.assert_failure(409, "request_repeated");
            let_time_pass(&world, EXPIRE).await;
        }
        let made = generate(&again).await;
        assert_made(&made);
        assert_eq!(generate(&again).await.body["conversation"], made.body["conversation"]);
        assert_eq!(world.claude.requests().len(), 1);
        assert_eq!(state(&world).await, [before + 1, before + 1, 0]);
        world.assert_settled().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_ends_a_generation_leaves_all_of_it_or_nothing() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"model": {"streaming": true}})).await;
    let places = [
        ("conversations", END, Orphan::GoesOn, true),
        ("budget_spend", END, Orphan::Ends, false),
        ("generation_logs", END, Orphan::GoesOn, true),
        ("generation_holds", END, Orphan::Ends, false),
        // After the end: only the answer is lost.
        ("notifications", NOTIFICATION, Orphan::Ends, true),
    ];
    for (before, (table, what, orphan, stored)) in (0..).zip(places) {
        world.claude.clear();
        world.claude.always(MESSAGES, Behaviour::Gated);
        let server = server(&world);
        let (_, again) = begin(&server, &ann);
        asked(&world, 1).await;
        let barrier = Barrier::before(&world, table).await;
        world.claude.open_gate(1000);
        barrier.kill(what, server, orphan).await;
        let whole = [before + 1, before + 1, 0];
        let expected = if stored { whole } else { [before, before, 1] };
        assert_eq!(state(&world).await, expected, "{table}");
        world.assert_in_step().await;

        if !stored {
            generate(&again).await.assert_failure(409, "request_repeated");
            let_time_pass(&world, EXPIRE).await;
        }
        let made = generate(&again).await;
        assert_made(&made);
        assert_eq!(generate(&again).await.body["conversation"], made.body["conversation"]);
        // What the dead server had been told is known to Claude alone, unless it was stored.
        assert_eq!(world.claude.requests().len(), if stored { 1 } else { 2 });
        assert_eq!(state(&world).await, whole, "{table}");
        world.assert_settled().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_still_keeps_nobody_waiting_and_ends_what_it_began() {
    let world = World::new().await;
    let (ann, ben) = world.team().await;
    let limits = json!({"model": {"streaming": true}, "rateLimiting": {"concurrentRequests": 1}});
    set(&ann, limits).await;
    let server = server(&world);

    // In an open transaction, the only one that a generation has: it takes its key.
    let barrier = Barrier::before(&world, "idempotency_keys").await;
    let (asking, _) = begin(&server, &ann);
    let backend = barrier.reached(TAKING_A_KEY).await;
    server.pause();
    barrier.open().await;
    until("its transaction is open", || async {
        let sql = "SELECT state = 'idle in transaction' FROM pg_stat_activity WHERE pid = $1";
        let asked = sqlx::query_scalar(sql).bind(backend);
        asked.fetch_one(&mut world.app.database.superuser().await).await.unwrap()
    })
    .await;
    for person in [&ann, &ben] {
        let key = Uuid::new_v4().to_string();
        assert_made(&generate(&person.again().header("idempotency-key", &key)).await);
    }

    // While Claude answers.
    world.claude.always(MESSAGES, Behaviour::Gated);
    server.resume();
    asked(&world, 3).await;
    server.pause();
    world.claude.always(MESSAGES, Behaviour::Default);
    assert_made(&generate(&ben).await);
    generate(&ann).await.assert_failure(429, "concurrency_limited");
    let_time_pass(&world, FALL_SILENT).await;
    assert_made(&generate(&ann).await);
    assert_eq!(state(&world).await, [4, 4, 1], "its money stays set aside");

    server.resume();
    let awake = "SELECT count(*) FROM servers WHERE lease_until > clock_timestamp()
        AND id = (SELECT server_id FROM generation_holds)";
    until("it shows that it lives", || async { world.count(awake).await == 1 }).await;
    generate(&ann).await.assert_failure(429, "concurrency_limited");
    world.claude.open_gate(1000);
    made_by_server(asking).await;
    assert_eq!(state(&world).await, [5, 5, 0]);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_written_although_its_server_stands_still() {
    let world = World::new().await;
    let ann = world.ann().await;
    let limits = json!({"model": {"streaming": true}, "rateLimiting": {"concurrentRequests": 1}});
    set(&ann, limits).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let server = server(&world);
    let (asking, again) = begin(&server, &ann);
    asked(&world, 1).await;
    let barrier = Barrier::before(&world, "generation_holds").await;
    world.claude.open_gate(1000);
    barrier.reached(END).await;
    server.pause();
    barrier.open().await;
    until("it has ended", || async { state(&world).await == [1, 1, 0] }).await;
    let known = generate(&again).await;
    assert_made(&known);
    assert_made(&generate(&ann).await);
    server.resume();
    assert_eq!(made_by_server(asking).await, known.body["conversation"]);
    assert_eq!(state(&world).await, [2, 2, 0]);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_made_after_it_was_thought_dead_is_billed_beside_what_took_over() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"model": {"streaming": true}})).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let server = server(&world);
    let (asking, again) = begin(&server, &ann);
    asked(&world, 1).await;
    server.pause();
    world.claude.always(MESSAGES, Behaviour::Default);
    generate(&again).await.assert_failure(409, "request_repeated");
    let_time_pass(&world, EXPIRE).await;
    let taken_over = generate(&again).await;
    assert_made(&taken_over);

    server.resume();
    world.claude.open_gate(1000);
    let late = made_by_server(asking).await;
    assert_ne!(late["id"], taken_over.body["conversation"]["id"]);
    let ledger = world.ledger().await;
    let told: Vec<_> = ledger.iter().map(|row| (row.attempt, row.status.as_str())).collect();
    assert_eq!(told, [(1, "success"), (2, "success")], "Claude was paid for both");
    assert_eq!(state(&world).await, [2, 2, 0]);
    let known = generate(&again).await;
    assert_eq!(known.body["conversation"], taken_over.body["conversation"]);
    world.assert_settled().await;
}
