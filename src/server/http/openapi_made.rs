//! The description of all routes, made from the handlers and types.
//!
//! Handlers mark what is theirs alone: their parameters, bodies and answers, and a failure that
//! needs a word of explanation. What every operation has in common is added here, see [`finish`].

mod finish;
mod paths;
mod sparse;

use super::{events, openapi, probes};
use crate::{api::error::ApiError, server::router};
use paste::paste;
use serde_json::{Value, to_value};
use std::{collections::BTreeMap, env, fs};
use utoipa::{
    __dev::SchemaReferences,
    Modify, OpenApi, Path,
    openapi::{
        OpenApi as Description, RefOr,
        path::HttpMethod,
        schema::Schema,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

/// One handler, as its mark says.
struct Operation {
    module: &'static str,
    handler: &'static str,
    path: String,
    methods: Vec<HttpMethod>,
}

/// The one list of handlers, for the description and for what is checked of it.
macro_rules! described {
    ($($module:ident: $($handler:ident),+;)+) => {
        #[derive(OpenApi)]
        #[openapi(
            info(title = "Train", description =
                "Everything the pages do. docs/api.md explains what the routes have in common."),
            security(("session" = []), ("token" = [])),
            modifiers(&Ways),
            components(schemas(ApiError)),
            paths($($($module::$handler),+),+)
        )]
        struct Routes;

        fn operations() -> Vec<Operation> {
            paste! { vec![$($(Operation {
                module: stringify!($module),
                handler: stringify!($handler),
                path: $module::[<__path_ $handler>]::path(),
                methods: $module::[<__path_ $handler>]::methods(),
            }),+),+] }
        }

        /// Every schema by the name that others refer to it with. A name may come many times.
        fn schemas() -> Vec<(String, RefOr<Schema>)> {
            let mut schemas = Vec::new();
            paste! { $($($module::[<__path_ $handler>]::schemas(&mut schemas);)+)+ }
            schemas.extend(router::routes().described().flat_map(|it| it.schemas));
            schemas
        }
    };
}

described! {
    events: events;
    probes: alive, ready, metrics;
    openapi: read;
}

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

/// `history::list` is `historyList`.
fn name(description: &mut Value, handlers: &[Operation]) {
    for handler in handlers {
        let words = handler.module.split('_').chain(handler.handler.split('_'));
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        let name: String = words.map(capital).collect();
        for method in &handler.methods {
            let method = to_value(method).unwrap();
            let method = method.as_str().unwrap();
            description["paths"][&handler.path][method]["operationId"] =
                (name[..1].to_lowercase() + &name[1..]).into();
        }
    }
}

fn describe() -> Value {
    let mut description = to_value(Routes::openapi()).unwrap();
    name(&mut description, &operations());
    paths::add(&mut description, router::routes().described());
    sparse::fill_in(&mut description);
    finish::finish(&mut description);
    description
}

/// `scripts/openapi` sets this to write down what was made.
const KEEP: &str = "TRAIN_KEEP_OPENAPI";

#[test]
fn what_is_kept_is_what_the_handlers_say() {
    let made = serde_json::to_string_pretty(&describe()).unwrap() + "\n";
    if env::var_os(KEEP).is_some() {
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json"), &made).unwrap();
        return;
    }
    assert!(
        made == super::openapi::DESCRIPTION,
        "docs/openapi.json is not what the handlers say: run scripts/openapi"
    );
}

/// Two types of one name would be described as one of them.
#[test]
fn no_two_schemas_share_a_name() {
    let described = describe();
    let mut known = BTreeMap::new();
    for (name, schema) in schemas() {
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
