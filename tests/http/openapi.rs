//! The description of the routes is true and complete. What they really answer is held against it
//! everywhere (`described.rs`).

use super::app::App;
use crate::described::{self, DESCRIPTION};
use axum::body::Body;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use train::server::http::router::routes;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn every_described_route_exists() {
    let app = App::new().await;
    let answer = app.browser().get("/api/openapi.json").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body["openapi"].as_str().unwrap().starts_with("3.1"), "{}", answer.text);
    for (name, _) in described::operations() {
        let (method, path) = name.split_once(' ').unwrap();
        let place = ["{id}", "{user}", "{invitation}"]
            .iter()
            .fold(path.to_owned(), |place, name| place.replace(name, &"0".repeat(32)));
        let method: Method = method.parse().unwrap();
        // A stranger is told 401 or what is wrong with the body, never that there is nothing.
        let answer = app.browser().send(method, &place, None, Body::empty()).await;
        assert!(!matches!(answer.status.as_u16(), 404 | 405), "{name}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_described() {
    let app = App::new().await;
    let body = app.browser().get("/api/openapi.json").await.body;
    let described: BTreeSet<String> = body["paths"].as_object().unwrap().keys().cloned().collect();
    let written: BTreeSet<String> =
        routes().table().iter().map(|route| route.path.to_owned()).collect();
    assert!(written.len() > 15, "{written:?}");
    assert_eq!(written.difference(&described).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let names: Vec<_> =
        described::operations().map(|(_, operation)| &operation["operationId"]).collect();
    let different: BTreeSet<_> = names.iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(names.len(), different.len());
}

#[test]
fn issue_13_5_every_operation_names_the_parameters_of_its_path() {
    for (name, operation) in described::operations() {
        let needed: BTreeSet<_> = name.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let named: BTreeSet<_> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(needed, named, "{name}");
        assert!(parameters.iter().all(|parameter| parameter["schema"].is_object()), "{name}");
    }
}

#[test]
fn issue_13_5_every_operation_says_what_can_go_wrong() {
    for (name, operation) in described::operations() {
        let responses = operation["responses"].as_object().unwrap();
        let mut needed = vec!["500"];
        if name.contains("/api/") {
            needed.extend(["400", "401", "403", "503"]);
        }
        if name.contains('{') {
            needed.push("404");
        }
        if operation["requestBody"].is_object() {
            needed.extend(["413", "415"]);
        }
        for status in needed {
            assert!(responses.contains_key(status), "{name} lacks {status}");
        }
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
    }
}

#[test]
fn issue_13_5_every_body_has_a_schema() {
    for (name, operation) in described::operations() {
        let bodies = operation["responses"]
            .as_object()
            .unwrap()
            .values()
            .filter(|response| response["$ref"].is_null())
            .chain(Some(&operation["requestBody"]).filter(|body| !body.is_null()));
        for body in bodies {
            for (kind, content) in body["content"].as_object().unwrap() {
                assert!(content["schema"].is_object(), "{name} {kind}");
            }
        }
    }
    // An object says which fields it has, or that it has any.
    each_schema(&mut |place, schema| {
        let says = schema["properties"].is_object() || !schema["additionalProperties"].is_null();
        assert!(schema["type"] != "object" || says, "{place} says nothing of its fields");
    });
}

#[test]
fn every_reference_leads_somewhere_and_nothing_is_left_over() {
    let mut referred = BTreeSet::new();
    fn gather(value: &Value, referred: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(reference)) = object.get("$ref") {
                    let place = reference.trim_start_matches('#');
                    assert!(DESCRIPTION.pointer(place).is_some(), "{reference} leads nowhere");
                    referred.insert(reference.clone());
                }
                object.values().for_each(|value| gather(value, referred));
            }
            Value::Array(list) => list.iter().for_each(|value| gather(value, referred)),
            _ => {}
        }
    }
    gather(&DESCRIPTION, &mut referred);
    for kind in ["schemas", "responses"] {
        for name in DESCRIPTION["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(referred.contains(&reference), "nothing refers to {reference}");
        }
    }
}

