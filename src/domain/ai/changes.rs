//! Changes that deserve a second look before they are saved, because they cost money or switch a
//! protection off.

use super::{AiConfig, catalog, values::Enforcement};
use crate::domain::merge_patch::get;
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

/// What is critical about going from one effective configuration to another: another model, a
/// budget raised, enforcement switched off.
pub fn critical_changes(before: &AiConfig, after: &AiConfig) -> Vec<CriticalChange> {
    let (old, new) = (before.to_json(), after.to_json());
    let (old_budget, new_budget) = (&before.cost_budget, &after.cost_budget);
    let rules = [
        (
            "model.model",
            before.model.model != after.model.model,
            "Another model writes differently and has other prices.",
        ),
        (
            "costBudget.dailyBudget",
            new_budget.daily_budget > old_budget.daily_budget,
            "More can be spent in a day.",
        ),
        (
            "costBudget.weeklyBudget",
            new_budget.weekly_budget > old_budget.weekly_budget,
            "More can be spent in a week.",
        ),
        (
            "costBudget.monthlyBudget",
            new_budget.monthly_budget > old_budget.monthly_budget,
            "More can be spent in a month.",
        ),
        (
            "costBudget.enforcement",
            old_budget.enforcement == Enforcement::Block
                && new_budget.enforcement == Enforcement::Alert,
            "Requests go on when a budget is used up.",
        ),
    ];
    let critical = rules.into_iter().filter(|(_, is_critical, _)| *is_critical);
    critical
        .filter_map(|(path, _, message)| {
            let field = catalog::field_at(path)?;
            let shown = |values| field.display(get(values, path).unwrap_or(&Value::Null));
            Some(CriticalChange {
                path: path.into(),
                label: field.label.into(),
                before: shown(&old),
                after: shown(&new),
                message: message.into(),
            })
        })
        .collect()
}
