//! `/history`: what was changed, by whom, when and how, newest first. Filters and page stand in the address.

mod entry;

use crate::{
    api::history::list_changes,
    domain::{
        history::{ChangePage, ChangeQuery},
        preferences::catalog,
    },
    ui::{
        client::preferences::use_preferences,
        components::{EmptyState, ErrorState, IconName, LinkButton, PageHeader, Skeleton},
    },
};
use entry::Entry;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{LazyRoute, hooks::use_query_map, lazy_route};

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
    let preferences = use_preferences();
    let address = use_query_map();
    let path = Memo::new(move |_| address.with(|query| query.get("path")).filter(|path| !path.is_empty()));
    let before =
        Memo::new(move |_| address.with(|query| query.get("before")).and_then(|text| text.parse::<i64>().ok()));
    let rows = Memo::new(move |_| preferences.applied.with(|applied| applied.rows_per_page));
    // A save made while this page is open belongs at its top.
    let version =
        Memo::new(move |_| preferences.saver.draft.with(|draft| draft.as_ref().map(|draft| draft.base().version)));
    let page = Resource::new(
        move || (path.get(), before.get(), rows.get(), version.get()),
        |(path, before, rows, _)| {
            list_changes(ChangeQuery { before, limit: Some(i64::from(rows)), path, ..ChangeQuery::default() })
        },
    );
    let listed = move || {
        Suspend::new(async move {
            match page.await {
                Ok(page) => view! { <Changes page=page path=path /> }.into_any(),
                Err(error) => {
                    let retry = move |()| page.refetch();
                    view! { <ErrorState message=error.error request_id=error.request_id on_retry=retry /> }.into_any()
                }
            }
        })
    };
    let filter = move || {
        path.get().map(|path| {
            let name = catalog::field(&path).map_or(path, |field| field.label.to_owned());
            view! {
                <p class="history-filter">
                    "Only changes of " <strong>{name}</strong> " " <LinkButton href="/history" small=true>"Show all"</LinkButton>
                </p>
            }
        })
    };
    view! {
        <Title text="History" />
        <PageHeader title="History" hint="Every change of your settings, newest first." />
        {filter}
        <Transition fallback=|| view! { <Skeleton label="Loading the history" lines=6 /> }>{listed}</Transition>
    }
}

/// One page of changes, with the way to older and back to the newest ones.
#[component]
fn Changes(page: ChangePage, path: Memo<Option<String>>) -> impl IntoView {
    let now = RwSignal::new(None);
    Effect::new(move |_| now.set(Some(chrono::Utc::now())));
    let empty = page.changes.is_empty();
    let older = page.next_before.map(|before| {
        let address = move || match path.get() {
            Some(path) => format!("/history?path={path}&before={before}"),
            None => format!("/history?before={before}"),
        };
        view! { <nav aria-label="Pages"><a class="button" data-variant="secondary" href=address>"Older changes"</a></nav> }
    });
    if empty {
        return view! {
            <EmptyState
                icon=IconName::History
                title="No changes yet"
                text="As soon as you change a setting, it stands here with its old and its new value."
            />
        }
        .into_any();
    }
    let entries = page.changes.into_iter().map(|change| view! { <Entry change=change now=now /> }).collect_view();
    view! {
        <ol class="timeline">{entries}</ol>
        {older}
    }
    .into_any()
}
