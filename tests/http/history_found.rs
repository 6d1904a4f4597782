//! Before something is taken back: what a preview warns of; and everything that a filter finds,
//! taken back at once.

use super::{
    app::App,
    history::{
        AI, PREFERENCES, ROLLBACK, body, codes, configure, execute, history, newest, people,
        versions, written,
    },
};
use serde_json::{Value, json};

const ALWAYS: [&str; 2] = ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"];

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_warns_of_what_people_forget() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    anna.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    let change = newest(&anna, "").await;
    let quiet = json!({"reason": "x"});
    let preview = |more: Value| {
        let (anna, change) = (&anna, &change);
        async move {
            let answer = anna.post(ROLLBACK, body("preview", change, more)).await;
            answer.body["preview"].clone()
        }
    };
    assert_eq!(
        codes(&preview(quiet.clone()).await),
        [""; 0],
        "nothing to say of a fresh change with a reason"
    );
    assert_eq!(codes(&preview(json!({})).await), ["no_reason"]);
    // As if it had been made long ago; only the owner of the database can do that.
    let mut owner = app.database.role("train_owner").await;
    for (days, expected) in [(29, vec![]), (31, vec!["old"])] {
        let sql =
            "UPDATE configuration_audit_log SET changed_at = now() - make_interval(days => $1)";
        sqlx::query(sql).bind(days).execute(&mut owner).await.unwrap();
        assert_eq!(codes(&preview(quiet.clone()).await), expected, "{days} days");
    }
    let many = json!({
        "theme": "light", "rowsPerPage": 50, "tableDensity": "compact", "sidebarCollapsed": true,
        "notifications": {"email": true, "toast": false},
        "exportPreferences": {"includeMetadata": false, "includeTimestamps": false},
        "qualityThresholds": {"autoApproval": 9.5, "flagging": 5, "minimumAcceptable": 3},
    });
    anna.patch(PREFERENCES, many).await.assert_ok();
    let shown = preview(json!({})).await;
    assert_eq!(shown["differences"].as_array().unwrap().len(), 11, "{shown:#}");
    assert_eq!(
        codes(&shown),
        ["many_fields", "no_reason", "old", "changed_since", "fields_added"],
        "{shown:#}"
    );
    let added = shown["warnings"].as_array().unwrap().last().unwrap()["message"].as_str().unwrap();
    assert!(added.contains("and 5 more") && !added.contains("theme"), "{added}");
    // None of it stops anybody.
    execute(&anna, &change, json!({"expectedVersion": 3})).await.assert_ok();
    assert_eq!(anna.get(PREFERENCES).await.body["overrides"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_found_goes_back_and_nothing_else() {
    let app = App::new().await;
    let [owner, member, stranger] = people(&app).await;
    for change in [
        json!({"theme": "dark"}),
        json!({"rowsPerPage": 50}),
        json!({"theme": "light", "notifications": {"email": true}}),
    ] {
        owner.patch(PREFERENCES, change).await.assert_ok();
    }
    configure(&owner, "Mine", json!({"model": {"maxTokens": 100}}), "person").await;
    configure(&owner, "Ours", json!({"model": {"maxTokens": 100}}), "organization").await;
    let filter = |more: Value| {
        let mut filter = json!({"from": ALWAYS[0], "to": ALWAYS[1]});
        filter.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        filter
    };
    let bulk = |filter: &Value, versions: Option<Value>| {
        let mut asked = json!({
            "action": "bulk", "filter": filter, "preview": versions.is_none(), "reason": "not so",
        });
        asked["expectedVersions"] = versions.unwrap_or(json!({}));
        asked
    };
    // The list and the rollback mean the same by a filter.
    for (more, query) in [
        (json!({"scope": "own"}), ""),
        (json!({"scope": "organization"}), "scope=organization"),
        (json!({"scope": "own", "path": "theme"}), "path=theme"),
        (json!({"scope": "own", "path": "notifications"}), "path=notifications"),
        (json!({"scope": "own", "text": "MAXTOK"}), "text=MAXTOK"),
        (json!({"scope": "own", "action": "created"}), "action=created"),
        (json!({"scope": "own", "configType": "user_preference"}), "configType=user_preference"),
    ] {
        let found = owner.post(ROLLBACK, bulk(&filter(more.clone()), None)).await;
        found.assert_ok();
        let listed = history(&owner, query).await.len();
        assert!(listed > 0);
        assert_eq!(found.body["changes"], json!(listed), "{more}");
    }
    assert_eq!(
        owner.post(ROLLBACK, bulk(&filter(json!({})), None)).await.body["targets"]
            .as_array()
            .unwrap()
            .len(),
        3
    );

    let themes = filter(json!({"scope": "own", "path": "theme"}));
    let preview = owner.post(ROLLBACK, bulk(&themes, None)).await;
    let shown = &preview.body["targets"][0]["differences"];
    assert_eq!(
        shown,
        &json!([{"path": "notifications.email", "old": true}, {"path": "theme", "old": "light"}])
    );
    owner.post(ROLLBACK, bulk(&themes, Some(versions(&preview)))).await.assert_ok();
    assert_eq!(owner.get(PREFERENCES).await.body["overrides"], json!({"rowsPerPage": 50}));
    // What was made meanwhile and fits as well was not shown, so it stops everything.
    configure(&owner, "More", json!({"model": {"maxTokens": 100}}), "person").await;
    let made = filter(json!({"scope": "own", "action": "created"}));
    let preview = owner.post(ROLLBACK, bulk(&made, None)).await;
    configure(&owner, "Late", json!({"model": {"maxTokens": 100}}), "person").await;
    let refused = owner.post(ROLLBACK, bulk(&made, Some(versions(&preview)))).await;
    refused.assert_failure(400, "validation_failed");
    assert!(refused.body["error"].as_str().unwrap().contains("“Late”"), "{}", refused.text);
    assert_eq!(owner.get(AI).await.body["userConfigurations"].as_array().unwrap().len(), 3);

    for person in [&member, &stranger] {
        let scoped = bulk(&filter(json!({"scope": "organization"})), None);
        person.post(ROLLBACK, scoped).await.assert_failure(403, "forbidden");
        let everything = person.post(ROLLBACK, bulk(&filter(json!({})), None)).await;
        assert_eq!(
            (&everything.body["changes"], &everything.body["applied"]),
            (&json!(0), &json!(false))
        );
    }
    for (wrong, path) in [
        (json!({"action": "eaten"}), "filter.action"),
        (json!({"text": "x".repeat(201)}), "filter.text"),
        (json!({"scope": "planet"}), "filter.scope"),
        (json!({"to": ALWAYS[0]}), "filter.to"),
    ] {
        assert_eq!(
            owner.post(ROLLBACK, bulk(&filter(wrong.clone()), None)).await.paths(),
            [path],
            "{wrong}"
        );
    }
    written(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_leaves_its_row_as_a_token() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    let made =
        anna.post("/api/tokens", json!({"name": "script", "scopes": ["preferences:write"]})).await;
    let token = app.with_token(made.body["secret"].as_str().unwrap());
    token.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    token.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    token
        .patch(PREFERENCES, json!({"theme": "blue"}))
        .await
        .assert_failure(400, "validation_failed");
    let row = newest(&anna, "").await;
    assert_eq!(
        (&row["source"], &row["changedByName"], &row["version"]),
        (&json!("api_token"), &json!("Anna"), &json!(2))
    );
    assert_eq!(written(&app).await, 1);
}
