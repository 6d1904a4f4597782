//! How things stand: spending, what is running, conversations; for administrators alerts and jobs.

use super::{
    jobs::LastJobs,
    spending::SpendingTile,
    tile::{FailedTile, Tile},
};
use crate::{
    domain::{
        ai::{ScopeType, usage::RunningView},
        conversations::ConversationCounts,
        database::{AlertCounts, Severity},
        generation::Period,
        home::{HomeAnswer, HomePart},
        money::grouped,
    },
    ui::components::{Badge, LinkButton, Tone, rows},
};
use leptos::prelude::*;

/// All of them. What could not be read says so in its place; what is for others is not there.
#[component]
pub fn Figures(home: HomeAnswer) -> impl IntoView {
    let failed = |part: HomePart| home.failure(part).map(str::to_owned);
    let missing = |part: HomePart, id: &'static str| {
        failed(part).map(|error| view! { <FailedTile id=id title=part.label() error=error /> })
    };
    let spending_failed = missing(HomePart::Spending, "home-spending");
    let conversations_failed = missing(HomePart::Conversations, "home-conversations");
    let alerts_failed = missing(HomePart::Alerts, "home-alerts");
    let steps_failed = failed(HomePart::Steps).map(|error| {
        view! {
            <p class="home-failed">"Some first steps could not be checked. " {error}</p>
        }
    });
    let jobs = match (home.jobs.clone(), failed(HomePart::Jobs)) {
        (None, None) => None,
        (jobs, failed) => Some(view! { <LastJobs jobs=jobs.unwrap_or_default() failed=failed /> }),
    };
    let spending = home.budgets.map(|budgets| {
        view! {
            <SpendingTile period=Period::Day budgets=budgets.clone() />
            <SpendingTile period=Period::Month budgets=budgets />
        }
    });
    let running = home.running.map(|running| view! { <RunningTile running=running /> });
    let conversations =
        home.conversations.map(|counts| view! { <ConversationsTile counts=counts /> });
    let alerts = home.alerts.map(|alerts| view! { <AlertsTile alerts=alerts /> });
    view! {
        {steps_failed}
        <div class="home-tiles">
            {spending} {spending_failed} {running} {conversations} {conversations_failed} {alerts}
            {alerts_failed}
        </div>
        {jobs}
    }
    .into_any()
}

/// Requests to Claude that are under way.
#[component]
fn RunningTile(running: Vec<RunningView>) -> impl IntoView {
    let own = running.iter().find(|it| it.scope == ScopeType::Person);
    let figure = own.map(|own| own.running.to_string());
    let lines = rows(
        running,
        |it| it.scope,
        |RunningView { scope, running, places }| {
            let whose = match scope {
                ScopeType::Person => "Yours",
                ScopeType::Organization => "Organization",
            };
            view! {
                <div>
                    <dt>{whose}</dt>
                    <dd>{format!("{running} of {places} at once")}</dd>
                </div>
            }
        },
    );
    view! {
        <Tile id="home-running" title="Running now" figure=figure>
            <dl class="facts">{lines}</dl>
        </Tile>
    }
    .into_any()
}

#[component]
fn ConversationsTile(counts: ConversationCounts) -> impl IntoView {
    let total = grouped(&counts.total.to_string());
    let content = if counts.total == 0 {
        view! {
            <p class="item-hint">"They appear here by status once one is generated."</p>
            <LinkButton href="/generate" small=true>
                "Generate a conversation"
            </LinkButton>
        }
        .into_any()
    } else {
        let lines = rows(
            counts.by_status,
            |counted| counted.status,
            |counted| {
                view! {
                    <div>
                        <dt>{counted.status.label()}</dt>
                        <dd translate="no">{grouped(&counted.count.to_string())}</dd>
                    </div>
                }
            },
        );
        view! {
            <dl class="facts">{lines}</dl>
            <LinkButton href="/conversations" small=true>
                "All conversations"
            </LinkButton>
        }
        .into_any()
    };
    view! {
        <Tile id="home-conversations" title="Conversations" figure=Some(total)>
            {content}
        </Tile>
    }
    .into_any()
}

/// For administrators.
#[component]
fn AlertsTile(alerts: AlertCounts) -> impl IntoView {
    let content = match alerts.severity() {
        None => view! { <p class="item-hint">"The database has no open alerts."</p> }.into_any(),
        Some(severity) => {
            let tone = match severity {
                Severity::Critical => Tone::Danger,
                Severity::Warning => Tone::Warning,
                Severity::Info => Tone::Info,
            };
            view! {
                <p class="home-worst">
                    <Badge tone=tone>{severity.label()}</Badge>
                    {alerts.worst.clone()}
                </p>
                <LinkButton href="/database/alerts" small=true>
                    "Show alerts"
                </LinkButton>
            }
            .into_any()
        }
    };
    view! {
        <Tile id="home-alerts" title="Open alerts" figure=Some(alerts.total().to_string())>
            {content}
        </Tile>
    }
    .into_any()
}
