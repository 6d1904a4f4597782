//! What a server leaves that is killed in the middle, and several servers at once.

use super::*;
use train::domain::database::OperationStatus as Status;

/// An operation that runs and crawls, its server then killed. What it began goes on in PostgreSQL.
async fn abandoned(world: &World, name: &str) -> Operation {
    let table = world.littered(name).await;
    let server = world.serve();
    let begun = world.begin(&on_table(OperationKind::Vacuum, &table)).await.unwrap();
    let running = world.until(begun.id, |operation| operation.progress.is_some()).await;
    server.abort();
    let _ = server.await;
    running
}

#[tokio::test]
async fn what_goes_on_without_its_server_is_found_again_and_can_be_cancelled() {
    let world = World::with(forgotten()).await;
    world.crawl("100ms").await;
    let running = abandoned(&world, "orphan").await;
    let (second, _database) = world.another_server(hurried()).await;
    let serving = second.clone();
    let _server = tokio::spawn(async move { serving.run(Shutdown::default()).await });
    // The second follows it: what it notes becomes different from what the first one saw last.
    let mut login = world.test.login().await;
    let adopted = async {
        let sql = "SELECT lease_until > now() + interval '5 s' FROM public.maintenance_operations
            WHERE id = $1";
        let mut owner = world.owner().await;
        while !sqlx::query_scalar::<_, bool>(sql)
            .bind(running.id)
            .fetch_one(&mut owner)
            .await
            .unwrap()
        {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, adopted).await.expect("the second server takes it over");
    assert_eq!(world.find(running.id).await.status, Status::Running, "it is not over before it is");
    let alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND state = 'active'";
    let alive: i64 =
        sqlx::query_scalar(alive).bind(running.backend_pid).fetch_one(&mut login).await.unwrap();
    assert_eq!(alive, 1);
    second.cancel(&world.admin, running.id).await.unwrap();
    let done = world.ended(running.id).await;
    assert_eq!(done.status, Status::Cancelled, "{done:#?}");
}

#[tokio::test]
async fn what_ends_by_itself_without_its_server_is_verified() {
    let world = World::with(forgotten()).await;
    world.crawl("2ms").await;
    let running = abandoned(&world, "finisher").await;
    let (second, _database) = world.another_server(hurried()).await;
    let _server = tokio::spawn(async move { second.run(Shutdown::default()).await });
    let done = world.ended(running.id).await;
    assert_eq!(done.status, Status::Completed, "{done:#?}");
    assert!(done.sentence.unwrap().contains("PostgreSQL finished it by itself"));
}

#[tokio::test]
async fn what_is_gone_with_its_server_ends_as_failed_and_its_table_is_free() {
    let world = World::with(forgotten()).await;
    world.crawl("100ms").await;
    let running = abandoned(&world, "lost").await;
    let mut login = world.test.login().await;
    sqlx::query("SELECT pg_terminate_backend($1)")
        .bind(running.backend_pid)
        .execute(&mut login)
        .await
        .unwrap();
    let (second, _database) = world.another_server(hurried()).await;
    let _server = tokio::spawn(async move { second.run(Shutdown::default()).await });
    let done = world.ended(running.id).await;
    assert_eq!(
        (done.status, done.outcome),
        (Status::Failed, Some(Outcome::Interrupted)),
        "{done:#?}"
    );
    world
        .begin(&on_table(OperationKind::Analyze, &ObjectName::new("public", "lost")))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_running_vacuum_is_cancelled() {
    let world = World::new().await;
    world.crawl("100ms").await;
    let table = world.littered("stopped").await;
    let _server = world.serve();
    let begun = world.begin(&on_table(OperationKind::Vacuum, &table)).await.unwrap();
    world.until(begun.id, |operation| operation.progress.is_some()).await;
    world.service.cancel(&world.admin, begun.id).await.unwrap();
    let done = world.ended(begun.id).await;
    assert_eq!(
        (done.status, done.sentence.as_deref()),
        (Status::Cancelled, Some("It was cancelled."))
    );
}

#[tokio::test]
async fn two_servers_share_the_queue_and_never_a_table() {
    let world = World::new().await;
    let mut operations = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let table = world.littered(name).await;
        operations.push(world.begin(&on_table(OperationKind::Vacuum, &table)).await.unwrap().id);
    }
    let (second, _database) = world.another_server(hurried()).await;
    let _servers =
        (world.serve(), tokio::spawn(async move { second.run(Shutdown::default()).await }));
    for id in operations {
        let done = world.ended(id).await;
        assert_eq!(done.status, Status::Completed, "{done:#?}");
    }
    let mut owner = world.owner().await;
    let vacuums: i64 =
        scalar(&mut owner, "SELECT sum(vacuum_count)::int8 FROM pg_stat_user_tables").await;
    assert_eq!(vacuums, 6, "each ran once");
}

#[tokio::test]
async fn a_table_that_another_session_maintains_is_waited_for() {
    let world = World::new().await;
    let table = world.littered("guarded").await;
    let mut other = world.owner().await;
    run(
        &mut other,
        "SELECT pg_advisory_lock(hashtextextended('train.maintenance.' ||
            'public.guarded'::regclass::oid::int8, 0))",
    )
    .await;
    let _server = world.serve();
    let begun = world.begin(&on_table(OperationKind::Vacuum, &table)).await.unwrap();
    let tried = async {
        let sql = "SELECT status = 'queued' AND not_before > created_at
            FROM public.maintenance_operations WHERE id = $1";
        let mut owner = world.owner().await;
        while !sqlx::query_scalar::<_, bool>(sql)
            .bind(begun.id)
            .fetch_one(&mut owner)
            .await
            .unwrap()
        {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, tried).await.expect("it goes back into the queue");
    close(other).await;
    let done = world.ended(begun.id).await;
    assert_eq!(done.status, Status::Completed, "{done:#?}");
}
