//! Who may see and change what.

use super::{KEY, OTHER_KEY, PATH, POLICY, ROTATE, assert_names, id_of, mine, stored};
use crate::http::app::{App, Client, join};
use http::Method;
use serde_json::json;
use uuid::Uuid;

/// The owner and a member of one organization, and somebody without one.
async fn people(app: &App) -> [Client<'_>; 3] {
    let (owner, member) = (app.signed_up("Owner").await, app.signed_up("Member").await);
    join(&owner, &member, "member").await;
    [owner, member, app.signed_up("Stranger").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_others_cannot_be_changed() {
    let app = App::new().await;
    let [owner, member, stranger] = people(&app).await;
    owner.patch(PATH, mine(json!({"model": {"streaming": true}}))).await.assert_ok();
    let ours = json!({
        "configName": "Ours",
        "updates": {"model": {"streaming": true}},
        "scope": "organization",
    });
    owner.patch(PATH, ours.clone()).await.assert_ok();
    owner.post(ROTATE, json!({"newPrimaryKey": KEY, "scope": "organization"})).await.assert_ok();
    let key = owner.get(PATH).await.body["keys"][0]["id"].as_str().unwrap().to_owned();
    let before = stored(&app).await;

    let personal =
        json!({"configId": id_of(&owner, "userConfigurations").await, "isActive": false});
    let shared =
        json!({"configId": id_of(&owner, "organizationConfigurations").await, "isActive": false});
    for other in [&member, &stranger] {
        other.post(PATH, personal.clone()).await.assert_failure(404, "not_found");
        other
            .delete(&format!("/api/ai-configuration/keys/{key}"))
            .await
            .assert_failure(404, "not_found");
    }
    member.post(PATH, shared.clone()).await.assert_failure(403, "forbidden");
    stranger.post(PATH, shared).await.assert_failure(404, "not_found");
    owner
        .post(PATH, json!({"configId": Uuid::new_v4(), "isActive": true}))
        .await
        .assert_failure(404, "not_found");
    assert_names(
        &owner.post(PATH, json!({"configId": "x", "isActive": true})).await,
        &["configId"],
        "configId",
    );
    assert_names(
        &owner.post(PATH, json!({"configId": Uuid::new_v4()})).await,
        &["isActive"],
        "missing",
    );

    for (person, status, code) in [(&member, 403, "forbidden"), (&stranger, 404, "no_organization")]
    {
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
        let drawn = json!({"query": {"scope": "organization", "window": "month"}});
        person.post("/api/fn/ai-spending", drawn).await.assert_failure(status, code);
        person
            .patch("/api/ai-configuration/models/claude-9", json!({"entry": null}))
            .await
            .assert_failure(403, "forbidden");
        person
            .post("/api/ai-configuration/models/refresh", json!({}))
            .await
            .assert_failure(403, "forbidden");
    }
    member
        .json(Method::DELETE, PATH, json!({"configName": "Ours"}))
        .await
        .assert_failure(404, "not_found");
    assert_names(&member.json(Method::DELETE, PATH, json!({})).await, &["configName"], "missing");
    let nobody = app.browser();
    nobody.get(PATH).await.assert_failure(401, "not_signed_in");
    nobody.patch(PATH, ours).await.assert_failure(401, "not_signed_in");
    assert_eq!(stored(&app).await, before);

    let drawn = json!({"query": {"scope": "organization", "window": "month"}});
    let drawn = owner.post("/api/fn/ai-spending", drawn).await.body;
    let shares = drawn["shares"].as_array().unwrap();
    let labels: Vec<_> = shares.iter().map(|share| share["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["By person", "By model", "By program"]);

    // Members see what applies to them, without what is not theirs.
    let seen = member.get(PATH).await;
    assert_eq!(seen.body["userConfigurations"], json!([]));
    assert_eq!(seen.body["organizationConfigurations"][0]["configName"], "Ours");
    assert_eq!(seen.body["keys"][0]["masked"], "sk-ant-…a1b2");
    assert_eq!(seen.body["managesOrganization"], false);
    assert_eq!(stranger.get(PATH).await.body["keys"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_entry_of_the_catalog_names_its_field() {
    let app = App::new().await;
    let administrator = app.signed_up("Root").await;
    let path = "/api/ai-configuration/models/claude-haiku-4-5";
    for (entry, field, sentence) in [
        (json!({"name": " "}), "entry.name", "1 to 100 characters"),
        (json!({"outputLimit": 0}), "entry.outputLimit", "at most the context window"),
        (json!({"prices": []}), "entry.prices", "There must be a price"),
        (json!({"replacement": "nobody"}), "entry.replacement", "nobody"),
        (json!({"retires": "soon"}), "entry", "cannot be read"),
        (json!(5), "entry", "JSON object"),
    ] {
        assert_names(&administrator.patch(path, json!({"entry": entry})).await, &[field], sentence);
    }
    let models = administrator.get("/api/ai-configuration/models").await;
    assert!(!models.text.contains("nobody"), "{}", models.text);
    // Without an entry nothing is taken back: only null says so.
    assert_names(&administrator.patch(path, json!({})).await, &["entry"], "missing");
    assert_names(&administrator.patch(path, json!([])).await, &[""], "a JSON object");
    let misspelt = administrator.patch(path, json!({"entry": null, "entri": null})).await;
    misspelt.assert_failure(400, "validation_failed");
    assert!(misspelt.text.contains("“entri” is not a field here"), "{}", misspelt.text);
    let nameless = json!({"entry": null});
    let wrong = administrator.patch("/api/ai-configuration/models/a%20b", nameless.clone()).await;
    assert_names(&wrong, &["model"], "A model's id");
    // What is no text names nothing, as in every path.
    let none = administrator.patch("/api/ai-configuration/models/%FF", nameless).await;
    none.assert_failure(404, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_needs_the_scope() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let made = ann.post("/api/tokens", json!({"name": "Reader", "scopes": ["ai:read"]})).await;
    let reader = app.with_token(
        made.body["secret"].as_str().or(made.body["token"].as_str()).expect("a secret"),
    );
    reader.get(PATH).await.assert_ok();
    let before = stored(&app).await;
    reader
        .patch(PATH, mine(json!({"model": {"streaming": true}})))
        .await
        .assert_failure(403, "scope_missing");
    reader.post(ROTATE, json!({"newPrimaryKey": KEY})).await.assert_failure(403, "scope_missing");
    assert_eq!(stored(&app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_functions_answer_those_who_may_and_draw_only_what_can_be_set() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let strategy = |retries: u32| {
        let strategy = json!({
            "maxRetries": retries, "backoffType": "linear", "baseDelay": 100, "maxDelay": 5000,
        });
        ("/api/fn/ai-retry-chart", json!({"strategy": strategy}))
    };
    let usage = json!({"query": {"window": "month", "groupBy": "day", "scope": "person"}});
    let asked = [
        strategy(2),
        ("/api/fn/ai-configuration", json!({"scope": "organization"})),
        ("/api/fn/ai-models", json!({})),
        ("/api/fn/ai-usage", usage),
        ("/api/fn/ai-spending", json!({"query": {"scope": "person", "window": "month"}})),
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
