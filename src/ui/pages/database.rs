//! `/database/{tab}`: how the database does, and its maintenance. For administrators.

mod address;
mod alert_rules;
mod alerts;
mod backups;
mod charts;
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
mod tab;
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
        client::{boot::use_user, news::use_notified, resource::resource},
        components::{EmptyState, Icon, IconName, LinkButton, PageTitle, TabPage, use_tab},
    },
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use refresh::{Refresh, RefreshBar};
pub use tab::DatabaseTab;

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
    provide_context(overview);
    let content = move || tab.get().code().show();
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
    let (alerts, open) = (use_notified().alerts, answer.open());
    Effect::new(move |_| alerts.set(open));
    let Some(sentence) = answer.worst_alert else { return ().into_any() };
    let worst = if answer.open_critical > 0 {
        Severity::Critical
    } else if answer.open_warning > 0 {
        Severity::Warning
    } else {
        Severity::Info
    };
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
