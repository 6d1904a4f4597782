//! Who may ask is decided before what was asked is judged: on every route, whatever is wrong with
//! the request.

use super::{
    app::{App, Client, email, join},
    stored::trainable,
};
use axum::body::Body;
use http::{Method, StatusCode};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use train::server::http::{access::Access, router::routes, routes::Route, server_functions};

/// What can be wrong with a request: its type, its body, or its query. The path has no identifier
/// in any of them.
const FAULTS: [(&str, Option<&str>, &str); 4] = [
    ("", Some("text/plain"), "hello"),
    ("", Some("application/json"), "{\"a\": tru"),
    ("", Some("application/json"), "[]"),
    ("?limit=much&page=x&type=x&month=x&scope=planet&preview=perhaps&window=x&a=%ff", None, ""),
];

/// Routes that a member of an organization may use who is nothing else. A line more needs a
/// thought, so it is written down here.
const OPEN_TO_MEMBERS: [&str; 123] = [
    "DELETE /api/ai-configuration",
    "DELETE /api/ai-configuration/keys/{id}",
    "DELETE /api/auth/account",
    "DELETE /api/auth/email",
    "DELETE /api/auth/passkeys/{id}",
    "DELETE /api/auth/second-factor",
    "DELETE /api/auth/sessions/{id}",
    "DELETE /api/bulk-jobs/{id}",
    "DELETE /api/conversation-views/{id}",
    "DELETE /api/conversations/{id}/archive",
    "DELETE /api/conversations/{id}/comments/{comment}",
    "DELETE /api/conversations/{id}/decision/{review}",
    "DELETE /api/conversations/{id}/revisions/{revision}",
    "DELETE /api/data-set-versions/{id}",
    "DELETE /api/data-sets/{id}",
    "DELETE /api/demonstration",
    "DELETE /api/exports/{id}",
    "DELETE /api/imports/{id}",
    "DELETE /api/organizations/{id}/members/{user}",
    "DELETE /api/reviews/claims",
    "DELETE /api/tokens/{id}",
    "GET /api/ai-configuration",
    "GET /api/ai-configuration/models",
    "GET /api/ai-policy",
    "GET /api/ai-usage",
    "GET /api/ai-usage/log",
    "GET /api/auth/email",
    "GET /api/auth/me",
    "GET /api/auth/passkeys",
    "GET /api/auth/second-factor",
    "GET /api/auth/sessions",
    "GET /api/bulk-jobs",
    "GET /api/bulk-jobs/{id}",
    "GET /api/config/change-history",
    "GET /api/config/change-history/{id}",
    "GET /api/config/export-csv",
    "GET /api/config/statistics",
    "GET /api/conversation-views",
    "GET /api/conversations",
    "GET /api/conversations/coverage",
    "GET /api/conversations/facets",
    "GET /api/conversations/openings",
    "GET /api/conversations/scores",
    "GET /api/conversations/tokens",
    "GET /api/conversations/{id}",
    "GET /api/conversations/{id}/alike",
    "GET /api/conversations/{id}/comments",
    "GET /api/conversations/{id}/revisions",
    "GET /api/conversations/{id}/versions",
    "GET /api/conversations/{id}/versions/{version}",
    "GET /api/data-set-versions/{id}",
    "GET /api/data-set-versions/{id}/difference",
    "GET /api/data-sets",
    "GET /api/data-sets/{id}",
    "GET /api/events",
    "GET /api/exports",
    "GET /api/exports/{id}",
    "GET /api/exports/{id}/file",
    "GET /api/gateway",
    "GET /api/home",
    "GET /api/imports",
    "GET /api/imports/{id}",
    "GET /api/imports/{id}/problems",
    "GET /api/invitations",
    "GET /api/notifications",
    "GET /api/organizations",
    "GET /api/organizations/{id}",
    "GET /api/organizations/{id}/conversation-policy",
    "GET /api/organizations/{id}/preference-defaults",
    "GET /api/reviews",
    "GET /api/reviews/claims",
    "GET /api/tokens",
    "GET /api/user-preferences",
    "PATCH /api/ai-configuration",
    "PATCH /api/auth/passkeys/{id}",
    "PATCH /api/auth/profile",
    "PATCH /api/conversations/{id}/comments/{comment}",
    "PATCH /api/data-sets/{id}",
    "PATCH /api/notifications",
    "PATCH /api/user-preferences",
    "POST /api/ai-configuration",
    "POST /api/ai-configuration/dry-run",
    "POST /api/ai-configuration/rotate-key",
    "POST /api/ai-configuration/test-key",
    "POST /api/auth/email",
    "POST /api/auth/email/resend",
    "POST /api/auth/passkeys",
    "POST /api/auth/passkeys/begin",
    "POST /api/auth/password",
    "POST /api/auth/second-factor",
    "POST /api/auth/second-factor/confirm",
    "POST /api/auth/second-factor/recovery-codes",
    "POST /api/auth/sessions/sign-out-everywhere",
    "POST /api/bulk-jobs",
    "POST /api/bulk-jobs/{id}/start",
    "POST /api/bulk-jobs/{id}/undo",
    "POST /api/config/rollback",
    "POST /api/conversation-views",
    "POST /api/conversations/generate",
    "POST /api/conversations/rerate",
    "POST /api/conversations/{id}/archive",
    "POST /api/conversations/{id}/comments",
    "POST /api/conversations/{id}/decision",
    "POST /api/conversations/{id}/revisions",
    "POST /api/conversations/{id}/revisions/{revision}/accept",
    "POST /api/data-sets",
    "POST /api/data-sets/{id}/versions",
    "POST /api/demonstration",
    "POST /api/exports",
    "POST /api/exports/preview",
    "POST /api/imports",
    "POST /api/imports/{id}/start",
    "POST /api/invitations/{id}/accept",
    "POST /api/invitations/{id}/decline",
    "POST /api/organizations",
    "POST /api/reviews/claims",
    "POST /api/reviews/next",
    "POST /api/tokens",
    "POST /api/user-preferences",
    "PUT /api/conversation-views/{id}",
    "PUT /api/conversations/{id}",
    "PUT /api/conversations/{id}/comment-draft",
    "PUT /api/imports/{id}/file",
];
const AI: &str = "/api/ai-configuration";
const OPEN_TO_ANYONE: [&str; 11] = [
    "GET /api/openapi.json",
    "POST /api/auth/email/confirm",
    "POST /api/auth/forgot-password",
    "POST /api/auth/link",
    "POST /api/auth/reset-password",
    "POST /api/auth/sign-in",
    "POST /api/auth/sign-in/code",
    "POST /api/auth/sign-in/passkey",
    "POST /api/auth/sign-in/passkey/begin",
    "POST /api/auth/sign-out",
    "POST /api/auth/sign-up",
];

