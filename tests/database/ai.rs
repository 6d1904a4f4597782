//! Stored layers of AI configuration: versions, history, who is shown what, and what applies.

use crate::support::{TestDatabase, run, texts};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection};
use uuid::Uuid;

/// The code of the refusal.
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

async fn history(test: &TestDatabase) -> Vec<String> {
    let sql =
        "SELECT concat_ws(' ', config_type, version, action, coalesce(changed_by_name, 'nobody'))
        FROM configuration_audit_log ORDER BY sequence";
    texts(&mut test.role("service_role").await, sql).await
}

async fn verified(test: &TestDatabase) -> bool {
    texts(&mut test.role("service_role").await, "SELECT problem FROM verify_audit_chain()")
        .await
        .is_empty()
}

async fn effective(connection: &mut PgConnection, person: Uuid) -> Value {
    let sql = format!("SELECT get_effective_ai_config('{person}')::text");
    serde_json::from_str(&texts(connection, &sql).await[0]).unwrap()
}

#[tokio::test]
async fn every_change_of_a_configuration_is_one_row_of_history() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut person = test.person(ann).await;
    for sql in [
        format!(
            "INSERT INTO ai_configurations (user_id, config_name, version)
                VALUES ('{ann}', 'Mine', 99)"
        ),
        "UPDATE ai_configurations SET configuration = '{\"model\": {\"maxTokens\": 100}}'"
            .to_owned(),
        "UPDATE ai_configurations SET is_active = false".to_owned(),
        "UPDATE ai_configurations SET is_active = true".to_owned(),
        "UPDATE ai_configurations SET priority = 5, is_active = false".to_owned(),
        "UPDATE ai_configurations SET version = 99".to_owned(),
        "UPDATE ai_configurations SET configuration = configuration".to_owned(),
        "DELETE FROM ai_configurations".to_owned(),
    ] {
        run(&mut person, &sql).await;
    }
    let told = ["1 created", "2 updated", "3 deactivated", "4 activated", "5 updated", "6 deleted"];
    assert_eq!(history(&test).await, told.map(|change| format!("ai_config {change} Ann")));
    let mut service = test.role("service_role").await;
    let last = "SELECT old_value::text FROM configuration_audit_log ORDER BY sequence DESC LIMIT 1";
    let recorded: Value = serde_json::from_str(&texts(&mut service, last).await[0]).unwrap();
    let expected = json!({
        "configName": "Mine",
        "isActive": false,
        "priority": 5,
        "configuration": {"model": {"maxTokens": 100}},
    });
    assert_eq!(recorded, expected);
    assert!(verified(&test).await);
}

#[tokio::test]
async fn a_described_save_cannot_hide_that_it_switched_one_off() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut person = test.person(ann).await;
    run(
        &mut person,
        &format!("INSERT INTO ai_configurations (user_id, config_name) VALUES ('{ann}', 'Mine')"),
    )
    .await;
    for (described, is_active) in [("updated", false), ("rolled_back", true)] {
        run(
            &mut person,
            &format!("SELECT set_config('train.change', '{{\"action\": \"{described}\"}}', false)"),
        )
        .await;
        run(&mut person, &format!("UPDATE ai_configurations SET is_active = {is_active}")).await;
    }
    assert_eq!(
        history(&test).await[1..],
        ["ai_config 2 deactivated Ann", "ai_config 3 rolled_back Ann"]
    );
}

#[tokio::test]
async fn a_restored_configuration_goes_on_with_its_history() {
    let test = TestDatabase::new().await;
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    let mut person = test.person(ann).await;
    let id = Uuid::new_v4();
    let make = |owner: Uuid| {
        format!(
            "INSERT INTO ai_configurations (id, user_id, config_name)
                VALUES ('{id}', '{owner}', 'Mine')"
        )
    };
    run(&mut person, &make(ann)).await;
    run(&mut person, "DELETE FROM ai_configurations").await;
    assert_eq!(
        refusal(&mut test.person(bob).await, &make(bob)).await,
        "42501",
        "it is Ann's history"
    );
    run(&mut person, &make(ann)).await;
    let told = ["1 created", "2 deleted", "3 created"];
    assert_eq!(history(&test).await, told.map(|change| format!("ai_config {change} Ann")));
    assert!(verified(&test).await);
}

