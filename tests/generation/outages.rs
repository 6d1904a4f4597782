//! PostgreSQL crashes in the middle of generations, or its disk is slow.

use super::{
    barrier::{ADMISSION, Barrier, Busy, END, waiting},
    world::{MESSAGES, World, dollars, generate, set, until, worst_case},
};
use crate::support::run;
use claude_stand_in::Behaviour;
use futures::future::join_all;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

/// Of the ledger and of the conversations: how many.
async fn made(world: &World) -> (usize, i64) {
    (world.ledger().await.len(), world.count("SELECT count(*) FROM conversations").await)
}

/// Kills a process of PostgreSQL, after which all of it starts anew.
fn crash(backend: i32) {
    kill(Pid::from_raw(backend), Signal::SIGKILL).expect("it is a process of ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn generations_outlive_a_crash_of_postgresql_while_they_run_and_while_they_end() {
    let world = World::apart().await;
    let ann = world.ann().await;
    let ben = world.app.signed_up("Ben").await;
    for person in [&ann, &ben] {
        set(person, json!({"model": {"streaming": true}})).await;
    }
    world.claude.always(MESSAGES, Behaviour::Gated);
    let asking = join_all([&ann, &ann, &ben].map(generate));
    let crashes = async {
        until("Claude is asked", || async { world.claude.requests().len() == 3 }).await;
        let mut superuser = world.app.database.superuser().await;
        // Half a second later it would be there by itself.
        run(&mut superuser, "CHECKPOINT").await;
        let own: i32 =
            sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut superuser).await.unwrap();
        crash(own);
        until("PostgreSQL has started anew", || async {
            // What is not logged is empty then.
            let paces = sqlx::query_scalar("SELECT count(*) FROM generation_pace");
            paces
                .fetch_one(world.app.database.database.pool())
                .await
                .is_ok_and(|left: i64| left == 0)
        })
        .await;

        let barrier = Barrier::before(&world, "budget_spend").await;
        world.claude.open_gate(1000);
        crash(barrier.reached(END).await);
    };
    let (answers, ()) = tokio::join!(asking, crashes);
    for answer in answers {
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    }
    assert_eq!(made(&world).await, (3, 3));
    world.assert_settled().await;
    until("it goes on", || async { generate(&ann).await.status.as_u16() == 201 }).await;
    assert_eq!(made(&world).await, (4, 4));
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_postgresql_ends_is_a_lost_answer_and_no_failure() {
    let world = World::new().await;
    let ann = world.ann().await;
    set(&ann, json!({"model": {"streaming": true}})).await;
    world.claude.always(MESSAGES, Behaviour::Gated);
    let mut barrier = Barrier::before(&world, "generation_holds").await;
    let asking = join_all([&ann, &ann].map(generate));
    let losses = async {
        barrier.end(barrier.reached(ADMISSION).await).await;
        barrier.reached(ADMISSION).await;
        barrier.open().await;
        until("Claude is asked", || async { world.claude.requests().len() == 2 }).await;
        assert_eq!(world.holds().await, 2);

        let mut barrier = Barrier::before(&world, "generation_holds").await;
        world.claude.open_gate(1000);
        barrier.end(barrier.reached(END).await).await;
        barrier.reached(END).await;
        barrier.open().await;
    };
    let (answers, ()) = tokio::join!(asking, losses);
    for answer in answers {
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    }
    assert_eq!(made(&world).await, (2, 2));
    world.assert_settled().await;
}

/// Commits are written, but none is confirmed before this ends: it waits for a copy of the database
/// that does not exist.
struct SlowDisk<'a> {
    world: &'a World,
    commits: JoinHandle<()>,
}

impl<'a> SlowDisk<'a> {
    async fn begin(world: &'a World) -> Self {
        let mut superuser = world.app.database.superuser().await;
        run(&mut superuser, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await;
        run(&mut superuser, "SELECT pg_reload_conf()").await;
        let commits = tokio::spawn(async move {
            loop {
                run(&mut superuser, "SELECT pg_logical_emit_message(true, 'test', 'x')").await;
            }
        });
        waiting(world, "pg_logical_emit_message", "SyncRep", None).await;
        Self { world, commits }
    }

    /// Waits until an end is written but not confirmed that began after that one.
    async fn ending(&self, after: Option<Busy>) -> Busy {
        waiting(self.world, END, "SyncRep", after).await
    }

    async fn do_to(&self, statement: Busy, what: &str) {
        let mut superuser = self.world.app.database.superuser().await;
        run(&mut superuser, &format!("SELECT {what}({})", statement.backend)).await;
    }

    async fn end(self) {
        self.commits.abort();
        let mut superuser = self.world.app.database.superuser().await;
        run(&mut superuser, "ALTER SYSTEM RESET synchronous_standby_names").await;
        run(&mut superuser, "SELECT pg_reload_conf()").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_disk_keeps_no_admission_waiting_and_an_end_whose_answer_is_lost_counts_once() {
    let world = World::apart().await;
    let ann = world.ann().await;
    let ben = world.app.signed_up("Ben").await;
    set(&ann, json!({"rateLimiting": {"concurrentRequests": 3}})).await;
    let enough_for_one = dollars(worst_case(&ben).await * 3 / 2);
    set(&ben, json!({"costBudget": {"dailyBudget": enough_for_one}})).await;

    let disk = SlowDisk::begin(&world).await;
    // Nor does a key wait for the disk.
    let keyed = [&ann, &ann, &ann, &ben]
        .map(|person| person.again().header("idempotency-key", &Uuid::new_v4().to_string()));
    let (first_ends, others_begin) = oneshot::channel();
    let others = async {
        others_begin.await.unwrap();
        join_all(keyed[1..].iter().map(generate)).await
    };
    let losses = async {
        let first = disk.ending(None).await;
        first_ends.send(()).unwrap();
        until("Claude is asked", || async { world.claude.requests().len() == 4 }).await;
        // What has not ended for sure still has its place and its money.
        generate(&ann).await.assert_failure(429, "concurrency_limited");
        generate(&ben).await.assert_failure(429, "budget_exceeded");
        assert_eq!(made(&world).await, (0, 0), "nothing is there before it is sure");

        // It is written, and nobody is told: it is asked for again, and waits again.
        disk.do_to(first, "pg_terminate_backend").await;
        let again = disk.ending(Some(first)).await;
        assert_eq!(made(&world).await, (1, 1));
        // Told now. The next to end lose their answer, too.
        disk.do_to(again, "pg_cancel_backend").await;
        let next = disk.ending(Some(again)).await;
        disk.do_to(next, "pg_terminate_backend").await;
        disk.ending(Some(next)).await;
        disk.end().await;
    };
    let (first, others, ()) = tokio::join!(generate(&keyed[0]), others, losses);
    let answers: Vec<_> = std::iter::once(first).chain(others).collect();
    for answer in &answers {
        assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    }
    assert_eq!(made(&world).await, (4, 4));
    world.assert_settled().await;
    let again = join_all(keyed.iter().map(generate)).await;
    for (first, again) in answers.iter().zip(again) {
        assert_eq!(again.body["conversation"], first.body["conversation"]);
    }
    assert_eq!(made(&world).await, (4, 4));
    assert_eq!(generate(&ann).await.status.as_u16(), 201);
    world.assert_settled().await;
}
