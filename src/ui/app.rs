//! The application: its routes.

use super::pages::{SignInPage, SignUpPage};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// The application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title text="Train" />
        <Router>
            <main>
                <Routes fallback=|| view! { <h1>"There is nothing here"</h1> }>
                    <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                    <Route path=path!("/sign-up") view=SignUpPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/display") view=|| view! { <h1>"Settings"</h1> } ssr=SsrMode::Async />
                </Routes>
            </main>
        </Router>
    }
}
