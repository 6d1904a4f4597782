//! What can be done with one row of a list: a button that opens a menu, by the browser alone; the
//! keys are those of the menu button in the ARIA authoring practices.

use leptos::{
    ev::{self, KeyboardEvent},
    html,
    prelude::*,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The button, and the menu with the items that are its children.
#[component]
pub fn RowMenu(
    /// No other element of the page has it.
    id: String,
    /// What the row is about.
    name: String,
    /// A word on the button instead of the dots: "More".
    #[prop(optional)]
    label: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let menu = NodeRef::<html::Div>::new();
    let button_id = format!("{id}-button");
    // Which end has the focus once it is open.
    let from_end = StoredValue::new(false);
    let open = move |event: KeyboardEvent| {
        let up = event.key() == "ArrowUp";
        if up || event.key() == "ArrowDown" {
            event.prevent_default();
            from_end.set_value(up);
            if let Some(button) = element(event.current_target()) {
                button.click();
            }
        }
    };
    let opened = move |_| {
        let Some(menu) = menu.get_untracked() else { return };
        // A selector that is not known is no reason to fail: nothing gets the focus then.
        if menu.matches(":popover-open").unwrap_or(false) {
            let last = from_end.get_value();
            from_end.set_value(false);
            take_focus(if last { menu.last_element_child() } else { menu.first_element_child() });
        }
    };
    let walk = move |event: KeyboardEvent| {
        let Some(menu) = menu.get_untracked() else { return };
        let here = element(event.target());
        let next = match event.key().as_str() {
            "ArrowDown" => here
                .and_then(|item| item.next_element_sibling())
                .or_else(|| menu.first_element_child()),
            "ArrowUp" => here
                .and_then(|item| item.previous_element_sibling())
                .or_else(|| menu.last_element_child()),
            "Home" => menu.first_element_child(),
            "End" => menu.last_element_child(),
            // The focus goes on from the button.
            "Tab" => return close(&menu),
            _ => return,
        };
        event.prevent_default();
        take_focus(next);
    };
    view! {
        <div class="row-menu">
            <button
                class="button"
                type="button"
                data-variant=if label.is_some() { "secondary" } else { "ghost" }
                data-size=label.is_none().then_some("s")
                id=button_id.clone()
                popovertarget=id.clone()
                aria-haspopup="menu"
                on:keydown=open
            >
                <span aria-hidden=label.is_none().then_some("true")>{label.unwrap_or("⋯")}</span>
                <span class="visually-hidden">
                    {if label.is_some() { " actions of " } else { "Actions of " }}
                    <span translate="no">{name}</span>
                </span>
            </button>
            <div
                class="menu"
                id=id
                popover="auto"
                role="menu"
                aria-labelledby=button_id
                node_ref=menu
                on:keydown=walk
                on:toggle=opened
            >
                {children()}
            </div>
        </div>
    }
    .into_any()
}

/// An item that leads somewhere.
#[component]
pub fn MenuLink(label: &'static str, href: String) -> impl IntoView {
    view! {
        <a class="menu-item" role="menuitem" href=href>
            {label}
        </a>
    }
    .into_any()
}

/// An item that does something.
#[component]
pub fn MenuAction(label: &'static str, on_press: Callback<()>) -> impl IntoView {
    let press = move |event: ev::MouseEvent| {
        // First, so that a dialog which opens now gives the focus back to the row's button.
        if let Some(menu) = element(event.current_target()).and_then(|item| item.parent_element()) {
            close(&menu.unchecked_into());
        }
        on_press.run(());
    };
    view! {
        <button class="menu-item" role="menuitem" type="button" on:click=press>
            {label}
        </button>
    }
    .into_any()
}

fn element(target: Option<web_sys::EventTarget>) -> Option<HtmlElement> {
    target.and_then(|target| target.dyn_into().ok())
}

fn close(menu: &HtmlElement) {
    // Fails when it is not open.
    let _ = menu.hide_popover();
}

fn take_focus(item: Option<Element>) {
    if let Some(item) = item.and_then(|item| item.dyn_into::<HtmlElement>().ok()) {
        // Fails only for what cannot take it.
        let _ = item.focus();
    }
}
