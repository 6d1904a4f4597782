//! A server that dies in the middle of a call: what it held is free again in time, and nothing is
//! lost or billed twice.

use super::{
    process::Process,
    world::{
        GENERATE, KEY, MESSAGES, World, conversation, dollars, generate, set, until, worst_case,
    },
};
use crate::support::run;
use claude_stand_in::Behaviour;
use serde_json::{Value, json};
use uuid::Uuid;

/// Seconds that money is held: the total timeout of two minutes, and one more.
const RESERVED: f64 = 180.0;

async fn seconds(world: &World, sql: &'static str) -> f64 {
    sqlx::query_scalar(sql).fetch_one(world.app.database.database.pool()).await.unwrap()
}

/// As if the time were over.
pub async fn let_time_pass(world: &World, sql: &'static str) {
    let done = sqlx::query(sql).execute(world.app.database.database.pool()).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_held_is_free_again_and_its_request_can_be_sent_again() {
    let world = World::new().await;
    let ann = world.ann().await;
    let quick = json!({"baseDelay": 0, "maxDelay": 0});
    let limits = json!({
        "model": {"streaming": true},
        "rateLimiting": {"concurrentRequests": 1},
        "retryStrategy": quick,
    });
    set(&ann, limits).await;
    set(&ann, json!({"costBudget": {"dailyBudget": dollars(worst_case(&ann).await * 3 / 2)}}))
        .await;

    // Its first attempt fails; it dies in the second.
    world.claude.script(
        MESSAGES,
        [Behaviour::ErrorMidStream {
            pieces: 0,
            error_type: "overloaded_error".into(),
            message: "Overloaded".into(),
        }],
    );
    world.claude.always(MESSAGES, Behaviour::Gated);
    let process =
        Process::start(&world.app.database, &world.claude.url(), &[("ANTHROPIC_API_KEY", KEY)]);
    let key = Uuid::new_v4().to_string();
    process.begin(GENERATE, &ann.cookie_pair("train_session").unwrap(), &key, &conversation());
    until("Claude is asked twice", || async { world.claude.requests().len() == 2 }).await;
    process.kill();
    world.claude.abandoned(1).await;
    // What its first attempt cost is in the budgets, whether anybody repeats the request or not.
    let spent = world.spent().await;
    assert!(spent > 0);
    let settled = "SELECT day_nano_usd FROM budget_spend WHERE scope_type = 'person'";
    assert_eq!(world.count(settled).await, spent);

    let again = ann.again().header("idempotency-key", &key);
    let held = "SELECT extract(epoch FROM expires_at - clock_timestamp())::double precision
        FROM generation_holds";
    let kept = seconds(&world, held).await;
    assert!((0.0..=RESERVED).contains(&kept), "{kept}");
    generate(&ann).await.assert_failure(429, "budget_exceeded");
    generate(&again).await.assert_failure(409, "request_repeated");
    // Where the money is enough, its place is missing for as long as it may be alive.
    set(&ann, json!({"costBudget": {"dailyBudget": 100}})).await;
    generate(&ann).await.assert_failure(429, "concurrency_limited");
    let_time_pass(
        &world,
        "UPDATE servers SET lease_until = clock_timestamp() - interval '29 seconds'
         WHERE id = (SELECT server_id FROM generation_holds)",
    )
    .await;
    let dry = ann.post("/api/ai-configuration/dry-run", json!({})).await;
    assert_eq!(dry.body["admitted"], true, "{}", dry.text);
    generate(&again).await.assert_failure(409, "request_repeated");
    let_time_pass(&world, "UPDATE generation_holds SET expires_at = now()").await;

    world.claude.open_gate(1000);
    let made = generate(&again).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text);
    assert_eq!(generate(&again).await.body["conversation"], made.body["conversation"]);
    let ledger = world.ledger().await;
    let told: Vec<_> = ledger.iter().map(|row| (row.attempt, row.status.as_str())).collect();
    // The second call of the dead server is known to Claude alone.
    assert_eq!(told, [(1, "failed"), (2, "success")]);
    assert!(ledger.iter().all(|row| row.cost_nano_usd > 0), "{ledger:?}");
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_among_many_saves_leaves_no_value_without_its_row() {
    let world = World::new().await;
    let ann = world.ann().await;
    let process = Process::start(&world.app.database, &world.claude.url(), &[]);
    let session = ann.cookie_pair("train_session").unwrap();
    for number in 0..400 {
        let rows = [10, 25, 50, 100][number % 4];
        let save = json!({"action": "import", "preferences": {"rowsPerPage": rows}});
        process.begin("/api/user-preferences", &session, &Uuid::new_v4().to_string(), &save);
    }
    let recorded =
        "SELECT count(*) FROM configuration_audit_log WHERE config_type = 'user_preference'";
    until("some are stored", || async { world.count(recorded).await > 5 }).await;
    process.kill();
    // Its connections end by themselves; what they had begun is over then.
    until("nothing is going on", || async {
        // Others do not see what goes on in the connections of the server.
        let mut superuser = world.app.database.superuser().await;
        let left = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND xact_start IS NOT NULL
            AND pid <> pg_backend_pid()";
        sqlx::query_scalar::<_, i64>(left).fetch_one(&mut superuser).await.unwrap() == 0
    })
    .await;
    // The present value is the one that history ends with, and every version has its row.
    assert_eq!(world.count("SELECT count(*) FROM verify_audit_chain()").await, 0);
    let version = "SELECT version - 1 FROM user_preferences
        WHERE user_id = (SELECT changed_by FROM configuration_audit_log LIMIT 1)";
    assert_eq!(world.count(version).await, world.count(recorded).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_asked_to_stop_finishes_what_it_began() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"model": {"streaming": true}})).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let process =
        Process::start(&world.app.database, &world.claude.url(), &[("ANTHROPIC_API_KEY", KEY)]);
    process.begin(
        GENERATE,
        &ann.cookie_pair("train_session").unwrap(),
        &Uuid::new_v4().to_string(),
        &conversation(),
    );
    until("Claude is asked", || async { world.claude.requests().len() == 1 }).await;
    let stopping = tokio::task::spawn_blocking(move || process.stop());
    world.claude.open_gate(1000);
    stopping.await.unwrap();
    assert_eq!(world.ledger().await.len(), 1);
    assert_eq!(world.count("SELECT count(*) FROM conversations").await, 1);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_asked_to_stop_finishes_what_nobody_waits_for_any_more() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"model": {"streaming": true}})).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let process =
        Process::start(&world.app.database, &world.claude.url(), &[("ANTHROPIC_API_KEY", KEY)]);
    let (session, key) = (ann.cookie_pair("train_session").unwrap(), Uuid::new_v4().to_string());
    let client = process.begin(GENERATE, &session, &key, &conversation());
    until("Claude is asked", || async { world.claude.requests().len() == 1 }).await;
    client.abort();
    let address = process.address().to_owned();
    let stopping = tokio::task::spawn_blocking(move || process.stop());
    until("it stops", || async { !Process::listens(&address) }).await;
    world.claude.open_gate(1000);
    let log = stopping.await.unwrap();
    assert!(!log.contains("cut off"), "{log}");
    let ledger = world.ledger().await;
    assert_eq!(ledger.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["success"]);
    assert_eq!(world.count("SELECT count(*) FROM conversations").await, 1);
    world.assert_settled().await;
}

