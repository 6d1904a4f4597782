//! What lists by pages have in common: a search box and filters that stand in the address, and the
//! way to the other pages.

use super::{
    client::settled::settled,
    components::{FilterForm, Pager, SearchField},
    page_query::Asked,
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Milliseconds without another letter before the list is searched.
const REST_MS: u32 = 300;

/// A part of the address with its new value.
pub type Wish = Callback<(&'static str, String)>;

/// Goes to the same list with another value of one part.
pub fn use_wish(asked: Memo<Asked>) -> Wish {
    let navigate = use_navigate();
    Wish::new(move |(name, word): (&'static str, String)| {
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
    })
}

/// The search box, and the filters that are its children.
#[component]
pub fn ListFilters(
    tab: &'static str,
    /// Name of the search box: "Search tables".
    label: &'static str,
    asked: Memo<Asked>,
    go: Wish,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let typed = RwSignal::new(asked.with_untracked(|asked| asked.word("search")));
    let rested = settled(Memo::new(move |_| typed.get()), REST_MS);
    Effect::new(move |before: Option<String>| {
        let word = rested.get();
        if before.is_some_and(|before| before != word) {
            go.run(("search", word.clone()));
        }
        word
    });
    view! {
        <FilterForm action=asked.with_untracked(Asked::place)>
            <SearchField
                id=format!("{tab}-search")
                name="search"
                label=label
                value=typed
                on_change=move |text| typed.set(text)
            />
            {children.map(|children| children())}
        </FilterForm>
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
    let around = Around::of(total, page, limit);
    view! {
        <Pager
            position=around.position
            before=around.before.map(|page| link("Previous", page))
            after=around.after.map(|page| link("Next", page))
        />
    }
    .into_any()
}

/// What is around a page of a list.
#[derive(Debug, PartialEq, Eq)]
struct Around {
    /// "11–20 of 95"; nothing on a page behind the end.
    position: Option<String>,
    /// The page before; from behind the end the last one.
    before: Option<i64>,
    after: Option<i64>,
}

impl Around {
    fn of(total: i64, page: i64, limit: i64) -> Self {
        let pages = (total + limit - 1) / limit;
        let first = (page - 1) * limit + 1;
        let last = (page * limit).min(total);
        Self {
            position: (first <= last).then(|| format!("{first}–{last} of {total}")),
            before: (page > 1 && pages > 0).then(|| pages.min(page - 1)),
            after: (page < pages).then_some(page + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_part_of_the_list_is_shown_and_what_is_around() {
        let around = |position: &str, before, after| Around {
            position: Some(position.to_owned()),
            before,
            after,
        };
        assert_eq!(Around::of(3, 1, 10), around("1–3 of 3", None, None));
        assert_eq!(Around::of(95, 2, 10), around("11–20 of 95", Some(1), Some(3)));
        assert_eq!(Around::of(20, 2, 10), around("11–20 of 20", Some(1), None));
    }

    #[test]
    fn a_page_behind_the_end_leads_back_to_the_last() {
        let behind = Around { position: None, before: Some(2), after: None };
        assert_eq!(Around::of(15, 9, 10), behind);
        let empty = Around { position: None, before: None, after: None };
        assert_eq!(Around::of(0, 3, 10), empty);
    }
}
