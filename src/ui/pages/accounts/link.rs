//! What the pages of mailed links have in common: the token in their address, and that it may not
//! hold any more.

use super::DoneBefore;
use crate::{
    api::accounts::links::{AccountLinkAnswer, load_account_link},
    domain::accounts::links::AccountLink,
    ui::{
        client::{boot::use_boot, resource::resource},
        components::{AuthCard, Banner, LinkButton, PageTitle, Tone},
        loaded::Loaded,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// A page with the form of a link that holds; otherwise it says so and leads to where another is
/// asked for, at `again`.
#[component]
pub fn LinkPage(
    title: &'static str,
    again: &'static str,
    /// The token and what it is for.
    form: fn(String, AccountLink) -> AnyView,
) -> impl IntoView {
    let boot = use_boot();
    let footer = if boot.user.is_some() { ("/", "Go home") } else { ("/sign-in", "Sign in") };
    let token = use_query_map().with_untracked(|query| query.get("token")).unwrap_or_default();
    // What was done with the link ended it.
    let is_done = boot.done().is_some();
    let content = if is_done {
        view! { <DoneBefore /> }.into_any()
    } else {
        view! { <Content token=token again=again form=form /> }.into_any()
    };
    view! {
        <PageTitle text=title />
        <AuthCard
            title=title
            footer=move || {
                view! {
                    <a href=footer.0 rel="external">
                        {footer.1}
                    </a>
                }
            }
        >
            {content}
        </AuthCard>
    }
    .into_any()
}

#[component]
fn Content(
    token: String,
    again: &'static str,
    form: fn(String, AccountLink) -> AnyView,
) -> impl IntoView {
    let asked = token.clone();
    let read = resource(|| (), move |()| load_account_link(asked.clone()));
    let shown = move |answer: AccountLinkAnswer| match answer.link {
        Some(link) => form(token.clone(), link),
        None => view! { <Ended again=again /> }.into_any(),
    };
    view! { <Loaded read=read label="Looking at the link" lines=2 children=shown /> }.into_any()
}

#[component]
fn Ended(again: &'static str) -> impl IntoView {
    view! {
        <Banner tone=Tone::Warning>
            "This link does not hold: it was used, its time is over, or the account was changed \
             since."
        </Banner>
        <LinkButton href=again attr:rel="external">
            "Ask for another link"
        </LinkButton>
    }
    .into_any()
}
