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
        words::Choice,
    },
    ui::{
        client::preferences::{Origin, use_preferences},
        components::{
            Button, Card, EmptyState, ErrorState, IconName, LinkButton, NeedsScript, PageHeader,
            PageTitle, SearchField, Switch, TabLink, TabLinks, rows,
        },
        tab_code::{TabCode, lazy_tab},
    },
};
use account::AccountSection;
use finding::{Finding, use_finding};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_params_map, lazy_route};
use section::{FieldRows, SectionView};

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

/// Settings of all sections that fit the search or the filter, by section.
#[component]
fn Found(finding: Finding) -> impl IntoView {
    let preferences = use_preferences();
    let words = Memo::new(move |_| {
        finding.words.get().split_whitespace().map(lowercase).collect::<Vec<String>>()
    });
    let found = Memo::new(move |_| {
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
            words.with(|words| words.iter().all(|word| text.contains(word)))
                && (!finding.only_changed.get() || changed(field))
        };
        catalog::FIELDS.iter().filter(fits).map(|field| field.path).collect::<Vec<_>>()
    });
    let count = move || match found.with(Vec::len) {
        0 => "No results".to_owned(),
        1 => "1 setting".to_owned(),
        count => format!("{count} settings"),
    };
    let section = move |(section, fields): (Choice, Vec<&'static Field>)| {
        view! {
            <Card id=format!("found-{}", section.value) title=section.label flush=true>
                <FieldRows fields=fields words=Some(words.into()) />
            </Card>
        }
    };
    let results = move || {
        let fields = found.get().into_iter().filter_map(catalog::field_at).collect::<Vec<_>>();
        let of_section =
            |fields: &[&'static Field]| Some((fields.first()?.section, fields.to_vec()));
        let sections = fields.chunk_by(|one, next| one.section == next.section);
        let sections: Vec<_> = sections.filter_map(of_section).collect();
        if sections.is_empty() {
            return view! { <NothingFound finding=finding /> }.into_any();
        }
        rows(sections, |(section, _)| section.value, section).into_any()
    };
    view! {
        <p class="found" role="status">
            {count}
            " "
            <Button small=true on_press=move |()| finding.end()>
                "Show all"
            </Button>
        </p>
        {results}
    }
}

/// Nothing fits: says to what, and where to look instead.
#[component]
fn NothingFound(finding: Finding) -> impl IntoView {
    let ways_on = || {
        let link = |section: Section| {
            view! {
                <LinkButton href=format!("/settings/{}", section.as_str()) small=true>
                    {section.label()}
                </LinkButton>
            }
        };
        rows(Section::ALL, |section| *section, link)
    };
    move || {
        let words = finding.words.with(|words| words.trim().to_owned());
        let (title, text) = match (words.is_empty(), finding.only_changed.get()) {
            (true, _) => ("Everything is at its default".to_owned(), "Browse a section instead:"),
            (false, true) => (
                format!("No changed setting matches “{words}”"),
                "Turn off “Only changed” to search all settings, or browse a section:",
            ),
            (false, false) => (
                format!("No results for “{words}”"),
                "Try another or a shorter word, or browse a section:",
            ),
        };
        view! { <EmptyState icon=IconName::Search title=title text=text actions=ways_on /> }
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
