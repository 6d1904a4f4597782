//! Every route of the interface once, with success, each answer held against the description by the
//! client.

mod conversations;
mod installation;

use super::{
    app::{App, Client, PASSWORD, email, sign_in},
    passkeys,
    post_office::PostOffice,
    second_factor::{code, set_up},
};
use crate::{described, support::scratch_directory};
use axum::body::Body;
use claude_stand_in::StandIn;
use conversations::{conversation, conversations};
use http::Method;
use serde_json::{Value, json};
use train::server::{
    ai::AiEnvironment,
    config::{Config, PublicUrl},
};

/// A part of an answer as text.
fn text(answer: &Value, pointer: &str) -> String {
    let found = answer.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {answer:#}"));
    found.as_str().map_or_else(|| found.to_string(), str::to_owned)
}

async fn get(client: &Client<'_>, path: &str) -> Value {
    call(client, Method::GET, path, Value::Null).await
}

async fn post(client: &Client<'_>, path: &str, body: Value) -> Value {
    call(client, Method::POST, path, body).await
}

async fn patch(client: &Client<'_>, path: &str, body: Value) -> Value {
    call(client, Method::PATCH, path, body).await
}

async fn put(client: &Client<'_>, path: &str, body: Value) -> Value {
    call(client, Method::PUT, path, body).await
}

async fn delete(client: &Client<'_>, path: &str) -> Value {
    call(client, Method::DELETE, path, Value::Null).await
}

/// `null` is no body.
async fn call(client: &Client<'_>, method: Method, path: &str, body: Value) -> Value {
    let answer = match body {
        Value::Null => client.send(method.clone(), path, None, Body::empty()).await,
        body => client.json(method.clone(), path, body).await,
    };
    assert!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.text);
    answer.body
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_5_every_route_answers_with_success_as_it_is_described() {
    let claude = StandIn::start().await.expect("a port is free");
    let url = claude.url();
    let ai = AiEnvironment::read(|name| match name {
        "ANTHROPIC_API_BASE_URL" => Some(url.clone()),
        "ANTHROPIC_API_KEY" => Some("sk-ant-api03-environment-0123456789-e5f6".into()),
        _ => None,
    });
    let office = PostOffice::open();
    let app = App::configured(Config {
        ai: ai.expect("the variables can be used"),
        mail: Some(office.settings()),
        public_url: Some(PublicUrl::parse("http://train.test").unwrap()),
        backup_dir: Some(scratch_directory("tour")),
        ..Config::default()
    })
    .await;
    let admin = app.signed_up("Ada").await;
    let ann = app.signed_up("Ann").await;
    for path in ["/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/home"] {
        get(&ann, path).await;
    }
    account(&app, &office).await;
    organization(&app, &ann).await;
    preferences(&ann).await;
    configuration(&admin, &ann).await;
    conversations(&app, &ann).await;
    history(&ann).await;
    told(&app, &admin, &ann).await;
    installation::tour(&app, &admin).await;
    assert_eq!(described::never_succeeded(), Vec::<String>::new(), "add them to the tour");
}

async fn account(app: &App, office: &PostOffice) {
    let eve = app.signed_up("Eve").await;
    get(&eve, "/api/auth/me").await;
    let other = app.browser();
    post(&other, "/api/auth/sign-in", sign_in("Eve")).await;
    let sessions = get(&eve, "/api/auth/sessions").await;
    let mut sessions = sessions["sessions"].as_array().unwrap().iter();
    let elsewhere = sessions.find(|session| session["current"] == false).unwrap();
    delete(&eve, &format!("/api/auth/sessions/{}", text(elsewhere, "/id"))).await;
    post(&other, "/api/auth/sign-in", sign_in("Eve")).await;
    post(&other, "/api/auth/sign-out", Value::Null).await;
    post(&eve, "/api/auth/sessions/sign-out-everywhere", Value::Null).await;
    patch(&eve, "/api/auth/profile", json!({"displayName": "Eva", "timeZone": "Europe/Berlin"}))
        .await;
    let new = "seven small lighthouses";
    let change = json!({"currentPassword": PASSWORD, "newPassword": new});
    post(&eve, "/api/auth/password", change).await;
    let new = links(app, office, &eve, new).await;
    let token = json!({"name": "Nightly export", "scopes": ["preferences:read"],
        "expiresAt": "2099-12-31T00:00:00Z"});
    let made = post(&eve, "/api/tokens", token).await;
    get(&eve, "/api/tokens").await;
    get(&app.with_token(&text(&made, "/secret")), "/api/user-preferences").await;
    delete(&eve, &format!("/api/tokens/{}", text(&made, "/token/id"))).await;
    call(&eve, Method::DELETE, "/api/auth/account", json!({"password": new})).await;
    let fay = app.signed_up("Fay").await;
    get(&fay, "/api/auth/second-factor").await;
    let (id, own) = passkeys::add(&fay, "Phone", "http://train.test").await;
    let (secret, codes) = set_up(app, &fay).await;
    let other = app.browser();
    let half = other.post("/api/auth/sign-in", sign_in("Fay")).await;
    half.assert_failure(401, "second_factor_needed");
    post(&other, "/api/auth/sign-in/code", json!({"code": codes[0]})).await;
    let sent = passkeys::answer(&other, &own).await;
    post(&other, "/api/auth/sign-in/passkey", sent).await;
    get(&fay, "/api/auth/passkeys").await;
    patch(&fay, &format!("/api/auth/passkeys/{id}"), json!({"name": "Old phone"})).await;
    delete(&fay, &format!("/api/auth/passkeys/{id}")).await;
    let both = |code: &str| json!({"password": PASSWORD, "code": code});
    let renewed = both(&code(&secret, 0));
    let renewed = post(&fay, "/api/auth/second-factor/recovery-codes", renewed).await;
    let off = both(&text(&renewed, "/codes/0"));
    call(&fay, Method::DELETE, "/api/auth/second-factor", off).await;
}

/// Another address and another password, by mailed links. Answers the password.
async fn links(app: &App, office: &PostOffice, eve: &Client<'_>, old: &str) -> &'static str {
    const EMAIL: &str = "/api/auth/email";
    let (address, new) = ("eve.long@example.com", "eight small lighthouses");
    let change = json!({"newEmail": address, "currentPassword": old});
    post(eve, EMAIL, change.clone()).await;
    get(eve, EMAIL).await;
    post(eve, &format!("{EMAIL}/resend"), Value::Null).await;
    delete(eve, EMAIL).await;
    post(eve, EMAIL, change).await;
    app.state.mail.deliver_due().await.unwrap();
    let token = json!({"token": office.token("/confirm-email")});
    post(eve, "/api/auth/link", token.clone()).await;
    post(eve, &format!("{EMAIL}/confirm"), token).await;
    post(eve, "/api/auth/forgot-password", json!({"email": address})).await;
    app.state.mail.deliver_due().await.unwrap();
    let token = office.token("/reset-password");
    post(eve, "/api/auth/reset-password", json!({"token": token, "newPassword": new})).await;
    post(eve, "/api/auth/sign-in", json!({"email": address, "password": new})).await;
    new
}

async fn organization(app: &App, ann: &Client<'_>) {
    let made = post(ann, "/api/organizations", json!({"name": "Annotation team"})).await;
    let path = format!("/api/organizations/{}", text(&made, "/organization/id"));
    get(ann, "/api/organizations").await;
    get(ann, &path).await;
    patch(ann, &path, json!({"name": "Review team"})).await;
    let ben = app.signed_up("Ben").await;
    let invitations = format!("{path}/invitations");
    let invited = json!({"email": email("Ben"), "role": "member"});
    let first = post(ann, &invitations, invited.clone()).await;
    get(ann, &invitations).await;
    delete(ann, &format!("{invitations}/{}", text(&first, "/invitation/id"))).await;
    for answer in ["decline", "accept"] {
        post(ann, &invitations, invited.clone()).await;
        let own = get(&ben, "/api/invitations").await;
        let place = format!("/api/invitations/{}/{answer}", text(&own, "/invitations/0/id"));
        post(&ben, &place, json!({})).await;
    }
    let members = get(ann, &format!("{path}/members")).await;
    let mut members = members["members"].as_array().unwrap().iter();
    let ben = members.find(|member| member["email"] == email("Ben")).unwrap();
    let ben = format!("{path}/members/{}", text(ben, "/userId"));
    patch(ann, &ben, json!({"role": "admin"})).await;
    delete(ann, &ben).await;
    let defaults = format!("{path}/preference-defaults");
    patch(ann, &format!("{defaults}?preview=true"), json!({"theme": "dark"})).await;
    patch(ann, &defaults, json!({"tableDensity": "compact"})).await;
    get(ann, &defaults).await;
    let policy = format!("{path}/conversation-policy");
    let retention = json!({"enabled": true, "archiveAfterDays": 365, "statuses": ["rejected"]});
    patch(ann, &format!("{policy}?preview=true"), json!({"retention": retention})).await;
    patch(ann, &policy, json!({"checks": {"email": "mask"}, "tokenTarget": 4096})).await;
    get(ann, &policy).await;
}

async fn preferences(ann: &Client<'_>) {
    const PREFERENCES: &str = "/api/user-preferences";
    let all = json!({"theme": "dark", "notifications": {"email": true}, "rowsPerPage": null,
        "defaultFilters": {"tier": ["template"], "status": "all", "qualityRange": [2.5, 10]},
        "keyboardShortcuts": {"customBindings": {"export": "Ctrl+Shift+E", "approve": null}}});
    patch(ann, PREFERENCES, all).await;
    let own = get(ann, PREFERENCES).await;
    let import = json!({"action": "import", "preferences": own["overrides"]});
    post(ann, PREFERENCES, import).await;
    post(ann, PREFERENCES, json!({"action": "reset", "section": "filters"})).await;
}

async fn configuration(admin: &Client<'_>, ann: &Client<'_>) {
    const AI: &str = "/api/ai-configuration";
    let updates = json!({"model": {"temperature": 0.5, "topP": null},
        "costBudget": {"dailyBudget": 25, "alertThresholds": [0.5, 1]}});
    let named = json!({"configName": "Default", "updates": updates, "reason": "Trying"});
    let made = patch(ann, AI, named).await;
    let id = text(&made, "/configuration/id");
    post(ann, AI, json!({"configId": id, "isActive": false})).await;
    post(ann, AI, json!({"configId": id, "isActive": true})).await;
    let other = json!({"configName": "Other", "updates": {"model": {"maxTokens": 100}},
        "scope": "organization"});
    patch(ann, AI, other).await;
    get(ann, &format!("{AI}?scope=organization")).await;
    let gone = json!({"configName": "Other", "scope": "organization"});
    call(ann, Method::DELETE, AI, gone).await;
    let key = json!({"newPrimaryKey": "sk-ant-api03-tour-0123456789-abcd", "graceHours": 1});
    post(ann, &format!("{AI}/rotate-key"), key).await;
    post(ann, &format!("{AI}/test-key"), json!({})).await;
    let keys = get(ann, AI).await;
    let key = text(&keys, "/keys/0/id");
    post(ann, &format!("{AI}/dry-run"), json!({})).await;
    post(ann, &format!("{AI}/dry-run"), conversation()).await;
    delete(ann, &format!("{AI}/keys/{key}?scope=person")).await;
    get(ann, &format!("{AI}/models")).await;
    let entry = json!({"entry": {"retires": "2099-01-31"}});
    patch(admin, &format!("{AI}/models/claude-sonnet-4-6"), entry).await;
    patch(admin, &format!("{AI}/models/claude-sonnet-4-6"), json!({"entry": null})).await;
    post(admin, &format!("{AI}/models/refresh"), Value::Null).await;
    patch(ann, "/api/ai-policy", json!({"dailyBudget": 50, "weeklyBudget": null})).await;
    get(ann, "/api/ai-policy").await;
}

async fn history(ann: &Client<'_>) {
    const HISTORY: &str = "/api/config/change-history";
    let listed = get(ann, &format!("{HISTORY}?configType=user_preference&limit=1")).await;
    get(ann, &format!("{HISTORY}/{}", text(&listed, "/changes/0/id"))).await;
    get(ann, "/api/config/statistics?window=30&scope=own").await;
    let file = ann.get("/api/config/export-csv?configType=ai_config").await;
    assert!(file.status.is_success(), "{}", file.text);
    let change = &listed["changes"][0];
    let mut body = json!({"action": "preview", "changeId": change["id"],
        "targetId": change["targetId"], "configType": "user_preference"});
    let seen = post(ann, "/api/config/rollback", body.clone()).await;
    body["expectedVersion"] = seen["preview"]["currentVersion"].clone();
    for action in ["validate", "execute"] {
        body["action"] = action.into();
        post(ann, "/api/config/rollback", body.clone()).await;
    }
    let many = json!({"action": "bulk", "changeIds": [change["id"]], "preview": true});
    post(ann, "/api/config/rollback", many).await;
}

async fn told(app: &App, admin: &Client<'_>, ann: &Client<'_>) {
    super::notifications::tell_somebody(app, ann).await;
    let listed = get(ann, "/api/notifications?unread=true&limit=5").await;
    let id = &listed["notifications"][0]["id"];
    patch(ann, "/api/notifications", json!({"ids": [id], "read": true})).await;
    patch(ann, "/api/notifications", json!({"all": true, "read": false})).await;
    get(admin, "/api/admin/mail").await;
    post(admin, "/api/admin/mail/test", Value::Null).await;
    post(admin, "/api/admin/mail/retry", json!({"all": true})).await;
    get(admin, "/api/admin/jobs").await;
    // A stream has no end to wait for.
    let stream = ann.open(Method::GET, "/api/events", None, Body::empty()).await;
    assert_eq!(stream.status(), 200);
}
