//! Budgets that are lowered below what is spent, and raised again: who is told.

use super::world::{CONFIGURATION, World, dollars, generate, set, set_for_all};
use crate::{
    app::{Client, join},
    support::run,
};
use http::Method;
use serde_json::{Value, json};

/// A hundred dollars.
const PLENTY: i64 = 100_000_000_000;

/// (name, title) of who was told of a budget, once nothing is on its way any more.
async fn told(world: &World) -> Vec<(String, String)> {
    world.app.state.generation.ended().await;
    let sql = "SELECT person.display_name, told.title FROM notifications told
        JOIN auth.users person ON person.id = told.user_id
        WHERE told.link = '/ai/costs' ORDER BY told.created_at, told.title";
    sqlx::query_as(sql).fetch_all(world.app.database.database.pool()).await.unwrap()
}

fn row(name: &str, title: &str) -> (String, String) {
    (name.into(), title.into())
}

async fn noted(world: &World) -> i64 {
    world.app.state.generation.ended().await;
    world.count("SELECT count(*) FROM budget_alerts").await
}

fn daily(nanos: i64, thresholds: &[f64]) -> Value {
    json!({"costBudget": {"dailyBudget": dollars(nanos), "alertThresholds": thresholds}})
}

/// A member who generated once, with the owner of their organization, and what it cost.
async fn team_that_spent(world: &World) -> (Client<'_>, Client<'_>, i64) {
    let (owner, member) = world.team().await;
    generate(&member).await.assert_ok();
    let cost = world.spent().await;
    (owner, member, cost)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_is_lowered_below_what_is_spent_is_told_once() {
    let world = World::new().await;
    let (owner, member, cost) = team_that_spent(&world).await;
    // Three quarters of it are spent: two thresholds are passed at once, the higher one is told.
    set(&member, daily(cost * 4 / 3, &[0.25, 0.5, 0.9])).await;
    let once = [row("Member", "Your daily budget is used to 50 %")];
    assert_eq!(told(&world).await, once);
    set(&member, json!({"model": {"streaming": true}})).await;
    set(&member, json!({"costBudget": {"dailyBudget": dollars(cost * 5 / 4)}})).await;
    assert_eq!(told(&world).await, once, "nothing else is passed by it");
    // A lower threshold that comes later is none to be told of.
    set(&member, json!({"costBudget": {"alertThresholds": [0.4, 0.9]}})).await;
    assert_eq!(told(&world).await, once);
    assert_eq!(noted(&world).await, 3);
    // What an organization lowers concerns itself, and its members who inherit it.
    set(&member, json!({"costBudget": {"dailyBudget": null, "alertThresholds": null}})).await;
    set_for_all(&owner, daily(cost * 9 / 10, &[0.5, 1.0])).await;
    let mut told = told(&world).await;
    told.sort();
    let expected = [
        row("Member", "Your daily budget is used to 100 %"),
        row("Member", "Your daily budget is used to 50 %"),
        row("Owner", "Your organization's daily budget is used to 100 %"),
    ];
    assert_eq!(told, expected);
    world.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_that_was_raised_again_is_told_again() {
    let world = World::new().await;
    let (_owner, member, cost) = team_that_spent(&world).await;
    set(&member, daily(cost * 3 / 2, &[0.5])).await;
    let half = row("Member", "Your daily budget is used to 50 %");
    assert_eq!((told(&world).await, noted(&world).await), (vec![half.clone()], 1));
    set(&member, daily(PLENTY, &[0.5])).await;
    assert_eq!(noted(&world).await, 0, "it is not passed any more");
    generate(&member).await.assert_ok();
    set(&member, daily(cost * 3, &[0.5])).await;
    assert_eq!((told(&world).await, noted(&world).await), (vec![half.clone(), half], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_are_looked_at_after_changes_of_budgets_only() {
    let world = World::new().await;
    let (owner, member, cost) = team_that_spent(&world).await;
    set(&member, daily(cost, &[0.5])).await;
    assert_eq!(noted(&world).await, 1);
    let forget = async || {
        let mut schema = world.app.database.role("train_owner").await;
        run(&mut schema, "DELETE FROM budget_alerts").await;
    };
    forget().await;
    set(&member, json!({"model": {"streaming": true}})).await;
    set(&member, daily(cost, &[0.5])).await;
    set_for_all(&owner, json!({"model": {"maxTokens": 1000}})).await;
    owner.patch("/api/ai-policy", json!({"maxTokens": 1000})).await.assert_ok();
    assert_eq!(noted(&world).await, 0, "nothing of it was a budget");
    owner.patch("/api/ai-policy", json!({"monthlyBudget": 1000})).await.assert_ok();
    assert_eq!(noted(&world).await, 1, "a ceiling is");
    forget().await;
    // Another configuration that applies is another budget.
    let strict = json!({"configName": "Strict", "priority": 5, "updates": daily(cost, &[0.4])});
    member.patch(CONFIGURATION, strict).await.assert_ok();
    assert_eq!(noted(&world).await, 1);
    forget().await;
    let strict = json!({"configName": "Strict"});
    member.json(Method::DELETE, CONFIGURATION, strict).await.assert_ok();
    assert_eq!(noted(&world).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_configuration_that_cannot_be_read_keeps_nobody_from_being_told() {
    let world = World::new().await;
    let (owner, broken, cost) = team_that_spent(&world).await;
    let third = world.app.signed_up("Third").await;
    join(&owner, &third, "member").await;
    generate(&third).await.assert_ok();
    set(&broken, json!({"model": {"streaming": true}})).await;
    // More than any number of this program.
    let mut service = world.app.database.role("service_role").await;
    let sql = "UPDATE ai_configurations SET configuration = '{\"costBudget\": \
        {\"dailyBudget\": 1e400}}' WHERE user_id IS NOT NULL";
    run(&mut service, sql).await;
    set_for_all(&owner, daily(cost * 3 / 2, &[0.5])).await;
    let mut told = told(&world).await;
    told.sort();
    let expected = [
        row("Owner", "Your organization's daily budget is used to 50 %"),
        row("Third", "Your daily budget is used to 50 %"),
    ];
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_are_told_whose_budget_it_is_and_not_who_changed_it() {
    let world = World::new().await;
    // The first account administers the installation, and has an organization of its own.
    let administrator = world.app.signed_up("First").await;
    let owner = world.app.signed_up("Owner").await;
    owner.post("/api/organizations", json!({"name": "Team"})).await.assert_ok();
    generate(&owner).await.assert_ok();
    let cost = world.spent().await;
    set_for_all(&owner, daily(cost * 3 / 2, &[0.5])).await;
    let stored = owner.get(CONFIGURATION).await.body["organizationConfigurations"][0].clone();
    let turn = |is_active: bool| {
        let body = json!({"configId": stored["id"], "isActive": is_active});
        let administrator = &administrator;
        async move { administrator.post(CONFIGURATION, body).await.assert_ok() }
    };
    let first = told(&world).await;
    assert_eq!(first.len(), 2, "the organization's, and the owner's own: {first:?}");
    turn(false).await;
    assert_eq!(noted(&world).await, 0);
    generate(&owner).await.assert_ok();
    turn(true).await;
    let told = told(&world).await;
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|(name, _)| name == "Owner"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_budget_that_is_rolled_back_to_is_told() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    generate(&owner).await.assert_ok();
    let cost = world.spent().await;
    set(&member, daily(cost * 3 / 2, &[0.5])).await;
    set(&member, daily(PLENTY, &[0.5])).await;
    generate(&member).await.assert_ok();
    assert_eq!(told(&world).await, []);
    let changes = member.get("/api/config/change-history?limit=1&configType=ai_config").await;
    let raise = &changes.body["changes"][0];
    let mut body = json!({
        "action": "preview", "changeId": raise["id"], "targetId": raise["targetId"],
        "configType": raise["configType"],
    });
    member.post("/api/config/rollback", body.clone()).await.assert_ok();
    assert_eq!(told(&world).await, [], "a preview changes nothing");
    body["action"] = json!("execute");
    body["expectedVersion"] = raise["version"].clone();
    member.post("/api/config/rollback", body).await.assert_ok();
    assert_eq!(told(&world).await, [row("Member", "Your daily budget is used to 50 %")]);
}
