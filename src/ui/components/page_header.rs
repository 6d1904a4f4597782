//! The head of a page.

use leptos::prelude::*;

/// The page's only first-level heading, a sentence, and its actions.
#[component]
pub fn PageHeader(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] hint: MaybeProp<String>,
    #[prop(optional, into)] actions: ViewFnOnce,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <div class="page-header-text">
                <h1>{title}</h1>
                {move || hint.get().map(|hint| view! { <p class="page-header-hint">{hint}</p> })}
            </div>
            <div class="page-header-actions">{actions.run()}</div>
        </header>
    }
    .into_any()
}
