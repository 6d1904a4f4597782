//! Statements: the list, its totals, and the time that they took.

use super::{administrator, read, service, superuser};
use crate::support::{TestDatabase, run, texts};
use train::domain::database::{QueryQuery, QueryRow, QuerySort};

#[tokio::test]
async fn statements_are_listed_and_explained_without_being_executed() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    run(&mut owner, "CREATE TABLE public.explained (n int)").await;
    for number in [1, 2] {
        sqlx::query("INSERT INTO explained (n) VALUES ($1)")
            .bind(number)
            .execute(&mut owner)
            .await
            .unwrap();
    }
    // The role that these tests work as is Train's own.
    let all = QueryQuery { own: true, ..QueryQuery::default() };
    let query = QueryQuery { search: Some("insert into explained".into()), ..all.clone() };
    let health = service(&test);
    let page = health.queries(&administrator(), &query).await.unwrap();
    let row = &read(&page).queries[0];
    assert_eq!((row.calls, row.rows), (2, 2));
    assert!(
        row.share > 0.0 && row.share < 1.0,
        "of all statements, not of those that are searched for: {row:?}"
    );
    let behind = health
        .queries(&administrator(), &QueryQuery { page: Some(7), ..query.clone() })
        .await
        .unwrap();
    assert_eq!((read(&behind).queries.len(), read(&behind).total), (0, read(&page).total));
    for sort in [
        QuerySort::TotalTime,
        QuerySort::MeanTime,
        QuerySort::MaxTime,
        QuerySort::Calls,
        QuerySort::Rows,
    ] {
        let sorted = |reverse| {
            let query = QueryQuery { sort, reverse, limit: Some(100), ..all.clone() };
            let health = health.clone();
            async move {
                let page = health.queries(&administrator(), &query).await.unwrap();
                let rows = read(&page).queries.clone();
                let key = move |row: &QueryRow| match sort {
                    QuerySort::TotalTime => row.total_ms,
                    QuerySort::MeanTime => row.mean_ms,
                    QuerySort::MaxTime => row.max_ms,
                    QuerySort::Calls => row.calls as f64,
                    QuerySort::Rows => row.rows as f64,
                };
                rows.iter().map(key).collect::<Vec<_>>()
            }
        };
        assert!(sorted(false).await.is_sorted_by(|one, next| one >= next), "{sort:?}");
        assert!(sorted(true).await.is_sorted(), "{sort:?} reversed");
    }
    let slow =
        health.queries(&administrator(), &QueryQuery { slow: true, ..all.clone() }).await.unwrap();
    assert!(read(&slow).queries.iter().all(|row| row.slow), "{slow:?}");
    let plan = health.explain(&administrator(), &row.id).await.unwrap().plan;
    assert!(read(&plan).starts_with("Insert on explained"), "{plan:?}");
    assert_eq!(texts(&mut owner, "SELECT count(*)::text FROM explained").await, ["2"]);
    let tables = QueryQuery { search: Some("create table public.explained".into()), ..all };
    let page = health.queries(&administrator(), &tables).await.unwrap();
    let plan = health.explain(&administrator(), &read(&page).queries[0].id).await.unwrap().plan;
    assert!(plan.reason().is_some(), "{plan:?}");
}

#[tokio::test]
async fn trains_own_statements_are_listed_when_they_are_asked_for() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    run(&mut owner, "CREATE TABLE public.of_both (n int)").await;
    run(&mut owner, "GRANT SELECT ON public.of_both TO service_role").await;
    let mut others = test.role("service_role").await;
    // Statements that differ by names alone are one.
    run(&mut owner, "SELECT n AS of_train FROM public.of_both").await;
    run(&mut others, "SELECT n + n AS of_others FROM public.of_both").await;
    for connection in [&mut owner, &mut others] {
        run(connection, "SELECT n * n AS of_either FROM public.of_both").await;
    }
    let health = service(&test);
    let listed = async |own| {
        let search = Some("from public.of_both".to_owned());
        let query = QueryQuery { search, own, ..QueryQuery::default() };
        let page = health.queries(&administrator(), &query).await.unwrap();
        let page = read(&page);
        let mut names: Vec<_> = ["of_either", "of_others", "of_train"]
            .into_iter()
            .filter(|name| page.queries.iter().any(|row| row.query.contains(name)))
            .collect();
        names.sort_unstable();
        let calls = page.queries.iter().find(|row| row.query.contains("of_either"));
        (names, calls.map(|row| row.calls), page.total)
    };
    assert_eq!(listed(false).await, (vec!["of_either", "of_others"], Some(2), 2));
    assert_eq!(listed(true).await, (vec!["of_either", "of_others", "of_train"], Some(2), 3));
}

#[tokio::test]
async fn the_mean_query_time_is_that_between_two_snapshots() {
    let test = TestDatabase::new().await;
    let health = service(&test);
    health.take_snapshots().await.unwrap();
    let overview = health.overview(&administrator(), true).await.unwrap();
    assert!(read(&overview).mean_query_ms.reason().is_some(), "one snapshot is not enough");
    run(&mut test.role("service_role").await, "SELECT 1").await;
    health.take_snapshots().await.unwrap();
    let overview = health.overview(&administrator(), true).await.unwrap();
    assert!(*read(&read(&overview).mean_query_ms) > 0.0);
}

#[tokio::test]
async fn the_totals_leave_trains_own_statements_out_as_the_list_does() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    let mut others = test.role("service_role").await;
    let health = service(&test);
    health.take_snapshots().await.unwrap();
    for _ in 0..300 {
        run(&mut owner, "SELECT n * n * n FROM generate_series(1, 2) AS n").await;
    }
    for _ in 0..3 {
        run(&mut others, "SELECT n + n + n FROM generate_series(1, 2) AS n").await;
    }
    health.take_snapshots().await.unwrap();
    let calls = "SELECT payload->>'statementCalls' FROM public.database_snapshots
        WHERE kind = 'overview' AND tier = 'raw' ORDER BY taken_at";
    let calls = texts(&mut owner, calls).await;
    let calls: Vec<i64> = calls.iter().map(|calls| calls.parse().unwrap()).collect();
    // The server itself asks for something meanwhile, now and then.
    assert!((3..300).contains(&(calls[1] - calls[0])), "{calls:?}");
}

#[tokio::test]
async fn a_reset_of_the_statements_is_told_and_not_taken_for_silence() {
    let test = TestDatabase::new().await;
    let health = service(&test);
    let mut others = test.role("service_role").await;
    for _ in 0..200 {
        run(&mut others, "SELECT 1").await;
    }
    health.take_snapshots().await.unwrap();
    // Those of this database alone: other tests go by theirs.
    let reset = "SELECT extensions.pg_stat_statements_reset(0, oid, 0) FROM pg_database
        WHERE datname = current_database()";
    run(&mut superuser(&test).await, reset).await;
    health.take_snapshots().await.unwrap();
    let overview = health.overview(&administrator(), true).await.unwrap();
    let reason = read(&overview).mean_query_ms.reason().unwrap_or_default();
    assert!(reason.contains("the statistics of statements began anew"), "{reason}");
}
