//! Changes that deserve a second look before they are saved, because they cost money or switch a
//! protection off.

use super::{AiConfig, catalog, models::Catalog, values::Enforcement};
use crate::domain::merge_patch::get;
use chrono::NaiveDate;
use serde_json::Value;

/// One critical change, for the confirmation.
#[derive(Clone, Debug, PartialEq)]
pub struct CriticalChange {
    pub path: String,
    pub label: String,
    /// The values in the words of a person.
    pub before: String,
    pub after: String,
    /// Why it is critical, in a sentence.
    pub message: String,
}

/// What is critical about going from one effective configuration to another on a day: another
/// model, a limit raised, enforcement switched off.
pub fn critical_changes(
    before: &AiConfig,
    after: &AiConfig,
    models: &Catalog,
    today: NaiveDate,
) -> Vec<CriticalChange> {
    let (old, new) = (before.to_json(), after.to_json());
    let raised = RAISED.iter().filter(|(path, _)| number(&new, path) > number(&old, path));
    let unlocked = before.cost_budget.enforcement == Enforcement::Block
        && after.cost_budget.enforcement == Enforcement::Alert;
    let unlocked =
        unlocked.then_some(("costBudget.enforcement", "Requests go on when a budget is used up."));
    let limits = raised.copied().chain(unlocked);
    let critical = another_model(before, after, models, today)
        .into_iter()
        .map(|message| ("model.model", message))
        .chain(limits.map(|(path, message)| (path, message.to_owned())));
    critical
        .filter_map(|(path, message)| {
            let field = catalog::field_at(path)?;
            let shown = |values| field.display(get(values, path).unwrap_or(&Value::Null));
            let (before, after) = (shown(&old), shown(&new));
            Some(CriticalChange {
                path: path.into(),
                label: field.label.into(),
                before,
                after,
                message,
            })
        })
        .collect()
}

/// Limits of which more costs more, in the order of the page.
const RAISED: &[(&str, &str)] = &[
    ("rateLimiting.requestsPerMinute", "More requests can be sent per minute."),
    ("rateLimiting.concurrentRequests", "More requests can run at the same time."),
    ("retryStrategy.maxRetries", "Failed requests are retried more often, and may be billed."),
    ("costBudget.dailyBudget", "More can be spent in a day."),
    ("costBudget.weeklyBudget", "More can be spent in a week."),
    ("costBudget.monthlyBudget", "More can be spent in a month."),
];

fn number(values: &super::Overrides, path: &str) -> f64 {
    get(values, path).and_then(Value::as_f64).unwrap_or_default()
}

/// What another model means: how it writes, what it costs, and for how long it can be used.
fn another_model(
    before: &AiConfig,
    after: &AiConfig,
    models: &Catalog,
    today: NaiveDate,
) -> Vec<String> {
    let (old, new) = (&before.model.model, &after.model.model);
    if old == new {
        return Vec::new();
    }
    let price = |id: &str| models.get(id).map(|model| &model.price_on(today).tiers);
    let other = if price(old) == price(new) { "" } else { " and has other prices" };
    let writes = format!("Another model writes differently{other}.");
    let retires = models.retirement(new, today).map(|retirement| retirement.sentence());
    std::iter::once(writes).chain(retires).collect()
}
