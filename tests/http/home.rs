//! The first page: who sees which part of it, what the steps say, and what is left when a part
//! cannot be read.

use super::{
    app::{App, Client, join},
    post_office::PostOffice,
};
use crate::support::run;
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use train::{
    domain::home::{HomeAnswer, HomePart},
    server::{
        config::Config,
        foundation::context::{Actor, RequestContext, Role, Source},
        http::home::HomeService,
    },
};

const HOME: &str = "/api/home";
const KEY: &str = "sk-ant-api03-0123456789abcdef-a1b2";

async fn home(person: &Client<'_>) -> Value {
    let answer = person.get(HOME).await;
    answer.assert_ok();
    answer.body
}

/// The steps with their states, as words.
fn steps(home: &Value) -> Vec<String> {
    let list = home["steps"].as_array().unwrap();
    list.iter()
        .map(|step| {
            format!("{} {}", step["kind"].as_str().unwrap(), step["state"].as_str().unwrap())
        })
        .collect()
}

/// The budgets by scope and period.
fn budgets(home: &Value) -> Vec<String> {
    let list = home["budgets"].as_array().unwrap();
    list.iter().map(|it| format!("{} {}", it["scope"], it["period"]).replace('"', "")).collect()
}

/// Stores a conversation as a generation leaves it.
async fn generated(app: &App, person: &Client<'_>, status: &str) {
    let me = person.get("/api/auth/me").await.body;
    let id: uuid::Uuid = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let organization = me["user"]["organization"]["id"].as_str();
    let organization: Option<uuid::Uuid> = organization.map(|id| id.parse().unwrap());
    sqlx::query(
        "INSERT INTO conversations (tier, status, created_by, organization_id, gate_failures)
         VALUES ('template', $1, $2, $3, '[]')",
    )
    .bind(status)
    .bind(id)
    .bind(organization)
    .execute(&mut app.database.role("service_role").await)
    .await
    .unwrap();
}

