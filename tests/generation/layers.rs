//! What PostgreSQL says applies of the stored layers is what the program computes.

use crate::support::TestDatabase;
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use std::cell::RefCell;
use tokio::{runtime::Handle, task::block_in_place};
use train::domain::{
    ai::{Ceilings, Layers, Overrides, catalog::FIELDS, layers::database_layers},
    merge_patch::set,
};
use uuid::Uuid;

const MODELS: [&str; 4] = ["claude-opus-5", "claude-haiku-4-5", "claude-sonnet-4-6", "claude-9"];

/// Values as they can stand in a row: allowed ones mostly, and what another release or an operator
/// may have left.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (0..200_000_u32).prop_map(|number| json!(number)),
        4 => (0..100_000_000_u32).prop_map(|micros| json!(f64::from(micros) / 1e6)),
        4 => proptest::sample::select(&MODELS[..]).prop_map(|id| json!(id)),
        1 => Just(json!(null)),
        1 => Just(json!({})),
        1 => Just(json!({"deeper": {"still": null, "set": 1}})),
        1 => Just(json!([0.5, null, {}, 1])),
        1 => any::<bool>().prop_map(|flag| json!(flag)),
        3 => any::<bool>().prop_map(|blocks| json!(if blocks { "block" } else { "alert" })),
        1 => Just(json!("90")),
    ]
}

fn layer() -> impl Strategy<Value = Overrides> {
    let paths: Vec<&'static str> =
        FIELDS.iter().map(|field| field.path).chain(["model", "timeouts", "old.thing"]).collect();
    let enforcement = prop_oneof![Just(None), value().prop_map(Some)];
    let fields = proptest::collection::vec((proptest::sample::select(paths), value()), 0..12);
    (fields, enforcement).prop_map(|(mut fields, enforcement)| {
        fields.extend(enforcement.map(|value| ("costBudget.enforcement", value)));
        let mut layer = Map::new();
        for (path, value) in fields {
            set(&mut layer, path, value);
        }
        layer
    })
}

fn ceilings() -> impl Strategy<Value = Overrides> {
    let names: Vec<&'static str> =
        train::domain::ai::ceilings::LIMITS.iter().map(|(name, _)| *name).collect();
    let limits = proptest::collection::vec((proptest::sample::select(names), value()), 0..6);
    let allowed = proptest::option::of(proptest::sample::subsequence(&MODELS[..], 0..=3));
    (limits, allowed).prop_map(|(limits, allowed)| {
        let mut ceilings: Overrides =
            limits.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Some(allowed) = allowed {
            ceilings.insert("allowedModels".into(), json!(allowed));
        }
        ceilings
    })
}

/// Stores the layers and asks the database as the person.
async fn stored(
    connection: &mut PgConnection,
    person: Uuid,
    layers: &[&Overrides; 3],
) -> Result<Value, sqlx::Error> {
    let [theirs, own, ceilings] = layers.map(|layer| sqlx::types::Json(layer.clone()));
    sqlx::query(
        "UPDATE ai_configurations SET configuration = $1 WHERE organization_id IS NOT NULL
            AND is_active",
    )
    .bind(theirs)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE ai_configurations SET configuration = $1 WHERE user_id IS NOT NULL AND is_active",
    )
    .bind(own)
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE organization_policies SET ceilings = $1")
        .bind(ceilings)
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar("SELECT get_effective_ai_config($1)")
        .bind(person)
        .fetch_one(connection)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_and_the_program_agree_on_any_layers() {
    let test = TestDatabase::new().await;
    let person = test.account("Ann").await;
    let team = test.organization("Team", &[(person, "member")]).await;
    let mut service = test.role("service_role").await;
    let make =
        "INSERT INTO ai_configurations (user_id, organization_id, config_name, configuration,
                priority, is_active)
            VALUES ($1, NULL, 'Mine', '{}', 0, true), (NULL, $2, 'Ours', '{}', 0, true),
              ($1, NULL, 'Off', '{\"model\": {\"topP\": 0.1}}', 9, false)";
    sqlx::query(make).bind(person).bind(team).execute(&mut service).await.unwrap();

    let cases = (layer(), layer(), ceilings());
    let mut runner =
        TestRunner::new(Config { cases: 100, failure_persistence: None, ..Config::default() });
    let service = RefCell::new(service);
    let agreed = block_in_place(|| {
        runner.run(&cases, |(theirs, own, limits)| {
            let mut service = service.borrow_mut();
            let said =
                Handle::current().block_on(stored(&mut service, person, &[&theirs, &own, &limits]));
            let said = said.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let layers = Layers {
                organization: theirs,
                person: own,
                in_organization: true,
                ..Layers::default()
            };
            let computed = database_layers(&layers, &Ceilings(limits));
            prop_assert_eq!(said, Value::Object(computed));
            Ok(())
        })
    });
    agreed.unwrap();
}
