//! What the health of the database shows of states that were made on purpose.

mod history;
mod sessions;
mod statements;
mod tables;

use crate::support::{TestDatabase, run};
use sqlx::{Connection, PgConnection};
use std::time::Duration;
use train::{
    domain::database::{
        IndexProblem, IndexQuery, IndexRow, Panel, SetupState, TableQuery, TableRow,
    },
    server::{
        database::health::HealthService,
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
