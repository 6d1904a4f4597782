//! What an organization allows: its ceilings hold its people and not its own pool, and nobody
//! loosens where it blocks.

use super::world::{
    CONFIGURATION, World, conversation, dollars, generate, reached, set, set_for_all, worst_case,
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_2_3_a_ceiling_holds_each_member_and_never_the_organizations_own_pool() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    set_for_all(&owner, json!({"costBudget": {"dailyBudget": 200}})).await;
    owner.patch("/api/ai-policy", json!({"dailyBudget": 5, "maxTokens": 300})).await.assert_ok();
    reached(&member, "/costBudget/dailyBudget", json!(5)).await;
    let theirs = owner.get(&format!("{CONFIGURATION}?scope=organization")).await;
    assert_eq!(theirs.body["effective"]["costBudget"]["dailyBudget"], 200);
    assert_eq!(theirs.body["explain"]["costBudget.dailyBudget"].get("clamped"), None);
    assert_eq!(theirs.body["effective"]["model"]["maxTokens"], 4096);
    // Five dollars a person, two hundred for all.
    let usage = owner.get("/api/ai-usage?scope=organization").await;
    let limits: Vec<_> = usage.body["budgets"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|budget| budget["period"] == "day")
        .map(|budget| (budget["scope"].as_str().unwrap(), budget["limit"].as_i64().unwrap()))
        .collect();
    assert_eq!(limits, [("person", 5_000_000_000), ("organization", 200_000_000_000)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn issue_13_2_3_who_only_wants_to_be_warned_is_blocked_where_their_organization_blocks() {
    let world = World::new().await;
    let (owner, member) = world.team().await;
    let worst = worst_case(&member).await;
    // One fits each person; the organization's pool has room for all of them.
    owner.patch("/api/ai-policy", json!({"dailyBudget": dollars(worst)})).await.assert_ok();
    reached(&member, "/costBudget/dailyBudget", dollars(worst)).await;
    set(&member, json!({"costBudget": {"enforcement": "alert"}})).await;
    generate(&member).await.assert_ok();
    generate(&member).await.assert_failure(429, "budget_exceeded");
    let own = member.get(CONFIGURATION).await;
    let why = &own.body["explain"]["costBudget.enforcement"];
    assert_eq!((&why["value"], &why["clamped"]["by"]), (&json!("block"), &json!("organization")));
    assert_eq!(why["clamped"]["unclamped"], "alert");
    assert!(why["clamped"]["message"].as_str().unwrap().contains("cannot loosen"), "{why}");

    // Also where the organization itself is only warned: nobody passes a ceiling.
    set_for_all(&owner, json!({"costBudget": {"enforcement": "alert"}})).await;
    super::world::until("the change has arrived", || async {
        let own = member.get(CONFIGURATION).await;
        own.body["explain"]["costBudget.enforcement"]["clamped"]["by"] == "ceiling"
    })
    .await;
    generate(&member).await.assert_failure(429, "budget_exceeded");
    // Without the ceiling its people may choose what it chose.
    owner.patch("/api/ai-policy", json!({"dailyBudget": null})).await.assert_ok();
    reached(&member, "/costBudget/enforcement", json!("alert")).await;
    member.post(super::world::GENERATE, conversation()).await.assert_ok();
}
