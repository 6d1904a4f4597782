//! History over HTTP: reading it with every filter, counting, exporting, and taking changes back
//! one by one and many at once.

use super::app::{Answer, App, Client, join};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;
use train::server::postgres::Event;
use uuid::Uuid;

pub const HISTORY: &str = "/api/config/change-history";
pub const ROLLBACK: &str = "/api/config/rollback";
pub const PREFERENCES: &str = "/api/user-preferences";
pub const AI: &str = "/api/ai-configuration";

/// The changes that a query finds, newest first.
pub async fn history(person: &Client<'_>, query: &str) -> Vec<Value> {
    let answer = person.get(&format!("{HISTORY}?limit=100&{query}")).await;
    answer.assert_ok();
    answer.body["changes"].as_array().unwrap().clone()
}

pub async fn newest(person: &Client<'_>, query: &str) -> Value {
    history(person, query).await.remove(0)
}

/// A rollback of one change, against the version that it made unless told otherwise.
pub fn body(action: &str, change: &Value, more: Value) -> Value {
    let mut body = json!({
        "action": action, "changeId": change["id"], "targetId": change["targetId"],
        "configType": change["configType"], "expectedVersion": change["version"],
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    if action == "preview" {
        body.as_object_mut().unwrap().remove("expectedVersion");
    }
    body
}

pub async fn execute(person: &Client<'_>, change: &Value, more: Value) -> Answer {
    person.post(ROLLBACK, body("execute", change, more)).await
}

pub fn codes(preview: &Value) -> Vec<&str> {
    preview["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .collect()
}

/// How many changes there are, and that every chain is whole.
pub async fn written(app: &App) -> i64 {
    let mut owner = app.database.role("train_owner").await;
    let problems: Vec<String> = sqlx::query_scalar("SELECT problem FROM verify_audit_chain()")
        .fetch_all(&mut owner)
        .await
        .unwrap();
    assert_eq!(problems, [""; 0]);
    sqlx::query_scalar("SELECT count(*) FROM configuration_audit_log")
        .fetch_one(&mut owner)
        .await
        .unwrap()
}

async fn id_of(person: &Client<'_>) -> Uuid {
    person.get("/api/auth/me").await.body["user"]["id"].as_str().unwrap().parse().unwrap()
}

/// The owner of an organization, who administers the installation as well; a member of it; somebody
/// without one.
pub async fn people(app: &App) -> [Client<'_>; 3] {
    let (owner, member) = (app.signed_up("Owner").await, app.signed_up("Member").await);
    join(&owner, &member, "member").await;
    [owner, member, app.signed_up("Stranger").await]
}

pub async fn configure(person: &Client<'_>, name: &str, updates: Value, scope: &str) {
    let body = json!({"configName": name, "updates": updates, "scope": scope, "reason": "to try"});
    person.patch(AI, body).await.assert_ok();
}

async fn configuration(person: &Client<'_>, name: &str) -> Option<Value> {
    let answer = person.get(AI).await;
    let list = |field: &str| answer.body[field].as_array().unwrap().clone();
    list("userConfigurations")
        .into_iter()
        .chain(list("organizationConfigurations"))
        .find(|stored| stored["configName"] == name)
}

// Reading

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_finds_what_it_says() {
    let app = App::new().await;
    let [owner, member, _] = people(&app).await;
    owner
        .patch(PREFERENCES, json!({"theme": "dark", "notifications": {"email": true}}))
        .await
        .assert_ok();
    owner.post(PREFERENCES, json!({"action": "reset", "section": "display"})).await.assert_ok();
    configure(&owner, "Night", json!({"model": {"maxTokens": 100}}), "person").await;
    configure(&owner, "Ours", json!({"costBudget": {"dailyBudget": 5}}), "organization").await;
    member.patch(PREFERENCES, json!({"rowsPerPage": 50})).await.assert_ok();
    let me = id_of(&owner).await;
    let told = |changes: &[Value]| -> Vec<String> {
        changes
            .iter()
            .map(|change| {
                format!(
                    "{} {}",
                    change["targetName"].as_str().unwrap(),
                    change["action"].as_str().unwrap()
                )
            })
            .collect()
    };
    let all = ["Ours created", "Night created", "Preferences reset", "Preferences updated"];
    assert_eq!(told(&history(&owner, "").await), all);
    for (query, expected) in [
        ("configType=ai_config", &all[..2]),
        ("action=reset", &all[2..3]),
        ("path=theme", &all[2..]),
        ("path=notifications", &all[3..]),
        ("path=them", &[]),
        ("text=MAXTOK", &all[1..2]),
        ("text=%20To%20TRY", &all[..2]),
        ("text=%25", &[]),
        ("text=a%00b", &[]),
        ("scope=organization", &all[..1]),
        (&format!("actor={me}&configType=user_preference"), &all[2..]),
        (&format!("actor={}", Uuid::nil()), &[]),
        ("from=2000-01-01T00:00:00Z&to=2000-01-02T00:00:00Z", &[]),
        ("from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00Z&action=created", &all[..2]),
    ] {
        assert_eq!(told(&history(&owner, query).await), expected, "{query}");
    }
    let night = newest(&owner, "text=maxTokens").await;
    assert_eq!(
        told(&history(&owner, &format!("targetId={}", night["targetId"].as_str().unwrap())).await),
        all[1..2]
    );
    assert_eq!(
        (&night["ownerUserId"], &night["ownerName"], &night["undoable"]),
        (&json!(me), &json!("Owner"), &json!(true))
    );
    let everything = history(&owner, "scope=all").await;
    assert_eq!(everything.len(), 5);
    assert_eq!(
        (&everything[0]["ownerName"], &everything[0]["undoable"]),
        (&json!("Member"), &json!(false))
    );
    // Page by page the same rows, none twice.
    let (mut pages, mut before) = (Vec::new(), String::new());
    loop {
        let page = owner.get(&format!("{HISTORY}?limit=3&path=&text=e{before}")).await.body;
        pages.extend(page["changes"].as_array().unwrap().clone());
        match page["nextBefore"].as_i64() {
            Some(sequence) => before = format!("&before={sequence}"),
            None => break,
        }
    }
    assert_eq!(told(&pages), all);
    assert_eq!(written(&app).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_more_than_is_theirs_or_asks_for_nonsense() {
    let app = App::new().await;
    let [owner, member, stranger] = people(&app).await;
    configure(&owner, "Ours", json!({"model": {"maxTokens": 100}}), "organization").await;
    let change = newest(&owner, "").await;
    let detail = format!("{HISTORY}/{}", change["id"].as_str().unwrap());
    for person in [&member, &stranger] {
        assert!(history(person, "").await.is_empty());
        person.get(&format!("{HISTORY}?scope=all")).await.assert_failure(403, "forbidden");
        person.get(&format!("{HISTORY}?scope=organization")).await.assert_failure(403, "forbidden");
        person.get("/api/config/statistics?scope=all").await.assert_failure(403, "forbidden");
        person
            .get("/api/config/export-csv?scope=organization")
            .await
            .assert_failure(403, "forbidden");
        person.get(&detail).await.assert_failure(404, "not_found");
    }
    for path in [HISTORY, "/api/config/statistics", "/api/config/export-csv", &detail] {
        app.browser().get(path).await.assert_failure(401, "not_signed_in");
    }
    app.browser()
        .post(ROLLBACK, body("preview", &change, json!({})))
        .await
        .assert_failure(401, "not_signed_in");
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "before=x",
        "scope=planet",
        "configType=secrets",
        "action=exploded",
        "targetId=5",
        "from=yesterday",
        "from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z",
        "to=%2B200000-01-01T00:00:00Z",
        "nope=1",
        &format!("text={}", "x".repeat(201)),
    ] {
        owner.get(&format!("{HISTORY}?{query}")).await.assert_failure(400, "validation_failed");
    }
    for (query, path) in [
        ("limit=x", "limit"),
        ("scope=planet", "scope"),
        ("configType=secrets", "configType"),
        ("targetId=5", "targetId"),
        ("from=yesterday", "from"),
        ("nope=1", "nope"),
    ] {
        assert_eq!(owner.get(&format!("{HISTORY}?{query}")).await.paths(), [path]);
    }
    owner.get("/api/config/statistics?window=8").await.assert_failure(400, "validation_failed");
    owner.get(&format!("{HISTORY}/nonsense")).await.assert_failure(404, "not_found");
    let known = owner.get(&detail).await;
    known.assert_ok();
    assert_eq!(known.body["change"]["id"], change["id"]);
    assert_eq!(known.body["newValue"]["configuration"], json!({"model": {"maxTokens": 100}}));
    assert_eq!(
        (&known.body["oldValue"], &known.body["clientIp"]),
        (&Value::Null, &json!("192.0.2.1"))
    );
    assert_eq!(known.body["hash"].as_str().unwrap().len(), 64);
}

#[tokio::test(flavor = "multi_thread")]
async fn statistics_count_what_the_person_sees() {
    let app = App::new().await;
    let [owner, member, _] = people(&app).await;
    for rows in [10, 25, 50] {
        member.patch(PREFERENCES, json!({"rowsPerPage": rows})).await.assert_ok();
    }
    owner.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    let answer = owner.get("/api/config/statistics?window=30&scope=all").await;
    answer.assert_ok();
    let body = &answer.body;
    assert_eq!((&body["total"], &body["window"]), (&json!(4), &json!(30)));
    assert_eq!(body["byType"], json!([{"configType": "user_preference", "count": 4}]));
    assert_eq!(body["byPerson"][0]["name"], "Member");
    assert_eq!(body["byPerson"][1]["count"], 1);
    assert_eq!(
        body["topFields"][0],
        json!({"configType": "user_preference", "path": "rowsPerPage", "count": 3})
    );
    let days = body["byDay"].as_array().unwrap();
    assert_eq!(
        (days.len(), days.iter().map(|day| day["count"].as_i64().unwrap()).sum::<i64>()),
        (30, 4)
    );
    let own = member.get("/api/config/statistics").await;
    assert_eq!((&own.body["total"], own.body["byDay"].as_array().unwrap().len()), (&json!(3), 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_reads_back_in_another_program() {
    let app = App::new().await;
    let [owner, ..] = people(&app).await;
    let name = "=cmd()|' \"quoted\", 🙂";
    let reason = "first line\nsecond, \"said\" he";
    let change =
        json!({"configName": name, "updates": {"model": {"maxTokens": 100}}, "reason": reason});
    owner.patch(AI, change).await.assert_ok();
    owner
        .again()
        .header("user-agent", "@SUM(1)")
        .patch(PREFERENCES, json!({"theme": "dark"}))
        .await
        .assert_ok();
    owner.patch(PREFERENCES, json!({"qualityThresholds": {"flagging": 6}})).await.assert_ok();
    let answer = owner.get("/api/config/export-csv").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert!(answer.header("content-disposition").contains("attachment; filename=\"train-history-"));
    let text = answer.text.strip_prefix('\u{feff}').expect("it begins with a byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6, "a line per setting");
    assert_eq!(
        (&rows[0][column("setting")], &rows[0][column("new")]),
        ("qualityThresholds.flagging", "6.0")
    );
    assert_eq!((&rows[1][column("user agent")], &rows[1][column("was set")]), ("'@SUM(1)", "no"));
    let made: Vec<_> = rows.iter().filter(|row| &row[column("type")] == "ai_config").collect();
    assert_eq!(made.len(), 4);
    assert_eq!(&made[0][column("target")], format!("'{name}"));
    assert_eq!(&made[0][column("reason")], reason);
    let none = owner.get("/api/config/export-csv?configType=api_key").await;
    assert_eq!(none.text.lines().count(), 1, "filters hold, and a header stands alone");
    let ai = owner.get("/api/config/export-csv?path=theme").await;
    assert_eq!(csv::Reader::from_reader(ai.text.as_bytes()).records().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_exported_whole() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    let me = id_of(&anna).await;
    let mut person = app.database.person(me).await;
    for number in 0..1203 {
        let sql =
            "UPDATE user_preferences SET preferences = jsonb_build_object('rowsPerPage', $1::int)";
        sqlx::query(sql).bind(number).execute(&mut person).await.unwrap();
    }
    let text = anna.get("/api/config/export-csv").await.text;
    let values: Vec<i64> = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes())
        .records()
        .map(|row| row.unwrap()[11].parse().unwrap())
        .collect();
    assert_eq!(values, (0..1203).rev().collect::<Vec<_>>());
}

// One at a time

#[tokio::test(flavor = "multi_thread")]
async fn back_and_forth_and_back_again() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    let server = app.second_server().await;
    let elsewhere = anna.through(&server);
    anna.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    anna.patch(PREFERENCES, json!({"theme": "light", "rowsPerPage": 50})).await.assert_ok();
    assert_eq!(elsewhere.get(PREFERENCES).await.body["overrides"]["theme"], "light");
    let mut events = app.state.events.subscribe();
    let change = newest(&anna, "").await;
    let preview = anna.post(ROLLBACK, body("preview", &change, json!({}))).await;
    preview.assert_ok();
    let differences = json!([
        {"path": "rowsPerPage", "old": 50},
        {"path": "theme", "old": "light", "new": "dark"},
    ]);
    assert_eq!(preview.body["preview"]["differences"], differences);
    assert_eq!(preview.body["preview"]["currentVersion"], 3);
    assert_eq!(codes(&preview.body["preview"]), ["no_reason"]);
    anna.post(ROLLBACK, body("validate", &change, json!({"reason": "x"}))).await.assert_ok();
    assert_eq!(written(&app).await, 2, "looking stores nothing");

    let done = execute(&anna, &change, json!({"reason": "too bright"})).await;
    done.assert_ok();
    assert_eq!((&done.body["applied"], &done.body["version"]), (&json!(true), &json!(4)));
    assert_eq!(
        anna.get(PREFERENCES).await.body["overrides"],
        json!({"theme": "dark"}),
        "at once on this server"
    );
    let paths = vec!["rowsPerPage".to_owned(), "theme".to_owned()];
    let told = async {
        loop {
            if let Event::PreferencesChanged { version: 4, paths: changed, .. } =
                events.recv().await.unwrap()
                && !changed.is_empty()
            {
                break changed;
            }
        }
    };
    assert_eq!(timeout(Duration::from_secs(5), told).await.expect("open tabs are told"), paths);
    let arrives = async {
        while elsewhere.get(PREFERENCES).await.body["overrides"]["theme"] != "dark" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(5), arrives).await.expect("the other server learns of it");
    let row = newest(&anna, "").await;
    for (field, expected) in
        [("action", "rolled_back"), ("source", "rollback"), ("reason", "too bright")]
    {
        assert_eq!(row[field], expected);
    }
    assert_eq!(row["id"], done.body["changeId"]);

    for expected in [json!({"theme": "light", "rowsPerPage": 50}), json!({"theme": "dark"})] {
        execute(&anna, &newest(&anna, "").await, json!({})).await.assert_ok();
        assert_eq!(anna.get(PREFERENCES).await.body["overrides"], expected);
    }
    // By version, whichever change of the target is named; and what stands already is no change.
    let first = history(&anna, "").await.pop().unwrap();
    let to = |version: i64| json!({"toVersion": version, "expectedVersion": 6});
    assert_eq!(execute(&anna, &first, to(2)).await.body["applied"], false);
    assert_eq!(execute(&anna, &first, to(1)).await.body["applied"], true);
    assert_eq!(anna.get(PREFERENCES).await.body["overrides"], json!({}));
    assert_eq!(
        execute(&anna, &first, json!({"toVersion": 99, "expectedVersion": 7})).await.paths(),
        ["toVersion"]
    );
    assert_eq!(written(&app).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_looked_at_is_not_overwritten() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    anna.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    let change = newest(&anna, "").await;
    anna.patch(PREFERENCES, json!({"rowsPerPage": 50})).await.assert_ok();
    for action in ["validate", "execute"] {
        let stale = anna.post(ROLLBACK, body(action, &change, json!({}))).await;
        stale.assert_failure(409, "version_conflict");
        let now = &stale.body["current"];
        assert_eq!(
            (&now["currentVersion"], now["differences"].as_array().unwrap().len()),
            (&json!(3), 2)
        );
        assert!(
            codes(now).contains(&"changed_since") && codes(now).contains(&"fields_added"),
            "{now}"
        );
    }
    assert_eq!(
        execute(&anna, &change, json!({"expectedVersion": null})).await.paths(),
        ["expectedVersion"]
    );
    assert_eq!(written(&app).await, 2);
    execute(&anna, &change, json!({"expectedVersion": 3})).await.assert_ok();
    assert_eq!(anna.get(PREFERENCES).await.body["overrides"], json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_are_not_crossed_and_others_not_touched() {
    let app = App::new().await;
    let [owner, member, stranger] = people(&app).await;
    member.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    owner.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    let (theirs, own) = (newest(&member, "").await, newest(&owner, "").await);
    let crossing = json!({"changeId": theirs["id"]});
    assert_eq!(execute(&owner, &own, crossing).await.paths(), ["targetId"]);
    assert_eq!(
        execute(&owner, &own, json!({"configType": "ai_config"})).await.paths(),
        ["configType"]
    );
    execute(&owner, &theirs, json!({"reason": "I may read it"}))
        .await
        .assert_failure(403, "forbidden");
    execute(&stranger, &theirs, json!({})).await.assert_failure(404, "not_found");
    let unknown = json!({"changeId": Uuid::new_v4()});
    execute(&owner, &own, unknown).await.assert_failure(404, "not_found");
    for (wrong, path) in [
        (json!({"action": "explode"}), "action"),
        (json!({"toVersion": "after"}), "toVersion"),
        (json!({"toVersion": 1e300}), "toVersion"),
        (json!({"expectedVersion": "2"}), "expectedVersion"),
        (json!({"reason": "x".repeat(501)}), "reason"),
        (json!({"reason": 5}), "reason"),
        (json!({"configType": "secret"}), "configType"),
        (json!({"nope": 1}), "nope"),
        (json!({"changeId": "5"}), "changeId"),
    ] {
        let answer = execute(&owner, &own, wrong.clone()).await;
        answer.assert_failure(400, "validation_failed");
        assert_eq!(answer.paths(), [path], "{wrong}");
    }
    owner.post(ROLLBACK, json!([])).await.assert_failure(400, "validation_failed");
    owner.json(Method::GET, ROLLBACK, json!({})).await.assert_failure(405, "method_not_allowed");
    assert_eq!(written(&app).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_needs_the_scope_of_what_it_brings_back() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    anna.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    let token = |scopes: Value| {
        let anna = &anna;
        async move {
            let made = anna.post("/api/tokens", json!({"name": "script", "scopes": scopes})).await;
            made.body["secret"].as_str().unwrap_or_else(|| panic!("{}", made.text)).to_owned()
        }
    };
    let reading = token(json!(["history:read"])).await;
    let change = newest(&app.with_token(&reading), "").await;
    assert_eq!(change["undoable"], false);
    execute(&app.with_token(&reading), &change, json!({}))
        .await
        .assert_failure(403, "scope_missing");
    let writing = token(json!(["history:read", "preferences:write"])).await;
    execute(&app.with_token(&writing), &change, json!({})).await.assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_configuration_comes_back_as_it_was() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    configure(&anna, "Night", json!({"model": {"maxTokens": 100}}), "person").await;
    let before = configuration(&anna, "Night").await.unwrap();
    anna.post(AI, json!({"configId": before["id"], "isActive": false})).await.assert_ok();
    anna.json(Method::DELETE, AI, json!({"configName": "Night"})).await.assert_ok();
    let deleted = newest(&anna, "").await;
    let preview = anna.post(ROLLBACK, body("preview", &deleted, json!({"reason": "x"}))).await;
    assert_eq!(codes(&preview.body["preview"]), ["target_deleted"], "{}", preview.text);
    assert_eq!(preview.body["preview"]["targetName"], "Night");
    execute(&anna, &deleted, json!({})).await.assert_ok();
    let after = configuration(&anna, "Night").await.unwrap();
    assert_eq!(
        (&after["id"], &after["isActive"], &after["version"]),
        (&before["id"], &json!(false), &json!(4))
    );
    assert_eq!(after["configuration"], json!({"model": {"maxTokens": 100}}));
    // Its making undone, it goes; that undone, it is back.
    let created = history(&anna, "").await.pop().unwrap();
    let gone = execute(&anna, &created, json!({"expectedVersion": 4})).await;
    gone.assert_ok();
    assert!(codes(&gone.body["preview"]).contains(&"will_delete"));
    assert_eq!(configuration(&anna, "Night").await, None);
    let row = newest(&anna, "").await;
    assert_eq!((&row["action"], &row["source"]), (&json!("deleted"), &json!("rollback")));
    // While another bears the name it cannot come back.
    configure(&anna, "Night", json!({"model": {"maxTokens": 200}}), "person").await;
    let taken = execute(&anna, &row, json!({})).await;
    taken.assert_failure(400, "validation_failed");
    assert_eq!(taken.paths(), ["configName"]);
    anna.json(Method::DELETE, AI, json!({"configName": "Night"})).await.assert_ok();
    execute(&anna, &row, json!({})).await.assert_ok();
    assert_eq!(configuration(&anna, "Night").await.unwrap()["id"], before["id"]);
    assert_eq!(written(&app).await, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn todays_rules_hold_for_old_values() {
    let app = App::new().await;
    let [owner, ..] = people(&app).await;
    configure(&owner, "Mine", json!({"model": {"model": "claude-haiku-4-5"}}), "person").await;
    configure(&owner, "Mine", json!({"model": {"model": "claude-sonnet-4-6"}}), "person").await;
    let change = newest(&owner, "").await;
    let retired = json!({"entry": {"retires": "2026-01-01", "replacement": "claude-sonnet-4-6"}});
    owner.patch("/api/ai-configuration/models/claude-haiku-4-5", retired).await.assert_ok();
    let preview = owner.post(ROLLBACK, body("preview", &change, json!({}))).await;
    assert_eq!(
        preview.body["preview"]["errors"][0]["path"], "configuration.model.model",
        "{}",
        preview.text
    );
    let refused = execute(&owner, &change, json!({})).await;
    refused.assert_failure(400, "validation_failed");
    assert!(refused.body["error"].as_str().unwrap().contains("retired"), "{}", refused.text);
    assert_eq!(written(&app).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_do_not_come_back() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    let key = json!({"newPrimaryKey": "sk-ant-api03-0123456789abcdef-a1b2"});
    anna.post("/api/ai-configuration/rotate-key", key).await.assert_ok();
    let change = newest(&anna, "configType=api_key").await;
    assert_eq!(
        (&change["undoable"], &change["targetName"]),
        (&json!(false), &json!("sk-ant-…a1b2"))
    );
    for action in ["preview", "execute"] {
        let refused = anna.post(ROLLBACK, body(action, &change, json!({}))).await;
        refused.assert_failure(409, "keys_write_only");
    }
    let bulk = json!({"action": "bulk", "changeIds": [change["id"]], "preview": true});
    anna.post(ROLLBACK, bulk).await.assert_failure(409, "keys_write_only");
    let span = json!({
        "action": "bulk",
        "filter": {"from": "2020-01-01T00:00:00Z", "to": "2999-01-01T00:00:00Z"},
        "preview": true,
    });
    let answer = anna.post(ROLLBACK, span).await;
    assert_eq!(
        (&answer.body["skippedKeys"], &answer.body["targets"]),
        (&json!(1), &json!([])),
        "{}",
        answer.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_values_need_a_manager_and_a_reason() {
    let app = App::new().await;
    let [owner, member, _] = people(&app).await;
    let organization = owner.get("/api/organizations").await.body["organizations"][0].clone();
    let path =
        format!("/api/organizations/{}/preference-defaults", organization["id"].as_str().unwrap());
    owner.patch(&path, json!({"theme": "dark"})).await.assert_ok();
    owner.patch("/api/ai-policy", json!({"maxTokens": 500})).await.assert_ok();
    configure(&owner, "Ours", json!({"model": {"maxTokens": 100}}), "organization").await;
    assert_eq!(member.get(PREFERENCES).await.body["preferences"]["theme"], "dark");
    let changes = history(&owner, "scope=organization").await;
    assert_eq!(changes.len(), 3);
    for change in &changes {
        let preview = owner.post(ROLLBACK, body("preview", change, json!({}))).await;
        assert_eq!(preview.body["preview"]["reasonRequired"], true, "{}", preview.text);
        for reason in [json!(null), json!(" \n")] {
            assert_eq!(
                execute(&owner, change, json!({"reason": reason})).await.paths(),
                ["reason"]
            );
        }
        execute(&member, change, json!({"reason": "mine"})).await.assert_failure(404, "not_found");
        execute(&owner, change, json!({"reason": "a mistake"})).await.assert_ok();
    }
    assert_eq!(member.get(PREFERENCES).await.body["preferences"]["theme"], "system");
    assert_eq!(owner.get("/api/ai-policy").await.body["ceilings"], json!({}));
    assert_eq!(configuration(&owner, "Ours").await, None);
    assert_eq!(written(&app).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_leaves_its_history() {
    let app = App::new().await;
    let [owner, member, _] = people(&app).await;
    member.patch(PREFERENCES, json!({"theme": "dark"})).await.assert_ok();
    let gone = id_of(&member).await;
    let deleted = member
        .json(Method::DELETE, "/api/auth/account", json!({"password": super::app::PASSWORD}))
        .await;
    assert!(deleted.status.is_success(), "{}", deleted.text);
    let changes = history(&owner, &format!("scope=all&actor={gone}")).await;
    let told: Vec<_> = changes
        .iter()
        .map(|change| (&change["action"], &change["changedByName"], &change["undoable"]))
        .collect();
    let expected = [
        (json!("deleted"), json!("Member"), json!(false)),
        (json!("updated"), json!("Member"), json!(false)),
    ];
    assert_eq!(told, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
    execute(&owner, &changes[1], json!({"reason": "x"})).await.assert_failure(403, "forbidden");
}

/// Rows of history by what they are about and what was done, in order.
async fn told(app: &App) -> Vec<String> {
    let sql = "SELECT config_type || ' ' || action || ' ' || source FROM configuration_audit_log
        ORDER BY sequence";
    sqlx::query_scalar(sql).fetch_all(&mut app.database.role("train_owner").await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_of_changing_anything_leaves_one_row_and_a_failure_none() {
    let app = App::new().await;
    let [owner, member, _] = people(&app).await;
    let organization = owner.get("/api/organizations").await.body["organizations"][0]["id"].clone();
    let defaults =
        format!("/api/organizations/{}/preference-defaults", organization.as_str().unwrap());
    let policy =
        format!("/api/organizations/{}/conversation-policy", organization.as_str().unwrap());
    let key =
        |last: &str| json!({"newPrimaryKey": format!("sk-ant-api03-0123456789abcdef-{last}")});
    let ai = |updates: Value| json!({"configName": "Mine", "updates": updates});
    let (patch, post, delete) = (Method::PATCH, Method::POST, Method::DELETE);
    let mut expected: Vec<String> = Vec::new();
    for (method, path, body, rows) in [
        (&patch, PREFERENCES, json!({"theme": "dark"}), &["user_preference updated"][..]),
        (&patch, PREFERENCES, json!({"theme": "dark"}), &[]),
        (&patch, PREFERENCES, json!({}), &[]),
        (&patch, PREFERENCES, json!({"theme": "blue"}), &[]),
        (
            &post,
            PREFERENCES,
            json!({"action": "import", "preferences": {"rowsPerPage": 50}}),
            &["user_preference imported"],
        ),
        (&post, PREFERENCES, json!({"action": "reset"}), &["user_preference reset"]),
        (&post, PREFERENCES, json!({"action": "reset"}), &[]),
        (&patch, &defaults, json!({"theme": "dark"}), &["organization_preference_default updated"]),
        (&patch, &defaults, json!({"theme": "dark"}), &[]),
        (&patch, &format!("{defaults}?preview=true"), json!({"theme": "light"}), &[]),
        (&patch, "/api/ai-policy", json!({"maxTokens": 500}), &["organization_policy updated"]),
        (&patch, "/api/ai-policy", json!({"maxTokens": -1}), &[]),
        (&patch, &policy, json!({"tokenTarget": 512}), &["conversation_policy updated"]),
        (&patch, &policy, json!({"tokenTarget": 512}), &[]),
        (&patch, &policy, json!({"tokenTarget": 1}), &[]),
        (&patch, &format!("{policy}?preview=true"), json!({"tokenTarget": null}), &[]),
        (&patch, AI, ai(json!({"model": {"maxTokens": 100}})), &["ai_config created"]),
        (&patch, AI, ai(json!({"model": {"maxTokens": 200}})), &["ai_config updated"]),
        (&patch, AI, ai(json!({"model": {"maxTokens": 200}})), &[]),
        (&patch, AI, ai(json!({"model": {"temperature": 7}})), &[]),
        (&delete, AI, json!({"configName": "Mine"}), &["ai_config deleted"]),
        (&delete, AI, json!({"configName": "Mine"}), &[]),
        (&post, "/api/ai-configuration/rotate-key", key("a1b2"), &["api_key created"]),
        (&post, "/api/ai-configuration/rotate-key", json!({"newPrimaryKey": " "}), &[]),
        // Two targets: the old key steps back, the new one comes.
        (
            &post,
            "/api/ai-configuration/rotate-key",
            key("c3d4"),
            &["api_key updated", "api_key rotated"],
        ),
    ] {
        owner.json(method.clone(), path, body.clone()).await;
        expected.extend(rows.iter().map(|row| format!("{row} page")));
        assert_eq!(told(&app).await, expected, "{method} {path} {body}");
        // Nobody else's way changes anything of it.
        if path != PREFERENCES && !path.starts_with(AI) {
            member.json(method.clone(), path, body).await.assert_failure(403, "forbidden");
        }
    }
    written(&app).await;
}

// Many at once

pub fn versions(preview: &Answer) -> Value {
    let targets = preview.body["targets"].as_array().unwrap_or_else(|| panic!("{}", preview.text));
    targets
        .iter()
        .map(|target| {
            (target["targetId"].as_str().unwrap().to_owned(), target["currentVersion"].clone())
        })
        .collect()
}

fn ids(changes: &[Value]) -> Value {
    changes.iter().map(|change| change["id"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_changes_are_taken_back_by_their_net_difference() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    anna.patch(PREFERENCES, json!({"theme": "light"})).await.assert_ok();
    anna.patch(PREFERENCES, json!({"theme": "dark", "rowsPerPage": 50})).await.assert_ok();
    anna.patch(PREFERENCES, json!({"tableDensity": "compact"})).await.assert_ok();
    anna.patch(PREFERENCES, json!({"theme": "system", "rowsPerPage": null})).await.assert_ok();
    configure(&anna, "New", json!({"model": {"maxTokens": 100}}), "person").await;
    let all = history(&anna, "").await;
    // Everything but the first choice, and the density in between.
    let chosen = ids(&[all[0].clone(), all[1].clone(), all[3].clone()]);
    let preview =
        anna.post(ROLLBACK, json!({"action": "bulk", "changeIds": chosen, "preview": true})).await;
    preview.assert_ok();
    assert_eq!(
        (preview.body["targets"].as_array().unwrap().len(), &preview.body["changes"]),
        (2, &json!(3))
    );
    let of = |kind: &str| {
        let targets = preview.body["targets"].as_array().unwrap();
        targets.iter().find(|target| target["configType"] == kind).unwrap().clone()
    };
    assert_eq!(
        of("user_preference")["differences"],
        json!([{"path": "theme", "old": "system", "new": "light"}])
    );
    assert!(codes(&of("ai_config")).contains(&"will_delete"));
    assert_eq!(written(&app).await, 5);
    let run = json!({
        "action": "bulk",
        "changeIds": chosen,
        "expectedVersions": versions(&preview),
        "reason": "all wrong",
    });
    let done = anna.post(ROLLBACK, run.clone()).await;
    done.assert_ok();
    assert_eq!(done.body["applied"], true);
    assert_eq!(
        anna.get(PREFERENCES).await.body["overrides"],
        json!({"theme": "light", "tableDensity": "compact"})
    );
    assert_eq!(configuration(&anna, "New").await, None);
    assert_eq!(written(&app).await, 7, "one change for each target");
    anna.post(ROLLBACK, run).await.assert_failure(409, "version_conflict");
    // The rollbacks taken back together: all as before.
    let undo = ids(&history(&anna, "").await[..2]);
    let preview =
        anna.post(ROLLBACK, json!({"action": "bulk", "changeIds": undo, "preview": true})).await;
    let run = json!({"action": "bulk", "changeIds": undo, "expectedVersions": versions(&preview)});
    anna.post(ROLLBACK, run).await.assert_ok();
    assert_eq!(
        anna.get(PREFERENCES).await.body["overrides"],
        json!({"theme": "system", "tableDensity": "compact"})
    );
    assert!(configuration(&anna, "New").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_stale_or_wrong_stops_all_and_is_named() {
    let app = App::new().await;
    let [owner, ..] = people(&app).await;
    for name in ["One", "Two", "Three"] {
        configure(&owner, name, json!({"model": {"model": "claude-haiku-4-5"}}), "person").await;
        configure(
            &owner,
            name,
            json!({"model": {"model": "claude-sonnet-4-6", "maxTokens": 50}}),
            "person",
        )
        .await;
    }
    let chosen = ids(&history(&owner, "action=updated").await);
    let preview =
        owner.post(ROLLBACK, json!({"action": "bulk", "changeIds": chosen, "preview": true})).await;
    configure(&owner, "Two", json!({"model": {"maxTokens": 60}}), "person").await;
    let run = |versions: Value| {
        json!({
            "action": "bulk", "changeIds": chosen, "expectedVersions": versions,
        })
    };
    let stale = owner.post(ROLLBACK, run(versions(&preview))).await;
    stale.assert_failure(409, "version_conflict");
    assert!(stale.body["error"].as_str().unwrap().contains("“Two”"), "{}", stale.text);
    let two = configuration(&owner, "Two").await.unwrap();
    assert_eq!(stale.paths(), [format!("expectedVersions.{}", two["id"].as_str().unwrap())]);
    let now = stale.body["current"]["targets"].as_array().unwrap();
    let warned: Vec<_> =
        now.iter().filter(|target| codes(target).contains(&"changed_since")).collect();
    assert_eq!((now.len(), warned.len(), &warned[0]["targetName"]), (3, 1, &json!("Two")));
    assert_eq!(written(&app).await, 7);
    assert_eq!(owner.post(ROLLBACK, run(json!({}))).await.paths().len(), 3);
    // Only one of them goes back to a model that is retired by now.
    configure(&owner, "Two", json!({"model": {"model": "claude-opus-4-5"}}), "person").await;
    configure(&owner, "Two", json!({"model": {"model": "claude-sonnet-4-6"}}), "person").await;
    let mut chosen = history(&owner, "action=updated&text=maxTokens").await;
    chosen.retain(|change| change["targetName"] != "Two");
    chosen.push(newest(&owner, "").await);
    let retired = json!({"entry": {"retires": "2026-01-01", "replacement": "claude-sonnet-4-6"}});
    owner.patch("/api/ai-configuration/models/claude-opus-4-5", retired).await.assert_ok();
    let preview = owner
        .post(ROLLBACK, json!({"action": "bulk", "changeIds": ids(&chosen), "preview": true}))
        .await;
    let run = json!({
        "action": "bulk",
        "changeIds": ids(&chosen),
        "expectedVersions": versions(&preview),
    });
    let refused = owner.post(ROLLBACK, run).await;
    refused.assert_failure(400, "validation_failed");
    assert_eq!(
        refused.paths(),
        [format!("{}.configuration.model.model", two["id"].as_str().unwrap())],
        "{}",
        refused.text
    );
    assert!(refused.body["error"].as_str().unwrap().starts_with("“Two”"), "{}", refused.text);
    assert_eq!(written(&app).await, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_somebody_did_in_a_span_goes_back() {
    let app = App::new().await;
    let [owner, member, _] = people(&app).await;
    let organization = owner.get("/api/organizations").await.body["organizations"][0]["id"].clone();
    let people = format!("/api/organizations/{}/members", organization.as_str().unwrap());
    let them = id_of(&member).await;
    owner.patch(&format!("{people}/{them}"), json!({"role": "admin"})).await.assert_ok();
    configure(&owner, "Ours", json!({"model": {"maxTokens": 100}}), "organization").await;
    member.patch("/api/ai-policy", json!({"maxTokens": 5})).await.assert_ok();
    configure(
        &member,
        "Ours",
        json!({"model": {"maxTokens": 7}, "costBudget": {"dailyBudget": 1}}),
        "organization",
    )
    .await;
    configure(&member, "Theirs", json!({"model": {"maxTokens": 7}}), "person").await;
    let filter =
        json!({"actor": them, "from": "2020-01-01T00:00:00Z", "to": "2999-01-01T00:00:00Z"});
    let preview =
        owner.post(ROLLBACK, json!({"action": "bulk", "filter": filter, "preview": true})).await;
    assert_eq!(
        preview.body["targets"].as_array().unwrap().len(),
        2,
        "not what is theirs alone: {}",
        preview.text
    );
    let run = |more: Value| {
        let mut run =
            json!({"action": "bulk", "filter": filter, "expectedVersions": versions(&preview)});
        run["reason"] = more;
        run
    };
    assert_eq!(owner.post(ROLLBACK, run(json!(null))).await.paths(), ["reason"]);
    owner.post(ROLLBACK, run(json!("a wrong hand"))).await.assert_ok();
    assert_eq!(owner.get("/api/ai-policy").await.body["ceilings"], json!({}));
    assert_eq!(
        configuration(&owner, "Ours").await.unwrap()["configuration"],
        json!({"model": {"maxTokens": 100}})
    );
    assert!(configuration(&member, "Theirs").await.is_some());
    for (wrong, path) in [
        (json!({"preview": true}), "changeIds"),
        (json!({"changeIds": []}), "changeIds"),
        (json!({"changeIds": [them], "filter": filter}), "changeIds"),
        (
            json!({"filter": {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}}),
            "filter.to",
        ),
        (json!({"filter": {"from": "2026-01-02T00:00:00Z"}}), "filter.to"),
        (json!({"changeIds": ["x"]}), "changeIds[0]"),
    ] {
        let mut asked = wrong.clone();
        asked["action"] = json!("bulk");
        assert_eq!(owner.post(ROLLBACK, asked).await.paths(), [path], "{wrong}");
    }
    owner
        .post(ROLLBACK, json!({"action": "bulk", "changeIds": [them]}))
        .await
        .assert_failure(404, "not_found");
    assert_eq!(written(&app).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_changes_of_fifty_targets_go_back_together() {
    let app = App::new().await;
    let anna = app.signed_up("Anna").await;
    let mut person = app.database.person(id_of(&anna).await).await;
    let make = "INSERT INTO ai_configurations (user_id, config_name, configuration)
        SELECT auth.uid(), 'Number ' || number, '{\"model\": {\"maxTokens\": 1}}'
        FROM generate_series(1, 50) AS number";
    sqlx::query(make).execute(&mut person).await.unwrap();
    for tokens in 2..22 {
        let sql = "UPDATE ai_configurations SET configuration = jsonb_build_object('model',
            jsonb_build_object('maxTokens', $1::int))";
        sqlx::query(sql).bind(tokens).execute(&mut person).await.unwrap();
    }
    let sql = "SELECT id FROM configuration_audit_log WHERE action = 'updated'";
    let chosen: Vec<Uuid> = sqlx::query_scalar(sql).fetch_all(&mut person).await.unwrap();
    assert_eq!(chosen.len(), 1000);
    let preview =
        anna.post(ROLLBACK, json!({"action": "bulk", "changeIds": chosen, "preview": true})).await;
    preview.assert_ok();
    // Two at once, in whatever order: one is done, the other one finds that it is stale, and none
    // waits for ever.
    let run =
        json!({"action": "bulk", "changeIds": chosen, "expectedVersions": versions(&preview)});
    let (again, begun) = (anna.again(), std::time::Instant::now());
    let (first, second) = tokio::join!(anna.post(ROLLBACK, run.clone()), again.post(ROLLBACK, run));
    println!("two bulk rollbacks of 1000 changes each took {:?}", begun.elapsed());
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", first.text, second.text);
    let sql = "SELECT count(*) FROM ai_configurations
        WHERE configuration = '{\"model\": {\"maxTokens\": 1}}' AND version = 22";
    let back: i64 = sqlx::query_scalar(sql).fetch_one(&mut person).await.unwrap();
    assert_eq!((back, written(&app).await), (50, 50 + 1000 + 50));
    // What was shown is what was done, target by target.
    let sql = "SELECT jsonb_object_agg(target_id, changes) FROM configuration_audit_log
        WHERE action = 'rolled_back'";
    let done: Value = sqlx::query_scalar(sql).fetch_one(&mut person).await.unwrap();
    let shown: Value = preview.body["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| {
            (target["targetId"].as_str().unwrap().to_owned(), target["differences"].clone())
        })
        .collect();
    assert_eq!(done, shown);
}
