//! Trouble made on purpose in a PostgreSQL of its own: each kind raises its one alert, and lets go
//! of it when it is mended.

use crate::support::{run, scratch_directory, undurable};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use std::{collections::BTreeSet, time::Duration};
use tokio::time::timeout;
use train::{
    domain::database::{AlertKind, AlertQuery},
    server::{
        database::{alerts::AlertService, health::HealthService},
        foundation::context::{Actor, RequestContext, Role, Source},
        notifications::NotificationService,
        postgres::{Database, EmbeddedConfig, migrations, start_embedded},
    },
};
use uuid::Uuid;

/// Long for anything here; only a test that fails waits for it.
const SOON: Duration = Duration::from_secs(60);

async fn connect(options: &PgConnectOptions) -> PgConnection {
    PgConnection::connect_with(options).await.unwrap()
}

/// Kind and subject of what is open among those.
async fn open(
    alerts: &AlertService,
    admin: &RequestContext,
    wanted: &BTreeSet<String>,
) -> Vec<String> {
    let query = AlertQuery { limit: Some(100), ..AlertQuery::default() };
    let list = alerts.list(admin, &query).await.unwrap().alerts;
    let named = list.into_iter().map(|alert| format!("{} {}", alert.kind.as_str(), alert.subject));
    named.filter(|name| wanted.contains(name)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_trouble_raises_its_one_alert_and_resolves_itself() {
    let mut settings = undurable();
    for (name, value) in [
        ("wal_level", "replica"),
        ("max_wal_senders", "2"),
        ("max_prepared_transactions", "5"),
        ("max_connections", "103"),
    ] {
        settings.retain(|(known, _)| known != name);
        settings.push((name.to_owned(), value.to_owned()));
    }
    let config = EmbeddedConfig { data_dir: scratch_directory("trouble"), settings };
    let reached = start_embedded(config).await.unwrap_or_else(|error| panic!("{error}"));
    let options = reached.options.clone();
    migrations::up(&options).await.unwrap();
    let database = Database::connect(options.clone(), 5).await.unwrap();
    let notifications = NotificationService::new(database.clone(), false);
    let alerts =
        AlertService::new(database.clone(), HealthService::new(database.clone()), notifications);
    let add = "INSERT INTO auth.users (email, password_hash, display_name, role)
        VALUES ('ada@example.com', '$argon2id$test', 'Ada', 'admin') RETURNING id";
    let user_id: Uuid = sqlx::query_scalar(add).fetch_one(database.pool()).await.unwrap();
    let actor = Some(Actor { user_id, role: Role::Admin, scopes: None });
    let admin = RequestContext { actor, ..RequestContext::without_person(Source::Page) };
    let mut rules = alerts.rules(&admin).await.unwrap();
    for rule in &mut rules.rules {
        rule.for_seconds = 0;
        if matches!(rule.kind, AlertKind::IdleInTransaction | AlertKind::PreparedTransaction) {
            (rule.warning, rule.critical) = (Some(1.0), None);
        }
    }
    alerts.set_rules(&admin, &rules).await.unwrap();

    let mut owner = connect(&options).await;
    run(&mut owner, "SET ROLE train_owner").await;
    run(&mut owner, "CREATE TABLE trouble (id smallserial, n integer)").await;
    run(&mut owner, "INSERT INTO trouble (n) SELECT 1 FROM generate_series(1, 10)").await;
    run(
        &mut owner,
        "CREATE INDEX trouble_one ON trouble (n); CREATE INDEX trouble_two ON trouble (n)",
    )
    .await;
    let refused = sqlx::query("CREATE UNIQUE INDEX CONCURRENTLY trouble_bad ON trouble (n)")
        .execute(&mut owner)
        .await;
    refused.expect_err("the rows are the same");
    run(&mut owner, "SELECT setval('trouble_id_seq', 31130)").await;
    let mut idle = connect(&options).await;
    let idle_pid: i32 =
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut idle).await.unwrap();
    run(&mut idle, "BEGIN").await;
    run(&mut owner, "BEGIN; INSERT INTO trouble (n) VALUES (2); PREPARE TRANSACTION 'forgotten'")
        .await;
    let mut superuser = connect(&options.clone().username("postgres")).await;
    run(&mut superuser, "SELECT pg_create_physical_replication_slot('away', true)").await;
    let used: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'",
    )
    .fetch_one(&mut superuser)
    .await
    .unwrap();
    let mut crowd = Vec::new();
    // 100 are there for ordinary roles; the rest is room for the pools of the server.
    for _ in used..85 {
        crowd.push(connect(&options).await);
    }

    let duplicate: BTreeSet<String> =
        ["trouble_one", "trouble_two"].map(|name| format!("duplicate_index public.{name}")).into();
    let single: BTreeSet<String> = [
        "invalid_index public.trouble_bad".to_owned(),
        "sequence_exhaustion public.trouble_id_seq".to_owned(),
        format!("idle_in_transaction pid {idle_pid}"),
        "prepared_transaction forgotten".to_owned(),
        "inactive_slot away".to_owned(),
        "high_connection_usage connections".to_owned(),
    ]
    .into();
    let raised = async {
        loop {
            assert!(alerts.evaluate_once().await.unwrap());
            let (one, all) =
                (open(&alerts, &admin, &duplicate).await, open(&alerts, &admin, &single).await);
            if one.len() == 1 && all.len() == single.len() {
                return all.into_iter().collect::<BTreeSet<_>>();
            }
        }
    };
    match timeout(SOON, raised).await {
        Ok(raised) => assert_eq!(raised, single),
        Err(_) => panic!("{:?}", alerts.list(&admin, &AlertQuery::default()).await),
    }

    run(&mut idle, "ROLLBACK").await;
    run(&mut owner, "ROLLBACK PREPARED 'forgotten'").await;
    run(&mut superuser, "SELECT pg_drop_replication_slot('away')").await;
    run(&mut owner, "DROP TABLE trouble").await;
    for connection in crowd {
        connection.close().await.unwrap();
    }
    let both: BTreeSet<String> = single.union(&duplicate).cloned().collect();
    let mended = async {
        while !open(&alerts, &admin, &both).await.is_empty() {
            assert!(alerts.evaluate_once().await.unwrap());
        }
    };
    if timeout(SOON, mended).await.is_err() {
        panic!("{:?}", alerts.list(&admin, &AlertQuery::default()).await);
    }
    database.close().await;
}