#[tokio::test]
async fn what_goes_with_its_owner_leaves_its_history() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let team = test.organization("Team", &[(ann, "owner")]).await;
    let mut service = test.role("service_role").await;
    for sql in [
        format!(
            "INSERT INTO ai_configurations (organization_id, config_name)
                VALUES ('{team}', 'Ours')"
        ),
        "UPDATE organization_policies SET ceilings = '{\"maxTokens\": 10}'".to_owned(),
        format!(
            "INSERT INTO vault.secrets (scope_type, scope_id, name, version, key_id, nonce,
                ciphertext, masked, state)
             VALUES ('organization', '{team}', 'a', 1, 'abcdef01', substr(sha256('n'), 1, 24),
             sha256('c'), 'sk-ant-…a1b2', 'primary')"
        ),
        format!("DELETE FROM organizations WHERE id = '{team}'"),
    ] {
        run(&mut service, &sql).await;
    }
    let mut told = history(&test).await;
    told[3..].sort();
    let expected = [
        "ai_config 1 created nobody",
        "organization_policy 2 updated nobody",
        "api_key 1 created nobody",
        "ai_config 2 deleted nobody",
        "api_key 2 deleted nobody",
        "organization_policy 3 deleted nobody",
    ];
    assert_eq!(told, expected);
    assert_eq!(texts(&mut service, "SELECT count(*)::text FROM vault.secrets").await, ["0"]);
    assert!(verified(&test).await);
}

#[tokio::test]
async fn forged_writes_are_refused() {
    let test = TestDatabase::new().await;
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    test.organization("Team", &[(bob, "owner"), (ann, "member")]).await;
    let mut person = test.person(ann).await;
    run(
        &mut person,
        &format!(
            "INSERT INTO ai_configurations (user_id, config_name, created_by)
                VALUES ('{ann}', 'Mine', '{bob}')"
        ),
    )
    .await;
    let author = texts(&mut person, "SELECT created_by::text FROM ai_configurations").await;
    assert_eq!(author, [ann.to_string()], "nobody writes in another's name");
    for sql in [
        format!("UPDATE ai_configurations SET user_id = '{bob}'"),
        "UPDATE ai_configurations SET created_by = NULL".to_owned(),
        format!("INSERT INTO ai_configurations (user_id, config_name) VALUES ('{bob}', 'Theirs')"),
        "SELECT * FROM vault.secrets".to_owned(),
        "SELECT vault.secret_value(NULL)".to_owned(),
        "INSERT INTO model_overrides (model_id, entry) VALUES ('m', '{}')".to_owned(),
        "SELECT admit_generations(gen_random_uuid(), '[]', '[]')".to_owned(),
        "SELECT gates_headroom(gen_random_uuid(), '[]')".to_owned(),
        "SELECT end_generations('[]', '[]', '[]', '[]')".to_owned(),
        "SELECT note_thresholds('[]')".to_owned(),
        "SELECT tidy_holds(1)".to_owned(),
        "DELETE FROM generation_logs".to_owned(),
    ] {
        assert_eq!(refusal(&mut person, &sql).await, "42501", "{sql}");
    }
    let secret = "UPDATE ai_configurations SET configuration =
        '{\"apiKeys\": {\"primary\": \"sk-ant-api03-x\"}}'";
    assert_eq!(refusal(&mut person, secret).await, "23514", "a key is never a configuration");
    let both = "INSERT INTO ai_configurations (user_id, organization_id, config_name)
        SELECT user_id, organization_id, 'Both' FROM organization_members";
    assert_eq!(
        refusal(&mut test.role("service_role").await, both).await,
        "23514",
        "one owner, not two"
    );
}

#[tokio::test]
async fn the_ledger_is_append_only_for_the_service_too() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut service = test.role("service_role").await;
    let row = format!(
        "INSERT INTO generation_logs (request_id, attempt, model, cost_nano_usd, price_version,
            duration_ms, status, user_id)
         VALUES ('{ann}', 1, 'm', 5, '1', 9, 'success', '{ann}')"
    );
    run(&mut service, &row).await;
    assert_eq!(refusal(&mut service, &row).await, "23505", "one attempt is billed once");
    for sql in [
        "UPDATE generation_logs SET cost_nano_usd = 0",
        "DELETE FROM generation_logs",
        "TRUNCATE generation_logs",
    ] {
        assert_eq!(refusal(&mut service, sql).await, "42501", "{sql}");
    }
}