fn label(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

/// Asks with everything that can be wrong, and says with which answers.
async fn statuses(client: &Client<'_>, method: &Method, path: &str) -> BTreeSet<u16> {
    let mut statuses = BTreeSet::new();
    for (query, kind, body) in FAULTS {
        let answer =
            client.send(method.clone(), &format!("{path}{query}"), kind, Body::from(body)).await;
        if matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            let code = answer.body["code"].as_str().unwrap_or_default().to_owned();
            answer.assert_failure(answer.status.as_u16(), &code);
        }
        statuses.insert(answer.status.as_u16());
    }
    statuses
}

/// The path with what stands for identifiers: the organization where one is named, else nothing
/// that could be one.
fn place(path: &str, organization: &str) -> String {
    let path = match path.strip_prefix("/api/organizations/{id}") {
        Some(rest) => format!("/api/organizations/{organization}{rest}"),
        None => path.to_owned(),
    };
    let names = [
        "{id}",
        "{user}",
        "{pid}",
        "{model}",
        "{invitation}",
        "{version}",
        "{comment}",
        "{review}",
        "{revision}",
    ];
    names.iter().fold(path, |path, name| path.replace(name, "no-such-thing"))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_ask_is_decided_before_what_was_asked_is_judged() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    join(&ann, &ben, "member").await;
    let own = ben.get("/api/organizations").await.body["organizations"][0]["id"].clone();
    let organization = own.as_str().unwrap().to_owned();
    // Of an administrator, so that it is the scope that refuses.
    let narrow = json!({"name": "Narrow", "scopes": ["notifications:read"]});
    let secret = ann.post("/api/tokens", narrow).await.body["secret"].as_str().unwrap().to_owned();
    let token = app.with_token(&secret);
    let nobody = app.browser();

    let (mut anyone, mut members) = (Vec::new(), Vec::new());
    for route in routes().table() {
        let (name, path) = (label(route), place(route.path, &organization));
        if route.access == Access::Anyone {
            anyone.push(name);
            continue;
        }
        let said = statuses(&nobody, &route.method, &path).await;
        assert_eq!(said, BTreeSet::from([401]), "{name}, asked by nobody");
        if is_for_members(route.access) {
            members.push(name.clone());
        } else {
            let said = statuses(&ben, &route.method, &path).await;
            assert_eq!(said, BTreeSet::from([403]), "{name}, asked by {}", email("Ben"));
        }
        if !matches!(
            name.as_str(),
            "GET /api/auth/me" | "GET /api/events" | "GET /api/notifications"
        ) {
            let said = statuses(&token, &route.method, &path).await;
            assert_eq!(said, BTreeSet::from([403]), "{name}, asked with a narrow token");
        }
    }
    anyone.sort();
    members.sort();
    assert_eq!(anyone, OPEN_TO_ANYONE, "who may use a new route? Then write it down in this test");
    assert_eq!(
        members, OPEN_TO_MEMBERS,
        "may members use a new route? Then write it down in this test"
    );
}

