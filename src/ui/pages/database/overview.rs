//! The database at a glance: a verdict, the figures that matter most, their history as charts, what
//! was checked, and what the pages need.

use super::{
    charts::HealthCharts,
    checks::Checks,
    overview_cards::{ServerCards, Tiles},
    panel::{Code, PanelView, TogetherNote, as_of, oldest},
    refresh::{Refreshed, use_refresh},
    space::SpaceCard,
    verdict::Verdict,
};
use crate::{
    api::database::health::load_setup,
    domain::database::{Overview, OverviewAnswer, SetupAnswer, SetupCheck, SetupState},
    ui::{
        client::resource::{Resource, resource},
        components::{Badge, Card, IconName, Tone, rows},
    },
};
use chrono::{DateTime, Utc};
use leptos::prelude::*;

#[component]
pub fn OverviewTab(overview: Resource<OverviewAnswer>) -> impl IntoView {
    let refresh = use_refresh();
    let setup = resource(move || refresh.reading.get(), |_| load_setup());
    view! {
        <div class="stack database-overview">
            <Refreshed label="Reading the overview" lines=12 read=overview let:answer>
                <Verdict open=answer.alerts() />
                <PanelView panel=answer.overview let:overview>
                    <TogetherNote as_of=read_at(&overview) />
                    <Tiles overview=overview limits=answer.connection_limits />
                </PanelView>
            </Refreshed>
            <HealthCharts />
            <SpaceCard />
            <Refreshed label="Reading the checks" lines=4 read=overview again=true let:answer>
                {answer
                    .overview
                    .value()
                    .cloned()
                    .map(|overview| {
                        view! {
                            <Checks overview=overview.clone() />
                            <ServerCards overview=overview />
                        }
                    })}
            </Refreshed>
            <Refreshed label="Reading the setup checks" lines=4 read=setup let:report>
                <Doctor report=report />
            </Refreshed>
        </div>
    }
    .into_any()
}

/// When the figures were read; they are read together.
fn read_at(overview: &Overview) -> Option<DateTime<Utc>> {
    oldest([
        as_of(&overview.size_bytes),
        as_of(&overview.interval),
        as_of(&overview.connections),
        as_of(&overview.oldest_transaction),
        as_of(&overview.oldest_xmin),
        as_of(&overview.wraparound),
        as_of(&overview.replication),
        as_of(&overview.prepared_transactions),
        as_of(&overview.checksum_failures),
        as_of(&overview.pending_restart),
    ])
}

/// What is there, what is not, and the exact fix. What is ready is folded up.
#[component]
fn Doctor(report: SetupAnswer) -> impl IntoView {
    let (ready, open): (Vec<_>, Vec<_>) =
        report.checks.into_iter().partition(|check| check.state == SetupState::Ready);
    let hint = match open.len() {
        0 => "Everything these pages need is there.".to_owned(),
        1 => "1 recommendation".to_owned(),
        many => format!("{many} recommendations"),
    };
    let summary = format!("{} ready", ready.len());
    let check = |one| view! { <Check check=one /> };
    let open = (!open.is_empty())
        .then(|| view! { <ul class="items">{rows(open, |one| one.name.clone(), check)}</ul> });
    let ready = (!ready.is_empty()).then(|| {
        view! {
            <details class="database-fine">
                <summary>{summary}</summary>
                <ul class="items">{rows(ready, |one| one.name.clone(), check)}</ul>
            </details>
        }
    });
    view! {
        <Card id="database-setup" title="Setup checks" hint=hint flush=true>
            {open}
            {ready}
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
