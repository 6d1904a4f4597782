//! The description of all routes, made from the operations as they are declared.
//!
//! A declaration says what is an operation's own: what it takes and answers, and a failure that
//! needs a word of explanation. What all have in common is added here, see [`finish`].

mod codes;
mod finish;
mod paths;
mod sparse;

use crate::{
    api::{error::ApiError, operation::JSON},
    server::http::router,
};
use serde_json::{Value, to_value};
use std::{collections::BTreeMap, env, fs};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Description,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

/// What is said once for all operations.
#[derive(OpenApi)]
#[openapi(
    info(title = "Train", description =
        "Everything the pages do. docs/api.md explains what the routes have in common."),
    security(("session" = []), ("token" = [])),
    modifiers(&Ways),
    components(schemas(ApiError)),
)]
struct Common;

/// The two ways to say who asks.
struct Ways;

impl Modify for Ways {
    fn modify(&self, description: &mut Description) {
        let session = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            super::cookies::SESSION,
            "The name goes on with an underscore and eight digits that tell the installation \
             apart from others on its host.",
        )));
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("session", session);
        components.add_security_scheme("token", token);
    }
}

fn describe() -> Value {
    let mut description = to_value(Common::openapi()).unwrap();
    paths::add(&mut description, router::described().described());
    sparse::fill_in(&mut description);
    finish::finish(&mut description);
    description
}

/// `scripts/openapi` sets this to write down what was made.
const KEEP: &str = "TRAIN_KEEP_OPENAPI";

#[test]
fn what_is_kept_is_what_the_operations_say() {
    let made = serde_json::to_string_pretty(&describe()).unwrap() + "\n";
    if env::var_os(KEEP).is_some() {
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json"), &made).unwrap();
        return;
    }
    assert!(
        made == super::openapi::DESCRIPTION,
        "docs/openapi.json is not what the operations say: run scripts/openapi"
    );
}

/// What is read and written as it is has one name for both; what is written by others has theirs.
const DOCUMENTS: [&str; 2] = ["AlertRules", "Description"];

/// One way to call what goes over the wire.
#[test]
fn bodies_and_answers_are_called_so() {
    let described = router::described();
    let wrong = described.described().flat_map(|it| {
        let ends = |name: &str, words: &[&str]| {
            words.iter().any(|word| name.ends_with(word)) || DOCUMENTS.contains(&name)
        };
        let body = it.body.filter(|name| !ends(name, &["Request", "Patch"]));
        let answer = Some(it.answer).filter(|_| it.content == JSON);
        let answer = answer.filter(|name| !ends(name, &["Answer", "Page", "Done"]));
        body.into_iter().chain(answer).map(move |name| format!("{}: {name}", it.name))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
}

/// Two types of one name would be described as one of them.
#[test]
fn no_two_schemas_share_a_name() {
    let described = describe();
    let mut known = BTreeMap::new();
    for (name, schema) in router::described().described().flat_map(|it| it.schemas) {
        // Of what is composed of others the parts are collected as well, though nothing refers to
        // them by name.
        if described["components"]["schemas"][&name].is_null() {
            continue;
        }
        let schema = to_value(schema).unwrap();
        let first = known.entry(name.clone()).or_insert_with(|| schema.clone());
        assert!(
            *first == schema,
            "two types are called {name}; name one by #[schema(as = …)]\n{first}\n{schema}"
        );
    }
}
