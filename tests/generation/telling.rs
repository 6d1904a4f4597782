//! Who is told what because of generation, and that it is told once.

use super::world::{MESSAGES, World, dollars, generate, set, set_for_all};
use chrono::{TimeDelta, Utc};
use claude_stand_in::Behaviour;
use futures::future::join_all;
use serde_json::{Value, json};

/// (name, category, title) of everything that people were told.
async fn told(world: &World) -> Vec<(String, String, String)> {
    let sql = "SELECT person.display_name, told.category, told.title FROM notifications told
        JOIN auth.users person ON person.id = told.user_id ORDER BY told.created_at, told.title";
    sqlx::query_as(sql).fetch_all(world.app.database.database.pool()).await.unwrap()
}

fn row(name: &str, category: &str, title: &str) -> (String, String, String) {
    (name.into(), category.into(), title.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_threshold_is_told_once_to_those_in_charge_of_the_budget() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let open = json!({"rateLimiting": {"requestsPerMinute": 10_000, "burstAllowance": 1000, "concurrentRequests": 100}});
    set_for_all(&owner, open.clone()).await;
    generate(&member).await.assert_ok();
    let cost = world.spent().await;
    let budget = json!({"dailyBudget": dollars(cost * 4), "alertThresholds": [0.5, 1], "enforcement": "alert"});
    set_for_all(&owner, json!({"costBudget": budget})).await;
    super::world::heard(&member, "/costBudget/enforcement", json!("alert")).await;
    for answer in join_all((0..8).map(|_| generate(&member))).await {
        answer.assert_ok();
    }
    let mut told = told(&world).await;
    told.sort();
    // The member keeps the organization's budget as their own as well.
    let expected = [
        row("Member", "system_alerts", "Your daily budget is used to 100 %"),
        row("Member", "system_alerts", "Your daily budget is used to 50 %"),
        row("Owner", "system_alerts", "Your organization's daily budget is used to 100 %"),
        row("Owner", "system_alerts", "Your organization's daily budget is used to 50 %"),
    ];
    assert_eq!(told, expected);
    let link = "SELECT count(*) FROM notifications WHERE link = '/ai/costs'";
    assert_eq!(world.count(link).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_is_told_once_to_those_in_charge_of_it() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    for (key, hours) in [
        ("sk-ant-api03-old-0123456789abcdef-a1b2", 0),
        ("sk-ant-api03-new-0123456789abcdef-c3d4", 1),
    ] {
        let body = json!({"newPrimaryKey": key, "scope": "organization", "graceHours": hours});
        owner.post("/api/ai-configuration/rotate-key", body).await.assert_ok();
    }
    super::world::until("the keys are heard of", || async {
        world.claude.script(MESSAGES, [Behaviour::status(401)]);
        let answer = generate(&member).await;
        answer.assert_ok();
        answer.body["warnings"][0].is_string()
    })
    .await;
    world.claude.script(MESSAGES, [Behaviour::status(401)]);
    generate(&member).await.assert_ok();
    let expected = [row("Owner", "errors", "Claude refuses your organization's API key")];
    assert_eq!(told(&world).await, expected);
    // When the one before is refused as well, that is another thing, and worse.
    for _ in 0..2 {
        world.claude.script(MESSAGES, [Behaviour::status(401), Behaviour::status(401)]);
        generate(&member).await.assert_failure(409, "claude_key_refused");
    }
    assert_eq!(told(&world).await.len(), 2);
    assert_eq!(world.count("SELECT count(*) FROM notifications WHERE severity = 'error'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_retires_is_told_once_to_those_who_chose_it() {
    let world = World::with(&[("ANTHROPIC_MODEL", "claude-haiku-4-5")]).await;
    let (owner, member) = world.team().await;
    let entry = |days: i64| {
        let date = (Utc::now() + TimeDelta::days(days)).date_naive();
        json!({"entry": {"retires": date, "replacement": "claude-sonnet-4-6"}})
    };
    let correct = |model: &str, entry: Value| {
        let (owner, path) = (&owner, format!("/api/ai-configuration/models/{model}"));
        async move { owner.patch(&path, entry).await.assert_ok() }
    };
    set(&member, json!({"model": {"model": "claude-opus-4-5"}})).await;
    set_for_all(&owner, json!({"model": {"model": "claude-opus-4-6"}})).await;
    let remind = || async {
        let state = &world.app.state;
        state.ai.remind(&state.notifications, Utc::now()).await.unwrap()
    };
    assert_eq!(remind().await, 0);
    correct("claude-opus-4-5", entry(90)).await;
    correct("claude-opus-4-6", entry(30)).await;
    correct("claude-haiku-4-5", entry(59)).await;
    assert_eq!((remind().await, remind().await), (2, 0));
    correct("claude-opus-4-5", entry(60)).await;
    assert_eq!((remind().await, remind().await), (1, 0));
    let mut told = told(&world).await;
    told.sort();
    let expected = [
        row("Member", "system_alerts", "Your model retires soon: Claude Opus 4.5"),
        // The installation's first account is its administrator, and looks after the environment.
        row(
            "Owner",
            "system_alerts",
            "The model of the server's environment retires soon: Claude Haiku 4.5",
        ),
        row("Owner", "system_alerts", "Your organization's model retires soon: Claude Opus 4.6"),
    ];
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_key_is_told_once_per_period_of_its_schedule() {
    let world = World::new().await;
    let ann = world.ann().await;
    let body = json!({"newPrimaryKey": "sk-ant-api03-old-0123456789abcdef-a1b2"});
    ann.post("/api/ai-configuration/rotate-key", body).await.assert_ok();
    let state = &world.app.state;
    let remind = |days: i64| {
        let now = Utc::now() + TimeDelta::days(days);
        async move { state.ai.remind(&state.notifications, now).await.unwrap() }
    };
    assert_eq!(remind(400).await, 0, "nobody asked to be reminded");
    set(&ann, json!({"apiKeys": {"rotationSchedule": "quarterly"}})).await;
    let mut counts = Vec::new();
    for days in [89, 91, 92, 179, 181] {
        counts.push(remind(days).await);
    }
    assert_eq!(counts, [0, 1, 0, 0, 1]);
    let told = told(&world).await;
    assert_eq!(told, vec![row("Ann", "system_alerts", "Your API key should be exchanged"); 2]);
    let masked = "SELECT count(*) FROM notifications WHERE text LIKE '%sk-ant-…a1b2%' AND text NOT LIKE '%0123456789%'";
    assert_eq!(world.count(masked).await, 2);
}
