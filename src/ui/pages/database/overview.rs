//! The database at a glance, its history, and what the pages need.

use super::{
    charts::HealthCharts,
    overview_cards::OverviewCards,
    panel::{Code, PanelView},
    refresh::{Refreshed, use_refresh},
};
use crate::{
    api::database::health::load_setup,
    domain::database::{OverviewAnswer, SetupAnswer, SetupCheck, SetupState},
    ui::{
        client::resource::{Resource, resource},
        components::{Badge, Card, IconName, Tone, rows},
    },
};
use leptos::prelude::*;

#[component]
pub fn OverviewTab(overview: Resource<OverviewAnswer>) -> impl IntoView {
    let refresh = use_refresh();
    let setup = resource(move || refresh.reading.get(), |_| load_setup());
    view! {
        <div class="stack">
            <Refreshed label="Reading the overview" lines=12 read=overview let:answer>
                <PanelView panel=answer.overview let:overview>
                    <OverviewCards overview=overview />
                </PanelView>
            </Refreshed>
            <HealthCharts />
            <Refreshed label="Looking at the set-up" lines=4 read=setup let:report>
                <Doctor report=report />
            </Refreshed>
        </div>
    }
    .into_any()
}

/// What is there, what is not, and the exact fix.
#[component]
fn Doctor(report: SetupAnswer) -> impl IntoView {
    let missing = report.checks.iter().filter(|check| check.state != SetupState::Ready).count();
    let hint = match missing {
        0 => "Everything that these pages need is there.".to_owned(),
        1 => "One thing could be better.".to_owned(),
        many => format!("{many} things could be better."),
    };
    let check = |one| view! { <Check check=one /> };
    let checks = rows(report.checks, |one| one.name.clone(), check);
    view! {
        <Card id="database-setup" title="Set-up" hint=hint flush=true>
            <ul class="items">{checks}</ul>
            <p class="database-foot">
                "Read and maintained as the role " <code translate="no">{report.role}</code> "."
            </p>
        </Card>
    }
    .into_any()
}

#[component]
fn Check(check: SetupCheck) -> impl IntoView {
    let (tone, icon, word) = match check.state {
        SetupState::Ready => (Tone::Success, IconName::Check, "Ready"),
        SetupState::Limited => (Tone::Warning, IconName::Warning, "Limited"),
        SetupState::Missing => (Tone::Danger, IconName::Error, "Missing"),
    };
    view! {
        <li class="item">
            <div class="item-text">
                <span>
                    <strong>{check.name}</strong>
                    " "
                    <Badge tone=tone icon=icon>
                        {word}
                    </Badge>
                </span>
                <span>{check.finding}</span>
                <span class="item-hint">{check.purpose}</span>
                {check.fix.map(|fix| view! { <Code text=fix /> })}
            </div>
        </li>
    }
    .into_any()
}
