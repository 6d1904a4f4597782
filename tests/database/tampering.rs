//! `verify_audit_chain()` finds what the owner of the database, who can do anything, did to history.

use crate::support::{TestDatabase, run, texts};
use sqlx::Connection;

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
    let sql = "SELECT coalesce(broken.version::text, '-') || ' ' || problem FROM verify_audit_chain() AS broken ORDER BY 1";
    texts(&mut test.role("service_role").await, sql).await
}

const ANN: &str = "target_id = (SELECT p.id FROM user_preferences p JOIN auth.users u ON u.id = p.user_id WHERE u.display_name = 'Ann')";

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
        "UPDATE configuration_audit_log SET reason = 'forged', hash = sha256('forged') WHERE version = 3 AND {ANN}"
    );
    run(&mut test.role("train_owner").await, &sql).await;
    assert_eq!(verify(&test).await, [format!("3 {ALTERED}"), format!("4 {GAP}")]);
}

/// Whoever knows how rows are sealed can mend the chain around a hole, but not renumber what the saves were told.
#[tokio::test]
async fn a_hole_that_was_mended_is_found_by_the_versions() {
    let test = with_history().await;
    let mut owner = test.role("train_owner").await;
    let mended = format!(
        "DELETE FROM configuration_audit_log WHERE version = 3 AND {ANN};
        UPDATE configuration_audit_log AS log SET previous_hash =
          (SELECT hash FROM configuration_audit_log AS before WHERE before.target_id = log.target_id AND before.version = 2)
          WHERE version = 4 AND {ANN};
        UPDATE configuration_audit_log SET hash = audit_hash(previous_hash, id, sequence, config_type, target_id, owner_user_id,
          owner_organization_id, action, changed_by, changed_by_name, changed_at, changes, old_value, new_value, reason,
          client_ip, user_agent, source, mutation_id, version) WHERE version = 4 AND {ANN}"
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
    let sql = "UPDATE user_preferences SET preferences = '{}' WHERE user_id = (SELECT id FROM auth.users WHERE display_name = 'Ann')";
    run(&mut owner, sql).await;
    assert_eq!(verify(&test).await, [format!("5 {ADRIFT}")]);
}
