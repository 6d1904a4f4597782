//! What the lists of tables, indexes and statements have in common: search, filter, sorted columns,
//! pages, all in the address.

use super::address::Asked;
use crate::ui::{
    components::{Choice, SearchField, Select, SortHeader, Sorted},
    page_query::use_page_query,
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The parts of the address that the lists understand.
const NAMES: [&str; 5] = ["search", "problem", "sort", "reverse", "page"];
/// Milliseconds without another letter before the list is searched.
const REST_MS: u32 = 300;

/// What the address of this list asks for.
pub fn use_asked(tab: &'static str) -> Memo<Asked> {
    let query = use_page_query();
    Memo::new(move |_| query.with(|query| Asked::read(tab, &NAMES, query)))
}

/// Search and filter. Without a script they are a plain form.
pub fn filters(
    tab: &'static str,
    label: &'static str,
    asked: Memo<Asked>,
    problems: Vec<Choice>,
) -> AnyView {
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
    let rested = crate::ui::client::settled::settled(Memo::new(move |_| typed.get()), REST_MS);
    Effect::new(move |before: Option<String>| {
        let word = rested.get();
        if before.is_some_and(|before| before != word) {
            go.run(("search", word.clone()));
        }
        word
    });
    let mut choices = problems;
    choices.insert(0, Choice::new("", "All"));
    view! {
        <form
            class="toolbar"
            method="get"
            action=format!("/database/{tab}")
            on:submit=move |event: leptos::ev::SubmitEvent| event.prevent_default()
        >
            <SearchField id=format!("{tab}-search") name="search" label=label value=typed on_change=move |text| typed.set(text) />
            <Select
                id=format!("{tab}-problem")
                name="problem"
                label="Show"
                choices=choices
                value=Signal::derive(move || asked.with(|asked| asked.word("problem")))
                on_change=move |word| go.run(("problem", word))
            />
            <noscript>
                <button class="button" data-variant="secondary" type="submit">
                    "Filter"
                </button>
            </noscript>
        </form>
    }
    .into_any()
}

/// A column's head: its sort's word, and whether usual is from small to large. The first column of
/// a list is the one it is sorted by when the address says nothing.
pub fn head(
    asked: &Asked,
    label: &'static str,
    sort: &'static str,
    usual: &'static str,
    ascends: bool,
) -> AnyView {
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
    view! { <SortHeader label=label href=href sorted=sorted number=number /> }.into_any()
}

/// Where in the list this is, and the way to the other pages. Nothing when the list is empty, which
/// says so itself.
pub fn pager(asked: &Asked, total: i64, page: i64, limit: i64) -> AnyView {
    if total == 0 {
        return ().into_any();
    }
    // Without the page itself, which the links add.
    let here = asked.with("page", "").address();
    let link = |label: &'static str, page: i64| {
        let mut query = here.clone();
        if page > 1 {
            query.push(if query.contains('?') { '&' } else { '?' });
            query.push_str(&format!("page={page}"));
        }
        view! { <a class="button" data-variant="secondary" data-size="s" href=query>{label}</a> }
    };
    let first = (page - 1) * limit + 1;
    let last = (page * limit).min(total);
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{format!("{first}–{last} of {total}")}</span>
            <span class="button-row">
                {(page > 1).then(|| link("Before", page - 1))} {(last < total).then(|| link("Next", page + 1))}
            </span>
        </nav>
    }
    .into_any()
}
