//! Narrowing a list: controls that work at once and stand in the address.

use super::{Choice, Select};
use leptos::{ev::SubmitEvent, prelude::*};

/// The controls above a list. Without a script they are a plain form with a button.
#[component]
pub fn FilterForm(
    #[prop(default = "toolbar")] class: &'static str,
    /// The address of the list.
    #[prop(into)]
    action: String,
    #[prop(optional)] role: Option<&'static str>,
    /// Its name among the page's landmarks.
    #[prop(optional)]
    label: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <form
            class=class
            method="get"
            action=action
            role=role
            aria-label=label
            on:submit=move |event: SubmitEvent| event.prevent_default()
        >
            {children()}
            <noscript>
                <button class="button" data-variant="secondary" type="submit">
                    "Filter"
                </button>
            </noscript>
        </form>
    }
    .into_any()
}

/// One filter: all, or one of a few. The choice of all is the empty value.
#[component]
pub fn FilterSelect(
    #[prop(into)] id: String,
    /// Its part of the address.
    name: &'static str,
    label: &'static str,
    /// The label of the choice that narrows nothing: "Every kind".
    all: &'static str,
    mut choices: Vec<Choice>,
    #[prop(into)] value: Signal<String>,
    /// Receives the part of the address and its new value.
    on_change: Callback<(&'static str, String)>,
) -> impl IntoView {
    choices.insert(0, Choice::new("", all));
    view! {
        <Select
            id=id
            name=name
            label=label
            choices=choices
            value=value
            on_change=move |word| on_change.run((name, word))
        />
    }
    .into_any()
}
