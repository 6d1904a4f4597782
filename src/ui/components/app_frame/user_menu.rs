//! The menu behind the person's initials.

use super::{Icon, MenuItem, Person, close_on_navigation};
use crate::{domain::letter_case::uppercase, ui::components::parts};
use leptos::{html, prelude::*};

/// A button that opens a list of links and actions, by the browser alone.
#[component]
pub(super) fn UserMenu(
    person: Signal<Person>,
    items: Vec<MenuItem>,
    #[prop(into)] path: Signal<String>,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    close_on_navigation(node, path);
    let name = move || person.with(|person| person.name.clone());
    view! {
        <button
            class="button"
            type="button"
            data-variant="ghost"
            data-icon-only=""
            popovertarget="user-menu"
            aria-label=move || format!("Account of {}", name())
        >
            <span class="avatar" data-initials=move || initials(&name())></span>
        </button>
        <div class="menu" id="user-menu" popover="auto" node_ref=node>
            <div class="menu-who">
                <span translate="no">{name}</span>
                <small translate="no">{move || person.with(|person| person.email.clone())}</small>
            </div>
            {parts(items.into_iter().map(|item| view! { <MenuLine item=item /> }))}
        </div>
    }
    .into_any()
}

/// The first letters of the first two words.
fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().next());
    uppercase(&letters.take(2).collect::<String>())
}

#[component]
fn MenuLine(item: MenuItem) -> impl IntoView {
    match item {
        MenuItem::Link { label, href, icon } => view! {
            <a class="menu-item" href=href>
                <Icon name=icon size="s" />
                {label}
            </a>
        }
        .into_any(),
        MenuItem::Post { label, action, icon } => view! {
            <form method="post" action=action>
                <button class="menu-item" type="submit">
                    <Icon name=icon size="s" />
                    {label}
                </button>
            </form>
        }
        .into_any(),
    }
}
