//! `/database/{tab}`: how the database does, and its maintenance. For administrators.

mod address;
mod alert_rules;
mod alert_timeline;
mod alerts;
mod backups;
mod charts;
mod checks;
mod connections;
mod cron_field;
mod indexes;
mod lists;
mod maintenance;
mod object_dialogs;
mod object_text;
mod operation_log;
mod overview;
mod overview_cards;
mod panel;
mod preflight;
mod queries;
mod range;
mod refresh;
mod report;
mod running;
mod schedules;
mod space;
mod sql;
mod statement;
mod tab;
mod tables;
mod target;
mod verdict;
mod words;

use crate::{
    api::database::health::load_overview,
    domain::{accounts::Role, database::OverviewAnswer},
    ui::{
        client::{boot::use_user, news::use_notified, resource::resource},
        components::{Count, EmptyState, IconName, LinkButton, PageTitle, TabPage, use_tab},
    },
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use refresh::{Refresh, RefreshBar, StaleBanner, is_refused};
pub use tab::DatabaseTab;
use verdict::AlertBanner;

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
    let alerts = use_notified().alerts;
    Effect::new(move |_| {
        let open = overview.with(|read| Some(read?.as_ref().ok()?.alerts().total()));
        if let Some(open) = open {
            alerts.set(open);
        }
    });
    let known = StoredValue::new(None::<OverviewAnswer>);
    let worst = move || {
        // The overview says the same by itself, as its verdict.
        let elsewhere = tab.get() != DatabaseTab::Overview;
        Suspend::new(async move {
            let answer = match overview.await {
                Ok(answer) => {
                    known.try_set_value(Some(answer.clone()));
                    Some(answer)
                }
                // Who may not see it any more sees no older one either.
                Err(error) if is_refused(&error) => {
                    known.try_set_value(None);
                    None
                }
                // Of a reading that failed, the one before stays.
                Err(_) => known.try_get_value().flatten(),
            };
            let answer = answer.filter(|_| elsewhere);
            answer.map(|answer| view! { <AlertBanner open=answer.alerts() /> })
        })
    };
    provide_context(overview);
    let open_alerts = Count { number: use_notified().alerts.into(), what: "open" };
    let content = move || tab.get().code().show();
    view! {
        <TabPage
            page="Database"
            tab=tab
            href=DatabaseTab::address
            hint="Database health and maintenance."
            actions=move || view! { <RefreshBar refresh=refresh /> }
            count=(DatabaseTab::Alerts, open_alerts)
            needs_script="Changing anything here needs JavaScript. The figures are from when the \
            page was loaded."
            above=move || {
                view! {
                    <div class="database-banner">
                        <StaleBanner refresh=refresh />
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