#[tokio::test]
async fn no_more_is_thought_than_written() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut service = test.role("service_role").await;
    let row = |attempt: i32, output: i32, thinking: i32| {
        format!(
            "INSERT INTO generation_logs (request_id, attempt, model, output_tokens,
                thinking_tokens, cost_nano_usd, price_version, duration_ms, status, user_id)
             VALUES ('{ann}', {attempt}, 'm', {output}, {thinking}, 5, '1', 9, 'success', '{ann}')"
        )
    };
    run(&mut service, &row(1, 5, 5)).await;
    for (output, thinking) in [(5, 6), (5, -1)] {
        assert_eq!(refusal(&mut service, &row(2, output, thinking)).await, "23514");
    }
}

#[tokio::test]
async fn layers_are_merged_and_clamped() {
    let test = TestDatabase::new().await;
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    let team = test.organization("Team", &[(ann, "member"), (bob, "owner")]).await;
    let mut service = test.role("service_role").await;
    assert_eq!(effective(&mut service, ann).await, json!({}));
    let store =
        "INSERT INTO ai_configurations (user_id, organization_id, config_name, configuration,
                priority, is_active)
            VALUES ($1, $2, $3, $4, $5, $6)";
    for (person, organization, name, configuration, priority, is_active) in [
        (
            None,
            Some(team),
            "ours",
            json!({
                "model": {"model": "a", "temperature": 0.5},
                "costBudget": {"dailyBudget": 50, "alertThresholds": [0.5, 0.9]},
            }),
            2,
            true,
        ),
        (None, Some(team), "lower", json!({"model": {"topP": 0.1}}), 1, true),
        (None, Some(team), "off", json!({"model": {"topP": 0.2}}), 9, false),
        (
            Some(ann),
            None,
            "mine",
            json!({
                "model": {"temperature": null, "maxTokens": 9000},
                "rateLimiting": {"burstAllowance": 0},
                "costBudget": {"alertThresholds": [1]},
            }),
            0,
            true,
        ),
        (Some(bob), None, "other", json!({"model": {"topP": 0.3}}), 99, true),
    ] {
        let made = sqlx::query(store)
            .bind(person)
            .bind(organization)
            .bind(name)
            .bind(configuration)
            .bind(priority)
            .bind(is_active);
        made.execute(&mut service).await.unwrap();
    }
    // A stored null sets nothing: the organization's temperature applies.
    let merged = json!({
        "model": {"model": "a", "temperature": 0.5, "maxTokens": 9000},
        "rateLimiting": {"burstAllowance": 0},
        "costBudget": {"dailyBudget": 50, "alertThresholds": [1]},
    });
    assert_eq!(effective(&mut service, ann).await, merged);
    let ceilings = "UPDATE organization_policies
        SET ceilings = '{\"dailyBudget\": 20.5, \"weeklyBudget\": 1, \"maxTokens\": 10000,
        \"burstAllowance\": 5, \"allowedModels\": [\"b\"]}'";
    run(&mut service, ceilings).await;
    let clamped = json!({
        "model": {"temperature": 0.5, "maxTokens": 9000},
        "rateLimiting": {"burstAllowance": 0},
        "costBudget": {"dailyBudget": 20.5, "alertThresholds": [1]},
    });
    assert_eq!(
        effective(&mut test.person(ann).await, ann).await,
        clamped,
        "and nothing that was not set"
    );
    run(
        &mut service,
        "UPDATE organization_policies SET ceilings = '{\"allowedModels\": [\"a\", \"b\"]}'",
    )
    .await;
    assert_eq!(effective(&mut service, ann).await, merged);
    // Of equal priority the newest applies.
    run(&mut service, "UPDATE ai_configurations SET priority = 2 WHERE config_name = 'lower'")
        .await;
    assert_eq!(effective(&mut service, ann).await["model"]["topP"], json!(0.1));
}

#[tokio::test]
async fn anothers_effective_configuration_is_refused() {
    let test = TestDatabase::new().await;
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    let administrator = test.administrator("Administrator").await;
    test.organization("Team", &[(ann, "owner"), (bob, "member")]).await;
    let ask = format!("SELECT get_effective_ai_config('{bob}')");
    for mut connection in [test.person(ann).await, test.role("authenticated").await] {
        assert_eq!(refusal(&mut connection, &ask).await, "42501");
    }
    assert_eq!(
        refusal(&mut test.person(ann).await, "SELECT get_effective_ai_config(NULL)").await,
        "42501"
    );
    assert_eq!(effective(&mut test.person(administrator).await, bob).await, json!({}));
    assert_eq!(effective(&mut test.person(bob).await, bob).await, json!({}));
}
