//! What is done, and what is said of it.

use super::*;
use train::domain::database::{OperationStatus as Status, Target};

#[tokio::test]
async fn a_vacuum_says_what_it_removed() {
    let world = World::new().await;
    let table = world.littered("plain").await;
    // Before there is a server: one that is quick takes it before the answer is read.
    let begun = world.begin(&on_table(OperationKind::VacuumAnalyze, &table)).await.unwrap();
    assert_eq!((begun.status, begun.initiated_by_name.as_deref()), (Status::Queued, Some("Ada")));
    let _server = world.serve();
    let first = world.ended(begun.id).await;
    let done = world.cleared_after(first, &on_table(OperationKind::VacuumAnalyze, &table)).await;
    assert_eq!(
        (done.status, done.outcome),
        (Status::Completed, Some(Outcome::Effective)),
        "{done:#?}"
    );
    assert_eq!(done.statements, ["VACUUM (ANALYZE) \"public\".\"plain\""]);
    let (before, after) = (done.before.unwrap(), done.after.unwrap());
    assert_eq!(
        (before.dead_rows, after.dead_rows, after.live_rows),
        (Some(500), Some(0), Some(500))
    );
    assert!(after.size_bytes.value() < before.size_bytes.value(), "the end of the table was empty");
    // VACUUM (ANALYZE) made the statistics from which bloat is told.
    let bloat = after.bloat.value().expect("bloat of an analyzed table");
    assert!((0.0..0.5).contains(&bloat.share), "{bloat:?}");
    assert!(bloat.bytes < *after.size_bytes.value().unwrap(), "{bloat:?}");
    let sentence = done.sentence.unwrap();
    assert!(
        sentence.contains("500 dead rows are gone") && sentence.contains("Freed"),
        "{sentence}"
    );
    assert!(done.duration_ms.is_some() && done.backend_pid.is_some());
    assert_eq!(done.target, Target::Table(table.clone()));
    // The next pre-flight knows how long it takes, and the next one that there is nothing to do.
    let looked = world
        .service
        .preflight_at(&world.admin, &on_table(OperationKind::VacuumAnalyze, &table), night())
        .await;
    assert!(looked.unwrap().expected_seconds.is_some());
    let again = world.done(&on_table(OperationKind::Vacuum, &table)).await;
    assert_eq!((again.status, again.outcome), (Status::Completed, Some(Outcome::NothingToDo)));
}

#[tokio::test]
async fn rows_that_somebody_may_still_see_stay_and_he_is_named() {
    let world = World::new().await;
    let (reader, pid) = old_snapshot(&world).await;
    let table = world.littered("held").await;
    let _server = world.serve();
    let looked = world
        .service
        .preflight_at(&world.admin, &on_table(OperationKind::Vacuum, &table), night())
        .await
        .unwrap();
    let warned = looked.checks.iter().find(|check| check.name == "Old transactions").unwrap();
    assert!(warned.sentence.contains(&format!("pid {pid} ")), "{}", warned.sentence);
    let done = world.done(&on_table(OperationKind::Vacuum, &table)).await;
    assert_eq!(
        (done.status, done.outcome),
        (Status::Completed, Some(Outcome::RemovedNothing)),
        "{done:#?}"
    );
    let sentence = done.sentence.unwrap();
    assert!(
        sentence.contains("Removed nothing: 500 dead rows stay")
            && sentence.contains(&format!("pid {pid} ")),
        "{sentence}"
    );
    close(reader).await;
    let done = world.cleared(&on_table(OperationKind::Vacuum, &table)).await;
    assert_eq!(done.outcome, Some(Outcome::Effective), "{done:#?}");
}

