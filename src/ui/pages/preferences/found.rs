//! What the settings page shows of the preferences: one section, or what fits a search.

use super::{
    finding::Finding,
    section::{FieldRows, SectionView},
};
use crate::{
    domain::{
        letter_case::lowercase,
        preferences::catalog::{self, Section},
        settings::Field,
        words::Choice,
    },
    ui::{
        client::preferences::use_preferences,
        components::{Button, Card, EmptyState, IconName, LinkButton, rows},
    },
};
use leptos::prelude::*;

/// What is shown, from the page.
#[derive(Clone, Copy)]
pub struct Shown {
    pub finding: Finding,
    pub is_finding: Memo<bool>,
    /// `None` for the account, which shows what was found as the sections do.
    pub section: Memo<Option<Section>>,
}

/// The section, or what fits the search or the filter.
#[component]
pub fn Sections() -> impl IntoView {
    let Shown { finding, is_finding, section } = expect_context();
    move || match section.get() {
        _ if is_finding.get() => view! { <Found finding=finding /> }.into_any(),
        Some(section) => view! { <SectionView section=section /> }.into_any(),
        None => ().into_any(),
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
                format!("No modified setting matches “{words}”"),
                "Turn off “Only modified” to search all settings, or browse a section:",
            ),
            (false, false) => (
                format!("No results for “{words}”"),
                "Try another or a shorter word, or browse a section:",
            ),
        };
        view! { <EmptyState icon=IconName::Search title=title text=text actions=ways_on /> }
    }
}
