//! What is old goes into the archive, and the chain goes on from there.

use crate::support::{TestDatabase, run, texts};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use train::server::history;

/// Ten changes of two people each; all but the last two of Ann's, and all of Bob's, are two years
/// old.
async fn with_old_history() -> TestDatabase {
    let test = TestDatabase::new().await;
    for name in ["Ann", "Bob"] {
        let person = test.account(name).await;
        let mut connection = test.person(person).await;
        for rows in 0..10 {
            run(
                &mut connection,
                &format!("UPDATE user_preferences SET preferences = '{{\"rowsPerPage\": {rows}}}'"),
            )
            .await;
        }
    }
    // Only the owner can make them older; everything from there on is sealed anew.
    let mut owner = test.role("train_owner").await;
    run(
        &mut owner,
        "UPDATE configuration_audit_log SET changed_at = changed_at - interval '800 days'
         WHERE changed_by_name = 'Bob' OR version < 10",
    )
    .await;
    for version in 2..12 {
        let reseal = format!(
            "UPDATE configuration_audit_log AS log SET previous_hash =
               (SELECT hash FROM configuration_audit_log AS before
                 WHERE before.target_id = log.target_id AND before.version = log.version - 1)
               WHERE version = {version};
             UPDATE configuration_audit_log SET hash = audit_hash(previous_hash, id, sequence,
               config_type, target_id, owner_user_id, owner_organization_id, action, changed_by,
               changed_by_name, changed_at, changes, old_value, new_value, reason, client_ip,
               user_agent, source, mutation_id, version) WHERE version = {version}"
        );
        run(&mut owner, &reseal).await;
    }
    assert!(problems(&test).await.is_empty());
    test
}

async fn problems(test: &TestDatabase) -> Vec<String> {
    texts(
        &mut test.role("service_role").await,
        "SELECT version || ' ' || problem FROM verify_audit_chain() ORDER BY 1",
    )
    .await
}

async fn kept(test: &TestDatabase, table: &str) -> Vec<String> {
    let sql = format!(
        "SELECT changed_by_name || ' ' || version FROM {table} ORDER BY changed_by_name, version"
    );
    texts(&mut test.role("service_role").await, &sql).await
}

async fn refusal(connection: &mut PgConnection, sql: &str) -> String {
    match connection.execute(AssertSqlSafe(sql.to_owned())).await {
        Ok(done) => panic!("{sql}: allowed, {} rows", done.rows_affected()),
        Err(error) => error
            .as_database_error()
            .expect("the database refuses it")
            .code()
            .expect("a code")
            .into_owned(),
    }
}

#[tokio::test]
async fn old_changes_move_and_the_chain_stays_whole() {
    let test = with_old_history().await;
    let moved = history::archive(test.database.pool(), 730).await.unwrap();
    assert_eq!(moved, 8 + 9);
    assert_eq!(
        kept(&test, "configuration_audit_log").await,
        ["Ann 10", "Ann 11", "Bob 11"],
        "the newest stays, however old"
    );
    assert_eq!(kept(&test, "configuration_audit_archive").await.len(), 17);
    assert!(problems(&test).await.is_empty());
    assert_eq!(history::archive(test.database.pool(), 730).await.unwrap(), 0);
    // Bob's next change is chained to his last one.
    run(&mut test.role("service_role").await, "UPDATE user_preferences SET preferences = '{}'")
        .await;
    assert!(problems(&test).await.is_empty());
    history::archive(test.database.pool(), 730).await.unwrap();
    assert!(problems(&test).await.is_empty());
}

#[tokio::test]
async fn the_archive_is_under_the_seal_too() {
    let test = with_old_history().await;
    history::archive(test.database.pool(), 730).await.unwrap();
    let mut owner = test.role("train_owner").await;
    run(
        &mut owner,
        "UPDATE configuration_audit_archive SET reason = 'forged' WHERE version = 5
            AND changed_by_name = 'Ann'",
    )
    .await;
    assert_eq!(problems(&test).await, ["5 the row was altered after it was written"]);
    run(
        &mut owner,
        "DELETE FROM configuration_audit_archive WHERE version = 9 AND changed_by_name = 'Ann'",
    )
    .await;
    assert_eq!(problems(&test).await[0], "10 a row before this one is missing or was altered");
}

#[tokio::test]
async fn in_pieces_it_is_the_same() {
    let test = with_old_history().await;
    let mut service = test.role("service_role").await;
    for expected in ["4", "4", "4", "4", "1", "0"] {
        assert_eq!(
            texts(&mut service, "SELECT archive_audit_log('730 days', 4)::text").await,
            [expected]
        );
        assert!(problems(&test).await.is_empty(), "after each piece");
    }
}

#[tokio::test]
async fn nobody_can_put_away_what_is_recent_or_touch_the_archive() {
    let test = with_old_history().await;
    history::archive(test.database.pool(), 730).await.unwrap();
    let ann = texts(
        &mut test.role("service_role").await,
        "SELECT id::text FROM auth.users WHERE display_name = 'Ann'",
    )
    .await;
    let mut person = test.person(ann[0].parse().unwrap()).await;
    let (mut service, mut login) = (test.role("service_role").await, test.login().await);
    for keep in ["'29 days'", "'0'", "'-1 day'", "NULL"] {
        assert_eq!(
            refusal(&mut service, &format!("SELECT archive_audit_log({keep}, 10)")).await,
            "22023",
            "{keep}"
        );
    }
    for connection in [&mut person, &mut login] {
        assert_eq!(refusal(connection, "SELECT archive_audit_log('730 days', 10)").await, "42501");
    }
    for connection in [&mut person, &mut service, &mut login] {
        for sql in [
            "UPDATE configuration_audit_archive SET reason = 'forged'",
            "DELETE FROM configuration_audit_archive",
            "TRUNCATE configuration_audit_archive",
            "INSERT INTO configuration_audit_archive SELECT *, now() FROM configuration_audit_log",
        ] {
            assert_eq!(refusal(connection, sql).await, "42501", "{sql}");
        }
    }
}
