//! `/admin/{tab}`: the installation, for its administrators.

pub(super) mod jobs;
mod log;
mod mail;
mod one_time_password;
mod organizations;
mod overview;
mod overview_cards;
mod people;
mod people_actions;
mod sign_up;
mod tab;

use crate::{
    domain::accounts::Role,
    ui::{
        client::boot::use_user,
        components::{EmptyState, IconName, LinkButton, PageTitle, TabPage, use_tab},
    },
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
pub use tab::AdminTab;

/// The page, loaded when it is visited.
pub struct AdminPage;

#[lazy_route]
impl LazyRoute for AdminPage {
    fn data() -> Self {
        Self
    }

    fn view(_page: Self) -> AnyView {
        view! {
            <div class="admin-page">
                <Admin />
            </div>
        }
        .into_any()
    }
}

#[component]
fn Admin() -> impl IntoView {
    if use_user().get_untracked().is_none_or(|user| user.role != Role::Admin) {
        return view! {
            <PageTitle text="Administration" />
            <EmptyState
                icon=IconName::Shield
                title="This page is for administrators"
                text="If you need something of it, ask an administrator of this installation."
                whole_page=true
                actions=|| view! { <LinkButton href="/">"Go home"</LinkButton> }
            />
        }
        .into_any();
    }
    let tab = use_tab::<AdminTab>();
    let content = move || tab.get().code().show();
    view! {
        <TabPage
            page="Administration"
            tab=tab
            href=AdminTab::address
            hint="People, organizations and servers of this installation."
            needs_script="Changing anything here needs JavaScript."
        >
            {content}
        </TabPage>
    }
    .into_any()
}