/// Not a generation, but the same crash: the program is killed while PostgreSQL vacuums for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_vacuum_outlives_its_killed_server_and_the_next_one_follows_it() {
    let world = World::new().await;
    let root = world.app.signed_up("Root").await;
    let session = root.cookie_pair("train_session").unwrap();
    let mut owner = world.app.database.role("train_owner").await;
    for sql in [
        "CREATE TABLE public.crawling (id int PRIMARY KEY, note text)",
        "INSERT INTO public.crawling SELECT n, repeat('x', 400) FROM generate_series(1, 1000) n",
        "DELETE FROM public.crawling WHERE id > 500",
        // Seconds for each page, so that it is met while it runs.
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET vacuum_cost_delay = 100',
            current_database()); END $$",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET vacuum_cost_limit = 1',
            current_database()); END $$",
    ] {
        run(&mut owner, sql).await;
    }

    let first = Process::start(&world.app.database, &world.claude.url(), &[]);
    let on_table = |operation: &str| {
        json!({
            "operation": operation,
            "table": {"schema": "public", "name": "crawling"},
        })
    };
    let begun =
        first.ask("POST", "/api/database/maintenance", &session, Some(on_table("vacuum"))).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    let begun: Value = serde_json::from_str(&begun.text).unwrap();
    let operation =
        format!("/api/database/maintenance/{}", begun["operation"]["id"].as_str().unwrap());
    let vacuuming =
        "SELECT count(*) FROM pg_stat_progress_vacuum WHERE datname = current_database()";
    until("PostgreSQL vacuums", || async { world.count(vacuuming).await == 1 }).await;
    let noted = "SELECT count(*) FROM maintenance_operations WHERE backend_pid IS NOT NULL";
    until("it is noted who vacuums", || async { world.count(noted).await == 1 }).await;
    first.kill();
    run(&mut owner, "UPDATE maintenance_operations SET lease_until = now()").await;

    let second = Process::start(&world.app.database, &world.claude.url(), &[]);
    let taken = "SELECT count(*) FROM maintenance_operations WHERE status = 'running'
        AND lease_until > now()";
    until("the next server follows it", || async { world.count(taken).await == 1 }).await;
    assert_eq!(world.count(vacuuming).await, 1, "the same one goes on");
    let cancelled =
        second.ask("POST", &format!("{operation}/cancel"), &session, Some(json!({}))).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    let ended = "SELECT count(*) FROM maintenance_operations WHERE status = 'cancelled'";
    until("it is cancelled", || async { world.count(ended).await == 1 }).await;
    assert_eq!(world.count(vacuuming).await, 0);
    let again =
        second.ask("POST", "/api/database/maintenance", &session, Some(on_table("analyze"))).await;
    assert_eq!(again.status, 201, "its table is free: {}", again.text);
}
