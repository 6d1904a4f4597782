//! Thresholds of budgets that are changed after something was spent.

use super::gating::{Gate, Request, Scope};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// Noon: the day, the week and the month go on for a while.
fn now() -> DateTime<Utc> {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

/// Spends, and answers the thresholds of the day's budget of which people are told by it.
async fn spend(gate: &Gate, scope: &Scope, cost: i64) -> Vec<f64> {
    let alone = std::slice::from_ref(scope);
    let request = Request::new(cost);
    let attempts = json!([request.attempt(alone, 1, cost, "success")]);
    let ended = gate.end(alone, &request, attempts, now()).await;
    let passed = ended["thresholds"].as_array().cloned().unwrap_or_default();
    let of_day = passed.into_iter().filter(|line| line["period"] == 0);
    of_day.map(|line| line["threshold"].as_f64().unwrap()).collect()
}

/// The thresholds that are noted of the day.
async fn noted(gate: &Gate) -> Vec<f64> {
    let sql = "SELECT threshold FROM budget_alerts WHERE period = 'day' ORDER BY threshold";
    sqlx::query_scalar(sql).fetch_all(gate.test.database.pool()).await.unwrap()
}

#[tokio::test]
async fn a_lowered_budget_tells_the_highest_and_a_raised_one_forgets_what_is_not_passed() {
    let gate = Gate::new().await;
    let mut scope = Scope::person().budgets([1000, 10_000, 10_000]);
    assert_eq!(spend(&gate, &scope, 60).await, [0.0; 0]);
    scope.thresholds = vec![0.25, 0.5, 0.9];
    let with = |limit: i64| [scope.clone().budgets([limit, 10_000, 10_000])];
    assert_eq!(gate.note(&with(1000), now()).await, []);
    assert_eq!(gate.note(&with(100), now()).await, [(0, 0, 0.5)]);
    assert_eq!(noted(&gate).await, [0.25, 0.5]);
    assert_eq!(gate.note(&with(99), now()).await, [], "told once");
    // Raised: a quarter is still passed, the half is not.
    assert_eq!(gate.note(&with(200), now()).await, []);
    assert_eq!(noted(&gate).await, [0.25]);
    // So spending passes it again, and so does another change.
    let [raised] = with(200);
    assert_eq!(spend(&gate, &raised, 40).await, [0.5]);
    assert_eq!(gate.note(&with(300), now()).await, []);
    assert_eq!(gate.note(&with(150), now()).await, [(0, 0, 0.5)]);
    // What is of the day before stays as it is.
    let tomorrow = now() + TimeDelta::days(1);
    assert_eq!(gate.note(&with(1_000_000), tomorrow).await, []);
    assert_eq!(noted(&gate).await, [0.25, 0.5]);
}

#[tokio::test]
async fn nobody_is_told_of_a_lower_threshold_after_a_higher_one() {
    let gate = Gate::new().await;
    let mut scope = Scope::person().budgets([100, 10_000, 10_000]);
    scope.thresholds = vec![0.9];
    assert_eq!(spend(&gate, &scope, 95).await, [0.9]);
    scope.thresholds = vec![0.5, 0.9];
    assert_eq!(gate.note(std::slice::from_ref(&scope), now()).await, []);
    assert_eq!(noted(&gate).await, [0.5, 0.9], "it is passed all the same");
    // Nor by spending, while the notes of a budget that was raised are still there.
    let mut raised = scope.budgets([1000, 10_000, 10_000]);
    raised.thresholds = vec![0.1];
    assert_eq!(spend(&gate, &raised, 10).await, [0.0; 0]);
    assert_eq!(noted(&gate).await, [0.1, 0.5, 0.9]);
    // Looked after, it begins anew.
    raised.thresholds = vec![0.1, 0.2];
    assert_eq!(gate.note(std::slice::from_ref(&raised), now()).await, []);
    assert_eq!(noted(&gate).await, [0.1]);
    assert_eq!(spend(&gate, &raised, 100).await, [0.2]);
}

#[tokio::test]
async fn each_scope_is_looked_after_by_itself() {
    let gate = Gate::new().await;
    let (mut spender, mut saver) = (Scope::person(), Scope::person());
    let mut team = Scope::organization().budgets([10_000, 50, 10_000]);
    for scope in [&mut spender, &mut saver, &mut team] {
        scope.thresholds = vec![1.0];
    }
    let both = [spender.clone(), team.clone().budgets([10_000; 3])];
    let request = Request::new(60);
    let attempts = json!([request.attempt(&both, 1, 60, "success")]);
    gate.end(&both, &request, attempts, now()).await;
    let all = [saver.budgets([50; 3]), spender.budgets([50, 100, 100]), team];
    assert_eq!(gate.note(&all, now()).await, [(1, 0, 1.0), (2, 1, 1.0)]);
    assert_eq!(gate.count("SELECT count(*) FROM budget_alerts").await, 2);
}
