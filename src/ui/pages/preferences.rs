//! `/settings/{section}`: everything a person can shape, saved as they go.

mod account;
mod field;
mod finding;
mod reset;
mod section;

use crate::{
    domain::{
        letter_case::lowercase,
        preferences::catalog::{self, Section},
        settings::Field,
    },
    ui::{
        client::preferences::{Origin, use_preferences},
        components::{
            Button, ErrorState, IconName, NeedsScript, PageHeader, PageTitle, SearchField, Switch,
            TabLink, TabLinks,
        },
        tab_code::{TabCode, lazy_tab},
    },
};
use account::AccountSection;
use finding::{Finding, use_finding};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_params_map, lazy_route};
use section::{FieldRows, SectionView};

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

/// The code of a tab that has its own: of the account, which is no section of the preferences.
pub fn section_code(slug: &str) -> Option<TabCode> {
    (slug == "account").then(TabCode::of::<SettingsAccountTab>)
}

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
    view! {
        <PageTitle text=title />
        <PageHeader
            title="Settings"
            hint="Changes save themselves and follow you to every device."
        />
        <NeedsScript text="Changing settings needs JavaScript; what you see is what applies." />
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
                label="Only changed"
                value=finding.only_changed
                on_change=move |on| finding.narrow(on)
            />
        </div>
        <Show
            when=move || is_finding.get()
            fallback=move || {
                view! {
                    <TabLinks label="Sections" tabs=tabs() current=current />
                    {move || match section.get() {
                        Some(section) => view! { <SectionView section=section /> }.into_any(),
                        None => TabCode::of::<SettingsAccountTab>().show(),
                    }}
                }
            }
        >
            <Found finding=finding />
        </Show>
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
                        "Your preferences could not be loaded, so defaults are shown and nothing \
                            can be changed. {}",
                        error.error,
                    )
                    request_id=error.request_id
                    on_retry=move |()| preferences.load()
                />
            }
        })
    }
}

/// Settings of all sections that fit the search or the filter.
#[component]
fn Found(finding: Finding) -> impl IntoView {
    let preferences = use_preferences();
    let found = Memo::new(move |_| {
        let words: Vec<String> = finding.words.get().split_whitespace().map(lowercase).collect();
        let own = preferences.view().with(|view| view.layers.own.clone());
        let device = preferences.device.get();
        let changed = |field: &Field| {
            crate::domain::merge_patch::get(&own, field.path).is_some()
                || device.contains_key(field.path)
        };
        let fits = |field: &&'static Field| {
            let text = lowercase(&format!(
                "{} {} {} {}",
                field.label, field.description, field.section.label, field.path
            ));
            words.iter().all(|word| text.contains(word))
                && (!finding.only_changed.get() || changed(field))
        };
        catalog::FIELDS.iter().filter(fits).map(|field| field.path).collect::<Vec<_>>()
    });
    let count = move || match found.with(Vec::len) {
        0 => "No setting fits.".to_owned(),
        1 => "1 setting".to_owned(),
        count => format!("{count} settings"),
    };
    view! {
        <p class="found" role="status">
            {count}
            " "
            <Button small=true on_press=move |()| finding.end()>
                "Show all"
            </Button>
        </p>
        {move || {
            let fields = found.get().into_iter().filter_map(catalog::field_at).collect::<Vec<_>>();
            view! { <FieldRows fields=fields /> }
        }}
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
