//! A key or token in a field where it would be kept is refused by every route that takes a text.

use super::app::{App, Client, sign_up};
use http::{Method, header};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use train::domain::credential::{SECRET_FIELDS, find};

const KEY: &str = "sk-ant-api03-wrong-field-0123456789-a1b2";
const CODE: &str = "credential_in_text";

/// Method, path and the schema of the body, of each described operation that takes one.
fn operations() -> Vec<(Method, String, Value)> {
    let described: Value = serde_json::from_str(include_str!("../../docs/openapi.json")).unwrap();
    let mut found = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            // A file has no fields: what is found in it is marked like everything that is said.
            let is_file =
                operation["requestBody"]["content"]["application/octet-stream"].is_object();
            if operation.get("requestBody").is_some() && !is_file {
                let method = method.to_uppercase().parse().unwrap();
                found.push((method, path.clone(), resolved(&described, body, 0)));
            }
        }
    }
    assert!(found.len() > 30, "the description names the operations: {}", found.len());
    found
}

/// A schema without references, down to where bodies of ours end.
fn resolved(described: &Value, schema: &Value, depth: usize) -> Value {
    if depth > 12 {
        return Value::Null;
    }
    match schema {
        Value::Object(fields) => match fields.get("$ref").and_then(Value::as_str) {
            Some(name) => {
                let target = described.pointer(name.trim_start_matches('#')).unwrap();
                resolved(described, target, depth + 1)
            }
            None => fields
                .iter()
                .map(|(name, value)| (name.clone(), resolved(described, value, depth + 1)))
                .collect::<Map<_, _>>()
                .into(),
        },
        Value::Array(items) => {
            items.iter().map(|item| resolved(described, item, depth + 1)).collect()
        }
        other => other.clone(),
    }
}

/// Bodies with the key in one place each, and the dotted path of the place: of every text that the
/// schema knows.
fn bodies(schema: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let is_text = match &schema["type"] {
        Value::String(kind) => kind == "string",
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "string"),
        _ => false,
    };
    if is_text {
        found.push((String::new(), json!(KEY)));
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        found.extend(
            bodies(inner).into_iter().map(|(at, value)| (join(name, &at), json!({name: value}))),
        );
    }
    if schema["items"].is_object() {
        found.extend(
            bodies(&schema["items"])
                .into_iter()
                .map(|(at, value)| (join("0", &at), json!([value]))),
        );
    }
    for alternatives in ["oneOf", "anyOf", "allOf"] {
        found.extend(schema[alternatives].as_array().into_iter().flatten().flat_map(bodies));
    }
    found
}

fn join(name: &str, rest: &str) -> String {
    if rest.is_empty() { name.to_owned() } else { format!("{name}.{rest}") }
}

