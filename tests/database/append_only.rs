//! History cannot be rewritten by anybody but the owner of the database.

use crate::support::{TestDatabase, run, texts};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use uuid::Uuid;

const INSERT: &str = "INSERT INTO configuration_audit_log
    (config_type, target_id, action, changed_at, changes, source, version, hash)
    VALUES ('user_preference', gen_random_uuid(), 'updated', now(), '[]', 'page', 1, '')";
const UPDATE: &str = "UPDATE configuration_audit_log SET reason = 'forged'";
const DELETE: &str = "DELETE FROM configuration_audit_log";
const TRUNCATE: &str = "TRUNCATE configuration_audit_log";

async fn refusal(connection: &mut PgConnection, sql: &str) -> String {
    match connection.execute(AssertSqlSafe(sql.to_owned())).await {
        Ok(done) => panic!("{sql}: allowed, {} rows", done.rows_affected()),
        Err(error) => {
            let error = error.as_database_error().expect("the database refuses it");
            assert_eq!(error.code().as_deref(), Some("42501"), "{sql}: {error}");
            error.message().to_owned()
        }
    }
}

async fn with_history() -> (TestDatabase, Uuid) {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    run(
        &mut test.person(ann).await,
        "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'",
    )
    .await;
    (test, ann)
}

#[tokio::test]
async fn no_role_of_the_server_can_touch_a_row() {
    let (test, ann) = with_history().await;
    let administrator = test.administrator("Administrator").await;
    let mut connections = [
        test.person(ann).await,
        test.person(administrator).await,
        test.role("authenticated").await,
        test.role("service_role").await,
        test.login().await,
    ];
    for connection in &mut connections {
        for sql in [INSERT, UPDATE, DELETE, TRUNCATE] {
            refusal(connection, sql).await;
        }
    }
    let mut owner = test.role("train_owner").await;
    assert_eq!(
        texts(&mut owner, "SELECT count(*)::text FROM configuration_audit_log").await,
        ["1"]
    );
}

#[tokio::test]
async fn not_even_with_every_right_and_no_row_level_security() {
    let (test, _) = with_history().await;
    let mut owner = test.role("train_owner").await;
    for sql in [
        "GRANT ALL ON configuration_audit_log TO service_role",
        "GRANT USAGE ON SEQUENCE configuration_audit_log_sequence_seq TO service_role",
    ] {
        run(&mut owner, sql).await;
    }
    let mut service = test.role("service_role").await;
    assert!(refusal(&mut service, INSERT).await.contains("row-level security"));
    run(
        &mut owner,
        "ALTER TABLE configuration_audit_log DISABLE ROW LEVEL SECURITY,
            NO FORCE ROW LEVEL SECURITY",
    )
    .await;
    for sql in [UPDATE, DELETE, TRUNCATE] {
        assert!(refusal(&mut service, sql).await.contains("append-only"));
    }
}

#[tokio::test]
async fn triggers_cannot_be_switched_off_or_called() {
    let (test, ann) = with_history().await;
    for connection in &mut [test.person(ann).await, test.role("service_role").await] {
        for sql in [
            "ALTER TABLE user_preferences DISABLE TRIGGER ALL",
            "DROP TRIGGER record_update ON user_preferences",
            "SET session_replication_role = replica",
            "DROP TABLE configuration_audit_log",
            "SELECT record_change('user_preference', gen_random_uuid(), NULL, NULL, 'updated', 1,
                NULL, NULL)",
        ] {
            refusal(connection, sql).await;
        }
    }
}
