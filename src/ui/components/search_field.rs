//! Narrowing a list by typing.

use super::{
    Chord, Icon, IconName,
    dom::{follow, settle},
};
use leptos::{html, prelude::*};

/// A search box. In a form with `name` it also works by Enter, without a script.
#[component]
pub fn SearchField(
    #[prop(into)] id: String,
    /// Its name; also the placeholder.
    #[prop(into)]
    label: String,
    #[prop(optional, into)] name: Option<String>,
    #[prop(optional, into)] value: Signal<String>,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
    /// The keys that lead here, shown while it is empty.
    #[prop(optional, into)]
    chord: Option<String>,
    /// Takes focus first when its dialog opens.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    if on_change.is_some() {
        follow(node, value, |_| ());
    }
    view! {
        <div class="search-field" role="search">
            <Icon name=IconName::Search size="s" />
            <input
                class="input"
                type="search"
                id=id
                name=name
                value=value.get_untracked()
                node_ref=node
                autocomplete="off"
                autofocus=autofocus
                spellcheck="false"
                placeholder=label.clone()
                aria-label=label
                on:input:target=move |event| {
                    if let Some(on_change) = on_change {
                        on_change.run(event.target().value());
                    }
                }
                on:blur:target=move |event| {
                    if on_change.is_some() {
                        settle(&event.target(), &value.get_untracked());
                    }
                }
            />
            {chord.map(|keys| view! { <Chord keys=keys /> })}
        </div>
    }
    .into_any()
}
