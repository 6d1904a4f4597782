//! Who is told what because of generation, and that it is told once.

use super::world::{Events, MESSAGES, World, dollars, generate, set, set_for_all};
use crate::app::Client;
use chrono::{TimeDelta, Utc};
use claude_stand_in::Behaviour;
use futures::future::join_all;
use serde_json::{Value, json};

/// (name, category, title) of what people were told beside that generations are done and who
/// joined their organization.
async fn told(world: &World) -> Vec<(String, String, String)> {
    let sql = "SELECT person.display_name, told.category, told.title FROM notifications told
        JOIN auth.users person ON person.id = told.user_id
        WHERE told.category NOT IN ('generation_complete', 'approval_required')
          AND coalesce(told.link, '') NOT IN ('/invitations', '/organization/members')
        ORDER BY told.created_at, told.title";
    sqlx::query_as(sql).fetch_all(world.app.database.database.pool()).await.unwrap()
}

fn row(name: &str, category: &str, title: &str) -> (String, String, String) {
    (name.into(), category.into(), title.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_threshold_is_told_once_to_those_in_charge_of_the_budget() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let open = json!({
        "rateLimiting": {
            "requestsPerMinute": 10_000, "burstAllowance": 1000, "concurrentRequests": 100,
        },
    });
    set_for_all(&owner, open.clone()).await;
    generate(&member).await.assert_ok();
    let cost = world.spent().await;
    let budget = json!({
        "dailyBudget": dollars(cost * 4), "alertThresholds": [0.5, 1], "enforcement": "alert",
    });
    set_for_all(&owner, json!({"costBudget": budget})).await;
    super::world::reached(&member, "/costBudget/enforcement", json!("alert")).await;
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
    super::world::until("the keys have arrived", || async {
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
    let masked = "SELECT count(*) FROM notifications WHERE text LIKE '%sk-ant-…a1b2%'
        AND text NOT LIKE '%0123456789%'";
    assert_eq!(world.count(masked).await, 2);
}

/// (name, category, title) of who was told that generations are done or that conversations wait.
async fn told_of_conversations(world: &World) -> Vec<(String, String, String)> {
    let sql = "SELECT person.display_name, told.category, told.title FROM notifications told
        JOIN auth.users person ON person.id = told.user_id
        WHERE told.category IN ('generation_complete', 'approval_required') ORDER BY 1, 2, 3";
    sqlx::query_as(sql).fetch_all(world.app.database.database.pool()).await.unwrap()
}

/// Thresholds with which every conversation waits for review, or none does.
async fn review(person: &Client<'_>, waits: bool) {
    let thresholds = if waits {
        json!({"autoApproval": 10, "flagging": 0, "minimumAcceptable": 0})
    } else {
        json!({"autoApproval": 0, "flagging": 0, "minimumAcceptable": 0})
    };
    person
        .patch("/api/user-preferences", json!({"qualityThresholds": thresholds}))
        .await
        .assert_ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_2_5_a_finished_generation_is_told_to_who_asked_for_it_once() {
    let world = World::new().await;
    let ann = world.ann().await;
    review(&ann, false).await;
    let once = ann.again().header("idempotency-key", &uuid::Uuid::new_v4().to_string());
    for _ in 0..2 {
        assert_eq!(generate(&once).await.status.as_u16(), 201);
    }
    let told = told_of_conversations(&world).await;
    assert_eq!(told.len(), 1, "sent again, it is the same conversation: {told:?}");
    let (name, category, title) = &told[0];
    assert_eq!((name.as_str(), category.as_str()), ("Ann", "generation_complete"));
    assert!(title.starts_with("Conversation ready: "), "{title}");
    let approved =
        "SELECT count(*) FROM notifications WHERE text LIKE 'It is approved by your thresholds.%'";
    assert_eq!(world.count(approved).await, 1);

    // An answer that is no conversation is an end as well.
    world.claude.script(MESSAGES, [Behaviour::Text { text: "No.".into(), stop_reason: None }]);
    generate(&ann).await.assert_ok();
    let warned = "SELECT count(*) FROM notifications WHERE severity = 'warning'
        AND category = 'generation_complete'";
    assert_eq!(world.count(warned).await, 1);

    // Who follows it live to a quick end has it before their eyes.
    let mut events = Events::open(&ann).await;
    while let Some((name, _)) = events.next().await {
        assert_ne!(name, "failed");
    }
    assert_eq!(told_of_conversations(&world).await.len(), 2);

    // And who does not want to know is not told.
    let off = json!({"notifications": {"categories": {"generationComplete": false}}});
    ann.patch("/api/user-preferences", off).await.assert_ok();
    generate(&ann).await.assert_ok();
    assert_eq!(told_of_conversations(&world).await.len(), 2);
}

/// Asks, and goes away as soon as Claude was asked.
async fn ask_and_leave(world: &World, script: &Client<'_>, behaviour: Behaviour) {
    world.claude.script(MESSAGES, [behaviour]);
    let asked = world.claude.requests().len();
    tokio::select! {
        () = super::world::until("Claude was asked", || async {
            world.claude.requests().len() > asked
        }) => {}
        answer = generate(script) => panic!("it is answered: {}", answer.text),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_whose_caller_went_away_is_told_when_it_ends() {
    let world = World::new().await;
    let ann = world.ann().await;
    let timeouts = json!({"connectionTimeout": 1000, "generationTimeout": 1000});
    let settings = json!({
        "model": {"streaming": true},
        "timeouts": timeouts,
        "retryStrategy": {"maxRetries": 0},
    });
    set(&ann, settings).await;
    review(&ann, false).await;
    let scopes = json!({"name": "script", "scopes": ["conversations:write"]});
    let token = ann.post("/api/tokens", scopes).await.body["secret"].as_str().unwrap().to_owned();
    let script = world.app.with_token(&token);
    // A script has its answer.
    generate(&script).await.assert_ok();
    assert_eq!(told_of_conversations(&world).await, []);
    // One that went away before has none, whether it is good or bad.
    ask_and_leave(&world, &script, Behaviour::Gated).await;
    world.claude.open_gate(1000);
    super::world::until("it is told", || async {
        told_of_conversations(&world).await.iter().any(|row| row.1 == "generation_complete")
    })
    .await;
    ask_and_leave(&world, &script, Behaviour::Silence).await;
    super::world::until("the failure is told", || async { !told(&world).await.is_empty() }).await;
    assert_eq!(told(&world).await, [row("Ann", "errors", "A generation failed")]);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_2_5_a_conversation_that_waits_for_review_is_told_to_those_who_decide_about_it() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    for person in [&owner, &member] {
        review(person, true).await;
        let off = json!({"notifications": {"categories": {"generationComplete": false}}});
        person.patch("/api/user-preferences", off).await.assert_ok();
    }
    let ben = world.app.signed_up("Ben").await;
    review(&ben, true).await;
    for person in [&member, &ben] {
        let made = generate(person).await;
        assert_eq!(made.body["conversation"]["status"], "pending_review", "{}", made.text);
    }
    let told = told_of_conversations(&world).await;
    let told: Vec<_> =
        told.iter().map(|(name, category, _)| (name.as_str(), category.as_str())).collect();
    // The organization's owner reviews what its members make; who is alone reviews their own.
    let expected = [
        ("Ben", "approval_required"),
        ("Ben", "generation_complete"),
        ("Owner", "approval_required"),
    ];
    assert_eq!(told, expected);
    // One that their thresholds decide about waits for nobody.
    review(&member, false).await;
    generate(&member).await.assert_ok();
    assert_eq!(told_of_conversations(&world).await.len(), 3);
    let off = json!({"notifications": {"categories": {"approvalRequired": false}}});
    owner.patch("/api/user-preferences", off).await.assert_ok();
    review(&member, true).await;
    generate(&member).await.assert_ok();
    assert_eq!(told_of_conversations(&world).await.len(), 3, "a preference is kept");
}
