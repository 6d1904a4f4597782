//! `/history`: what was changed, by whom, when and how, newest first, and the way back. Filters and
//! page stand in the address.

mod asked;
mod beneath;
mod entry;
mod filters;
mod rollback;
mod selection;
mod statistics;

use crate::{
    api::{
        error::ApiError,
        history::{load_change, load_changes, load_statistics},
    },
    domain::history::{Change, ChangeAnswer, ChangePage, ChangeQuery},
    ui::{
        client::{
            preferences::{use_preferences, use_rows_per_page},
            resource::resource,
        },
        components::{Button, EmptyState, IconName, PageHeader, PageTitle, Pager, rows},
        loaded::Loaded,
        words::{month, weekday},
    },
};
use asked::Asked;
use beneath::{Beneath, Explained, explain};
use chrono::Datelike;
use entry::{DetailCard, Entry};
use filters::{Filters, scopes};
use leptos::prelude::*;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};
use rollback::{RollbackDialog, Undoing};
use selection::{OPENER, Selection, SelectionBar};
use statistics::StatisticsCard;

/// The page, loaded when it is visited.
pub struct HistoryPage;

#[lazy_route]
impl LazyRoute for HistoryPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="page-narrow">
                <History />
            </div>
        }
        .into_any()
    }
}

#[component]
fn History() -> impl IntoView {
    let (preferences, rows) = (use_preferences(), use_rows_per_page());
    let address = use_query_map();
    let scopes = scopes();
    let words: Vec<String> = scopes.iter().map(|(word, _)| word.clone()).collect();
    let asked =
        Memo::new(move |_| address.with(|query| Asked::read(|name| query.get(name), &words)));
    let undoing = Undoing::new();
    let beneath = Beneath::new(Explained::new());
    let selection = Selection::new(undoing);
    // A save made while this page is open belongs at its top.
    let version = Memo::new(move |_| {
        preferences.saver.draft.with(|draft| draft.as_ref().map(|draft| draft.base().version))
    });
    let page = resource(
        move || (asked.get(), rows.get(), version.get(), undoing.done.get()),
        |(asked, rows, ..)| async move {
            let Some(id) = asked.change() else {
                let query = ChangeQuery { limit: Some(rows), ..asked.query() };
                let page = load_changes(query).await?;
                let explained = explain(&page).await;
                return Ok((page, None, explained));
            };
            let detail = load_change(id).await?;
            let page = ChangePage { changes: vec![detail.change.clone()], next_before: None };
            let explained = explain(&page).await;
            Ok::<(ChangePage, Option<ChangeAnswer>, Explained), ApiError>((
                page,
                Some(detail),
                explained,
            ))
        },
    );
    let counted = Memo::new(move |_| asked.with(Asked::counted));
    let statistics =
        resource(move || (counted.get(), undoing.done.get()), |(query, _)| load_statistics(query));
    // What was chosen has been taken back.
    Effect::new(move |before: Option<u32>| {
        let done = undoing.done.get();
        if before.is_some_and(|before| before != done) {
            selection.end();
        }
        done
    });
    let listed = move |(page, about, explained): (ChangePage, Option<ChangeAnswer>, Explained)| {
        let beneath = Beneath::new(explained);
        view! {
            <Changes
                page=page
                about=about
                asked=asked.get_untracked()
                selection=selection
                beneath=beneath
            />
        }
    };
    view! {
        <PageTitle text="History" />
        <PageHeader
            title="History"
            hint="All configuration changes, newest first."
            actions=move || view! { <Actions asked=asked selection=selection /> }
        />
        <Filters asked=asked scopes=scopes statistics=statistics undoing=undoing />
        <Loaded read=page label="Loading the history" lines=6 children=listed />
        <SelectionBar selection=selection />
        <StatisticsCard asked=asked statistics=statistics />
        <RollbackDialog undoing=undoing beneath=beneath />
    }
}

/// Choosing several, and the file for spreadsheets.
#[component]
fn Actions(asked: Memo<Asked>, selection: Selection) -> impl IntoView {
    view! {
        <Button small=true id=OPENER on_press=move |()| selection.begin() disabled=selection.on>
            "Select changes"
        </Button>
        <a
            class="button"
            data-variant="secondary"
            data-size="s"
            rel="external"
            download=""
            href=move || asked.with(Asked::export_address)
        >
            "Export as CSV"
        </a>
    }
    .into_any()
}

/// One page of changes by day, with the way to older and back to the newest ones.
#[component]
fn Changes(
    page: ChangePage,
    about: Option<ChangeAnswer>,
    asked: Asked,
    selection: Selection,
    beneath: Beneath,
) -> impl IntoView {
    let by_version = asked.is_of_one();
    let has_older = page.next_before.is_some();
    let older = page.next_before.map(|before| {
        let newest = asked.with("before", "").address();
        let joint = if newest.contains('?') { '&' } else { '?' };
        ("Older", format!("{newest}{joint}before={before}"))
    });
    let newest = asked.get("before").map(|_| ("Newest", asked.with("before", "").address()));
    let list = if page.changes.is_empty() {
        let (title, text) = match (has_older, asked.is_filtered() || asked.get("before").is_some())
        {
            (true, _) => {
                ("No matches yet", "None of the newest changes match. Look at older ones.")
            }
            (false, true) => ("No matching changes", "No change matches all filters."),
            (false, false) => {
                ("No changes yet", "Changes will appear here with old and new values.")
            }
        };
        view! { <EmptyState icon=IconName::History title=title text=text /> }.into_any()
    } else {
        let days =
            page.changes.chunk_by(|a, b| a.changed_at.date_naive() == b.changed_at.date_naive());
        let about =
            |changes: &&[Change]| changes.first().map(|change| change.changed_at.date_naive());
        let day = |changes: &[Change]| {
            let (changes, beneath) = (changes.to_vec(), beneath.clone());
            view! {
                <ChangesOfDay
                    changes=changes
                    by_version=by_version
                    selection=selection
                    beneath=beneath
                />
            }
        };
        let days = rows(days, about, day);
        view! { <ol class="timeline-days">{days}</ol> }.into_any()
    };
    view! {
        {list}
        <Pager before=newest after=older />
        {about.map(|detail| view! { <DetailCard detail=detail /> })}
    }
    .into_any()
}

/// The changes of one day, in the calendar that all times of the page are told in.
#[component]
fn ChangesOfDay(
    changes: Vec<Change>,
    by_version: bool,
    selection: Selection,
    beneath: Beneath,
) -> impl IntoView {
    let heading = changes.first().map(|change| {
        let day = change.changed_at.date_naive();
        format!("{}, {} {} {}", weekday(day), day.day(), month(day), day.year())
    });
    let entries = rows(
        changes,
        |change| change.id,
        |change| {
            let beneath = beneath.clone();
            view! {
                <Entry
                    change=change
                    by_version=by_version
                    selection=selection
                    beneath=beneath
                />
            }
        },
    );
    view! {
        <li>
            <h2>{heading}</h2>
            <ol class="timeline">{entries}</ol>
        </li>
    }
    .into_any()
}
