//! `/settings/{section}`: everything a person can shape, saved as they go.

mod account;
mod events;
mod field;
mod finding;
mod found;
mod quality;
mod reset;
mod section;

use crate::{
    domain::preferences::catalog::Section,
    ui::{
        client::preferences::{Origin, use_preferences},
        components::{
            ErrorState, IconName, NeedsScript, PageHeader, PageTitle, SearchField, Switch, TabLink,
            TabLinks,
        },
        tab_code::{TabCode, lazy_tab},
    },
};
use account::AccountSection;
pub use account::NewSecret;
use finding::use_finding;
use found::{Sections, Shown};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_params_map, lazy_route};
pub use quality::SCORES_CODE;

const NEEDS_SCRIPT: &str = "Changing settings requires JavaScript. The values shown are in effect.";

/// The page, loaded when it is visited.
pub struct SettingsPage;

#[lazy_route]
impl LazyRoute for SettingsPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="page-narrow">
                <Settings />
            </div>
        }
        .into_any()
    }
}

lazy_tab!(SettingsAccountTab, view! { <AccountSection /> });
lazy_tab!(SettingsSectionTab, view! { <Sections /> });

/// The code of the account, which is no section of the preferences.
pub const ACCOUNT_CODE: TabCode = TabCode::of::<SettingsAccountTab>();
/// The code of all sections, and of what is found in them.
pub const SECTION_CODE: TabCode = TabCode::of::<SettingsSectionTab>();

/// The tab's section; `None` for the account. An unknown tab falls back to the first.
fn section_of(slug: &str) -> Option<Section> {
    if slug == "account" { None } else { Some(slug.parse().unwrap_or(Section::Display)) }
}

#[component]
fn Settings() -> impl IntoView {
    let params = use_params_map();
    let slug = Memo::new(move |_| params.with(|params| params.get("section").unwrap_or_default()));
    let section = Memo::new(move |_| section_of(&slug.get()));
    let finding = use_finding();
    let is_finding = Memo::new(move |_| finding.is_on());
    let title = Signal::derive(move || {
        let label = section.get().map_or("Account", Section::label);
        format!("{label} – Settings")
    });
    let current = Signal::derive(move || {
        format!("/settings/{}", section.get().map_or("account", Section::as_str))
    });
    follow_the_anchor(slug);
    provide_context(Shown { finding, is_finding, section });
    let is_account = Memo::new(move |_| section.get().is_none() && !is_finding.get());
    view! {
        <PageTitle text=title />
        <PageHeader
            title="Settings"
            hint="Changes are saved automatically and sync to all your devices."
        />
        <NeedsScript text=NEEDS_SCRIPT />
        <LoadFailure />
        <div class="settings-tools">
            <SearchField
                id="settings-search"
                label="Search settings"
                value=finding.words
                on_change=move |text| finding.words.set(text)
            />
            <Switch
                id="only-changed"
                label="Only modified"
                value=finding.only_changed
                on_change=move |on| finding.narrow(on)
            />
        </div>
        <Show when=move || !is_finding.get()>
            <TabLinks label="Sections" tabs=tabs() current=current />
        </Show>
        {move || if is_account.get() { ACCOUNT_CODE.show() } else { SECTION_CODE.show() }}
    }
}

fn tabs() -> Vec<TabLink> {
    let icon = |section| match section {
        Section::Display => IconName::Monitor,
        Section::Notifications => IconName::Bell,
        Section::Filters => IconName::Filter,
        Section::Export => IconName::Download,
        Section::Shortcuts => IconName::Keyboard,
        Section::Quality => IconName::Gauge,
    };
    let sections = Section::ALL.map(|section| {
        TabLink::new(section.label(), format!("/settings/{}", section.as_str())).icon(icon(section))
    });
    sections
        .into_iter()
        .chain([TabLink::new("Account", "/settings/account").icon(IconName::User)])
        .collect()
}

/// The preferences could not be loaded: says so, keeps everything read-only, and offers to try
/// again.
#[component]
fn LoadFailure() -> impl IntoView {
    let preferences = use_preferences();
    move || {
        preferences.load_error.get().map(|error| {
            view! {
                <ErrorState
                    message=format!(
                        "Your preferences could not be loaded. Defaults are shown and cannot be \
                            changed. {}",
                        error.error,
                    )
                    request_id=error.request_id
                    on_retry=move |()| preferences.load()
                />
            }
        })
    }
}

/// Brings the setting that the address names into view, once the page is there.
fn follow_the_anchor(slug: Memo<String>) {
    Effect::new(move |_| {
        slug.track();
        let anchor =
            web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
        let Some(anchor) =
            anchor.strip_prefix('#').filter(|anchor| !anchor.is_empty()).map(str::to_owned)
        else {
            return;
        };
        gloo_timers::callback::Timeout::new(0, move || {
            let page = web_sys::window().and_then(|window| window.document());
            if let Some(row) = page.and_then(|page| page.get_element_by_id(&anchor)) {
                row.scroll_into_view();
                let _ = row.set_attribute("data-target", "");
            }
        })
        .forget();
    });
}

/// The component's word for where a value comes from.
fn origin_of(origin: Origin) -> crate::ui::components::Origin {
    use crate::ui::components::Origin as Words;
    match origin {
        Origin::Layer(layer) => layer.into(),
        Origin::Device => Words::Device,
    }
}
