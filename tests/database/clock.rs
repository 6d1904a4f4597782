//! Times that were kept while the clock was ahead: they must not lock anybody out until the clock
//! is there again.

use crate::support::{TestDatabase, run, texts};
use std::time::Duration;

/// As if what is kept had been kept two days ahead.
async fn shift(test: &TestDatabase, table: &str, column: &str) {
    let sql = format!("UPDATE {table} SET {column} = {column} + interval '2 days'");
    run(&mut test.role("service_role").await, &sql).await;
}

async fn take(test: &TestDatabase, every: &str) -> i32 {
    sqlx::query_scalar("SELECT take_rate_limit('sign-in', $1::text::interval, 3)")
        .bind(every)
        .fetch_one(test.database.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn issue_13_1_5_one_wrong_password_while_the_clock_was_ahead_locks_nobody_out() {
    let test = TestDatabase::new().await;
    assert_eq!(take(&test, "1 hour").await, 0);
    shift(&test, "rate_limits", "theoretical_arrival").await;
    // The whole burst is used up, and no more than that.
    let wait = take(&test, "1 hour").await;
    assert!((3590..=3600).contains(&wait), "{wait}");
    run(&mut test.role("service_role").await, "DELETE FROM rate_limits").await;

    assert_eq!(take(&test, "20 ms").await, 0);
    shift(&test, "rate_limits", "theoretical_arrival").await;
    while take(&test, "20 ms").await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn issue_13_1_5_what_was_put_off_after_a_transaction_began_is_not_due_in_it() {
    let test = TestDatabase::new().await;
    let mut role = test.role("service_role").await;
    // As another server does it that takes a letter for five minutes meanwhile.
    run(&mut role, "BEGIN").await;
    let sql = "SELECT is_due(clock_timestamp() + interval '5 minutes', interval '5 minutes')";
    let is_due: bool = sqlx::query_scalar(sql).fetch_one(&mut role).await.unwrap();
    assert!(!is_due);
}

#[tokio::test]
async fn issue_13_1_5_what_is_kept_farther_ahead_than_anybody_keeps_it_is_due() {
    let test = TestDatabase::new().await;
    for (ahead, due) in [("-1 s", true), ("59 min", false), ("61 min", true), ("2 days", true)] {
        let sql = "SELECT is_due(now() + $1::text::interval, '1 hour')";
        let answer: bool =
            sqlx::query_scalar(sql).bind(ahead).fetch_one(test.database.pool()).await.unwrap();
        assert_eq!(answer, due, "{ahead}");
    }
}

/// Of a server that died before it gave its lease up.
#[tokio::test]
async fn issue_13_1_5_a_lease_of_a_server_that_died_while_the_clock_was_ahead_holds_nobody_up() {
    let test = TestDatabase::new().await;
    let sql = "INSERT INTO servers (id, lease_until)
        VALUES (gen_random_uuid(), clock_timestamp() + interval '2 days')";
    run(&mut test.role("service_role").await, sql).await;
    let events = test.database.events();
    assert!(events.settle().await, "it is nobody's who could be waited for");
    events.on_change(|_| {});
    events.leave().await;
    let left = texts(&mut test.role("service_role").await, "SELECT id::text FROM servers").await;
    assert_eq!(left, [""; 0], "and is tidied away");
}
