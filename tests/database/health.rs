//! What the health of the database shows of states that were made on purpose.

use crate::support::{TestDatabase, run, texts};
use sqlx::{AssertSqlSafe, Connection, PgConnection, types::Json};
use std::time::Duration;
use train::{
    domain::database::{
        BlockedSession, IndexProblem, IndexQuery, IndexRow, IndexSort, ObjectName, Panel,
        QueryQuery, QueryRow, QuerySort, SetupState, TableQuery, TableRow, TableSort, Target,
    },
    server::{
        database::health::{HealthService, Signal},
        foundation::context::{Actor, RequestContext, Role, Source},
    },
};
use uuid::Uuid;

fn administrator() -> RequestContext {
    let actor = Actor { user_id: Uuid::new_v4(), role: Role::Admin, scopes: None };
    RequestContext { actor: Some(actor), ..RequestContext::without_person(Source::Page) }
}

fn service(test: &TestDatabase) -> HealthService {
    HealthService::new(test.database.clone())
}

fn read<T>(panel: &Panel<T>) -> &T {
    panel.value().unwrap_or_else(|| panic!("{:?}", panel.reason()))
}

/// A superuser's connection to the test's database.
async fn superuser(test: &TestDatabase) -> PgConnection {
    PgConnection::connect_with(&test.options().username("postgres")).await.unwrap()
}

/// Shows the counters of this connection to others at once.
async fn flush(connection: &mut PgConnection) {
    run(connection, "SELECT pg_stat_force_next_flush()").await;
    run(connection, "SELECT 1").await;
}

async fn table(test: &TestDatabase, name: &str) -> TableRow {
    let query = TableQuery { search: Some(name.into()), ..TableQuery::default() };
    let page = service(test).tables(&administrator(), &query).await.unwrap();
    let found = read(&page).tables.iter().find(|row| row.table.name == name).cloned();
    found.unwrap_or_else(|| panic!("{name} is not listed"))
}

async fn index(test: &TestDatabase, name: &str) -> IndexRow {
    let query = IndexQuery { search: Some(name.into()), ..IndexQuery::default() };
    let page =
        service(test).unused_after(Duration::ZERO).indexes(&administrator(), &query).await.unwrap();
    read(&page)
        .indexes
        .iter()
        .find(|row| row.index.name == name)
        .cloned()
        .unwrap_or_else(|| panic!("{name} is not listed"))
}

/// 10 000 rows, every tenth of which stays.
async fn emptied(connection: &mut PgConnection, name: &str) {
    run(connection, &format!("CREATE TABLE {name} (id int PRIMARY KEY, note text NOT NULL)")).await;
    run(
        connection,
        &format!(
            "INSERT INTO {name} SELECT n, repeat('x', 100) FROM generate_series(1, 10000) AS n"
        ),
    )
    .await;
    flush(connection).await;
    run(connection, &format!("ANALYZE {name}")).await;
    run(connection, &format!("DELETE FROM {name} WHERE id % 10 <> 0")).await;
    flush(connection).await;
}

#[tokio::test]
async fn dead_rows_are_counted_and_bloat_is_what_pgstattuple_measures() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    emptied(&mut owner, "emptied").await;
    let before = table(&test, "emptied").await;
    assert_eq!((before.live_rows, before.dead_rows, before.dead_ratio), (1000, 9000, Some(0.9)));
    assert!(before.autovacuum.vacuum_due && !before.autovacuum.enabled, "{:?}", before.autovacuum);
    assert_eq!(before.autovacuum.vacuum_threshold, 50.0 + 0.2 * 10_000.0);

    run(&mut owner, "VACUUM emptied").await;
    flush(&mut owner).await;
    let after = table(&test, "emptied").await;
    assert_eq!(after.dead_rows, 0);
    let measured: f64 =
        sqlx::query_scalar("SELECT free_percent / 100 FROM extensions.pgstattuple('emptied')")
            .fetch_one(&mut superuser(&test).await)
            .await
            .unwrap();
    let estimated = read(&after.bloat).share;
    assert!((estimated - measured).abs() < 0.1, "estimated {estimated}, measured {measured}");
    assert!(
        (read(&before.bloat).share - measured).abs() < 0.1,
        "before {:?}, measured {measured}",
        before.bloat
    );

    let target = Target::Table(ObjectName::new("public", "emptied"));
    let exact = service(&test).exact_bloat(&administrator(), &target).await.unwrap();
    assert!((read(&exact).share - measured).abs() < 0.1, "exact {exact:?}, measured {measured}");
    let target = Target::Index(ObjectName::new("public", "emptied_pkey"));
    let exact = service(&test).exact_bloat(&administrator(), &target).await.unwrap();
    assert!(read(&exact).share > 0.5, "{exact:?}");
}

