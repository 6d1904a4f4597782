//! How the database does, by its open alerts: a line above the tabs, and the verdict of the
//! overview.

use super::words::severity_tone;
use crate::{
    domain::database::{AlertCounts, Severity},
    ui::components::{Icon, LinkButton, Tone},
};
use leptos::prelude::*;

/// The verdict in large letters, with the worst of what is wrong.
#[component]
pub fn Verdict(open: AlertCounts) -> impl IntoView {
    let tone = match open.severity() {
        None | Some(Severity::Info) => Tone::Success,
        Some(severity) => severity_tone(severity),
    };
    let verdict = open.verdict();
    let worst = open.worst.clone().unwrap_or_else(|| "No open alerts.".to_owned());
    view! {
        <section class="database-verdict banner" data-tone=tone.name() aria-label="Verdict">
            <Icon name=tone.icon() size="l" />
            <div class="banner-text">
                <p class="database-verdict-word">{verdict}</p>
                <p>{worst}</p>
            </div>
            <ShowAlerts open=open />
        </section>
    }
    .into_any()
}

/// The worst that is wrong, and the way to all of it. Nothing where nothing is.
#[component]
pub fn AlertBanner(open: AlertCounts) -> impl IntoView {
    let (Some(sentence), Some(worst)) = (open.worst.clone(), open.severity()) else {
        return ().into_any();
    };
    // Polite whatever it says: it stands there at every reading and must not interrupt each time.
    let tone = severity_tone(worst);
    view! {
        <div class="banner" data-tone=tone.name()>
            <Icon name=tone.icon() />
            <div class="banner-text">
                <strong>{worst.label()} ": "</strong>
                {sentence}
            </div>
            <ShowAlerts open=open />
        </div>
    }
    .into_any()
}

/// The way to the open alerts, where there are some: to as many as are counted.
#[component]
fn ShowAlerts(open: AlertCounts) -> impl IntoView {
    let label = match open.total() {
        0 => return ().into_any(),
        1 => "Show the alert".to_owned(),
        open => format!("Show all {open} alerts"),
    };
    view! {
        <LinkButton small=true href="/database/alerts?state=open">
            {label}
        </LinkButton>
    }
    .into_any()
}
