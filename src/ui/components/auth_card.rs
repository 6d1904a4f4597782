//! The layout of sign-in and its sisters.

use super::Wordmark;
use leptos::prelude::*;

/// One card in the middle of an otherwise empty page.
#[component]
pub fn AuthCard(
    #[prop(into)] title: String,
    #[prop(optional, into)] hint: MaybeProp<String>,
    /// Under the card: the way to the sister page.
    #[prop(optional, into)]
    footer: ViewFnOnce,
    children: Children,
) -> impl IntoView {
    view! {
        <main class="auth" id="main">
            <Wordmark />
            <div class="auth-card">
                <header>
                    <h1>{title}</h1>
                    {move || hint.get().map(|hint| view! { <p class="auth-hint">{hint}</p> })}
                </header>
                {children()}
            </div>
            <div class="auth-footer">{footer.run()}</div>
        </main>
    }
    .into_any()
}