#[tokio::test]
async fn without_the_right_or_statistics_there_is_no_number() {
    let test = TestDatabase::new().await;
    let mut superuser = superuser(&test).await;
    emptied(&mut superuser, "public.foreign_table").await;
    let row = table(&test, "foreign_table").await;
    let Panel::Unavailable { unavailable } = &row.bloat else { panic!("{:?}", row.bloat) };
    assert_eq!(
        unavailable.fix.as_deref(),
        Some("GRANT SELECT ON \"public\".\"foreign_table\" TO \"train_owner\";")
    );
    run(&mut superuser, "GRANT SELECT ON public.foreign_table TO train_owner").await;
    assert!(read(&table(&test, "foreign_table").await.bloat).share > 0.8);

    let mut owner = test.role("train_owner").await;
    run(&mut owner, "CREATE TABLE unknown AS SELECT generate_series(1, 1000) AS n").await;
    flush(&mut owner).await;
    let Panel::Unavailable { unavailable } = table(&test, "unknown").await.bloat else {
        panic!("there were no statistics")
    };
    assert_eq!(unavailable.fix.as_deref(), Some("ANALYZE \"public\".\"unknown\";"));
}

#[tokio::test]
async fn a_locked_table_says_so_and_everything_else_answers() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    run(
        &mut owner,
        "CREATE TABLE held (id int PRIMARY KEY); CREATE TABLE free (id int PRIMARY KEY)",
    )
    .await;
    run(&mut owner, "BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE").await;
    let (held, free) = (table(&test, "held").await, table(&test, "free").await);
    assert!(held.locked && !free.locked);
    assert!(matches!(&held.heap_bytes, Panel::Reading(one) if one.quality.as_str() == "estimate"));
    assert!(matches!(&free.heap_bytes, Panel::Reading(one) if one.quality.as_str() == "exact"));
    assert_eq!(index(&test, "held_pkey").await.definition, None);
    assert!(index(&test, "free_pkey").await.definition.is_some());
    let overview = service(&test).overview(&administrator(), true).await.unwrap();
    let overview = read(&overview);
    read(&overview.size_bytes);
    read(&overview.wraparound);
    read(&overview.replication);
    assert_eq!(
        overview.interval.reason().map(|reason| reason.starts_with("Not enough history yet")),
        Some(true)
    );
    let connections = service(&test).connections(&administrator()).await.unwrap();
    assert!(read(&connections.idle_in_transaction).iter().any(|session| {
        session.query.as_deref().is_some_and(|query| query.contains("LOCK TABLE held"))
    }));
}

#[tokio::test]
async fn names_of_every_kind_are_listed_and_measured() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    let long = "é".repeat(31) + "x";
    for name in ["Capital", "with \"quotes\"", "with space", "with.dot", "it's", &long] {
        let object = ObjectName::new("public", name);
        run(
            &mut owner,
            &format!("CREATE TABLE {} AS SELECT generate_series(1, 10) AS n", object.quoted()),
        )
        .await;
        run(&mut owner, &format!("ANALYZE {}", object.quoted())).await;
        let row = table(&test, name).await;
        assert_eq!(row.table, object);
        read(&row.bloat);
        read(&service(&test).exact_bloat(&administrator(), &Target::Table(object)).await.unwrap());
    }
}

