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
        client::{resource::Resource, settled::settled},
        components::{
            Choice, EmptyState, FilterForm, FilterSelect, Head, IconName, Pager, SearchField,
            Sorted, Switch, Table,
        },
        page_query::use_page_query,
    },
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use serde::{Serialize, de::DeserializeOwned};

/// The parts of the address that the lists understand.
const NAMES: [&str; 6] = ["search", "problem", "own", "sort", "reverse", "page"];
/// Milliseconds without another letter before the list is searched.
const REST_MS: u32 = 300;

/// What the address of this list asks for.
pub fn use_asked(tab: &'static str) -> Memo<Asked> {
    let query = use_page_query();
    Memo::new(move |_| query.with(|query| Asked::read("database", tab, &NAMES, query)))
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
    view! {
        <div class="database-list-tab">
            <ListFilters
                tab=tab
                label=search
                asked=asked
                problems=problems
                with_own=with_own
            />
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

/// Search and filter.
#[component]
fn ListFilters(
    tab: &'static str,
    label: &'static str,
    asked: Memo<Asked>,
    problems: Vec<Choice>,
    with_own: bool,
) -> impl IntoView {
    let navigate = use_navigate();
    let go = Callback::new(move |(name, word): (&'static str, String)| {
        let wanted = asked.get_untracked().with(name, &word);
        // The page may have been left while the typing rested.
        if wanted != asked.get_untracked() {
            let options = NavigateOptions {
                scroll: false,
                replace: name == "search",
                ..NavigateOptions::default()
            };
            navigate(&wanted.address(), options);
        }
    });
    let typed = RwSignal::new(asked.with_untracked(|asked| asked.word("search")));
    let rested = settled(Memo::new(move |_| typed.get()), REST_MS);
    Effect::new(move |before: Option<String>| {
        let word = rested.get();
        if before.is_some_and(|before| before != word) {
            go.run(("search", word.clone()));
        }
        word
    });
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
        <FilterForm action=format!("/database/{tab}")>
            <SearchField
                id=format!("{tab}-search")
                name="search"
                label=label
                value=typed
                on_change=move |text| typed.set(text)
            />
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
        </FilterForm>
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

/// Where in the list this is, and the way to the other pages. Nothing when the list is empty, which
/// says so itself.
#[component]
pub fn NumberedPager(asked: Asked, total: i64, page: i64, limit: i64) -> impl IntoView {
    // Without the page itself, which the links add.
    let here = asked.with("page", "").address();
    let link = |label: &'static str, page: i64| {
        let mut query = here.clone();
        if page > 1 {
            query.push(if query.contains('?') { '&' } else { '?' });
            query.push_str(&format!("page={page}"));
        }
        (label, query)
    };
    let first = (page - 1) * limit + 1;
    let last = (page * limit).min(total);
    let position = (total > 0).then(|| format!("{first}–{last} of {total}"));
    view! {
        <Pager
            position=position
            before=(total > 0 && page > 1).then(|| link("Previous", page - 1))
            after=(last < total).then(|| link("Next", page + 1))
        />
    }
    .into_any()
}
