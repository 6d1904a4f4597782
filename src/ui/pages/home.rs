//! `/`: what to do first, and how things stand.

mod figures;
mod jobs;
mod spending;
mod steps;
mod tile;

use crate::{
    api::{events::LiveEvent, home::load_home},
    domain::{database::AlertCounts, home::HomeAnswer},
    ui::{
        client::{
            live::{self, News},
            news::{Following, use_notified},
            resource::resource,
        },
        components::{PageHeader, PageTitle},
        loaded::Loaded,
    },
};
use figures::Figures;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{LazyRoute, lazy_route};
use std::time::Duration;
use steps::{Demonstration, FirstSteps};

/// How often figures that no event tells of are read again: spending, and what is running.
const EVERY: Duration = Duration::from_secs(30);

/// The page, loaded when it is visited.
pub struct HomePage;

#[lazy_route]
impl LazyRoute for HomePage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="home-page">
                <Home />
            </div>
        }
        .into_any()
    }
}

#[component]
fn Home() -> impl IntoView {
    // Before anything is read.
    let following = use_notified().following();
    let home = resource(|| (), |()| load_home());
    view! {
        <PageTitle text="Home" />
        <PageHeader title="Home" hint="What to do next, and how things stand." />
        <Loaded read=home label="Loading the first page" lines=8 let:home>
            <Content first=home following=following />
        </Loaded>
    }
    .into_any()
}

#[component]
fn Content(first: HomeAnswer, following: Following) -> impl IntoView {
    let home = RwSignal::new(first);
    follow(home, following);
    // The navigation counts the same alerts.
    let alerts = use_notified().alerts;
    Effect::new(move |_| {
        if let Some(open) = home.with(|home| home.alerts.as_ref().map(AlertCounts::total)) {
            alerts.set(open);
        }
    });
    view! {
        {move || view! { <FirstSteps steps=home.with(|home| home.steps.clone()) /> }}
        <Demonstration home=home />
        {move || view! { <Figures home=home.get() /> }}
    }
    .into_any()
}

/// Reads again with all news and every now and then. Without an answer what is shown stays.
fn follow(home: RwSignal<HomeAnswer>, following: Following) {
    // Number the questions, and say which of them what is shown answers: an answer that a later
    // one overtook is passed over.
    let (asked, shown) = (StoredValue::new(0_u32), StoredValue::new(0_u32));
    let read = move || {
        let own = asked.get_value().wrapping_add(1);
        asked.set_value(own);
        spawn_local(async move {
            let Ok(now) = load_home().await else { return };
            // The page may be gone by now.
            if shown.try_get_value().is_some_and(|shown| shown < own) {
                shown.set_value(own);
                home.set(now);
            }
        });
    };
    following.each(move |_| read());
    Effect::new(move |_| {
        live::on(move |news| {
            if let News::Pushed(LiveEvent::AiConfigChanged { .. } | LiveEvent::Health {}) = news {
                read();
            }
        });
        let look = move || {
            if is_looked_at() {
                read();
            }
        };
        if let Ok(handle) = set_interval_with_handle(look, EVERY) {
            on_cleanup(move || handle.clear());
        }
    });
}

fn is_looked_at() -> bool {
    let page = web_sys::window().and_then(|window| window.document());
    page.is_some_and(|page| !page.hidden())
}
