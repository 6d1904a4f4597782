//! AI configuration over HTTP: what is refused and leaves nothing, who may do what, and what history keeps.

use super::app::{Answer, App, Client, email};
use http::Method;
use serde_json::{Value, json};
use sqlx::Row;
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
        (SELECT count(*) FROM generation_logs), (SELECT count(*) FROM budget_reservations),
        (SELECT count(*) FROM rate_limits WHERE scope LIKE 'generation:%'), (SELECT count(*) FROM conversations))";
    sqlx::query_scalar(sql).fetch_one(&mut app.database.role("train_owner").await).await.unwrap()
}

/// History's rows in their order: kind, action, version.
async fn history(app: &App) -> Vec<String> {
    let sql =
        "SELECT concat_ws(' ', config_type, action, version) AS entry FROM configuration_audit_log ORDER BY sequence";
    let rows = sqlx::query(sql).fetch_all(&mut app.database.role("train_owner").await).await.unwrap();
    rows.iter().map(|row| row.get("entry")).collect()
}

/// Every chain is whole, and no row of history holds a key.
async fn assert_history_whole(app: &App) {
    let mut owner = app.database.role("train_owner").await;
    let problems: Vec<String> =
        sqlx::query_scalar("SELECT problem FROM verify_audit_chain()").fetch_all(&mut owner).await.unwrap();
    assert_eq!(problems, [""; 0]);
    let sql = "SELECT count(*) FROM configuration_audit_log AS log WHERE log::text ~ '0123456789|9876543210'";
    let secrets: i64 = sqlx::query_scalar(sql).fetch_one(&mut owner).await.unwrap();
    assert_eq!(secrets, 0);
}

fn mine(updates: Value) -> Value {
    json!({"configName": "Mine", "updates": updates})
}

async fn id_of(person: &Client<'_>, list: &str) -> Value {
    person.get(PATH).await.body[list][0]["id"].clone()
}

/// The owner and a member of one organization, and somebody without one.
async fn people(app: &App) -> [Client<'_>; 3] {
    let (owner, member) = (app.signed_up("Owner").await, app.signed_up("Member").await);
    let list = owner.get("/api/organizations").await;
    let path = format!("/api/organizations/{}/members", list.body["organizations"][0]["id"].as_str().unwrap());
    owner.post(&path, json!({"email": email("Member"), "role": "member"})).await.assert_ok();
    [owner, member, app.signed_up("Stranger").await]
}