#[tokio::test]
async fn a_table_of_somebody_else_is_skipped_and_never_a_success() {
    let world = World::new().await;
    let table = world.littered("theirs").await;
    // Who owns the database may vacuum all of it.
    let mut owner = world.owner().await;
    let asked = on_table(OperationKind::Vacuum, &table);
    let begun = world.begin(&asked).await.unwrap();
    let options = world.test.options().username("postgres");
    let mut superuser = PgConnection::connect_with(&options).await.unwrap();
    run(
        &mut superuser,
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO postgres',
            current_database()); END $$",
    )
    .await;
    run(&mut superuser, "ALTER TABLE theirs OWNER TO postgres").await;
    let _server = world.serve();
    let done = world.ended(begun.id).await;
    assert_eq!(
        (done.status, done.outcome),
        (Status::Skipped, Some(Outcome::NotOwner)),
        "{done:#?}"
    );
    assert!(done.sentence.unwrap().starts_with("Skipped: not the owner."));
    let vacuumed: i64 =
        scalar(&mut owner, "SELECT vacuum_count FROM pg_stat_all_tables WHERE relname = 'theirs'")
            .await;
    assert_eq!(vacuumed, 0);
    // Asked for again, it is refused at once.
    assert_eq!(refused(world.begin(&asked).await), (403, "not_owner".into()));
}

#[tokio::test]
async fn full_gives_the_space_back_and_a_locked_table_is_let_alone() {
    let world = World::new().await;
    let table = world.littered("roomy").await;
    let asked = OperationRequest {
        confirm: Some("roomy".into()),
        ..on_table(OperationKind::VacuumFull, &table)
    };
    let _server = world.serve();
    let mut holder = world.owner().await;
    run(&mut holder, "BEGIN").await;
    run(&mut holder, "LOCK TABLE roomy IN ACCESS SHARE MODE").await;
    let pid: i32 = scalar(&mut holder, "SELECT pg_backend_pid()").await;
    let done = world.done(&asked).await;
    assert_eq!(done.status, Status::Failed, "{done:#?}");
    run(&mut holder, "COMMIT").await;
    let sentence = done.sentence.unwrap();
    assert!(
        sentence.contains("lock was not to be had") && sentence.contains(&format!("pid {pid} ")),
        "{sentence}"
    );
    let done = world.cleared(&asked).await;
    assert_eq!(
        (done.status, done.outcome),
        (Status::Completed, Some(Outcome::Effective)),
        "{done:#?}"
    );
    assert!(done.after.unwrap().size_bytes.value() < done.before.unwrap().size_bytes.value());
}

#[tokio::test]
async fn a_cancelled_reindex_leaves_an_index_that_can_be_dropped() {
    let world = World::new().await;
    let table = world.littered("indexed").await;
    let mut writer = world.owner().await;
    // REINDEX CONCURRENTLY waits for whoever writes.
    run(&mut writer, "BEGIN").await;
    run(&mut writer, "LOCK TABLE indexed IN ROW EXCLUSIVE MODE").await;
    let _server = world.serve();
    let begun = world.begin(&on_table(OperationKind::Reindex, &table)).await.unwrap();
    world
        .until(begun.id, |operation| {
            operation.progress.as_ref().is_some_and(|now| now.phase.contains("waiting"))
        })
        .await;
    world.service.cancel(&world.admin, begun.id).await.unwrap();
    let done = world.ended(begun.id).await;
    assert_eq!(
        (done.status, done.outcome),
        (Status::Cancelled, Some(Outcome::LeftInvalidIndex)),
        "{done:#?}"
    );
    let leftover = done.leftover_index.expect("it is named");
    assert_eq!(leftover, ObjectName::new("public", "indexed_pkey_ccnew"));
    run(&mut writer, "COMMIT").await;

    let looked = world
        .service
        .preflight_at(&world.admin, &on_table(OperationKind::Reindex, &table), night())
        .await
        .unwrap();
    assert!(
        looked.checks.iter().any(|check| check.sentence.contains("indexed_pkey_ccnew")),
        "{looked:#?}"
    );
    let used = ObjectName::new("public", "indexed_pkey");
    let valid = refused(world.begin(&on_index(OperationKind::DropInvalidIndex, &used)).await);
    assert_eq!(valid, (409, "index_valid".into()));
    let done = world.done(&on_index(OperationKind::DropInvalidIndex, &leftover)).await;
    assert_eq!(done.status, Status::Completed, "{done:#?}");
    let mut owner = world.owner().await;
    let left: i64 = scalar(
        &mut owner,
        "SELECT count(*) FROM pg_index WHERE indrelid = 'public.indexed'::regclass",
    )
    .await;
    assert_eq!(left, 1);
    let done = world.done(&on_index(OperationKind::Reindex, &used)).await;
    assert_eq!(
        (done.status, done.outcome),
        (Status::Completed, Some(Outcome::Effective)),
        "{done:#?}"
    );
}

