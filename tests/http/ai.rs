//! AI configuration over HTTP: what is refused and leaves nothing.

mod access;
mod changes;
mod ledger;
mod spending;

use super::app::{Answer, App, Client};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

const PATH: &str = "/api/ai-configuration";
const ROTATE: &str = "/api/ai-configuration/rotate-key";
const POLICY: &str = "/api/ai-policy";
const KEY: &str = "sk-ant-api03-0123456789abcdef-a1b2";
const OTHER_KEY: &str = "sk-ant-api03-9876543210fedcba-c3d4";

/// Everything that a request could have stored, in numbers.
async fn stored(app: &App) -> String {
    let sql = "SELECT concat_ws(' ',
        (SELECT concat(count(*), '/', sum(version)) FROM ai_configurations),
        (SELECT sum(version) FROM organization_policies),
        (SELECT concat(count(*), '/', sum(revision)) FROM vault.secrets),
        (SELECT count(*) FROM configuration_audit_log), (SELECT count(*) FROM model_overrides),
        (SELECT count(*) FROM generation_logs), (SELECT count(*) FROM generation_holds),
        (SELECT count(*) FROM generation_pace),
        (SELECT count(*) FROM conversations))";
    sqlx::query_scalar(sql).fetch_one(&mut app.database.role("train_owner").await).await.unwrap()
}

fn mine(updates: Value) -> Value {
    json!({"configName": "Mine", "updates": updates})
}

async fn id_of(person: &Client<'_>, list: &str) -> Value {
    person.get(PATH).await.body[list][0]["id"].clone()
}