#[tokio::test]
async fn a_reset_begins_a_new_history() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    let health = service(&test);
    health.take_snapshots().await.unwrap();
    run(&mut owner, "UPDATE database_snapshots SET taken_at = taken_at - interval '2 minutes'")
        .await;
    let overview = health.overview(&administrator(), true).await.unwrap();
    let interval = read(&read(&overview).interval);
    assert!(interval.seconds >= 120.0 && interval.commits_per_second > 0.0, "{interval:?}");
    run(&mut superuser(&test).await, "SELECT pg_stat_reset()").await;
    let overview = health.overview(&administrator(), true).await.unwrap();
    let reason = read(&overview).interval.reason().unwrap_or_default();
    assert!(reason.starts_with("Not enough history yet: the statistics were reset"), "{reason}");
    let page = health.indexes(&administrator(), &IndexQuery::default()).await.unwrap();
    assert!(read(&page).unused_known.reason().unwrap().starts_with("Not enough history yet"));
}

#[tokio::test]
async fn indexes_that_do_nothing_are_told_apart() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    run(&mut owner, "CREATE TABLE filled (id int PRIMARY KEY, a int, b int)").await;
    run(&mut owner, "INSERT INTO filled SELECT n, n, n FROM generate_series(1, 20000) AS n").await;
    run(
        &mut owner,
        "CREATE INDEX like_key ON filled (id); CREATE INDEX pair ON filled (a, b);
        CREATE INDEX prefix ON filled (a);
        CREATE INDEX other_way ON filled (a DESC); CREATE INDEX part ON filled (a) WHERE b > 5;
        CREATE INDEX expression_one ON filled ((a + b));
        CREATE INDEX expression_second ON filled ((a + b))",
    )
    .await;
    run(&mut owner, "UPDATE filled SET b = 1 WHERE id = 2").await;
    // A build that fails leaves it behind.
    let failed = sqlx::query("CREATE UNIQUE INDEX CONCURRENTLY broken ON filled ((b - b))")
        .execute(&mut owner)
        .await;
    assert!(failed.is_err());
    run(&mut owner, "ANALYZE filled").await;
    service(&test).take_snapshots().await.unwrap();
    let of = async |name: &str| index(&test, name).await;
    assert_eq!(of("like_key").await.duplicate_of.unwrap().name, "filled_pkey");
    assert_eq!(of("filled_pkey").await.duplicate_of, None);
    assert_eq!(of("prefix").await.duplicate_of.unwrap().name, "pair");
    assert_eq!(of("expression_second").await.duplicate_of.unwrap().name, "expression_one");
    for different in ["pair", "other_way", "part", "expression_one"] {
        assert_eq!(of(different).await.duplicate_of, None, "{different}");
    }
    assert_eq!(of("broken").await.problems, [IndexProblem::Invalid]);
    assert!(of("pair").await.problems.contains(&IndexProblem::Unused));
    assert!(!of("filled_pkey").await.problems.contains(&IndexProblem::Unused));
    let query = IndexQuery { problem: Some(IndexProblem::Duplicate), ..IndexQuery::default() };
    let page = service(&test).indexes(&administrator(), &query).await.unwrap();
    assert!(read(&page).indexes.iter().all(|row| row.duplicate_of.is_some()));
    assert!(read(&page).total >= 3);
}