#[tokio::test]
async fn odd_names_work_and_no_other_table_is_touched() {
    let world = World::new().await;
    let long = "ü".repeat(31) + "x";
    assert_eq!(long.len(), 63);
    let odd = ["Capital", "with \"quote\"", "a b.c", "x'; DROP TABLE users; --", &long];
    let neighbour = world.littered("capital").await;
    // All before anything runs: a session at work may still see what is deleted beside it.
    for name in odd {
        world.littered(name).await;
    }
    let _server = world.serve();
    for name in odd {
        let table = ObjectName::new("public", name);
        let done = world.done(&on_table(OperationKind::Vacuum, &table)).await;
        assert_eq!(done.status, Status::Completed, "{done:#?}");
        let done = world.done(&on_table(OperationKind::Reindex, &table)).await;
        assert_eq!(
            (done.status, done.outcome),
            (Status::Completed, Some(Outcome::Effective)),
            "{done:#?}"
        );
    }
    let mut owner = world.owner().await;
    let vacuumed: i64 =
        scalar(&mut owner, "SELECT vacuum_count FROM pg_stat_all_tables WHERE relname = 'capital'")
            .await;
    assert_eq!(vacuumed, 0, "{neighbour} was not meant");
    let all: i64 =
        scalar(&mut owner, "SELECT sum(vacuum_count)::int8 FROM pg_stat_user_tables").await;
    assert_eq!(all, 5, "each once, and nothing else");
}

#[tokio::test]
async fn the_whole_database_is_a_choice_of_its_own() {
    let world = World::new().await;
    world.littered("one").await;
    let _server = world.serve();
    let asked = OperationRequest {
        table: None,
        whole_database: true,
        ..on_table(OperationKind::VacuumAnalyze, &ObjectName::new("a", "b"))
    };
    let done = world.done(&asked).await;
    assert_eq!(
        (done.status, done.target),
        (Status::Completed, Target::WholeDatabase),
        "{:?}",
        done.sentence
    );
    assert_eq!(done.statements, ["VACUUM (ANALYZE)"]);
}

#[tokio::test]
async fn issue_13_4_3_vacuum_analyze_without_dead_rows_says_that_it_analyzed() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    run(&mut owner, "CREATE TABLE clean AS SELECT n FROM generate_series(1, 1000) n").await;
    told(&mut owner).await;
    let table = ObjectName::new("public", "clean");
    let _server = world.serve();
    let done = world.done(&on_table(OperationKind::VacuumAnalyze, &table)).await;
    assert_eq!((done.status, done.outcome), (Status::Completed, Some(Outcome::Effective)));
    let sentence = done.sentence.unwrap();
    assert_eq!(sentence, "There were no dead rows to remove. The planner's statistics are fresh.");
    let analyzed: i64 =
        scalar(&mut owner, "SELECT analyze_count FROM pg_stat_all_tables WHERE relname = 'clean'")
            .await;
    assert_eq!(analyzed, 1);
    // A vacuum alone has nothing to say but that.
    let done = world.done(&on_table(OperationKind::Vacuum, &table)).await;
    assert_eq!(done.outcome, Some(Outcome::NothingToDo));
    assert_eq!(done.sentence.unwrap(), "There were no dead rows to remove.");
}
