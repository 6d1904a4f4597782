//! A server whose master key is another one than when keys were stored, or that has none.

use super::app::{App, Client};
use serde_json::{Value, json};
use train::server::vault::{KeySource, Keyring, MasterKey};

const CONFIGURATION: &str = "/api/ai-configuration";
const ROTATE: &str = "/api/ai-configuration/rotate-key";
const TEST: &str = "/api/ai-configuration/test-key";
const DRY_RUN: &str = "/api/ai-configuration/dry-run";
const GENERATE: &str = "/api/conversations/generate";
const UNREADABLE: &str = "stored_key_unreadable";
const OLD: &str = "sk-ant-api03-old-0123456789abcdef-a1b2";
const NEW: &str = "sk-ant-api03-new-0123456789abcdef-c3d4";

fn another() -> KeySource {
    KeySource::Environment(Keyring::new(MasterKey::generate().unwrap(), Vec::new()))
}

fn request() -> Value {
    json!({
        "persona": "a nurse", "emotion": "calm", "topic": "sleep", "tier": "template", "turns": 4,
    })
}

/// What the gate for keys says.
async fn gate(person: &Client<'_>) -> Value {
    let answer = person.post(DRY_RUN, request()).await;
    answer.assert_ok();
    let gates = answer.body["gates"].as_array().unwrap().clone();
    gates.into_iter().find(|gate| gate["gate"] == "key").unwrap()
}

/// The masked keys, each with whether it can be opened here.
async fn listed(person: &Client<'_>) -> Vec<(Value, Value)> {
    let answer = person.get(CONFIGURATION).await;
    answer.assert_ok();
    let keys = answer.body["keys"].as_array().unwrap().clone();
    keys.into_iter().map(|key| (key["masked"].clone(), key["readable"].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_master_key_is_told_and_a_new_key_mends_it() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    ann.post(ROTATE, json!({"newPrimaryKey": OLD})).await.assert_ok();
    assert_eq!(listed(&ann).await, [(json!("sk-ant-…a1b2"), json!(true))]);
    assert_eq!(gate(&ann).await["passes"], true);

    for source in [another(), KeySource::Missing] {
        let (missing, router) =
            (matches!(source, KeySource::Missing), app.with_vault(source).await);
        let ann = ann.through(&router);
        assert_eq!(listed(&ann).await, [(json!("sk-ant-…a1b2"), json!(false))]);
        assert_eq!(ann.get("/ai/keys").await.status, 200);
        for answer in [ann.post(TEST, json!({})).await, ann.post(GENERATE, request()).await] {
            answer.assert_failure(409, UNREADABLE);
            assert!(answer.body["error"].as_str().unwrap().contains("Store the key again"));
        }
        let said = gate(&ann).await;
        assert_eq!((&said["passes"], &said["code"]), (&json!(false), &json!(UNREADABLE)));
        // A change of the configuration does not need the key.
        let change = json!({"configName": "Mine", "updates": {"model": {"maxTokens": 8192}}});
        ann.patch(CONFIGURATION, change).await.assert_ok();
        if missing {
            let refused = ann.post(ROTATE, json!({"newPrimaryKey": NEW})).await;
            refused.assert_failure(503, "vault_key_missing");
        }
    }

    let router = app.with_vault(another()).await;
    let ann = ann.through(&router);
    ann.post(ROTATE, json!({"newPrimaryKey": NEW})).await.assert_ok();
    let expected = [(json!("sk-ant-…c3d4"), json!(true)), (json!("sk-ant-…a1b2"), json!(false))];
    assert_eq!(listed(&ann).await, expected);
    assert_eq!(
        gate(&ann).await["passes"],
        true,
        "the one before it, within its grace, is no obstacle"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_key_that_cannot_be_opened_is_not_passed_over() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    let scope = json!({"newPrimaryKey": OLD, "scope": "organization"});
    owner.post(ROTATE, scope).await.assert_ok();
    let router = app.with_vault(another()).await;
    let owner = owner.through(&router);
    let answer = owner.post(GENERATE, request()).await;
    answer.assert_failure(409, UNREADABLE);
    assert!(answer.body["error"].as_str().unwrap().contains("organization"));
    // One's own comes first, and can be stored.
    owner.post(ROTATE, json!({"newPrimaryKey": NEW})).await.assert_ok();
    assert_eq!(gate(&owner).await["passes"], true);
}