#[track_caller]
fn assert_names(answer: &Answer, paths: &[&str], words: &str) {
    answer.assert_failure(400, "validation_failed");
    assert_eq!(answer.paths(), paths, "{}", answer.text);
    assert!(answer.body["error"].as_str().unwrap().contains(words), "not “{words}”: {}", answer.text);
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
        (json!({"model": {"model": "claude-3-opus-20240229"}}), &["model.model"], "Use Claude Opus 4.6 instead"),
        (json!({"model": {"model": "claude-9"}}), &["model.model"], "no model “claude-9”"),
        (json!({"model": {"model": ""}}), &["model.model"], "the id of a model"),
        (json!({"model": {"model": "claude-haiku-4-5", "maxTokens": 100_000}}), &["model.maxTokens"], "64,000"),
        (json!({"model": {"maxTokens": 0}}), &["model.maxTokens"], "whole number"),
        (json!({"model": {"maxTokens": 1e300}}), &["model.maxTokens"], "whole number"),
        (json!({"model": {"streaming": "yes"}}), &["model.streaming"], "true or false"),
        (
            json!({"costBudget": {"weeklyBudget": 50}}),
            &["costBudget.weeklyBudget"],
            "at least the daily budget ($80.00)",
        ),
        (json!({"costBudget": {"dailyBudget": 600}}), &["costBudget.dailyBudget"], "at most the weekly budget"),
        (json!({"costBudget": {"dailyBudget": -1}}), &["costBudget.dailyBudget"], "US dollars"),
        (json!({"costBudget": {"monthlyBudget": 1e17}}), &["costBudget.monthlyBudget"], "US dollars"),
        (json!({"costBudget": {"dailyBudget": 0.0000001}}), &["costBudget.dailyBudget"], "US dollars"),
        (json!({"costBudget": {"alertThresholds": [0.9, 0.5]}}), &["costBudget.alertThresholds"], "ascending"),
        (json!({"costBudget": {"alertThresholds": [0.5, 0.5]}}), &["costBudget.alertThresholds"], "ascending"),
        (json!({"costBudget": {"alertThresholds": []}}), &["costBudget.alertThresholds"], "ascending"),
        (json!({"costBudget": {"enforcement": "off"}}), &["costBudget.enforcement"], "block, alert"),
        (json!({"rateLimiting": {"requestsPerMinute": 0}}), &["rateLimiting.requestsPerMinute"], "from 1"),
        (json!({"rateLimiting": {"burstAllowance": -1}}), &["rateLimiting.burstAllowance"], "from 0"),
        (json!({"retryStrategy": {"baseDelay": 20_000}}), &["retryStrategy.baseDelay"], "at most the maximum delay"),
        (
            json!({"timeouts": {"connectionTimeout": 60_000, "generationTimeout": 50_000}}),
            &["timeouts.generationTimeout"],
            "at least",
        ),
        (json!({"apiKeys": {"primary": KEY}}), &["apiKeys.primary"], "no AI setting"),
        (json!({"model": {"nope": 1}}), &["model.nope"], "no AI setting"),
        (json!({"model.temperature": 0.5}), &["model.temperature"], "no AI setting"),
        (json!({"model": 5}), &["model"], "must be an object"),
        (json!([]), &[""], "a JSON object"),
        (json!("text"), &[""], "a JSON object"),
        (json!({long.as_str(): 1}), &[long.as_str()], "no AI setting"),
    ] {
        assert_names(&ann.patch(PATH, mine(updates)).await, paths, words);
    }
    let several = ann
        .patch(PATH, mine(json!({"model": {"temperature": 2, "nope": 1}, "timeouts": {"generationTimeout": 1}})))
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
        (json!({"configName": long, "updates": {}}), &["configName"], "300 characters, at most 100"),
        (json!({"configName": "a\nb", "updates": {}}), &["configName"], "line breaks"),
        (json!({"configName": 5, "updates": {}}), &["configName"], "a string"),
        (json!({"configName": "Mine"}), &["updates"], "updates is missing"),
        (json!({"configName": "Mine", "updates": {}, "scope": "planet"}), &["scope"], "person"),
        (json!({"configName": "Mine", "updates": {}, "priority": 5000}), &["priority"], "-1000 to 1000"),
        (json!({"configName": "Mine", "updates": {}, "priority": 0.5}), &["priority"], "priority must be"),
        (json!({"configName": "Mine", "updates": {}, "reason": "x".repeat(501)}), &["reason"], "at most 500"),
        (json!([]), &[""], "a JSON object"),
    ] {
        assert_names(&ann.patch(PATH, body).await, paths, words);
    }
    let misspelt = ann.patch(PATH, json!({"configName": "Mine", "updates": {}, "sope": "person"})).await;
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
        (json!({"newPrimaryKey": format!("sk-ant-{}", "0123456789".repeat(30))}), &["newPrimaryKey"]),
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
async fn what_belongs_to_others_cannot_be_changed() {
    let app = App::new().await;
    let [owner, member, stranger] = people(&app).await;
    owner.patch(PATH, mine(json!({"model": {"streaming": true}}))).await.assert_ok();
    let ours = json!({"configName": "Ours", "updates": {"model": {"streaming": true}}, "scope": "organization"});
    owner.patch(PATH, ours.clone()).await.assert_ok();
    owner.post(ROTATE, json!({"newPrimaryKey": KEY, "scope": "organization"})).await.assert_ok();
    let key = owner.get(PATH).await.body["keys"][0]["id"].as_str().unwrap().to_owned();
    let before = stored(&app).await;

    let personal = json!({"configId": id_of(&owner, "userConfigurations").await, "isActive": false});
    let shared = json!({"configId": id_of(&owner, "organizationConfigurations").await, "isActive": false});
    for other in [&member, &stranger] {
        other.post(PATH, personal.clone()).await.assert_failure(404, "not_found");
        other.delete(&format!("/api/ai-configuration/keys/{key}")).await.assert_failure(404, "not_found");
    }
    member.post(PATH, shared.clone()).await.assert_failure(403, "forbidden");
    stranger.post(PATH, shared).await.assert_failure(404, "not_found");
    owner.post(PATH, json!({"configId": Uuid::new_v4(), "isActive": true})).await.assert_failure(404, "not_found");
    assert_names(&owner.post(PATH, json!({"configId": "x", "isActive": true})).await, &["configId"], "configId");
    assert_names(&owner.post(PATH, json!({"configId": Uuid::new_v4()})).await, &["isActive"], "missing");

    for (person, status, code) in [(&member, 403, "forbidden"), (&stranger, 404, "no_organization")] {
        let removal = json!({"configName": "Ours", "scope": "organization"});
        let rotation = json!({"newPrimaryKey": OTHER_KEY, "scope": "organization"});
        person.patch(PATH, ours.clone()).await.assert_failure(status, code);
        person.json(Method::DELETE, PATH, removal).await.assert_failure(status, code);
        person.post(ROTATE, rotation).await.assert_failure(status, code);
        person.patch(POLICY, json!({"dailyBudget": 5})).await.assert_failure(status, code);
        person
            .delete(&format!("/api/ai-configuration/keys/{key}?scope=organization"))
            .await
            .assert_failure(status, code);
        person.get("/api/ai-usage?scope=organization").await.assert_failure(status, code);
        person
            .patch("/api/ai-configuration/models/claude-9", json!({"entry": null}))
            .await
            .assert_failure(403, "forbidden");
        person.post("/api/ai-configuration/models/refresh", json!({})).await.assert_failure(403, "forbidden");
    }
    member.json(Method::DELETE, PATH, json!({"configName": "Ours"})).await.assert_failure(404, "not_found");
    assert_names(&member.json(Method::DELETE, PATH, json!({})).await, &["configName"], "missing");
    let nobody = app.browser();
    nobody.get(PATH).await.assert_failure(401, "not_signed_in");
    nobody.patch(PATH, ours).await.assert_failure(401, "not_signed_in");
    assert_eq!(stored(&app).await, before);

    // Members see what applies to them, without what is not theirs.
    let seen = member.get(PATH).await;
    assert_eq!(seen.body["userConfigurations"], json!([]));
    assert_eq!(seen.body["organizationConfigurations"][0]["configName"], "Ours");
    assert_eq!(seen.body["keys"][0]["masked"], "sk-ant-…a1b2");
    assert_eq!(seen.body["managesOrganization"], false);
    assert_eq!(stranger.get(PATH).await.body["keys"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_needs_the_scope() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let made = ann.post("/api/tokens", json!({"name": "Reader", "scopes": ["ai:read"]})).await;
    let reader = app.with_token(made.body["secret"].as_str().or(made.body["token"].as_str()).expect("a secret"));
    reader.get(PATH).await.assert_ok();
    let before = stored(&app).await;
    reader.patch(PATH, mine(json!({"model": {"streaming": true}}))).await.assert_failure(403, "scope_missing");
    reader.post(ROTATE, json!({"newPrimaryKey": KEY})).await.assert_failure(403, "scope_missing");
    assert_eq!(stored(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_save_is_a_conflict_that_shows_what_stands() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let at = |version: i64, tokens: i64| json!({"configName": "Mine", "updates": {"model": {"maxTokens": tokens}}, "version": version});
    ann.patch(PATH, at(0, 100)).await.assert_ok();
    ann.patch(PATH, at(1, 200)).await.assert_ok();
    let before = stored(&app).await;
    for version in [0, 1, 3] {
        let conflict = ann.patch(PATH, at(version, 300)).await;
        conflict.assert_failure(409, "version_conflict");
        assert_eq!(conflict.body["current"]["version"], 2);
        assert_eq!(conflict.body["current"]["configuration"], json!({"model": {"maxTokens": 200}}));
    }
    let policy = ann.again().header("if-match", "\"9\"").patch(POLICY, json!({"maxTokens": 5})).await;
    policy.assert_failure(409, "version_conflict");
    ann.again()
        .header("if-match", "x")
        .patch(POLICY, json!({"maxTokens": 5}))
        .await
        .assert_failure(400, "validation_failed");
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
    let good = json!({"tier": "template", "persona": "p", "emotion": "e", "topic": "t", "turns": 2});
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
    ann.get(&format!("/api/conversations/{}", Uuid::new_v4())).await.assert_failure(404, "not_found");
    assert_eq!(stored(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_configuration_is_one_row_of_history() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let toggle = async |is_active: bool| {
        let body = json!({"configId": id_of(&ann, "userConfigurations").await, "isActive": is_active});
        ann.post(PATH, body).await.assert_ok();
    };
    let body = json!({"configName": " Mine ", "updates": {"model": {"maxTokens": 100}}, "reason": "shorter answers"});
    let made = ann.patch(PATH, body).await;
    made.assert_ok();
    assert_eq!(
        (&made.body["configuration"]["configName"], &made.body["configuration"]["version"]),
        (&json!("Mine"), &json!(1))
    );
    ann.patch(PATH, mine(json!({"model": {"temperature": 0.5}}))).await.assert_ok();
    for unchanged in
        [json!({}), json!({"model": {"maxTokens": 100.0}}), json!({"timeouts": null}), json!({"model": {"topP": null}})]
    {
        assert_eq!(ann.patch(PATH, mine(unchanged)).await.body["configuration"]["version"], 2);
    }
    toggle(true).await;
    toggle(false).await;
    toggle(false).await;
    toggle(true).await;
    let removed = ann.json(Method::DELETE, PATH, json!({"configName": "Mine", "reason": "not needed"})).await;
    removed.assert_ok();
    assert!(removed.body.get("configuration").is_none());
    let told = ["created 1", "updated 2", "deactivated 3", "activated 4", "deleted 5"];
    assert_eq!(history(&app).await, told.map(|change| format!("ai_config {change}")));

    let list = ann.get("/api/config/change-history?limit=100").await;
    let changes = list.body["changes"].as_array().unwrap();
    assert_eq!((&changes[4]["reason"], &changes[0]["reason"]), (&json!("shorter answers"), &json!("not needed")));
    assert_eq!(changes[3]["changes"], json!([{"path": "configuration.model.temperature", "new": 0.5}]));
    assert_eq!((&changes[3]["changedByName"], &changes[3]["source"]), (&json!("Ann"), &json!("page")));
    assert_history_whole(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_key_and_of_ceilings_is_in_history_without_the_key() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let rotated = ann.post(ROTATE, json!({"newPrimaryKey": format!(" {KEY}\n")})).await;
    assert_eq!((&rotated.body["keyVersion"], &rotated.body["masked"]), (&json!(1), &json!("sk-ant-…a1b2")));
    // The key before has a history of its own: it is a secondary one now.
    ann.post(ROTATE, json!({"newPrimaryKey": OTHER_KEY})).await.assert_ok();
    let keys = ann.get(PATH).await.body["keys"].clone();
    assert_eq!((&keys[0]["state"], &keys[1]["state"]), (&json!("primary"), &json!("secondary")));
    assert!(keys[0]["graceUntil"].is_null() && keys[1]["graceUntil"].is_string());
    let revoke = format!("/api/ai-configuration/keys/{}", keys[0]["id"].as_str().unwrap());
    ann.delete(&revoke).await.assert_ok();
    ann.delete(&revoke).await.assert_ok();
    assert_eq!(ann.get(PATH).await.body["keys"].as_array().unwrap().len(), 1);
    for ceilings in [json!({"dailyBudget": 50}), json!({"dailyBudget": 50.0}), json!({"dailyBudget": null})] {
        ann.patch(POLICY, ceilings).await.assert_ok();
    }
    let told = [
        "api_key created 1",
        "api_key updated 2",
        "api_key rotated 1",
        "api_key deactivated 2",
        "organization_policy updated 2",
        "organization_policy updated 3",
    ];
    assert_eq!(history(&app).await, told);
    assert_history_whole(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_functions_answer_those_who_may_and_draw_only_what_can_be_set() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let strategy = |retries: u32| {
        let strategy = json!({"maxRetries": retries, "backoffType": "linear", "baseDelay": 100, "maxDelay": 5000});
        ("/api/fn/ai-retry-chart", json!({"strategy": strategy}))
    };
    let usage = json!({"query": {"window": "month", "groupBy": "day", "scope": "person"}});
    let asked = [
        strategy(2),
        ("/api/fn/ai-configuration", json!({"scope": "organization"})),
        ("/api/fn/ai-models", json!({})),
        ("/api/fn/ai-usage", usage.clone()),
        ("/api/fn/ai-spending-chart", usage),
        ("/api/fn/ai-ledger", json!({"query": {"scope": "person", "limit": 10, "after": null}})),
    ];
    for (path, body) in asked {
        let answer = ann.post(path, body.clone()).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
        app.browser().post(path, body).await.assert_failure(401, "not_signed_in");
    }
    let (path, body) = strategy(u32::MAX);
    assert_names(&ann.post(path, body).await, &["retryStrategy.maxRetries"], "0 to 10");
}

/// Forty saves in two windows at two servers: each is in the result, each has its row.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_saves_over_two_servers_lose_nothing() {
    let app = App::new().await;
    let second = app.second_server().await;
    let here = app.signed_up("Ann").await;
    let there = here.through(&second);
    let fields = [
        "rateLimiting.requestsPerMinute",
        "rateLimiting.concurrentRequests",
        "rateLimiting.burstAllowance",
        "model.maxTokens",
    ];
    let saves = fields.iter().enumerate().map(|(number, field)| {
        let client = if number % 2 == 0 { &here } else { &there };
        async move {
            let (section, name) = field.split_once('.').unwrap();
            for value in 1..=10 {
                client.patch(PATH, mine(json!({section: {name: value}}))).await.assert_ok();
            }
        }
    });
    futures::future::join_all(saves).await;
    let end = here.get(PATH).await.body["userConfigurations"][0].clone();
    let limits = json!({"requestsPerMinute": 10, "concurrentRequests": 10, "burstAllowance": 10});
    assert_eq!(end["configuration"], json!({"rateLimiting": limits, "model": {"maxTokens": 10}}));
    assert_eq!((&end["version"], history(&app).await.len()), (&json!(40), 40));
    assert_history_whole(&app).await;
}
