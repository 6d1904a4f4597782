//! One module per page. Each page's code is a part of its own that the browser loads when the page
//! is visited.

pub mod accounts;
pub mod admin;
pub mod ai;
pub mod conversations;
pub mod coverage;
pub mod data_sets;
pub mod database;
pub mod generation;
pub mod history;
pub mod home;
pub mod notifications;
pub mod organizations;
pub mod preferences;
pub mod reviews;

use super::components::{EmptyState, IconName, LinkButton, PageTitle};
use leptos::prelude::*;

/// What stands at an address that we do not have.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <PageTitle text="Not found" />
        <EmptyState
            icon=IconName::Search
            title="Page not found"
            text="The address may be wrong, or the page has moved."
            whole_page=true
            actions=|| {
                view! {
                    <LinkButton href="/" attr:rel="external">
                        "Go home"
                    </LinkButton>
                }
            }
        />
    }
}
