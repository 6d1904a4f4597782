//! The menu of views: each by its name, and what can be done with it.

use super::{super::stored, BUTTON, MENU, Views};
use crate::{
    api::saved_views::load_saved_views,
    domain::saved_views::{SavedView, SavedViewsAnswer},
    ui::{
        client::resource::resource,
        components::{Button, MenuAction, MenuLink, RowMenu, rows},
        loaded::Loaded,
    },
};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDivElement, HtmlElement};

#[component]
pub fn ViewsMenu(views: Views) -> impl IntoView {
    let menu = NodeRef::<html::Div>::new();
    // The press that had this fetched could not open it yet.
    Effect::new(move |_| {
        if let Some(menu) = menu.get() {
            open(menu);
        }
    });
    let read = resource(move || views.changed.get(), |_| load_saved_views());
    let list = move |answer: SavedViewsAnswer| {
        if answer.views.is_empty() {
            return view! { <p class="muted">"No saved views yet."</p> }.into_any();
        }
        let row = move |view: SavedView| view! { <Entry saved=view views=views /> };
        let list = rows(answer.views, |view| (view.id, view.updated_at), row);
        view! { <ul class="views-list">{list}</ul> }.into_any()
    };
    let save = move |()| {
        close();
        views.editing.set(Some(None));
    };
    view! {
        <div class="choices-menu views-menu" id=MENU popover="auto" node_ref=menu>
            <Loaded read=read label="Loading the views" children=list />
            <Button small=true on_press=save>
                "Save this view…"
            </Button>
        </div>
    }
    .into_any()
}

/// By a press of its button, which it then stands beside; as soon as it is in the page.
fn open(menu: HtmlDivElement) {
    if !menu.is_connected() {
        request_animation_frame(move || open(menu));
    } else if !menu.matches(":popover-open").unwrap_or(true)
        && let Some(button) = element(BUTTON)
    {
        button.click();
    }
}

/// Closes the menu; first, so that a dialog which opens now gives the focus back to its button.
fn close() {
    if let Some(menu) = element(MENU) {
        // Fails when it is not open.
        let _ = menu.hide_popover();
    }
}

fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

#[component]
fn Entry(saved: SavedView, views: Views) -> impl IntoView {
    let list = stored::asked(&saved.query);
    let href = list.address();
    let review = match saved.query.is_empty() {
        true => "/review".to_owned(),
        false => format!("/review?{}", saved.query),
    };
    let current = move || {
        let stands = views.asked.with(|asked| asked.sorted_as(asked) == list);
        stands.then_some("true")
    };
    let shared = saved.is_shared.then(|| {
        let by = saved.author_name.clone().map(|name| {
            view! {
                " by "
                <span translate="no">{name}</span>
            }
        });
        view! { <small class="muted">"Shared" {by}</small> }
    });
    let name = saved.name.clone();
    let (followed, edited, removed) = (saved.clone(), saved.clone(), saved.clone());
    let edit = Callback::new(move |()| {
        close();
        views.editing.set(Some(Some(edited.clone())));
    });
    let remove = Callback::new(move |()| {
        close();
        views.removing.ask(removed.clone());
    });
    let changes = saved.can_change.then(|| {
        view! {
            <MenuAction label="Change…" on_press=edit />
            <MenuAction label="Remove…" on_press=remove />
        }
    });
    let follow = move |_| {
        close();
        views.follow(&followed);
    };
    view! {
        <li>
            <a href=href aria-current=current translate="no" on:click=follow>
                {saved.name.clone()}
            </a>
            {shared}
            <RowMenu id=format!("view-{}", saved.id) name=name>
                <MenuLink label="Review this view" href=review />
                {changes}
            </RowMenu>
        </li>
    }
    .into_any()
}
