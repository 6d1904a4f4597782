//! Who is connected, who waits for whom, and whose transactions are old.

use super::{administrator, read, service};
use crate::support::{TestDatabase, run};
use sqlx::{Connection, PgConnection};
use train::{
    domain::database::{BlockedSession, Panel},
    server::database::health::Signal,
};

/// The tree, once it holds so many sessions that wait here.
async fn tree(test: &TestDatabase, pids: &[i32]) -> Vec<BlockedSession> {
    loop {
        let connections = service(test).connections(&administrator()).await.unwrap();
        let lines: Vec<_> = read(&connections.blocking)
            .iter()
            .filter(|line| pids.contains(&line.session.pid))
            .cloned()
            .collect();
        if lines.len() == pids.len() {
            return lines;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_root_of_a_chain_is_named_and_can_be_cancelled_and_terminated() {
    let test = TestDatabase::new().await;
    let mut first = test.role("train_owner").await;
    run(&mut first, "CREATE TABLE chain (id int PRIMARY KEY); INSERT INTO chain VALUES (1), (2)")
        .await;
    let (mut second, mut third) = (test.role("train_owner").await, test.role("train_owner").await);
    let mut pids = Vec::new();
    for connection in [&mut first, &mut second, &mut third] {
        pids.push(
            sqlx::query_scalar::<_, i32>("SELECT pg_backend_pid()")
                .fetch_one(connection)
                .await
                .unwrap(),
        );
    }
    run(&mut first, "BEGIN; UPDATE chain SET id = id WHERE id = 1").await;
    run(&mut second, "BEGIN; UPDATE chain SET id = id WHERE id = 2").await;
    let second = tokio::spawn(async move {
        sqlx::query("UPDATE chain SET id = id WHERE id = 1").execute(&mut second).await
    });
    let third = tokio::spawn(async move {
        sqlx::query("UPDATE chain SET id = id WHERE id = 2").execute(&mut third).await
    });
    let lines = tree(&test, &pids).await;
    let seen: Vec<(i32, u32)> = lines.iter().map(|line| (line.session.pid, line.depth)).collect();
    assert_eq!(seen, [(pids[0], 0), (pids[1], 1), (pids[2], 2)]);
    assert_eq!(lines[1].blocked_by, [pids[0]]);

    let health = service(&test);
    let started = |line: usize| lines[line].session.started_at.unwrap();
    let other = started(0) - chrono::TimeDelta::seconds(1);
    let refused = health.signal(&administrator(), pids[0], other, Signal::Terminate).await.unwrap();
    assert!(!refused.sent && refused.sentence.contains("another one"), "{refused:?}");
    assert!(
        health.signal(&administrator(), pids[1], started(1), Signal::Cancel).await.unwrap().sent
    );
    let code = |error: sqlx::Error| {
        error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
    };
    assert_eq!(code(second.await.unwrap().unwrap_err()).as_deref(), Some("57014"));
    assert_eq!(third.await.unwrap().unwrap().rows_affected(), 1);
    assert!(
        health.signal(&administrator(), pids[0], started(0), Signal::Terminate).await.unwrap().sent
    );
    assert!(sqlx::query("SELECT 1").execute(&mut first).await.is_err());
}

/// The number of a session.
async fn pid(connection: &mut PgConnection) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_reads_for_the_page_is_no_old_transaction() {
    // In a PostgreSQL of its own nobody else has a transaction open.
    let test = TestDatabase::apart().await;
    let reading = test.options().application_name("train operations");
    let mut reading = PgConnection::connect_with(&reading).await.unwrap();
    let mut idle = test.role("train_owner").await;
    // The one that reads for the page is the older one, and holds the older rows.
    for connection in [&mut reading, &mut idle] {
        run(connection, "BEGIN; SELECT pg_current_xact_id()").await;
    }
    let overview = service(&test).overview(&administrator(), true).await.unwrap();
    let overview = read(&overview);
    let oldest = read(&overview.oldest_transaction).as_ref().expect("one is open");
    assert_eq!((oldest.pid, oldest.application.as_deref()), (pid(&mut idle).await, Some("train")));
    let holder = read(&overview.oldest_xmin).as_ref().expect("one is open");
    assert_ne!(holder.name, pid(&mut reading).await.to_string(), "{holder:?}");
}

#[tokio::test]
async fn as_many_sessions_are_counted_by_state_as_are_listed() {
    let test = TestDatabase::new().await;
    let mut idle = test.role("train_owner").await;
    run(&mut idle, "BEGIN; SELECT 1").await;
    let health = service(&test);
    // What reads for the page is between two statements in some of them.
    for _ in 0..20 {
        let seen = health.connections(&administrator()).await.unwrap();
        let counted = |state: &str| {
            let groups = read(&seen.by_state).iter().filter(|group| group.name.starts_with(state));
            groups.map(|group| group.count).sum::<i64>()
        };
        let listed = |sessions: &Panel<Vec<_>>| read(sessions).len() as i64;
        assert_eq!(counted("idle in transaction").min(50), listed(&seen.idle_in_transaction));
        assert_eq!(counted("active").min(50), listed(&seen.active));
        assert!(listed(&seen.idle_in_transaction) > 0);
    }
}

#[tokio::test]
async fn all_connections_of_this_process_are_counted() {
    let test = TestDatabase::new().await;
    let seen = service(&test).connections(&administrator()).await.unwrap().pool;
    let (requests, operations) = (test.database.pool(), test.database.operations());
    assert_eq!(seen.max, requests.max_connections() + operations.max_connections());
    assert!(seen.idle <= seen.size && (2..=seen.max).contains(&seen.size), "{seen:?}");
}
