//! What history records of a change: written by triggers, so every test here changes a table and
//! looks at the log.

use crate::support::{TestDatabase, run, texts};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, Row};
use train::server::{
    foundation::context::{Actor, ChangeContext, RequestContext, Role, Source},
    postgres::{ChangeDescription, describe_change},
};
use uuid::Uuid;

/// Each row of history as JSON, in order.
async fn log(test: &TestDatabase) -> Vec<Value> {
    let rows =
        sqlx::query("SELECT to_jsonb(log) FROM configuration_audit_log AS log ORDER BY sequence");
    let rows = rows.fetch_all(test.database.pool()).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn request(user_id: Uuid) -> RequestContext {
    RequestContext {
        request_id: "r".into(),
        actor: Some(Actor { user_id, role: Role::Member, scopes: None }),
        source: Source::Page,
        ip: Some("192.0.2.7".parse().unwrap()),
        user_agent: Some("Browser".into()),
        client: None,
        session_id: None,
    }
}

async fn save(
    test: &TestDatabase,
    person: Uuid,
    change: &ChangeContext,
    preferences: Value,
) -> Result<(), sqlx::Error> {
    let request = request(person);
    let mut transaction = test.database.as_person(&request).await.unwrap();
    describe_change(&mut transaction, &request, change).await.unwrap();
    sqlx::query("UPDATE user_preferences SET preferences = $1")
        .bind(preferences)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

#[tokio::test]
async fn a_change_is_recorded_with_everything_about_it() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mutation_id = Uuid::new_v4();
    let change = ChangeContext {
        action: Some("reset"),
        reason: Some("too bright".into()),
        mutation_id: Some(mutation_id),
    };
    save(&test, ann, &change, json!({"theme": "dark"})).await.unwrap();
    let log = log(&test).await;
    let row = log[0].as_object().unwrap();
    let target =
        texts(&mut test.role("service_role").await, "SELECT id::text FROM user_preferences").await;
    for (column, expected) in [
        ("config_type", json!("user_preference")),
        ("target_id", json!(target[0])),
        ("owner_user_id", json!(ann)),
        ("owner_organization_id", json!(null)),
        ("action", json!("reset")),
        ("changed_by", json!(ann)),
        ("changed_by_name", json!("Ann")),
        ("changes", json!([{"path": "theme", "new": "dark"}])),
        ("old_value", json!({})),
        ("new_value", json!({"theme": "dark"})),
        ("reason", json!("too bright")),
        ("client_ip", json!("192.0.2.7")),
        ("user_agent", json!("Browser")),
        ("source", json!("page")),
        ("mutation_id", json!(mutation_id)),
        ("version", json!(2)),
    ] {
        assert_eq!(row[column], expected, "{column}");
    }
    assert_eq!(log.len(), 1, "a new account's empty row is nobody's choice");
}

#[tokio::test]
async fn changes_are_leaves_by_dotted_path() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let none = ChangeContext::default();
    let first = json!({
        "theme": "dark",
        "notifications": {"toast": true, "categories": {"errors": false}},
        "filters": {"tier": ["a"]},
    });
    save(&test, ann, &none, first).await.unwrap();
    let second = json!({
        "notifications": {"toast": true, "categories": {"errors": true}},
        "filters": {"tier": ["a", "b"]},
        "empty": {},
    });
    save(&test, ann, &none, second).await.unwrap();
    save(&test, ann, &none, json!({"notifications": 1, "filters": {"tier": ["a", "b"]}}))
        .await
        .unwrap();
    let changes: Vec<Value> = log(&test).await.iter().map(|row| row["changes"].clone()).collect();
    assert_eq!(
        changes,
        [
            json!([
                {"path": "filters.tier", "new": ["a"]},
                {"path": "notifications.categories.errors", "new": false},
                {"path": "notifications.toast", "new": true},
                {"path": "theme", "new": "dark"},
            ]),
            json!([
                {"path": "empty", "new": {}},
                {"path": "filters.tier", "old": ["a"], "new": ["a", "b"]},
                {"path": "notifications.categories.errors", "old": false, "new": true},
                {"path": "theme", "old": "dark"},
            ]),
            json!([
                {"path": "empty", "old": {}},
                {"path": "notifications", "new": 1},
                {"path": "notifications.categories.errors", "old": true},
                {"path": "notifications.toast", "old": true},
            ]),
        ]
    );
}

