//! `/`: what to do first, and how things stand.

mod figures;
mod jobs;
mod spending;
mod steps;
mod tile;

use crate::{
    api::{events::LiveEvent, home::load_home},
    domain::home::HomeAnswer,
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
use steps::FirstSteps;

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
    view! {
        {move || view! { <FirstSteps steps=home.with(|home| home.steps.clone()) /> }}
        {move || view! { <Figures home=home.get() /> }}
    }
    .into_any()
}

/// Reads again with all news and every now and then. Without an answer what is shown stays.
fn follow(home: RwSignal<HomeAnswer>, following: Following) {
    let read = move || {
        spawn_local(async move {
            if let Ok(now) = load_home().await {
                // The page may be gone by now.
                let _ = home.try_set(now);
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
