//! `verify_audit_chain()` finds what the owner of the database, who can do anything, did to
//! history.

use crate::support::{TestDatabase, run, texts};
use sqlx::Connection;
use train::server::history::Anchor;

const ALTERED: &str = "the row was altered after it was written";
const GAP: &str = "a row before this one is missing or was altered";
const ADRIFT: &str = "the present value is not the one that history ends with";

/// Two people with three changes each, versions 2 to 4.
async fn with_history() -> TestDatabase {
    let test = TestDatabase::new().await;
    for name in ["Ann", "Bob"] {
        let person = test.account(name).await;
        let mut connection = test.person(person).await;
        for rows in [10, 50, 100] {
            run(
                &mut connection,
                &format!("UPDATE user_preferences SET preferences = '{{\"rowsPerPage\": {rows}}}'"),
            )
            .await;
        }
    }
    test
}

async fn verify(test: &TestDatabase) -> Vec<String> {
    let sql = "SELECT coalesce(broken.version::text, '-') || ' ' || problem
        FROM verify_audit_chain() AS broken ORDER BY 1";
    texts(&mut test.role("service_role").await, sql).await
}

const ANN: &str = "target_id = (SELECT p.id FROM user_preferences p
    JOIN auth.users u ON u.id = p.user_id WHERE u.display_name = 'Ann')";

#[tokio::test]
async fn an_honest_history_is_whole_in_every_session() {
    let test = with_history().await;
    assert_eq!(verify(&test).await, Vec::<String>::new());
    let mut service = test.role("service_role").await;
    for setting in [
        "SET TIME ZONE 'Asia/Kathmandu'",
        "SET datestyle = 'German'",
        "SET extra_float_digits = -15",
        "SET bytea_output = 'escape'",
    ] {
        run(&mut service, setting).await;
    }
    assert!(texts(&mut service, "SELECT problem FROM verify_audit_chain()").await.is_empty());
}