#[tokio::test]
async fn troubles_are_observed() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    run(
        &mut owner,
        "CREATE TABLE counted (id smallserial PRIMARY KEY); CREATE TABLE falling (n int)",
    )
    .await;
    run(&mut owner, "SELECT setval('counted_id_seq', 31129)").await;
    run(
        &mut owner,
        "CREATE SEQUENCE down INCREMENT -1 MINVALUE -100 MAXVALUE -1; SELECT setval('down', -95)",
    )
    .await;
    run(&mut owner, "CREATE INDEX one ON falling (n); CREATE INDEX two ON falling (n)").await;
    emptied(&mut owner, "due").await;
    let mut idle = test.role("train_owner").await;
    run(&mut idle, "BEGIN; SELECT 1").await;
    let slot = format!("slot_{}", Uuid::new_v4().simple());
    let mut admin = superuser(&test).await;
    run(&mut admin, &format!("SELECT pg_create_physical_replication_slot('{slot}', true)")).await;
    run(&mut admin, &format!("BEGIN; CREATE TABLE prepared (); PREPARE TRANSACTION '{slot}'"))
        .await;
    let seen = service(&test).observe().await;
    run(&mut admin, &format!("ROLLBACK PREPARED '{slot}'")).await;
    run(&mut admin, &format!("SELECT pg_drop_replication_slot('{slot}')")).await;
    let share = |name: &str| {
        read(&seen.sequences).iter().find(|one| one.sequence.name == name).unwrap().share
    };
    assert!((share("counted_id_seq") - 0.95).abs() < 0.001 && (share("down") - 0.95).abs() < 0.001);
    assert!(
        read(&seen.troubled_indexes)
            .iter()
            .any(|row| row.index.name == "two" && row.problems.contains(&IndexProblem::Duplicate))
    );
    assert!(
        read(&seen.overdue_tables)
            .iter()
            .any(|row| row.table.name == "due" && row.autovacuum.vacuum_due)
    );
    assert!(!read(&seen.idle_in_transaction).is_empty());
    assert!(read(&seen.slots).iter().any(|one| one.name == slot && !one.active));
    assert!(read(&seen.prepared_transactions).iter().any(|one| one.gid == slot));
    assert!(read(&seen.connections).share() > 0.0);
    read(&seen.wraparound);
    read(&seen.bloated_tables);
    read(&seen.slow_queries);
    read(&seen.long_queries);
}

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
async fn what_reads_for_the_page_is_no_old_transaction() {
    let test = TestDatabase::new().await;
    let mut idle = test.role("train_owner").await;
    run(&mut idle, "BEGIN; SELECT 1").await;
    let health = service(&test);
    for _ in 0..20 {
        let overview = health.overview(&administrator(), true).await.unwrap();
        let overview = read(&overview);
        let oldest = read(&overview.oldest_transaction).as_ref().expect("one is open");
        assert_ne!(oldest.application.as_deref(), Some("train operations"));
        if let Some(holder) = read(&overview.oldest_xmin) {
            assert!(!holder.sentence.contains("train operations"), "{holder:?}");
        }
    }
}

#[tokio::test]
async fn the_mean_query_time_is_that_between_two_snapshots() {
    let test = TestDatabase::new().await;
    let health = service(&test);
    health.take_snapshots().await.unwrap();
    let overview = health.overview(&administrator(), true).await.unwrap();
    assert!(read(&overview).mean_query_ms.reason().is_some(), "one snapshot is not enough");
    health.take_snapshots().await.unwrap();
    let overview = health.overview(&administrator(), true).await.unwrap();
    assert!(*read(&read(&overview).mean_query_ms) > 0.0);
}

#[tokio::test]
async fn the_setup_of_an_embedded_cluster_is_whole_and_members_are_refused() {
    let test = TestDatabase::new().await;
    let report = service(&test).setup(&administrator()).await.unwrap();
    let missing: Vec<_> =
        report.checks.iter().filter(|check| check.state == SetupState::Missing).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(
        report.checks.iter().all(|check| (check.state == SetupState::Ready) == check.fix.is_none())
    );
    let actor = Actor { user_id: Uuid::new_v4(), role: Role::Member, scopes: None };
    let member =
        RequestContext { actor: Some(actor), ..RequestContext::without_person(Source::Page) };
    assert!(service(&test).overview(&member, false).await.is_err());
    assert!(service(&test).setup(&member).await.is_err());
}

#[tokio::test]
async fn snapshots_are_kept_by_tier() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    service(&test).take_snapshots().await.unwrap();
    service(&test).take_snapshots().await.unwrap();
    let counts = "SELECT tier || ' ' || count(*) FROM database_snapshots WHERE kind = 'overview'
        GROUP BY tier ORDER BY tier";
    let fresh = texts(&mut owner, counts).await;
    assert_eq!(fresh.last().map(String::as_str), Some("raw 2"));
    run(&mut owner, "UPDATE database_snapshots SET taken_at = taken_at - interval '8 days'").await;
    service(&test).take_snapshots().await.unwrap();
    assert_eq!(texts(&mut owner, counts).await, ["daily 2", "hourly 2", "raw 1"]);
    let payload: Json<serde_json::Value> = sqlx::query_scalar(AssertSqlSafe(
        "SELECT payload FROM database_snapshots WHERE kind = 'queries' AND tier = 'raw'",
    ))
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert!(payload.0["statements"].as_array().is_some_and(|statements| !statements.is_empty()));
}