/// The recorded differences, applied to the old value, give the new one: whatever the two are.
#[tokio::test]
async fn changes_lead_from_the_old_value_to_the_new() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut runner = TestRunner::new(Config::default());
    let mut expected = 0;
    let mut current = json!({});
    for _ in 0..60 {
        let next = object().new_tree(&mut runner).unwrap().current();
        save(&test, ann, &ChangeContext::default(), next.clone()).await.unwrap();
        expected += usize::from(next != current);
        current = next;
    }
    let log = log(&test).await;
    assert_eq!(log.len(), expected, "one row per change, none for a save that changes nothing");
    for row in log {
        let mut value = row["old_value"].clone();
        for change in row["changes"].as_array().unwrap() {
            apply(&mut value, change);
        }
        assert_eq!(prune(value), prune(row["new_value"].clone()), "{row:#}");
    }
}

fn object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0..3).prop_map(Value::from),
        "[xy]".prop_map(Value::from)
    ];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("[a-c]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::hash_map("[a-c]", value, 0..3)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

fn apply(value: &mut Value, change: &Value) {
    let path = change["path"].as_str().unwrap();
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = value;
    for key in parents.split('.').filter(|key| !key.is_empty()) {
        if !place[key].is_object() {
            if change.get("new").is_none() {
                return; // What was below is gone with the branch.
            }
            place[key] = json!({});
        }
        place = &mut place[key];
    }
    let place = place.as_object_mut().unwrap();
    match change.get("new") {
        Some(new) => place.insert(last.to_owned(), new.clone()),
        // An object may have taken the place of the old leaf by now.
        None if place.get(last).is_some_and(|now| Some(now) == change.get("old")) => {
            place.remove(last)
        }
        None => None,
    };
}

/// Without empty objects: whether a branch that lost its last leaf is still there is not a
/// difference of leaves.
fn prune(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map
                .into_iter()
                .map(|(key, value)| (key, prune(value)))
                .filter(|(_, value)| *value != json!({}));
            Value::Object(kept.collect())
        }
        other => other,
    }
}

#[tokio::test]
async fn a_save_that_changes_nothing_leaves_no_trace() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    save(&test, ann, &ChangeContext::default(), json!({"rowsPerPage": 25})).await.unwrap();
    let before = texts(
        &mut test.role("service_role").await,
        "SELECT version || ' ' || updated_at FROM user_preferences",
    )
    .await;
    save(&test, ann, &ChangeContext::default(), json!({"rowsPerPage": 25.0})).await.unwrap();
    run(&mut test.person(ann).await, "UPDATE user_preferences SET version = 99").await;
    let after = texts(
        &mut test.role("service_role").await,
        "SELECT version || ' ' || updated_at FROM user_preferences",
    )
    .await;
    assert_eq!(before, after);
    assert_eq!(log(&test).await.len(), 1);
}

#[tokio::test]
async fn a_change_and_its_row_stand_or_fall_together() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let mut connection = test.person(ann).await;
    let mut transaction = connection.begin().await.unwrap();
    run(&mut transaction, "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'")
        .await;
    transaction.rollback().await.unwrap();
    assert_eq!(log(&test).await.len(), 0);
    // The row cannot be written: an action that is none. Then the change is refused with it.
    let change = ChangeContext { action: Some("exploded"), ..ChangeContext::default() };
    let error = save(&test, ann, &change, json!({"theme": "dark"})).await.unwrap_err();
    assert_eq!(
        error.as_database_error().unwrap().constraint(),
        Some("configuration_audit_log_action_check")
    );
    assert_eq!(
        texts(&mut connection, "SELECT preferences::text FROM user_preferences").await,
        ["{}"]
    );
}