#[tokio::test]
async fn every_column_is_under_the_seal() {
    let test = with_history().await;
    let mut owner = test.role("train_owner").await;
    for column in [
        "id = gen_random_uuid()",
        "sequence = sequence + 1000",
        "config_type = 'ai_config'",
        "owner_user_id = NULL",
        "owner_organization_id = gen_random_uuid()",
        "action = 'reset'",
        "changed_by = NULL",
        "changed_by_name = 'Bob'",
        "changed_at = changed_at - interval '1 microsecond'",
        "changes = '[]'",
        "old_value = '{}'",
        "new_value = '{\"rowsPerPage\": 25}'",
        "reason = 'because'",
        "client_ip = '192.0.2.1'",
        "user_agent = 'Other'",
        "source = 'page'",
        "mutation_id = gen_random_uuid()",
        "previous_hash = sha256('x')",
    ] {
        let mut transaction = owner.begin().await.unwrap();
        run(
            &mut transaction,
            &format!("UPDATE configuration_audit_log SET {column} WHERE version = 3 AND {ANN}"),
        )
        .await;
        let problems =
            texts(&mut transaction, "SELECT problem FROM verify_audit_chain() WHERE version = 3")
                .await;
        assert!(problems.iter().any(|problem| problem == ALTERED), "{column}");
        transaction.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_row_sealed_anew_breaks_the_chain_after_it() {
    let test = with_history().await;
    let sql = format!(
        "UPDATE configuration_audit_log SET reason = 'forged', hash = sha256('forged')
            WHERE version = 3 AND {ANN}"
    );
    run(&mut test.role("train_owner").await, &sql).await;
    assert_eq!(verify(&test).await, [format!("3 {ALTERED}"), format!("4 {GAP}")]);
}

/// Whoever knows how rows are sealed can mend the chain around a hole, but not renumber what the
/// saves were told.
#[tokio::test]
async fn a_hole_that_was_mended_is_found_by_the_versions() {
    let test = with_history().await;
    let mut owner = test.role("train_owner").await;
    let mended = format!(
        "DELETE FROM configuration_audit_log WHERE version = 3 AND {ANN};
        UPDATE configuration_audit_log AS log SET previous_hash =
          (SELECT hash FROM configuration_audit_log AS before
            WHERE before.target_id = log.target_id AND before.version = 2)
          WHERE version = 4 AND {ANN};
        UPDATE configuration_audit_log SET hash = audit_hash(previous_hash, id, sequence,
          config_type, target_id, owner_user_id, owner_organization_id, action, changed_by,
          changed_by_name, changed_at, changes, old_value, new_value, reason, client_ip,
          user_agent, source, mutation_id, version) WHERE version = 4 AND {ANN}"
    );
    run(&mut owner, &mended).await;
    assert_eq!(verify(&test).await, [format!("4 {GAP}")]);
}

#[tokio::test]
async fn a_missing_row_is_missed() {
    for (version, expected) in
        [(2, format!("3 {GAP}")), (3, format!("4 {GAP}")), (4, format!("4 {ADRIFT}"))]
    {
        let test = with_history().await;
        let sql =
            format!("DELETE FROM configuration_audit_log WHERE version = {version} AND {ANN}");
        run(&mut test.role("train_owner").await, &sql).await;
        assert_eq!(verify(&test).await, [expected]);
    }
    let test = with_history().await;
    run(
        &mut test.role("train_owner").await,
        &format!("DELETE FROM configuration_audit_log WHERE {ANN}"),
    )
    .await;
    assert_eq!(verify(&test).await, [format!("4 {ADRIFT}")], "all of one person's");
}

#[tokio::test]
async fn a_value_changed_past_its_trigger_is_noticed() {
    let test = with_history().await;
    let mut owner = test.role("train_owner").await;
    run(&mut owner, "ALTER TABLE user_preferences DISABLE TRIGGER record_update").await;
    let sql = "UPDATE user_preferences SET preferences = '{}'
        WHERE user_id = (SELECT id FROM auth.users WHERE display_name = 'Ann')";
    run(&mut owner, sql).await;
    assert_eq!(verify(&test).await, [format!("5 {ADRIFT}")]);
}

const GONE: &str = "the whole history of this target was removed";
const CUT: &str = "its target is gone, and its history does not end with that";
const UNKNOWN: &str = "its history was never registered";

/// As [`with_history`], and Bob's account is deleted: his chain ends with that.
async fn with_a_deleted_target() -> TestDatabase {
    let test = with_history().await;
    run(&mut test.role("service_role").await, "DELETE FROM auth.users WHERE display_name = 'Bob'")
        .await;
    assert_eq!(verify(&test).await, Vec::<String>::new());
    test
}

const BOB: &str =
    "target_id = (SELECT target_id FROM configuration_audit_log WHERE action = 'deleted')";

#[tokio::test]
async fn the_removed_chain_of_a_deleted_target_is_missed() {
    let test = with_a_deleted_target().await;
    let mut owner = test.role("train_owner").await;
    run(
        &mut owner,
        "CREATE TEMPORARY TABLE bob AS SELECT DISTINCT target_id
            FROM configuration_audit_log WHERE action = 'deleted'",
    )
    .await;
    let mut transaction = owner.begin().await.unwrap();
    let problems = "SELECT problem FROM verify_audit_chain() ORDER BY 1";
    run(&mut transaction, &format!("DELETE FROM configuration_audit_log WHERE {BOB}")).await;
    assert_eq!(texts(&mut transaction, problems).await, [GONE]);
    // Together with its place in the register, wherever that is.
    run(
        &mut transaction,
        "DELETE FROM configuration_audit_chains WHERE target_id IN (SELECT target_id FROM bob)",
    )
    .await;
    let found = texts(&mut transaction, problems).await;
    assert_eq!(found, ["configuration_audit_chains: the last entries are missing"]);
    transaction.rollback().await.unwrap();
    let mut transaction = owner.begin().await.unwrap();
    run(&mut transaction, "DELETE FROM configuration_audit_chains WHERE number = 1").await;
    let found = texts(&mut transaction, problems).await;
    let gap = "configuration_audit_chains: an entry before this one is missing or was altered";
    assert_eq!(found, [gap, UNKNOWN]);
    transaction.rollback().await.unwrap();
    // The end of its chain, which no value of its target shows any more.
    run(&mut owner, "DELETE FROM configuration_audit_log WHERE action = 'deleted'").await;
    assert_eq!(verify(&test).await, [format!("4 {CUT}")]);
}

#[tokio::test]
async fn the_archive_does_not_make_a_chain_look_removed() {
    let test = with_a_deleted_target().await;
    // The archive keeps the newest change of each target where it is; whatever was moved is still
    // the chain.
    let moved = "WITH gone AS (DELETE FROM configuration_audit_log WHERE version < 4 RETURNING *)
        INSERT INTO configuration_audit_archive SELECT gone.* FROM gone";
    run(&mut test.role("train_owner").await, moved).await;
    assert_eq!(verify(&test).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_forgotten_on_purpose_is_on_record() {
    let test = with_a_deleted_target().await;
    let mut owner = test.role("train_owner").await;
    let forget = |whose: &str| format!("SELECT forget_history({whose})::text");
    let living = sqlx::query(sqlx::AssertSqlSafe(forget("(SELECT id FROM user_preferences)")));
    assert!(living.fetch_one(&mut owner).await.is_err(), "what exists keeps its history");
    let bob = "(SELECT DISTINCT target_id FROM configuration_audit_log WHERE action = 'deleted')";
    assert_eq!(texts(&mut owner, &forget(bob)).await, ["4"]);
    assert_eq!(verify(&test).await, Vec::<String>::new());
    let kept = "SELECT event FROM configuration_audit_chains ORDER BY number";
    assert_eq!(texts(&mut owner, kept).await, ["begun", "begun", "forgotten"]);
}

#[tokio::test]
async fn an_anchor_that_was_noted_finds_what_was_rewritten_as_a_whole() {
    let test = with_a_deleted_target().await;
    let noted = Anchor::now(&test.database).await.unwrap();
    let mut service = test.role("service_role").await;
    run(&mut service, "UPDATE user_preferences SET preferences = '{}'").await;
    assert!(noted.holds(&test.database).await.unwrap(), "what came later does not matter");
    // All of it, so that nothing in the database shows it: log, registers and their heads.
    let mut owner = test.role("train_owner").await;
    run(
        &mut owner,
        &format!(
            "DELETE FROM configuration_audit_log WHERE {BOB};
             DELETE FROM configuration_audit_chains;
             UPDATE audit_heads SET entries = 0, hash = NULL;
             INSERT INTO configuration_audit_chains (target_id, config_type, event)
               SELECT DISTINCT target_id, config_type, 'begun' FROM configuration_audit_log"
        ),
    )
    .await;
    assert_eq!(verify(&test).await, Vec::<String>::new());
    assert!(!noted.holds(&test.database).await.unwrap());
    assert!(Anchor::now(&test.database).await.unwrap().holds(&test.database).await.unwrap());
}

#[tokio::test]
async fn an_operators_command_cannot_be_taken_out_of_the_record() {
    let test = TestDatabase::new().await;
    let mut service = test.role("service_role").await;
    for command in ["admin promote", "admin disable", "admin enable"] {
        let sql = format!(
            "INSERT INTO administrative_actions (command, operator, host)
                VALUES ('{command}', 'root', 'here')"
        );
        run(&mut service, &sql).await;
    }
    assert_eq!(verify(&test).await, Vec::<String>::new());
    for sql in [
        "DELETE FROM administrative_actions",
        "UPDATE administrative_actions SET operator = 'other'",
        "INSERT INTO administrative_actions (command, operator, host, done_at)
            VALUES ('x', 'x', 'x', now())",
    ] {
        assert!(sqlx::query(sql).execute(&mut service).await.is_err(), "{sql}");
    }
    let mut owner = test.role("train_owner").await;
    for (sql, expected) in [
        (
            "UPDATE administrative_actions SET operator = 'other' WHERE number = 2",
            "the entry was altered",
        ),
        (
            "DELETE FROM administrative_actions WHERE number = 2",
            "an entry before this one is missing",
        ),
        ("DELETE FROM administrative_actions WHERE number = 3", "the last entries are missing"),
        ("DELETE FROM administrative_actions", "the last entries are missing"),
        ("DELETE FROM audit_heads", "the last entries are missing"),
    ] {
        let mut transaction = owner.begin().await.unwrap();
        run(&mut transaction, sql).await;
        let problems = texts(&mut transaction, "SELECT problem FROM verify_audit_chain()").await;
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{sql}: {problems:?}");
        transaction.rollback().await.unwrap();
    }
}
