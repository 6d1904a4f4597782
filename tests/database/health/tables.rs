//! Tables and indexes: their rows, their size, and what nobody needs of them.

use super::{administrator, emptied, flush, index, read, service, superuser, table};
use crate::support::{TestDatabase, run};
use train::domain::database::{
    IndexProblem, IndexQuery, IndexSort, ObjectName, Panel, TableQuery, TableSort, Target,
};

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
