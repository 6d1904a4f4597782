//! What the lists have in common: a search box, filters, pages, all in the address.

use crate::ui::{
    client::settled::settled,
    components::{FilterForm, SearchField},
    page_query::{Asked, use_page_query},
};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Milliseconds without another letter before the list is searched.
const REST_MS: u32 = 300;

/// A part of the address with its new value.
pub type Wish = Callback<(&'static str, String)>;

/// What the address of this list asks for.
pub fn use_asked(tab: &'static str, names: &'static [&'static str]) -> Memo<Asked> {
    let query = use_page_query();
    Memo::new(move |_| query.with(|query| Asked::read("admin", tab, names, query)))
}

/// "11–20 of 95".
pub fn position(page: i64, limit: i64, shown: usize, total: i64) -> String {
    let first = (page - 1) * limit;
    format!("{}–{} of {total}", first + 1, first + i64::try_from(shown).unwrap_or(i64::MAX))
}

/// Search, and the filters that `more` makes.
#[component]
pub fn Filters(
    tab: &'static str,
    /// Name of the search box: "Search people".
    label: &'static str,
    asked: Memo<Asked>,
    more: impl FnOnce(Wish) -> AnyView + 'static,
) -> impl IntoView {
    let navigate = use_navigate();
    let go = Wish::new(move |(name, word): (&'static str, String)| {
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
    let more = more(go);
    // Kept by the plain form as well.
    let organization = move || {
        let kept = asked.with(|asked| asked.get("organization").map(str::to_owned));
        kept.map(|kept| view! { <input type="hidden" name="organization" value=kept /> })
    };
    view! {
        <FilterForm action=format!("/admin/{tab}")>
            <SearchField
                id=format!("{tab}-search")
                name="search"
                label=label
                value=typed
                on_change=move |text| typed.set(text)
            />
            {more}
            {organization}
        </FilterForm>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn says_which_part_of_the_list_is_shown() {
        assert_eq!(position(1, 10, 3, 3), "1–3 of 3");
        assert_eq!(position(2, 10, 10, 95), "11–20 of 95");
    }
}