/// What the server says to the database for one save, statement by statement. Wherever it dies, the
/// change and its row are both there or neither is.
#[tokio::test]
async fn a_server_that_dies_between_two_statements_leaves_both_or_neither() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let described = ChangeDescription::new(&request(ann), &ChangeContext::default())
        .to_json()
        .replace('\'', "''");
    let statements = [
        "BEGIN".to_owned(),
        "SET LOCAL ROLE authenticated".to_owned(),
        format!(
            "SELECT set_config('request.jwt.claims',
                '{{\"sub\": \"{ann}\", \"role\": \"authenticated\"}}', true)"
        ),
        format!("SELECT set_config('train.change', '{described}', true)"),
        "SELECT preferences FROM user_preferences FOR UPDATE".to_owned(),
        "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'".to_owned(),
        "COMMIT".to_owned(),
    ];
    let mut service = test.role("service_role").await;
    let stored = "SELECT count(*)::text FROM user_preferences WHERE preferences <> '{}'
        UNION ALL SELECT count(*)::text FROM configuration_audit_log";
    for said in 0..=statements.len() {
        let mut dying = test.login().await;
        let process = texts(&mut dying, "SELECT pg_backend_pid()::text").await.remove(0);
        for statement in &statements[..said] {
            run(&mut dying, statement).await;
        }
        run(&mut test.login().await, &format!("SELECT pg_terminate_backend({process})")).await;
        let gone = format!("SELECT count(*)::text FROM pg_stat_activity WHERE pid = {process}");
        while texts(&mut service, &gone).await != ["0"] {
            tokio::task::yield_now().await;
        }
        let expected = if said == statements.len() { ["1", "1"] } else { ["0", "0"] };
        assert_eq!(texts(&mut service, stored).await, expected, "after {said} statements");
    }
    assert!(texts(&mut service, "SELECT problem FROM verify_audit_chain()").await.is_empty());
}

#[tokio::test]
async fn one_mutation_is_stored_once() {
    let test = TestDatabase::new().await;
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    let change = ChangeContext { mutation_id: Some(Uuid::new_v4()), ..ChangeContext::default() };
    save(&test, ann, &change, json!({"theme": "dark"})).await.unwrap();
    let error = save(&test, ann, &change, json!({"theme": "light"})).await.unwrap_err();
    assert_eq!(
        error.as_database_error().unwrap().constraint(),
        Some("configuration_audit_log_mutation_key")
    );
    save(&test, bob, &change, json!({"theme": "light"}))
        .await
        .expect("another target is another matter");
}

#[tokio::test]
async fn a_person_cannot_act_in_anothers_name() {
    let test = TestDatabase::new().await;
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    let forged = ChangeDescription::new(&request(bob), &ChangeContext::default()).to_json();
    let mut connection = test.person(ann).await;
    let mut transaction = connection.begin().await.unwrap();
    sqlx::query("SELECT set_config('train.change', $1, true)")
        .bind(&forged)
        .execute(&mut *transaction)
        .await
        .unwrap();
    run(&mut transaction, "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'")
        .await;
    transaction.commit().await.unwrap();
    // Without claims, `authenticated` is nobody: even if a policy let it change a row, it could not
    // borrow a name.
    let open =
        "CREATE POLICY open ON user_preferences TO authenticated USING (true) WITH CHECK (true)";
    run(&mut test.role("train_owner").await, open).await;
    let mut nobody = test.role("authenticated").await;
    sqlx::query("SELECT set_config('train.change', $1, false)")
        .bind(&forged)
        .execute(&mut nobody)
        .await
        .unwrap();
    let light = format!(
        "UPDATE user_preferences SET preferences = '{{\"theme\": \"light\"}}'
            WHERE user_id = '{ann}'"
    );
    run(&mut nobody, &light).await;
    // The service acts for people and says for whom.
    let mut service = test.role("service_role").await;
    sqlx::query("SELECT set_config('train.change', $1, false)")
        .bind(&forged)
        .execute(&mut service)
        .await
        .unwrap();
    run(
        &mut service,
        &format!("UPDATE user_preferences SET preferences = '{{}}' WHERE user_id = '{ann}'"),
    )
    .await;
    let actors: Vec<(Value, Value)> = log(&test)
        .await
        .iter()
        .map(|row| (row["changed_by"].clone(), row["changed_by_name"].clone()))
        .collect();
    assert_eq!(
        actors,
        [(json!(ann), json!("Ann")), (json!(null), json!(null)), (json!(bob), json!("Bob"))]
    );
}

