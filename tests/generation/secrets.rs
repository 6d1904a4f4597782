//! A key is nowhere but in the vault and on its way to Claude: not in a table, the log, history, an
//! answer or a page.

use super::{
    process::Process,
    world::{CONFIGURATION, GENERATE, KEY, MESSAGES, World, conversation},
};
use claude_stand_in::Behaviour;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::collections::BTreeMap;

const FIRST: &str = "sk-ant-api03-first-FirstSecretPart-a1b2";
const SECOND: &str = "sk-ant-api03-second-SecondSecretPart-c3d4";
const SHARED: &str = "sk-ant-api03-shared-SharedSecretPart-g7h8";
const TRIED: &str = "sk-ant-api03-tried-TriedSecretPart-i9j0";
const WRONG: &str = "\"sk-ant-api03-wrong-WrongSecretPart-k1l2\"";
/// What no text may hold, of the key of the environment too.
const PARTS: [&str; 6] = [
    "environment-0123456789",
    "FirstSecret",
    "SecondSecret",
    "SharedSecret",
    "TriedSecret",
    "WrongSecret",
];

fn assert_clean(place: &str, text: &str) {
    for part in PARTS {
        for form in [part.to_owned(), hex::encode(part)] {
            assert!(!text.contains(&form), "{place} holds {part}");
        }
    }
}

/// Every table of the database as text, read as its superuser; bytes are in hexadecimal.
async fn tables(world: &World) -> BTreeMap<String, String> {
    let options = world.app.database.options().username("postgres");
    let mut superuser = PgConnection::connect_with(&options).await.unwrap();
    let names = "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
        WHERE table_type = 'BASE TABLE'
        AND table_schema NOT IN ('pg_catalog', 'information_schema')";
    let names = sqlx::query(names).fetch_all(&mut superuser).await.unwrap();
    let mut texts = BTreeMap::new();
    for name in names.iter().map(|row| row.get::<String, _>(0)) {
        let all = AssertSqlSafe(format!(
            "SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {name} AS t"
        ));
        let text: String = sqlx::query_scalar(all).fetch_one(&mut superuser).await.unwrap();
        texts.insert(name, text);
    }
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_found_anywhere_after_keys_were_stored_rotated_tried_and_refused() {
    let world = World::new().await;
    let variables = [("ANTHROPIC_API_KEY", KEY), ("TRAIN_LOG", "trace")];
    let process = Process::start(&world.app.database, &world.claude.url(), &variables);
    let account =
        json!({"email": "ann@example.com", "password": crate::app::PASSWORD, "displayName": "Ann"});
    let signed_up = process.ask("POST", "/api/auth/sign-up", "", Some(account)).await;
    let session = signed_up.cookie.expect("a session");
    let mut answers = Vec::new();
    let mut ask = async |method: &str, path: &str, body: Option<Value>, status: u16| {
        let page = process.ask(method, path, &session, body).await;
        assert_eq!(page.status, status, "{method} {path}: {}", page.text);
        answers.push((format!("{method} {path}"), page.text));
    };
    const ROTATE: &str = "/api/ai-configuration/rotate-key";
    const TEST: &str = "/api/ai-configuration/test-key";

    ask("POST", GENERATE, Some(conversation()), 201).await;
    for key in [FIRST, SECOND] {
        ask("POST", ROTATE, Some(json!({"newPrimaryKey": key, "reason": "routine"})), 200).await;
    }
    ask("POST", ROTATE, Some(json!({"newPrimaryKey": SHARED, "scope": "organization"})), 200).await;
    ask("POST", TEST, Some(json!({"key": TRIED})), 200).await;
    // Wrong in itself, in the wrong place, of the wrong kind.
    ask("POST", ROTATE, Some(json!({"newPrimaryKey": WRONG})), 400).await;
    ask("POST", ROTATE, Some(json!({"newPrimaryKey": format!("{TRIED}\n{TRIED}")})), 400).await;
    ask("POST", ROTATE, Some(json!({"newPrimaryKey": 5, "graceHours": TRIED})), 400).await;
    ask("POST", ROTATE, Some(json!({"newPrimaryKey": {"key": TRIED}})), 400).await;
    ask(
        "PATCH",
        CONFIGURATION,
        Some(json!({"configName": "Mine", "updates": {"apiKeys": {"primary": TRIED}}})),
        400,
    )
    .await;
    ask(
        "PATCH",
        CONFIGURATION,
        Some(json!({"configName": "Mine", "updates": {"model": {"temperature": TRIED}}})),
        400,
    )
    .await;
    ask(
        "PATCH",
        CONFIGURATION,
        Some(json!({"configName": "Mine", "updates": {"model": {"temperature": 0.5}}})),
        200,
    )
    .await;

    // Claude and what stands before it repeat the key that they were sent, and refuse the newer
    // one.
    let echo = |status: u16| Behaviour::Status {
        status,
        headers: BTreeMap::new(),
        body: Some(json!({
            "type": "error",
            "error": {"type": "invalid_request_error", "message": format!("bad key {SECOND}")},
        })),
    };
    world.claude.script(MESSAGES, [echo(400), echo(401), echo(403)]);
    ask("POST", GENERATE, Some(conversation()), 502).await;
    ask("POST", GENERATE, Some(conversation()), 409).await;
    ask(
        "PATCH",
        CONFIGURATION,
        Some(json!({"configName": "Mine", "updates": {"model": {"streaming": true}}})),
        200,
    )
    .await;
    world.claude.script(
        MESSAGES,
        [Behaviour::ErrorMidStream {
            pieces: 1,
            error_type: "api_error".into(),
            message: format!("bad key {SECOND}"),
        }],
    );
    ask("POST", GENERATE, Some(conversation()), 502).await;
    ask("POST", GENERATE, Some(conversation()), 201).await;

    for path in [
        CONFIGURATION,
        "/api/ai-configuration?scope=organization",
        "/api/ai-configuration/models",
        "/api/ai-policy",
        "/api/ai-usage",
        "/api/ai-usage/log",
        "/api/config/change-history?limit=100",
        "/api/openapi.json",
        "/metrics",
        "/settings/display",
        "/settings/account",
        "/ai/keys",
        "/ai/keys?scope=organization",
        "/ai/effective",
        "/ai/usage",
        "/generate",
        "/history",
        "/organization/members",
    ] {
        ask("GET", path, None, 200).await;
    }
    let configuration = process.ask("GET", CONFIGURATION, &session, None).await.text;
    let shown: Value = serde_json::from_str(&configuration).unwrap();
    assert_eq!(shown["keys"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&shown["keys"][0]["masked"], &shown["environmentKey"]),
        (&json!("sk-ant-…c3d4"), &json!("sk-ant-…e5f6"))
    );
    let sent = world.keys_sent();
    for key in [KEY, FIRST, SECOND, TRIED] {
        assert!(sent.iter().any(|sent| sent == key), "{key} was really used");
    }

    for (place, text) in &answers {
        assert_clean(place, text);
    }
    let tables = tables(&world).await;
    assert!(
        tables["vault.secrets"].contains("sk-ant-…g7h8") && tables.len() > 15,
        "{:?}",
        tables.keys()
    );
    for (name, text) in &tables {
        assert_clean(name, text);
    }
    let log = process.stop();
    assert!(log.contains("TRACE") && log.contains("rotate-key"), "the log tells everything");
    assert_clean("the log", &log);
}