/// The organization is one that the person manages: for another, nothing of the body is judged.
fn filled(path: &str, organization: &str) -> String {
    let path = path.replace("/organizations/{id}", &format!("/organizations/{organization}"));
    let parts = path.split('/').map(|part| match part {
        "{pid}" => "1",
        part if part.starts_with('{') => "00000000-0000-0000-0000-000000000001",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Everything that people and the system can read back, and what is kept for ever.
async fn assert_nothing_kept(app: &App) {
    let mut owner = app.database.role("train_owner").await;
    let tables = "SELECT n.nspname || '.' || c.relname FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('auth', 'vault', 'public') AND c.relkind IN ('r', 'p')";
    for table in crate::support::texts(&mut owner, tables).await {
        let rows =
            crate::support::texts(&mut owner, &format!("SELECT t::text FROM {table} AS t")).await;
        assert!(rows.iter().all(|row| find(row).is_none()), "{table} keeps a key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_refused_in_every_text_of_every_body() {
    let app = App::new().await;
    let administrator = app.signed_up("Ada").await;
    let own = administrator.get("/api/organizations").await;
    let organization = own.body["organizations"][0]["id"].as_str().expect("the first one's");
    let mut tried = 0;
    for (method, path, schema) in operations() {
        let place = filled(&path, organization);
        // What no schema names is refused as well: an unknown field, and one deep inside.
        let mut all = vec![
            ("anyField".to_owned(), json!({"anyField": KEY})),
            ("a.0.b".to_owned(), json!({"a": [{"b": format!("mine is {KEY}")}]})),
        ];
        all.extend(
            bodies(&schema).into_iter().filter(|(at, _)| !SECRET_FIELDS.contains(&at.as_str())),
        );
        for (at, body) in all {
            let answer = administrator.json(method.clone(), &place, body).await;
            assert_eq!(answer.body["code"], CODE, "{method} {path} {at}: {}", answer.text);
            answer.assert_failure(400, CODE);
            assert_eq!(answer.paths(), [at.as_str()], "{method} {path}");
            assert!(find(&answer.text).is_none(), "it is repeated: {}", answer.text);
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried} places");
    assert_nothing_kept(&app).await;
}

/// The list of fields for secrets is short, and each of them is one: a text of that name elsewhere
/// would go by.
#[test]
fn the_fields_for_secrets_are_where_secrets_belong() {
    let mut found = BTreeSet::new();
    for (method, path, schema) in operations() {
        for (at, _) in bodies(&schema) {
            if SECRET_FIELDS.contains(&at.as_str()) {
                found.insert(format!("{method} {path} {at}"));
            }
        }
    }
    let passwords = |place: &String| {
        ["POST /api/auth/", "DELETE /api/auth/account", "DELETE /api/auth/second-factor"]
            .iter()
            .any(|start| place.starts_with(start))
    };
    found.retain(|place| !passwords(place));
    let expected = [
        "POST /api/ai-configuration/rotate-key newPrimaryKey",
        "POST /api/ai-configuration/test-key key",
    ];
    assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_that_were_kept_for_ever_are_refused_with_what_to_do() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let token =
        ann.post("/api/tokens", json!({"name": "Script", "scopes": ["history:read"]})).await;
    let token = token.body["secret"].as_str().unwrap().to_owned();
    let configuration = json!({"configName": KEY, "updates": {"model": {"maxTokens": 8192}}});
    let reason =
        json!({"configName": "Mine", "updates": {"model": {"maxTokens": 8192}}, "reason": token});
    let refused = [
        ("configName", ann.patch("/api/ai-configuration", configuration).await),
        ("reason", ann.patch("/api/ai-configuration", reason).await),
        ("name", ann.post("/api/tokens", json!({"name": KEY, "scopes": ["history:read"]})).await),
        ("name", ann.post("/api/organizations", json!({"name": KEY})).await),
        ("displayName", ann.patch("/api/auth/profile", json!({"displayName": KEY})).await),
        ("persona", generate(&ann, json!({"persona": format!("uses {KEY}")})).await),
    ];
    for (field, answer) in &refused {
        answer.assert_failure(400, CODE);
        assert_eq!(answer.paths(), [*field]);
        let sentence = answer.body["error"].as_str().unwrap();
        assert!(sentence.contains("nothing was saved") && sentence.contains("Take it out"));
    }
    assert_nothing_kept(&app).await;
    // Where it belongs it is taken, and a text about keys is a text.
    let stored = json!({"newPrimaryKey": KEY, "reason": "the old one, sk-ant-…a1b2, was seen"});
    ann.post("/api/ai-configuration/rotate-key", stored).await.assert_ok();
    assert_nothing_kept(&app).await;
}

async fn generate(person: &Client<'_>, more: Value) -> super::app::Answer {
    let mut body = json!({
        "persona": "a nurse", "emotion": "calm", "topic": "sleep", "tier": "template", "turns": 4,
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    person.post("/api/conversations/generate", body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_addresses_and_headers_keep_no_key_either() {
    let app = App::new().await;
    let form = format!("email=ann%40example.com&password=a+quiet+green+meadow&display_name={KEY}");
    let answer = app.browser().form("/api/fn/sign-up", &form).await;
    answer.assert_failure(400, CODE);
    let plain = app.browser().header("accept", "text/html").form("/api/fn/sign-up", &form).await;
    assert_eq!(plain.status, 303);
    let back = plain.headers.get_all(header::SET_COOKIE).iter();
    assert!(back.map(|cookie| cookie.to_str().unwrap()).all(|cookie| find(cookie).is_none()));

    let browser = app.browser().header("user-agent", &format!("script with {KEY}"));
    browser.post("/api/auth/sign-up", sign_up("Ann")).await;
    browser.patch("/api/user-preferences", json!({"theme": "dark"})).await.assert_ok();
    let model = format!("/api/ai-configuration/models/{KEY}");
    browser.patch(&model, json!({"entry": null})).await.assert_failure(400, CODE);
    let search = format!("/api/config/change-history?text={KEY}");
    browser.get(&search).await.assert_failure(400, CODE);
    let escaped = search.replace("sk-", "%73k%2D");
    browser.get(&escaped).await.assert_failure(400, CODE);
    assert_nothing_kept(&app).await;
    let kept = "SELECT user_agent FROM configuration_audit_log";
    let agents = crate::support::texts(&mut app.database.role("train_owner").await, kept).await;
    assert_eq!(agents, ["script with (left out)"]);
}
