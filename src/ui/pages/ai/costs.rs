//! Budgets, how far they are used, and what was spent.

use super::{ceilings::CeilingsCard, draft::AiDraft, fields::SectionCard, spending::SpendingCard};
use crate::{
    api::ai::load_usage,
    domain::{
        ai::{
            ScopeType,
            catalog::Section,
            usage::{BudgetView, UsageAnswer, UsageQuery},
        },
        generation::Period,
        letter_case::lowercase,
        money::Money,
    },
    ui::{
        client::resource::resource,
        components::{Card, UsageMeter, rows},
        loaded::Loaded,
    },
};
use leptos::prelude::*;

#[component]
pub fn CostsTab(draft: AiDraft) -> impl IntoView {
    let ceilings =
        (draft.scope == ScopeType::Organization).then(|| view! { <CeilingsCard draft=draft /> });
    view! {
        <div class="stack">
            <Budgets draft=draft />
            <SectionCard
                draft=draft
                section=Section::CostBudget
                hint="Calendar days, weeks from Monday, calendar months."
            />
            {ceilings}
            <SpendingCard scope=draft.scope />
        </div>
    }
    .into_any()
}

/// A meter for each budget that counts.
#[component]
fn Budgets(draft: AiDraft) -> impl IntoView {
    let scope = draft.scope;
    let budgets = Memo::new(move |_| draft.base.with(|base| base.effective.cost_budget.clone()));
    let usage = resource(
        move || budgets.get(),
        move |_| load_usage(UsageQuery { window: Some(Period::Month), group_by: None, scope }),
    );
    let meters = |UsageAnswer { budgets, time_zone, estimated, .. }: UsageAnswer| {
        let meters = rows(
            budgets,
            |budget| (budget.scope, budget.period),
            |budget| view! { <BudgetMeter budget=budget /> },
        );
        let estimated = (estimated > Money::ZERO).then(|| {
            format!(
                " {estimated} of this month's spending is estimated: Claude did not report usage \
                 for those attempts."
            )
        });
        view! {
            <div class="columns ai-budgets">{meters}</div>
            <p class="field-note">"Days, weeks and months use " {time_zone} "." {estimated}</p>
        }
    };
    view! {
        <Card
            id="ai-budgets"
            title="Budgets"
            hint="Spent and reserved."
        >
            <Loaded read=usage label="Loading the budgets" children=meters />
        </Card>
    }
    .into_any()
}

/// How far a budget is used, and where that leads.
#[component]
fn BudgetMeter(budget: BudgetView) -> impl IntoView {
    let (whose, id) = match budget.scope {
        ScopeType::Person => ("You", "person"),
        ScopeType::Organization => ("Organization", "organization"),
    };
    let window = lowercase(window_title(budget.period));
    let used = budget.spend.saturating_add(budget.reserved);
    let share = used.share_of(budget.limit).unwrap_or(1.0);
    let first_alert = budget.alert_thresholds.first().copied().unwrap_or(1.0);
    let reserved = match budget.reserved {
        Money::ZERO => String::new(),
        reserved => format!("{reserved} reserved for running requests. "),
    };
    let projected = budget.projection.map_or("Too early to project.".to_owned(), |projection| {
        let beyond = if projection > budget.limit { ", over budget" } else { "" };
        format!("Projected: {projection}{beyond}.")
    });
    let spent = format!("{} spent. ", budget.spend);
    let left = format!("{} left of {}", budget.left(), budget.limit);
    view! {
        <div>
            <UsageMeter
                id=format!("budget-{id}-{}", budget.period.as_str())
                label=format!("{whose}, {window}")
                used=share.min(1.0)
                text=left
                warning=first_alert
                danger=1.0
            />
            <p class="field-note">{spent} {reserved} {projected}</p>
        </div>
    }
    .into_any()
}

fn window_title(window: Period) -> &'static str {
    match window {
        Period::Day => "Today",
        Period::Week => "This week",
        Period::Month => "This month",
    }
}
