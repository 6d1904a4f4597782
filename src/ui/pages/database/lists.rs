//! What the lists of tables, indexes and statements have in common: search, filter, sorted columns,
//! pages, all in the address.

use super::{
    address::Asked,
    panel::{PanelNote, PanelView},
    refresh::Refreshed,
};
use crate::{
    domain::database::Panel,
    ui::{
        client::resource::Resource,
        components::{Choice, EmptyState, FilterSelect, Head, IconName, Sorted, Switch, Table},
        page_query,
        paged_list::{ListFilters, NumberedPager, Wish, use_wish},
    },
};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

/// The parts of the address that the lists understand.
const NAMES: [&str; 6] = ["search", "problem", "own", "sort", "reverse", "page"];

/// What the address of this list asks for.
pub fn use_asked(tab: &'static str) -> Memo<Asked> {
    page_query::use_asked("database", tab, &NAMES)
}

/// Search, filter, and below them what was read.
#[component]
pub fn ListTab<T, V>(
    tab: &'static str,
    /// Name of the search box: "Search tables".
    search: &'static str,
    /// What the list can be narrowed to.
    problems: Vec<Choice>,
    asked: Memo<Asked>,
    /// Offers what the list leaves out: Train's own.
    #[prop(optional)]
    with_own: bool,
    /// What is read: "Reading the tables".
    loading: &'static str,
    read: Resource<Panel<T>>,
    children: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    let go = use_wish(asked);
    view! {
        <div class="database-list-tab">
            <ListFilters tab=tab label=search asked=asked go=go>
                <Narrowing tab=tab problems=problems with_own=with_own asked=asked go=go />
            </ListFilters>
            <Refreshed
                label=loading
                lines=10
                read=read
                about=Signal::derive(move || asked.with(Asked::address))
                let:panel
            >
                <PanelNote panel=panel.clone().map(drop) />
                <PanelView panel=panel children=children.clone() />
            </Refreshed>
        </div>
    }
    .into_any()
}

/// That nothing was found, by what was asked for. `whole`: what is said of a filter, or of a list
/// that is empty as a whole.
#[component]
pub fn NothingListed(icon: IconName, whole: &'static str, asked: Asked) -> impl IntoView {
    let title = match asked.get("search") {
        Some(search) => format!("No results for “{search}”"),
        None => whole.to_owned(),
    };
    view! { <EmptyState icon=icon title=title /> }.into_any()
}

/// What the list can be narrowed to.
#[component]
fn Narrowing(
    tab: &'static str,
    problems: Vec<Choice>,
    with_own: bool,
    asked: Memo<Asked>,
    go: Wish,
) -> impl IntoView {
    let own = with_own.then(|| {
        view! {
            <Switch
                id=format!("{tab}-own")
                name="own"
                label="Include Train’s own"
                value=Signal::derive(move || asked.with(|asked| asked.get("own").is_some()))
                on_change=move |on| go.run(("own", if on { "true" } else { "" }.to_owned()))
            />
        }
    });
    view! {
        <FilterSelect
            id=format!("{tab}-problem")
            name="problem"
            label="Show"
            all="All"
            choices=problems
            value=Signal::derive(move || asked.with(|asked| asked.word("problem")))
            on_change=go
        />
        {own}
    }
    .into_any()
}

/// A sorted column's head: its sort's word, and whether usual is from small to large. The usual
/// sort is the one of a list whose address says nothing.
pub fn head(
    asked: &Asked,
    label: &'static str,
    sort: &'static str,
    usual: &'static str,
    ascends: bool,
) -> Head {
    let current = asked.get("sort").unwrap_or(usual) == sort;
    let reverse = current && asked.get("reverse").is_some();
    let sorted = match (current, ascends != reverse) {
        (false, _) => Sorted::No,
        (true, true) => Sorted::Ascending,
        (true, false) => Sorted::Descending,
    };
    let turned = if current && !reverse { "true" } else { "" };
    let href =
        asked.with("sort", if sort == usual { "" } else { sort }).with("reverse", turned).address();
    let number = !matches!(sort, "name" | "table" | "lastVacuum" | "lastAnalyze");
    Head::Sorted { label, href: href.into(), sorted: sorted.into(), number }
}

/// One page of a list as a table, and the way to the others. The children are its rows.
#[component]
pub fn ListTable(
    /// Name of the table's region.
    label: &'static str,
    heads: Vec<Head>,
    asked: Asked,
    total: i64,
    page: i64,
    limit: i64,
    children: Children,
) -> impl IntoView {
    view! {
        <Table label=label class="table database-table" heads=heads>
            {children()}
        </Table>
        <NumberedPager asked=asked total=total page=page limit=limit />
    }
    .into_any()
}
