//! `/database/{tab}`: how the database does, and its maintenance. For administrators.

mod address;
mod alert_rules;
mod alerts;
mod backups;
mod connections;
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
        client::boot::use_user,
        components::{
            Banner, EmptyState, IconName, LinkButton, PageHeader, TabLink, TabLinks, Tone,
        },
    },
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, hooks::use_params_map, lazy_route};
use refresh::{Refresh, RefreshBar};

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

/// The tabs: the last part of the address, the name, the picture.
pub const TABS: [(&str, &str, IconName); 9] = [
    ("overview", "Overview", IconName::Gauge),
    ("tables", "Tables", IconName::Database),
    ("indexes", "Indexes", IconName::Layers),
    ("queries", "Queries", IconName::Search),
    ("connections", "Connections", IconName::Link),
    ("maintenance", "Maintenance", IconName::Settings),
    ("alerts", "Alerts", IconName::Bell),
    ("report", "Report", IconName::History),
    ("backups", "Backups", IconName::Download),
];

/// The place of a tab in [`TABS`]. An unknown one falls back to the first.
fn tab_of(slug: &str) -> usize {
    TABS.iter().position(|(own, ..)| *own == slug).unwrap_or_default()
}

fn tab_address(tab: usize) -> String {
    address::address(TABS[tab].0, &[])
}

#[component]
fn Database() -> impl IntoView {
    if use_user().get_untracked().is_none_or(|user| user.role != Role::Admin) {
        return view! {
            <Title text="Database" />
            <EmptyState
                icon=IconName::Shield
                title="Only administrators see the database"
                text="If you need something of it, ask an administrator of this installation."
                whole_page=true
                actions=|| view! { <LinkButton href="/settings/display">"Go to your settings"</LinkButton> }
            />
        }
        .into_any();
    }
    let params = use_params_map();
    let tab =
        Memo::new(move |_| params.with(|params| tab_of(&params.get("tab").unwrap_or_default())));
    let refresh = Refresh::start();
    let overview = Resource::new(
        move || (refresh.reading.get(), refresh.fresh.get_untracked()),
        |(_, fresh)| load_overview(fresh),
    );
    // The server may ask for the title after it is done with the page; it is then what it was at
    // first.
    let at_first = tab.get_untracked();
    let title = move || format!("{} – Database", TABS[tab.try_get().unwrap_or(at_first)].1);
    let tabs = (0..TABS.len())
        .map(|index| TabLink::new(TABS[index].1, tab_address(index)).icon(TABS[index].2));
    let worst = move || Suspend::new(async move { overview.await.ok().and_then(alert_banner) });
    let content = move || match TABS[tab.get()].0 {
        "tables" => tables::tables_tab(),
        "indexes" => indexes::indexes_tab(),
        "queries" => queries::queries_tab(),
        "connections" => connections::connections_tab(),
        "maintenance" => maintenance::maintenance_tab(),
        "alerts" => alerts::alerts_tab(),
        "report" => report::report_tab(),
        "backups" => backups::backups_tab(),
        _ => overview::overview_tab(overview),
    };
    view! {
        <Title text=title />
        <PageHeader
            title="Database"
            hint="What the database does, what is wrong with it, and maintenance. Every number says how sure it is."
            actions=move || view! { <RefreshBar refresh=refresh /> }
        />
        <noscript>
            <Banner tone=Tone::Warning>"Doing anything here needs JavaScript; what you see was read when the page was loaded."</Banner>
        </noscript>
        <div class="database-banner">
            <Transition>{worst}</Transition>
        </div>
        <TabLinks label="Database" tabs=tabs.collect() current=Signal::derive(move || tab_address(tab.get())) />
        {content}
    }
    .into_any()
}

/// The worst that is wrong, and the way to all of it.
fn alert_banner(answer: OverviewAnswer) -> Option<AnyView> {
    let sentence = answer.worst_alert?;
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
    Some(
        view! {
            <div class="banner" data-tone=tone.name()>
                <crate::ui::components::Icon name=tone.icon() />
                <div class="banner-text">
                    <strong>{words::severity_word(worst)} ": "</strong>
                    {sentence}
                </div>
                <LinkButton small=true href="/database/alerts">{label}</LinkButton>
            </div>
        }
        .into_any(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tab_has_an_address() {
        for (index, (slug, ..)) in TABS.iter().enumerate() {
            assert_eq!(tab_of(slug), index);
            assert_eq!(tab_address(index), format!("/database/{slug}"));
        }
        assert_eq!(tab_of("nonsense"), 0);
    }
}