#[tokio::test]
async fn a_list_is_remembered_while_its_rows_are_read_anew() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    run(&mut owner, "CREATE TABLE listed_first (n int)").await;
    let health = service(&test);
    let query = TableQuery { search: Some("listed".into()), ..TableQuery::default() };
    let names = async |query: &TableQuery| {
        let page = health.tables(&administrator(), query).await.unwrap();
        let Panel::Reading(page) = page else { panic!("{:?}", page.reason()) };
        let names: Vec<_> = page.value.tables.iter().map(|row| row.table.name.clone()).collect();
        (names, page.value.tables.iter().map(|row| row.live_rows).sum::<i64>(), page.as_of)
    };
    let (found, rows, as_of) = names(&query).await;
    assert_eq!((found.as_slice(), rows), (["listed_first".to_owned()].as_slice(), 0));
    run(&mut owner, "CREATE TABLE listed_second (n int); INSERT INTO listed_first VALUES (1)")
        .await;
    flush(&mut owner).await;
    assert_eq!(names(&query).await, (found, 1, as_of));
    let (found, _, later) = names(&TableQuery { fresh: true, ..query.clone() }).await;
    assert_eq!(found.len(), 2);
    assert!(later > as_of);
    // Who asks without “fresh” gets the newest that is remembered.
    assert_eq!(names(&query).await.0.len(), 2);
}

#[tokio::test]
async fn by_size_the_rows_stand_in_the_order_of_the_sizes_that_they_show() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    for (name, rows) in [("sized_known", 2_000), ("sized_grown", 20_000)] {
        run(&mut owner, &format!("CREATE TABLE {name} (n int) WITH (autovacuum_enabled = off)"))
            .await;
        run(&mut owner, &format!("CREATE INDEX {name}_n ON {name} (n)")).await;
        run(&mut owner, &format!("INSERT INTO {name} SELECT generate_series(1, {rows})")).await;
    }
    // Of the other one the catalog still knows that it was empty.
    run(&mut owner, "ANALYZE sized_known").await;
    let (health, search) = (service(&test), Some("sized_".to_owned()));
    for reverse in [false, true] {
        let (sort, search) = (TableSort::Size, search.clone());
        let query = TableQuery { search, sort, reverse, ..TableQuery::default() };
        let page = health.tables(&administrator(), &query).await.unwrap();
        let tables: Vec<_> = read(&page).tables.iter().map(|row| row.table.name.clone()).collect();
        let query = IndexQuery {
            search: query.search.clone(),
            sort: IndexSort::Size,
            reverse,
            ..IndexQuery::default()
        };
        let page = health.indexes(&administrator(), &query).await.unwrap();
        let indexes: Vec<_> =
            read(&page).indexes.iter().map(|row| row.index.name.clone()).collect();
        let mut expected =
            [vec!["sized_grown", "sized_known"], vec!["sized_grown_n", "sized_known_n"]];
        if reverse {
            expected.iter_mut().for_each(|names| names.reverse());
        }
        assert_eq!([tables, indexes], expected);
    }
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
async fn those_due_for_vacuum_and_those_due_for_analyze_are_both_observed() {
    let test = TestDatabase::new().await;
    let mut owner = test.role("train_owner").await;
    emptied(&mut owner, "due_for_vacuum").await;
    run(&mut owner, "ANALYZE due_for_vacuum").await;
    run(&mut owner, "CREATE TABLE due_for_analyze AS SELECT generate_series(1, 900) AS n").await;
    flush(&mut owner).await;
    let seen = service(&test).observe().await;
    let due = |name: &str| {
        let row = read(&seen.overdue_tables).iter().find(|row| row.table.name == name);
        row.map(|row| (row.autovacuum.vacuum_due, row.autovacuum.analyze_due))
    };
    assert_eq!(due("due_for_vacuum"), Some((true, false)));
    assert_eq!(due("due_for_analyze"), Some((false, true)));
}
