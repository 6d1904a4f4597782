//! What was spent in a period, against the budgets.

use super::tile::Tile;
use crate::{
    domain::{
        ai::{ScopeType, usage::BudgetView},
        generation::Period,
        home::budget_words,
    },
    ui::components::{UsageMeter, rows},
};
use leptos::prelude::*;

/// What the person spent, large, and how far their budget and that of their organization is used.
#[component]
pub fn SpendingTile(period: Period, budgets: Vec<BudgetView>) -> impl IntoView {
    let (id, title) = match period {
        Period::Day => ("home-day", "Spent today"),
        Period::Week => ("home-week", "Spent this week"),
        Period::Month => ("home-month", "Spent this month"),
    };
    let of_period: Vec<_> = budgets.into_iter().filter(|budget| budget.period == period).collect();
    let own = of_period.iter().find(|budget| budget.scope == ScopeType::Person);
    let figure = own.map(|budget| budget.spend.to_string());
    let meters =
        rows(of_period, |budget| budget.scope, |budget| view! { <BudgetMeter budget=budget /> });
    view! {
        <Tile id=id title=title figure=figure>
            {meters}
        </Tile>
    }
    .into_any()
}

#[component]
fn BudgetMeter(budget: BudgetView) -> impl IntoView {
    let label = match budget.scope {
        ScopeType::Person => "Your budget",
        ScopeType::Organization => "Organization",
    };
    let used = budget.spend.saturating_add(budget.reserved);
    let share = used.share_of(budget.limit).unwrap_or(1.0);
    view! {
        <UsageMeter
            id=format!("home-{}-{}", budget.scope, budget.period)
            label=label
            used=share.min(1.0)
            text=budget_words(&budget)
            warning=budget.alert_thresholds.first().copied().unwrap_or(1.0)
            danger=1.0
        />
    }
    .into_any()
}