async fn token(person: &Client<'_>, scope: &str) -> String {
    let body = json!({"name": format!("For {scope}"), "scopes": [scope]});
    let made = person.post("/api/tokens", body).await;
    made.body["secret"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_installation_has_everything_to_do_and_each_step_is_seen_when_it_is_done() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let before = home(&ann).await;
    let all = ["key", "conversation", "budget", "people", "backups", "mail"];
    assert_eq!(steps(&before), all.map(|step| format!("{step} open")));
    assert_eq!(before["conversations"], json!({"total": 0, "byStatus": []}));
    assert_eq!(before["failures"], json!([]));
    assert_eq!(before["steps"][0]["link"], "/ai/keys");
    let page = ann.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("0 of 6 done"), "{}", page.text);

    let key = json!({"newPrimaryKey": KEY});
    ann.post("/api/ai-configuration/rotate-key", key).await.assert_ok();
    let budget = json!({"configName": "Mine", "updates": {"costBudget": {"dailyBudget": 80}}});
    ann.patch("/api/ai-configuration", budget).await.assert_ok();
    generated(&app, &ann, "failed").await;
    let organization = &ann.get("/api/organizations").await.body["organizations"][0]["id"];
    let invitations = format!("/api/organizations/{}/invitations", organization.as_str().unwrap());
    let invited = json!({"email": "ben@example.com", "role": "member"});
    ann.post(&invitations, invited).await.assert_ok();
    let schedule = json!({"enabled": true, "cron": "0 3 * * *", "timeZone": "UTC", "keep": 3});
    ann.json(Method::PUT, "/api/database/backups/schedule", schedule).await.assert_ok();
    let almost = home(&ann).await;
    let expected = [
        "key done",
        "conversation open",
        "budget done",
        "people done",
        "backups done",
        "mail open",
    ];
    assert_eq!(steps(&almost), expected, "what failed is no conversation");

    generated(&app, &ann, "pending_review").await;
    let after = home(&ann).await;
    assert_eq!(steps(&after)[1], "conversation done");
    let counted = json!({"total": 2, "byStatus": [
        {"status": "pending_review", "count": 1}, {"status": "failed", "count": 1}]});
    assert_eq!(after["conversations"], counted);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_is_set_up_is_a_step_that_is_done() {
    let office = PostOffice::open();
    let config = Config { mail: Some(office.settings()), ..Config::default() };
    let app = App::configured(config).await;
    let ann = app.signed_up("Ann").await;
    assert_eq!(steps(&home(&ann).await).last().unwrap(), "mail done");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_see_their_own_and_managers_what_the_organization_spends() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let (ben, cleo) = (app.signed_up("Ben").await, app.signed_up("Cleo").await);
    join(&ann, &ben, "member").await;
    join(&ann, &cleo, "admin").await;
    generated(&app, &ann, "approved").await;

    let member = home(&ben).await;
    assert_eq!(steps(&member), ["key not_yours", "conversation done", "budget not_yours"]);
    assert_eq!(budgets(&member), ["person day", "person month"]);
    let own = json!([{"scope": "person", "running": 0, "places": 3}]);
    assert_eq!(member["running"], own);
    assert_eq!(member["conversations"]["total"], 1, "members read what their organization has");

    let manager = home(&cleo).await;
    assert_eq!(steps(&manager), ["key open", "conversation done", "budget open"]);
    let both = ["person day", "person month", "organization day", "organization month"];
    assert_eq!(budgets(&manager), both);
    for person in [&member, &manager] {
        assert_eq!((&person["alerts"], &person["jobs"]), (&Value::Null, &Value::Null));
        assert_eq!(person["failures"], json!([]), "what is not theirs has not failed");
    }

    let shared = json!({"newPrimaryKey": KEY, "scope": "organization"});
    cleo.post("/api/ai-configuration/rotate-key", shared).await.assert_ok();
    assert_eq!(steps(&home(&ben).await)[0], "key done");
    let administrator = home(&ann).await;
    assert_eq!(administrator["alerts"]["critical"], 0);
    assert_eq!(administrator["jobs"], json!([]), "no server has started yet");
    assert!(steps(&administrator).contains(&"people done".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_of_strangers_are_not_counted_for_an_administrator() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    let ben = app.signed_up("Ben").await;
    generated(&app, &ben, "generated").await;
    assert_eq!(home(&ben).await["conversations"]["total"], 1);
    assert_eq!(home(&ann).await["conversations"]["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_gets_the_parts_that_its_scopes_allow() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    app.browser().get(HOME).await.assert_failure(401, "not_signed_in");
    let secret = token(&ann, "history:read").await;
    app.with_token(&secret).get(HOME).await.assert_failure(403, "scope_missing");
    let parts = ["budgets", "running", "conversations", "alerts", "jobs"];
    for (scope, seen, own_steps) in [
        ("ai:read", &["budgets", "running"][..], &["key open", "budget open"][..]),
        ("conversations:read", &["conversations"], &["conversation open"]),
        ("database:read", &["alerts"], &["backups open"]),
        ("admin:read", &["jobs"], &["mail open"]),
    ] {
        let secret = token(&ann, scope).await;
        let home = home(&app.with_token(&secret)).await;
        assert_eq!(steps(&home), own_steps, "{scope}");
        for part in parts {
            assert_eq!(!home[part].is_null(), seen.contains(&part), "{part} with {scope}");
        }
        assert_eq!(home["failures"], json!([]), "{scope}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_takes_nothing_else_away() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    sqlx::query("ALTER TABLE public.database_alerts RENAME TO broken_alerts")
        .execute(&mut app.database.role("train_owner").await)
        .await
        .unwrap();
    let home = home(&ann).await;
    assert_eq!(home["alerts"], Value::Null);
    let failures = home["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0]["part"], "alerts");
    let sentence = failures[0]["error"].as_str().unwrap();
    assert!(sentence.ends_with('.') && !sentence.contains("database_alerts"), "{sentence}");
    assert_eq!(home["steps"].as_array().unwrap().len(), 6);
    assert!(home["budgets"].is_array() && home["jobs"].is_array());
    let page = ann.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Spent today") && page.text.contains(sentence), "{}", page.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_soon_is_not_waited_for() {
    let app = App::new().await;
    let ann = app.signed_up("Ann").await;
    // Nobody else reads it before this is over.
    let mut locking = app.database.role("train_owner").await;
    run(&mut locking, "BEGIN; LOCK TABLE public.database_alerts IN ACCESS EXCLUSIVE MODE").await;
    let me = ann.get("/api/auth/me").await.body;
    let user_id = me["user"]["id"].as_str().unwrap().parse().unwrap();
    let actor = Actor { user_id, role: Role::Admin, scopes: None };
    let request =
        RequestContext { actor: Some(actor), ..RequestContext::without_person(Source::Page) };
    let service = HomeService { patience: Duration::from_millis(100), ..app.state.home.clone() };
    // What else was late on a busy machine is no matter here.
    let HomeAnswer { alerts, failures, .. } = service.read(&request).await.unwrap();
    assert_eq!(alerts, None);
    let failed = failures.iter().find(|failed| failed.part == HomePart::Alerts).unwrap();
    assert_eq!(failed.error, "Reading this took too long. Try again in a moment.");
    run(&mut locking, "ROLLBACK").await;
    let after = home(&ann).await;
    assert!(after["alerts"].is_object(), "{after}");
    assert_eq!(after["failures"], json!([]));
}
