//! `/database/{tab}`: how the database does, and its maintenance. For administrators.

mod address;
mod alert_rules;
mod alerts;
mod backups;
mod connections;
mod cron_field;
mod indexes;
mod lists;
mod maintenance;
mod object_dialogs;
mod operation_log;
mod overview;
mod overview_cards;
mod panel;
mod preflight;
mod queries;
mod refresh;
mod report;
mod schedules;
mod tables;
mod target;
mod words;

use crate::{
    api::database::health::load_overview,
    domain::{
        accounts::Role,
        database::{OverviewAnswer, Severity},
    },
    ui::{
        client::{boot::use_user, resource::resource},
        components::{EmptyState, Icon, IconName, LinkButton, PageTitle, Tab, TabPage, use_tab},
    },
};
use alerts::AlertsTab;
use backups::BackupsTab;
use connections::ConnectionsTab;
use indexes::IndexesTab;
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use maintenance::MaintenanceTab;
use overview::OverviewTab;
use queries::QueriesTab;
use refresh::{Refresh, RefreshBar};
use report::ReportTab;
use tables::TablesTab;

/// The page, loaded when it is visited.
pub struct DatabasePage;

#[lazy_route]
impl LazyRoute for DatabasePage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="database-page">
                <Database />
            </div>
        }
        .into_any()
    }
}

/// The tabs of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DatabaseTab {
    Overview,
    Tables,
    Indexes,
    Queries,
    Connections,
    Maintenance,
    Alerts,
    Report,
    Backups,
}

impl DatabaseTab {
    /// Part of the address, name, picture.
    fn about(self) -> (&'static str, &'static str, IconName) {
        match self {
            Self::Overview => ("overview", "Overview", IconName::Gauge),
            Self::Tables => ("tables", "Tables", IconName::Database),
            Self::Indexes => ("indexes", "Indexes", IconName::Layers),
            Self::Queries => ("queries", "Queries", IconName::Search),
            Self::Connections => ("connections", "Connections", IconName::Link),
            Self::Maintenance => ("maintenance", "Maintenance", IconName::Settings),
            Self::Alerts => ("alerts", "Alerts", IconName::Bell),
            Self::Report => ("report", "Report", IconName::History),
            Self::Backups => ("backups", "Backups", IconName::Download),
        }
    }

    fn address(self) -> String {
        address::address(self.slug(), &[])
    }
}

impl Tab for DatabaseTab {
    const ALL: &'static [Self] = &[
        Self::Overview,
        Self::Tables,
        Self::Indexes,
        Self::Queries,
        Self::Connections,
        Self::Maintenance,
        Self::Alerts,
        Self::Report,
        Self::Backups,
    ];

    fn slug(self) -> &'static str {
        self.about().0
    }

    fn label(self) -> &'static str {
        self.about().1
    }

    fn icon(self) -> IconName {
        self.about().2
    }
}

#[component]
fn Database() -> impl IntoView {
    if use_user().get_untracked().is_none_or(|user| user.role != Role::Admin) {
        return view! {
            <PageTitle text="Database" />
            <EmptyState
                icon=IconName::Shield
                title="Only administrators see the database"
                text="If you need something of it, ask an administrator of this installation."
                whole_page=true
                actions=|| {
                    view! {
                        <LinkButton href="/settings/display">"Go to your settings"</LinkButton>
                    }
                }
            />
        }
        .into_any();
    }
    let tab = use_tab::<DatabaseTab>();
    let refresh = Refresh::start();
    let overview = resource(
        move || (refresh.reading.get(), refresh.fresh.get_untracked()),
        |(_, fresh)| load_overview(fresh),
    );
    let worst = move || {
        Suspend::new(async move {
            overview.await.ok().map(|answer| view! { <AlertBanner answer=answer /> })
        })
    };
    let content = move || match tab.get() {
        DatabaseTab::Overview => view! { <OverviewTab overview=overview /> }.into_any(),
        DatabaseTab::Tables => view! { <TablesTab /> }.into_any(),
        DatabaseTab::Indexes => view! { <IndexesTab /> }.into_any(),
        DatabaseTab::Queries => view! { <QueriesTab /> }.into_any(),
        DatabaseTab::Connections => view! { <ConnectionsTab /> }.into_any(),
        DatabaseTab::Maintenance => view! { <MaintenanceTab /> }.into_any(),
        DatabaseTab::Alerts => view! { <AlertsTab /> }.into_any(),
        DatabaseTab::Report => view! { <ReportTab /> }.into_any(),
        DatabaseTab::Backups => view! { <BackupsTab /> }.into_any(),
    };
    view! {
        <TabPage
            page="Database"
            tab=tab
            href=DatabaseTab::address
            hint="What the database does, what is wrong with it, and maintenance. Every number \
            says how sure it is."
            actions=move || view! { <RefreshBar refresh=refresh /> }
            needs_script="Doing anything here needs JavaScript; what you see was read when the \
            page was loaded."
            above=move || {
                view! {
                    <div class="database-banner">
                        <Transition>{worst}</Transition>
                    </div>
                }
            }
        >
            {content}
        </TabPage>
    }
    .into_any()
}

/// The worst that is wrong, and the way to all of it. Nothing where nothing is.
#[component]
fn AlertBanner(answer: OverviewAnswer) -> impl IntoView {
    let Some(sentence) = answer.worst_alert else { return ().into_any() };
    let worst = if answer.open_critical > 0 {
        Severity::Critical
    } else if answer.open_warning > 0 {
        Severity::Warning
    } else {
        Severity::Info
    };
    let open = answer.open_critical + answer.open_warning + answer.open_info;
    let label =
        if open == 1 { "Show the alert".to_owned() } else { format!("Show all {open} alerts") };
    // Polite whatever it says: it stands there at every reading and must not interrupt each time.
    let tone = words::severity_tone(worst);
    view! {
        <div class="banner" data-tone=tone.name()>
            <Icon name=tone.icon() />
            <div class="banner-text">
                <strong>{worst.label()} ": "</strong>
                {sentence}
            </div>
            <LinkButton small=true href="/database/alerts">
                {label}
            </LinkButton>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_has_an_address() {
        for tab in DatabaseTab::ALL {
            assert_eq!(DatabaseTab::from_slug(tab.slug()), *tab);
            assert_eq!(tab.address(), format!("/database/{}", tab.slug()));
        }
        assert_eq!(DatabaseTab::from_slug("nonsense"), DatabaseTab::Overview);
    }
}