#[track_caller]
fn assert_names(answer: &Answer, paths: &[&str], words: &str) {
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), paths, "{}", answer.text);
    assert!(
        answer.body["error"].as_str().unwrap().contains(words),
        "not “{words}”: {}",
        answer.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_cannot_be_used_are_named_and_not_stored() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    ann.patch(PATH, mine(json!({"costBudget": {"dailyBudget": 80}}))).await.assert_ok();
    let before = stored(&app).await;
    let long = "x".repeat(300);
    for (updates, paths, words) in [
        (json!({"model": {"temperature": 1.5}}), &["model.temperature"][..], "0 to 1"),
        (json!({"model": {"temperature": -0.5}}), &["model.temperature"], "0 to 1"),
        (json!({"model": {"temperature": "0.5"}}), &["model.temperature"], "0 to 1"),
        (json!({"model": {"temperature": 0.33}}), &["model.temperature"], "steps of 0.05"),
        (json!({"model": {"temperature": 0.5, "topP": 0.9}}), &["model.topP"], "not both"),
        (json!({"model": {"model": "claude-opus-5", "topP": 0.9}}), &["model.topP"], "neither"),
        (
            json!({"model": {"model": "claude-3-opus-20240229"}}),
            &["model.model"],
            "Use Claude Opus 4.6 instead",
        ),
        (json!({"model": {"model": "claude-9"}}), &["model.model"], "no model “claude-9”"),
        (json!({"model": {"model": ""}}), &["model.model"], "the id of a model"),
        (
            json!({"model": {"model": "claude-haiku-4-5", "maxTokens": 100_000}}),
            &["model.maxTokens"],
            "64,000",
        ),
        (json!({"model": {"maxTokens": 0}}), &["model.maxTokens"], "whole number"),
        (json!({"model": {"maxTokens": 1e300}}), &["model.maxTokens"], "whole number"),
        (json!({"model": {"streaming": "yes"}}), &["model.streaming"], "true or false"),
        (
            json!({"costBudget": {"weeklyBudget": 50}}),
            &["costBudget.weeklyBudget"],
            "at least the daily budget ($80.00)",
        ),
        (
            json!({"costBudget": {"dailyBudget": 600}}),
            &["costBudget.dailyBudget"],
            "at most the weekly budget",
        ),
        (json!({"costBudget": {"dailyBudget": -1}}), &["costBudget.dailyBudget"], "US dollars"),
        (
            json!({"costBudget": {"monthlyBudget": 1e17}}),
            &["costBudget.monthlyBudget"],
            "US dollars",
        ),
        (
            json!({"costBudget": {"dailyBudget": 0.0000001}}),
            &["costBudget.dailyBudget"],
            "US dollars",
        ),
        (
            json!({"costBudget": {"alertThresholds": [0.9, 0.5]}}),
            &["costBudget.alertThresholds"],
            "ascending",
        ),
        (
            json!({"costBudget": {"alertThresholds": [0.5, 0.5]}}),
            &["costBudget.alertThresholds"],
            "ascending",
        ),
        (
            json!({"costBudget": {"alertThresholds": []}}),
            &["costBudget.alertThresholds"],
            "ascending",
        ),
        (
            json!({"costBudget": {"enforcement": "off"}}),
            &["costBudget.enforcement"],
            "block, alert",
        ),
        (
            json!({"rateLimiting": {"requestsPerMinute": 0}}),
            &["rateLimiting.requestsPerMinute"],
            "from 1",
        ),
        (
            json!({"rateLimiting": {"burstAllowance": -1}}),
            &["rateLimiting.burstAllowance"],
            "from 0",
        ),
        (
            json!({"retryStrategy": {"baseDelay": 20_000}}),
            &["retryStrategy.baseDelay"],
            "at most the maximum delay",
        ),
        (
            json!({"timeouts": {"connectionTimeout": 60_000, "generationTimeout": 50_000}}),
            &["timeouts.generationTimeout"],
            "at least",
        ),
        (json!({"apiKeys": {"primary": "one"}}), &["apiKeys.primary"], "no AI setting"),
        (json!({"model": {"nope": 1}}), &["model.nope"], "no AI setting"),
        (json!({"model.temperature": 0.5}), &["model.temperature"], "no AI setting"),
        (json!({"model": 5}), &["model"], "must be an object"),
        (json!([]), &["updates"], "a JSON object"),
        (json!("text"), &["updates"], "a JSON object"),
        (json!({long.as_str(): 1}), &[long.as_str()], "no AI setting"),
    ] {
        assert_names(&ann.patch(PATH, mine(updates)).await, paths, words);
    }
    let several = ann
        .patch(
            PATH,
            mine(json!({
                "model": {"temperature": 2, "nope": 1},
                "timeouts": {"generationTimeout": 1},
            })),
        )
        .await;
    several.assert_failure(400, "validation_failed");
    assert_eq!(several.paths().len(), 3, "all at once: {}", several.text);
    assert_eq!(stored(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_cannot_be_read_are_explained_and_not_stored() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    ann.patch(PATH, mine(json!({"model": {"streaming": true}}))).await.assert_ok();
    let before = stored(&app).await;
    let long = "x".repeat(300);
    for (body, paths, words) in [
        (json!({"updates": {}}), &["configName"][..], "configName is missing"),
        (json!({"configName": "", "updates": {}}), &["configName"], "needs a name"),
        (json!({"configName": " \t", "updates": {}}), &["configName"], "needs a name"),
        (
            json!({"configName": long, "updates": {}}),
            &["configName"],
            "300 characters, at most 100",
        ),
        (json!({"configName": "a\nb", "updates": {}}), &["configName"], "line breaks"),
        (json!({"configName": 5, "updates": {}}), &["configName"], "a string"),
        (json!({"configName": "Mine"}), &["updates"], "updates is missing"),
        (json!({"configName": "Mine", "updates": {}, "scope": "planet"}), &["scope"], "person"),
        (
            json!({"configName": "Mine", "updates": {}, "priority": 5000}),
            &["priority"],
            "-1000 to 1000",
        ),
        (
            json!({"configName": "Mine", "updates": {}, "priority": 0.5}),
            &["priority"],
            "priority must be",
        ),
        (
            json!({"configName": "Mine", "updates": {}, "reason": "x".repeat(501)}),
            &["reason"],
            "at most 500",
        ),
        (json!([]), &[""], "a JSON object"),
    ] {
        assert_names(&ann.patch(PATH, body).await, paths, words);
    }
    let misspelt =
        ann.patch(PATH, json!({"configName": "Mine", "updates": {}, "sope": "person"})).await;
    misspelt.assert_failure(400, "validation_failed");
    assert!(misspelt.text.contains("“sope” is not a field here"), "{}", misspelt.text);

    let raw = async |method: Method, path: &str, text: &str| {
        ann.send(method, path, Some("application/json"), text.to_owned().into()).await
    };
    for text in [
        r#"{"configName":"Mine","updates":{"model":{"temperature":1e999}}}"#,
        r#"{"configName":"Mine","updates":{"model":{"temperature":NaN}}}"#,
        r#"{"configName":"Mine","updates":{},"updates":{}}"#,
        r#"{"configName":"Mine","#,
        "",
    ] {
        raw(Method::PATCH, PATH, text).await.assert_failure(400, "malformed_json");
    }
    for (method, path) in [
        (Method::PATCH, PATH),
        (Method::POST, PATH),
        (Method::DELETE, PATH),
        (Method::POST, ROTATE),
        (Method::PATCH, POLICY),
    ] {
        let answer = ann.send(method, path, Some("text/plain"), "{}".into()).await;
        answer.assert_failure(415, "unsupported_media_type");
    }
    let large = mine(json!({"model": {"model": "x".repeat(70_000)}}));
    ann.patch(PATH, large).await.assert_failure(413, "too_large");
    for path in [
        "/api/ai-configuration?scope=planet",
        "/api/ai-configuration?scop=person",
        "/api/ai-usage?window=year",
        "/api/ai-usage/log?limit=0",
        "/api/ai-usage/log?after=x",
    ] {
        ann.get(path).await.assert_failure(400, "validation_failed");
    }
    assert_eq!(stored(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_one_are_refused_without_repeating_them() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let before = stored(&app).await;
    for (body, paths) in [
        (json!({"newPrimaryKey": ""}), &["newPrimaryKey"][..]),
        (json!({"newPrimaryKey": "  \n"}), &["newPrimaryKey"]),
        (json!({"newPrimaryKey": format!("\"{KEY}\"")}), &["newPrimaryKey"]),
        (json!({"newPrimaryKey": format!("{KEY}\n{KEY}")}), &["newPrimaryKey"]),
        (json!({"newPrimaryKey": "sk-ant-0123456789 abc def ghi"}), &["newPrimaryKey"]),
        (json!({"newPrimaryKey": "sk-ant-short"}), &["newPrimaryKey"]),
        (
            json!({"newPrimaryKey": format!("sk-ant-{}", "0123456789".repeat(30))}),
            &["newPrimaryKey"],
        ),
        (json!({"newPrimaryKey": 5}), &["newPrimaryKey"]),
        (json!({"graceHours": 5}), &["newPrimaryKey"]),
        (json!({"newPrimaryKey": KEY, "graceHours": 721}), &["graceHours"]),
        (json!({"newPrimaryKey": KEY, "graceHours": -1}), &["graceHours"]),
        (json!({"newPrimaryKey": KEY, "scope": "planet"}), &["scope"]),
        (json!({"newPrimaryKey": KEY, "reason": "x".repeat(501)}), &["reason"]),
    ] {
        let answer = ann.post(ROTATE, body).await;
        assert_names(&answer, paths, "");
        assert!(!answer.text.contains("0123456789"), "{}", answer.text);
    }
    assert_eq!(stored(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn ceilings_that_make_no_sense_are_named() {
    let app = App::new().await;
    let owner = app.signed_up("Owner").await;
    owner.patch(POLICY, json!({"dailyBudget": 50})).await.assert_ok();
    let before = stored(&app).await;
    for (body, paths) in [
        (json!({"dailyBudget": -1}), &["dailyBudget"][..]),
        (json!({"weeklyBudget": 20}), &["weeklyBudget"]),
        (json!({"requestsPerMinute": 0}), &["requestsPerMinute"]),
        (json!({"allowedModels": []}), &["allowedModels"]),
        (json!({"allowedModels": ["claude-9"]}), &["allowedModels"]),
        (json!({"allowedModels": "claude-opus-5"}), &["allowedModels"]),
        (json!({"temperature": 1}), &["temperature"]),
        (json!([]), &[""]),
    ] {
        assert_names(&owner.patch(POLICY, body).await, paths, "");
    }
    assert_eq!(stored(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_that_is_not_well_asked_for_takes_nothing() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let before = stored(&app).await;
    let good =
        json!({"tier": "template", "persona": "p", "emotion": "e", "topic": "t", "turns": 2});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    const GENERATE: &str = "/api/conversations/generate";
    for (body, paths) in [
        (with("turns", json!(3)), &["turns"][..]),
        (with("turns", json!(-2)), &["turns"]),
        (with("tier", json!("other")), &["tier"]),
        (with("persona", json!(" ")), &["persona"]),
        (with("instructions", json!("x".repeat(4001))), &["instructions"]),
        (json!({}), &["tier"]),
    ] {
        assert_names(&ann.post(GENERATE, body.clone()).await, paths, "");
        // In a stream as well: its status would say that all is well.
        let stream = ann.again().header("accept", "text/event-stream");
        assert_names(&stream.post(GENERATE, body).await, paths, "");
    }
    ann.post(GENERATE, good.clone()).await.assert_failure(409, "key_missing");
    app.browser().post(GENERATE, good).await.assert_failure(401, "not_signed_in");
    ann.get(&format!("/api/conversations/{}", Uuid::new_v4()))
        .await
        .assert_failure(404, "not_found");
    assert_eq!(stored(&app).await, before);
}
