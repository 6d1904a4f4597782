//! The rate limiter that all servers share.

use crate::support::TestDatabase;
use std::time::Duration;

/// Seconds to wait, 0 when the request may go on.
async fn take(test: &TestDatabase, scope: &str, every: &str, burst: i32) -> i32 {
    sqlx::query_scalar("SELECT take_rate_limit($1, $2::text::interval, $3)")
        .bind(scope)
        .bind(every)
        .bind(burst)
        .fetch_one(test.database.pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn admits_a_burst_and_then_one_at_a_time() {
    let test = TestDatabase::new().await;
    for _ in 0..3 {
        assert_eq!(take(&test, "a", "400 ms", 3).await, 0);
    }
    assert_eq!(take(&test, "a", "400 ms", 3).await, 1, "refused, and rounded up to whole seconds");
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(take(&test, "a", "400 ms", 3).await, 0, "one came free");
    assert_eq!(take(&test, "a", "400 ms", 3).await, 1, "but only one");
    assert_eq!(take(&test, "b", "400 ms", 3).await, 0, "another scope is another limit");
}

#[tokio::test]
async fn a_refusal_says_how_long_and_costs_nothing() {
    let test = TestDatabase::new().await;
    assert_eq!(take(&test, "a", "60 s", 2).await, 0);
    assert_eq!(take(&test, "a", "60 s", 2).await, 0);
    for _ in 0..5 {
        let wait = take(&test, "a", "60 s", 2).await;
        assert!((59..=60).contains(&wait), "{wait}");
    }
}

#[tokio::test]
async fn parallel_requests_never_share_a_place() {
    let test = TestDatabase::new().await;
    let tries = (0..40).map(|_| {
        let pool = test.database.pool().clone();
        tokio::spawn(async move {
            let take = sqlx::query_scalar("SELECT take_rate_limit('a', '1 hour', 7)");
            let wait: i32 = take.fetch_one(&pool).await.unwrap();
            wait == 0
        })
    });
    let mut admitted = 0;
    for one in tries.collect::<Vec<_>>() {
        admitted += u32::from(one.await.unwrap());
    }
    assert_eq!(admitted, 7);
}

#[tokio::test]
async fn a_limit_that_makes_no_sense_is_an_error() {
    let test = TestDatabase::new().await;
    for sql in ["SELECT take_rate_limit('a', '0 s', 1)", "SELECT take_rate_limit('a', '1 s', 0)"] {
        let error = sqlx::query(sql).execute(test.database.pool()).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("22023"));
    }
}