/// Whether a described schema has a field `scope` that may say `organization`.
fn has_scope(described: &Value, schema: &Value) -> bool {
    let named = |name: &Value| described.pointer(name.as_str().unwrap().trim_start_matches('#'));
    match schema.get("$ref") {
        Some(name) => has_scope(described, named(name).unwrap()),
        None => match schema["properties"]["scope"].get("$ref") {
            Some(name) => named(name).unwrap()["enum"].to_string().contains("organization"),
            None => false,
        },
    }
}

/// Routes that members may use for themselves and that say in the body for whom: those who may not
/// for their organization are refused before the rest of it is judged.
#[tokio::test(flavor = "multi_thread")]
async fn issue_13_1_9_who_may_ask_for_an_organization_is_decided_before_what_was_asked() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    join(&ann, &ben, "member").await;
    let described = ann.get("/api/openapi.json").await.body;
    let mut found = Vec::new();
    for name in OPEN_TO_MEMBERS {
        let (method, path) = name.split_once(' ').unwrap();
        let operation = &described["paths"][path][method.to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if has_scope(&described, schema) {
            found.push(name);
        }
    }
    let wrong = [
        ("DELETE", "", json!({"configName": "", "reason": ""})),
        ("PATCH", "", json!({"configName": "x", "updates": {}, "priority": 5000, "reason": ""})),
        ("POST", "/rotate-key", json!({"newPrimaryKey": "x", "graceHours": 5000})),
        ("POST", "/test-key", json!({"key": "x"})),
    ];
    let tried = wrong.each_ref().map(|(method, rest, _)| format!("{method} {AI}{rest}"));
    assert_eq!(found, tried, "which body has a scope? Then ask with a wrong one in this test");
    for (method, rest, mut body) in wrong {
        let method: Method = method.parse().unwrap();
        body["scope"] = json!("person");
        let path = format!("{AI}{rest}");
        let judged = ben.json(method.clone(), &path, body.clone()).await;
        judged.assert_failure(400, "validation_failed");
        body["scope"] = json!("organization");
        ben.json(method, &path, body).await.assert_failure(403, "forbidden");
    }
}

/// The same of routes that say in the query for whom.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_ask_for_rows_is_decided_before_what_was_asked_of_them() {
    let app = App::new().await;
    let (ann, ben) = (app.signed_up("Ann").await, app.signed_up("Ben").await);
    join(&ann, &ben, "member").await;
    let described = ann.get("/api/openapi.json").await.body;
    // Those that have nothing else to judge than the words of their query.
    let plain = [
        "DELETE /api/ai-configuration/keys/{id}",
        "GET /api/ai-configuration",
        "GET /api/ai-usage",
    ];
    let wrong = [
        ("GET /api/ai-usage/log", "limit=0"),
        ("GET /api/config/change-history", "limit=0"),
        ("GET /api/config/export-csv", "action=nothing"),
        ("GET /api/config/statistics", "window=8"),
    ];
    let mut tried: Vec<_> = plain.into_iter().chain(wrong.iter().map(|(name, _)| *name)).collect();
    tried.sort_unstable();
    let is_scope = |it: &Value| it["name"] == "scope" && it["in"] == "query";
    let found = OPEN_TO_MEMBERS.into_iter().filter(|name| {
        let (method, path) = name.split_once(' ').unwrap();
        let given = &described["paths"][path][method.to_lowercase()]["parameters"];
        given.as_array().is_some_and(|given| given.iter().any(is_scope))
    });
    assert_eq!(
        found.collect::<Vec<_>>(),
        tried,
        "which query has a scope? Then ask with a wrong one"
    );
    for (name, query) in wrong {
        let path = name.trim_start_matches("GET ");
        ben.get(&format!("{path}?{query}")).await.assert_failure(400, "validation_failed");
        let refused = ben.get(&format!("{path}?scope=organization&{query}")).await;
        refused.assert_failure(403, "forbidden");
    }
}