#[test]
fn every_example_is_valid() {
    let mut count = 0;
    each_schema(&mut |place, schema| {
        if let Some(example) = schema.get("example") {
            count += 1;
            let checked = described::check(&format!("example of {place}"), schema.clone(), example);
            assert_eq!(checked, Ok(()), "{place}");
        }
    });
    assert!(count > 20, "{count}");
}

/// All of one type once were described as the one that came first.
#[test]
fn issue_13_5_every_panel_points_at_its_own_reading() {
    let schemas = DESCRIPTION["components"]["schemas"].as_object().unwrap();
    let mut seen = BTreeSet::new();
    for (name, schema) in schemas.iter().filter(|(name, _)| name.starts_with("Panel_")) {
        let value = &schema["oneOf"][0]["properties"]["value"];
        assert!(seen.insert(value.to_string()), "{name} has the reading of another: {value}");
    }
    assert!(seen.len() > 20, "{seen:?}");
    let items =
        |name: &str| &schemas[name]["oneOf"][0]["properties"]["value"]["items"]["properties"];
    assert!(items("Panel_Vec_Session")["pid"].is_object());
    assert!(items("Panel_Vec_BlockedSession")["blockedBy"].is_object());
}

#[test]
fn issue_13_5_what_is_asked_of_a_rollback_can_be_said() {
    let schema = json!({"$ref": "#/components/schemas/RollbackRequest"});
    let id = Uuid::nil();
    let one = json!({"action": "preview", "changeId": id, "targetId": id, "configType": "ai_config",
        "toVersion": "before", "expectedVersion": 3, "reason": null});
    assert_eq!(described::check("rollback", schema.clone(), &one), Ok(()));
    let many = json!({"action": "bulk", "changeIds": [id], "preview": true});
    assert_eq!(described::check("rollback", schema.clone(), &many), Ok(()));
    let wrong = json!({"action": "bulk", "changeId": id});
    assert!(described::check("rollback", schema, &wrong).is_err());
}

/// The client of the tests would notice an answer that is not as it is described.
#[test]
fn a_field_that_is_not_described_is_noticed() {
    let schema = json!({"$ref": "#/components/schemas/UserAnswer"});
    let user = json!({"id": Uuid::nil(), "email": "anna@example.com", "displayName": "Anna",
        "role": "member", "timeZone": "UTC", "organization": null});
    let answer = json!({"success": true, "user": user});
    assert_eq!(described::check("user", schema.clone(), &answer), Ok(()));
    let mut more = answer.clone();
    more["user"]["surname"] = "Long".into();
    let noticed = described::check("user", schema.clone(), &more).unwrap_err();
    assert!(noticed.contains("surname"), "{noticed}");
    let mut less = answer;
    less["user"].as_object_mut().unwrap().remove("email");
    assert!(described::check("user", schema, &less).is_err());
}

/// Calls with every schema and every schema inside of one.
fn each_schema(call: &mut dyn FnMut(&str, &Value)) {
    fn within(place: &str, schema: &Value, call: &mut dyn FnMut(&str, &Value)) {
        call(place, schema);
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            within(&format!("{place}.{name}"), field, call);
        }
        for name in ["items", "additionalProperties"] {
            if schema[name].is_object() {
                within(&format!("{place} {name}"), &schema[name], call);
            }
        }
        for name in ["allOf", "anyOf", "oneOf", "prefixItems"] {
            for (number, part) in schema[name].as_array().into_iter().flatten().enumerate() {
                within(&format!("{place} {name} {number}"), part, call);
            }
        }
    }
    for (name, schema) in DESCRIPTION["components"]["schemas"].as_object().unwrap() {
        within(name, schema, call);
    }
    for (name, operation) in described::operations() {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let bodies = operation["responses"].as_object().unwrap().values();
        let bodies = bodies.chain([&operation["requestBody"]]);
        let contents =
            bodies.flat_map(|body| body["content"].as_object()).flat_map(|it| it.values());
        for holder in parameters.chain(contents) {
            within(&name, &holder["schema"], call);
        }
    }
}
