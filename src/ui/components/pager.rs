//! The way through a list that is longer than a page.

use leptos::prelude::*;

/// Label and address of another page.
pub type PageLink = (&'static str, String);

/// Which part of a list is shown, and the links to the parts before and after it. Nothing where
/// there is nothing of that to say.
#[component]
pub fn Pager(
    /// Its name among the page's landmarks.
    #[prop(default = "Pages")]
    label: &'static str,
    /// "11–20 of 95".
    #[prop(optional_no_strip)]
    position: Option<String>,
    before: Option<PageLink>,
    after: Option<PageLink>,
) -> impl IntoView {
    if position.is_none() && before.is_none() && after.is_none() {
        return ().into_any();
    }
    let link = |(label, href): PageLink| {
        view! {
            <a class="button" data-variant="secondary" data-size="s" href=href>
                {label}
            </a>
        }
    };
    view! {
        <nav class="pager" aria-label=label>
            {position.map(|position| view! { <span class="nums">{position}</span> })}
            <span class="button-row">{before.map(link)} {after.map(link)}</span>
        </nav>
    }
    .into_any()
}