/// Whatever takes a key refuses it for another request.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_used_is_refused_for_another_request_wherever_one_is_taken() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let described = ann.get("/api/openapi.json").await.body;
    let conversation = |topic: &str| {
        json!({"tier": "template", "persona": "A customer", "emotion": "calm", "topic": topic,
            "turns": 2})
    };
    let stored = trainable(&app, &ann).await.to_string();
    let set = ann.post("/api/data-sets", json!({"name": "Answers"})).await;
    let set = set.body["dataSet"]["id"].as_str().unwrap().to_owned();
    let decision = |word: &str| json!({"decision": word, "version": 1, "status": "generated"});
    let tries = [
        ("PATCH /api/user-preferences", json!({"theme": "dark"}), json!({"theme": "light"})),
        // The first is refused, because there is no API key; it has used its key all the same.
        ("POST /api/conversations/generate", conversation("One"), conversation("Another")),
        (
            "POST /api/conversations/{id}/comments",
            json!({"text": "One"}),
            json!({"text": "Another"}),
        ),
        ("POST /api/conversations/{id}/decision", decision("approved"), decision("rejected")),
        // As generating, refused and its key used.
        (
            "POST /api/conversations/{id}/revisions",
            json!({"instruction": "One", "version": 1}),
            json!({"instruction": "Another", "version": 1}),
        ),
        (
            "POST /api/data-sets/{id}/versions",
            json!({"query": ""}),
            json!({"query": "tier=scenario"}),
        ),
        (
            "POST /api/exports",
            json!({"query": "", "options": {}}),
            json!({"query": "tier=scenario", "options": {}}),
        ),
        (
            "POST /api/imports",
            json!({"fileName": "one.jsonl", "sizeBytes": 5}),
            json!({"fileName": "another.jsonl", "sizeBytes": 5}),
        ),
        (
            "POST /api/user-preferences",
            json!({"action": "reset"}),
            json!({"action": "reset", "section": "display"}),
        ),
    ];
    let takes_key = |it: &Value| it["name"] == "Idempotency-Key";
    let mut found = Vec::new();
    for (path, operations) in described["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if operation["parameters"].as_array().is_some_and(|it| it.iter().any(takes_key)) {
                found.push(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    found.sort();
    assert_eq!(found, tries.each_ref().map(|(name, ..)| *name), "what takes a key is tried here");
    for (name, one, another) in tries {
        let (method, path) = name.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let ann = ann.again().header("idempotency-key", &uuid::Uuid::new_v4().to_string());
        let id = if path.contains("data-sets") { &set } else { &stored };
        let path = path.replace("{id}", id);
        ann.json(method.clone(), &path, one).await;
        ann.json(method, &path, another).await.assert_failure(409, "idempotency_key_reused");
    }
}

/// Whether somebody may use a route who is neither an administrator nor manages their organization.
fn is_for_members(access: Access) -> bool {
    match access {
        Access::Administrator(_)
        | Access::AdministratorInPerson
        | Access::Manager(_)
        | Access::ManagerOfPath(_) => false,
        Access::Anyone
        | Access::SignedIn
        | Access::InPerson
        | Access::Person(_)
        | Access::PersonWithOneOf(_) => true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_own_functions_decide_it_first_as_well() {
    let app = App::new().await;
    app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    let known: BTreeSet<String> = server_functions::table().map(|(path, _)| path).collect();
    let registered: BTreeSet<String> = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(known, registered, "every function says who may call it");
    for (path, access) in server_functions::table() {
        if access == Access::Anyone {
            continue;
        }
        let said = statuses(&app.browser(), &Method::POST, &path).await;
        assert_eq!(said, BTreeSet::from([401]), "{path}, called by nobody");
        // Which organization is meant stands among the arguments.
        let by_argument = matches!(access, Access::ManagerOfPath(_));
        if !is_for_members(access) && !by_argument {
            let said = statuses(&ben, &Method::POST, &path).await;
            assert_eq!(said, BTreeSet::from([403]), "{path}, called by a member");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_for_administrators_refuse_a_member_by_their_status_too() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    for path in ["/admin/overview", "/admin/people", "/database/overview", "/database/backups"] {
        assert_eq!(ann.get(path).await.status, 200, "{path}, an administrator");
        let answer = ben.get(path).await;
        assert_eq!(answer.status, 403, "{path}, a member");
        assert!(answer.text.contains("dministrators"), "{path} says why: {}", answer.text);
    }
    for path in ["/", "/settings/display", "/ai/model", "/history", "/organization/members"] {
        assert_eq!(ben.get(path).await.status, 200, "{path}, a member");
    }
}