#[tokio::test]
async fn without_a_description_it_was_the_system() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    // A described transaction before it on the same connection leaves nothing behind.
    let mut service: PgConnection = test.role("service_role").await;
    let mut transaction = service.begin().await.unwrap();
    let described = ChangeDescription::new(&request(ann), &ChangeContext::default()).to_json();
    sqlx::query("SELECT set_config('train.change', $1, true)")
        .bind(described)
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    run(&mut service, "UPDATE user_preferences SET preferences = '{\"theme\": \"dark\"}'").await;
    let log = log(&test).await;
    assert_eq!(
        (&log[0]["source"], &log[0]["changed_by"], &log[0]["action"]),
        (&json!("system"), &json!(null), &json!("updated"))
    );
}

#[tokio::test]
async fn history_outlives_the_account_and_still_names_it() {
    let test = TestDatabase::new().await;
    let (ann, bob) = (test.account("Ann").await, test.account("Bob").await);
    save(&test, ann, &ChangeContext::default(), json!({"theme": "dark"})).await.unwrap();
    // Ann deletes herself: the service does it in her name.
    let mut service = test.role("service_role").await;
    let mut transaction = service.begin().await.unwrap();
    let described = ChangeDescription::new(&request(ann), &ChangeContext::default()).to_json();
    sqlx::query("SELECT set_config('train.change', $1, true)")
        .bind(described)
        .execute(&mut *transaction)
        .await
        .unwrap();
    run(&mut transaction, &format!("DELETE FROM auth.users WHERE id = '{ann}'")).await;
    transaction.commit().await.unwrap();
    run(&mut service, &format!("DELETE FROM auth.users WHERE id = '{bob}'")).await;
    let log = log(&test).await;
    assert_eq!(log.len(), 2, "Bob never chose anything");
    let last = &log[1];
    assert_eq!((&last["action"], &last["changed_by_name"]), (&json!("deleted"), &json!("Ann")));
    assert_eq!(
        (&last["old_value"], &last["new_value"], &last["version"]),
        (&json!({"theme": "dark"}), &json!(null), &json!(3))
    );
}

#[tokio::test]
async fn an_organizations_defaults_have_their_own_history() {
    let test = TestDatabase::new().await;
    let owner = test.account("Owner").await;
    let team = test.organization("Team", &[(owner, "owner")]).await;
    run(
        &mut test.person(owner).await,
        "UPDATE organization_preference_defaults SET preferences = '{\"theme\": \"dark\"}'",
    )
    .await;
    run(
        &mut test.role("service_role").await,
        &format!("DELETE FROM organizations WHERE id = '{team}'"),
    )
    .await;
    let log = log(&test).await;
    let told: Vec<_> = log
        .iter()
        .map(|row| (row["action"].as_str().unwrap(), &row["owner_organization_id"]))
        .collect();
    assert_eq!(told, [("updated", &json!(team)), ("deleted", &json!(team))]);
    assert!(log.iter().all(|row| row["config_type"] == "organization_preference_default"
        && row["owner_user_id"].is_null()));
}

#[tokio::test]
async fn parallel_saves_make_one_chain() {
    let test = TestDatabase::new().await;
    let ann = test.account("Ann").await;
    let saves = (0..24).map(|number| {
        let pool = test.database.pool().clone();
        tokio::spawn(async move {
            let sql = "UPDATE user_preferences SET preferences = preferences ||
                jsonb_build_object('k' || $1::int, 1) WHERE user_id = $2";
            sqlx::query(sql).bind(number).bind(ann).execute(&pool).await.unwrap();
        })
    });
    for save in saves.collect::<Vec<_>>() {
        save.await.unwrap();
    }
    let versions: Vec<i64> =
        log(&test).await.iter().map(|row| row["version"].as_i64().unwrap()).collect();
    assert_eq!(
        versions,
        (2..26).collect::<Vec<_>>(),
        "in the order of writing, none skipped or doubled"
    );
    assert!(
        texts(&mut test.role("service_role").await, "SELECT problem FROM verify_audit_chain()")
            .await
            .is_empty()
    );
}
